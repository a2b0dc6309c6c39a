"""ADEG: electrocardiogram."""

from __future__ import annotations

from .common import SubjectRecords
from .fields import date, flag, number, text

__all__ = ["ADEG"]


class ADEG(SubjectRecords):
    """Electrocardiogram Analysis."""

    ASEQ: float = number("Analysis Sequence Number", low=1)
    PARAMCD: str = text("Parameter Code", codes=["HR", "QTCF"])
    PARAM: str = text("Parameter", length=50)
    PARAMN: float = number("Parameter (N)", low=1)
    AVISIT: str = text("Analysis Visit", length=20)
    AVISITN: float = number("Analysis Visit (N)")
    ADT: float = date("Analysis Date")
    ADY: float = number("Analysis Relative Day")
    AVAL: float = number("Analysis Value", low=20, high=800, missing=True)
    AVALU: str = text("Analysis Value Unit", length=12)
    ABLFL: str = flag("Baseline Record Flag")
    BASE: float = number("Baseline Value", missing=True)
    CHG: float = number("Change from Baseline", missing=True)
    AVALCAT1: str = text("Analysis Value Category 1", codes=["<=450", ">450-480", ">480-500", ">500"], blank=True)
    CHGCAT1: str = text("Change from Baseline Category 1", codes=["<=30", ">30-60", ">60"], blank=True)
    ONTRTFL: str = flag("On Treatment Record Flag")
    ANL01FL: str = flag("Analysis Flag 01")

    class Config:
        """Name, label and key."""

        name = "ADEG"
        title = "Electrocardiogram Analysis"
        unique = ("USUBJID", "PARAMCD", "ADT", "ASEQ")
