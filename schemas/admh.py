"""ADMH: medical history."""

from __future__ import annotations

from .common import SubjectRecords
from .fields import date, number, text, yes_no

__all__ = ["ADMH"]


class ADMH(SubjectRecords):
    """Medical History Analysis."""

    MHSEQ: float = number("Sequence Number", low=1)
    MHTERM: str = text("Reported Term for the Medical History", length=100)
    MHDECOD: str = text("Dictionary-Derived Term", length=100)
    MHBODSYS: str = text("Body System or Organ Class", length=100)
    ASTDT: float = date("Analysis Start Date")
    AENDT: float = date("Analysis End Date", missing=True)
    MHONGO: str = yes_no("Ongoing Medical History Flag")

    class Config:
        """Name, label and key."""

        name = "ADMH"
        title = "Medical History Analysis"
        unique = ("USUBJID", "MHSEQ")
