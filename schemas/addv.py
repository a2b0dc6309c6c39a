"""ADDV: protocol deviations."""

from __future__ import annotations

from .common import SubjectRecords
from .fields import date, number, text, yes_no

__all__ = ["ADDV"]


class ADDV(SubjectRecords):
    """Protocol Deviation Analysis."""

    DVSEQ: float = number("Sequence Number", low=1)
    DVCAT: str = text("Category for Protocol Deviation", length=40)
    DVDECOD: str = text("Protocol Deviation Coded Term", length=60)
    DVTERM: str = text("Protocol Deviation Term")
    DVIMPFL: str = yes_no("Important Protocol Deviation Flag")
    PPEXFL: str = yes_no("Excludes from Per-Protocol Set Flag")
    ASTDT: float = date("Analysis Start Date")
    ASTDY: float = number("Analysis Start Relative Day", missing=True)

    class Config:
        """Name, label and key."""

        name = "ADDV"
        title = "Protocol Deviation Analysis"
        unique = ("USUBJID", "DVSEQ")
