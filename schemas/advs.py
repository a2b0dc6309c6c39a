"""ADVS: vital signs, ECOG performance status and left ventricular ejection fraction."""

from __future__ import annotations

from .common import SubjectRecords
from .fields import date, flag, number, text

__all__ = ["ADVS"]


class ADVS(SubjectRecords):
    """Vital Signs, ECOG and LVEF Analysis."""

    ASEQ: float = number("Analysis Sequence Number", low=1)
    PARAMCD: str = text("Parameter Code", codes=["DIABP", "ECOG", "LVEF", "PULSE", "SYSBP", "WEIGHT"])
    PARAM: str = text("Parameter", length=50)
    PARAMN: float = number("Parameter (N)", low=1)
    AVISIT: str = text("Analysis Visit", length=20)
    AVISITN: float = number("Analysis Visit (N)")
    ADT: float = date("Analysis Date")
    ADY: float = number("Analysis Relative Day")
    AVAL: float = number("Analysis Value", low=0, high=400, missing=True)
    AVALU: str = text("Analysis Value Unit", length=12)
    ABLFL: str = flag("Baseline Record Flag")
    BASE: float = number("Baseline Value", missing=True)
    CHG: float = number("Change from Baseline", missing=True)
    ONTRTFL: str = flag("On Treatment Record Flag")
    ANL01FL: str = flag("Analysis Flag 01")
    CRIT1: str = text("Analysis Criterion 1", length=80, blank=True)
    CRIT1FL: str = text("Criterion 1 Evaluation Result Flag", codes=["Y", "N"], blank=True)

    class Config:
        """Name, label and key."""

        name = "ADVS"
        title = "Vital Signs, ECOG and LVEF Analysis"
        unique = ("USUBJID", "PARAMCD", "ADT", "ASEQ")
