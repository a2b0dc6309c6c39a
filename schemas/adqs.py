"""ADQS: EORTC QLQ-C30 and QLQ-BR23 scales by visit, scored 0 to 100."""

from __future__ import annotations

from .common import SubjectRecords
from .fields import date, flag, number, text

__all__ = ["ADQS"]


class ADQS(SubjectRecords):
    """Questionnaire Analysis."""

    QSSEQ: float = number("Sequence Number", low=1)
    PARCAT1: str = text("Parameter Category 1", codes=["EORTC QLQ-C30", "EORTC QLQ-BR23"])
    PARAMCD: str = text("Parameter Code", codes=["QL2", "PF2", "FA", "NV", "DI", "BRST"])
    PARAM: str = text("Parameter", length=40)
    PARAMN: float = number("Parameter (N)", low=1)
    AVISIT: str = text("Analysis Visit", length=20)
    AVISITN: float = number("Analysis Visit (N)")
    ADT: float = date("Analysis Date")
    ADY: float = number("Analysis Relative Day")
    AVAL: float = number("Analysis Value", low=0, high=100, missing=True)
    ABLFL: str = flag("Baseline Record Flag")
    BASE: float = number("Baseline Value", low=0, high=100, missing=True)
    CHG: float = number("Change from Baseline", low=-100, high=100, missing=True)
    ANL01FL: str = flag("Analysis Flag 01")
    DTYPE: str = text("Derivation Type", codes=[], blank=True)

    class Config:
        """Name, label and key."""

        name = "ADQS"
        title = "Questionnaire Analysis"
        unique = ("USUBJID", "PARAMCD", "AVISITN")
