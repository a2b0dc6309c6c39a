"""ADLB: laboratory results in SI units with reference ranges and CTCAE grades."""

from __future__ import annotations

from .common import SubjectRecords
from .fields import date, flag, number, text

__all__ = ["ADLB"]


class ADLB(SubjectRecords):
    """Laboratory Analysis."""

    ASEQ: float = number("Analysis Sequence Number", low=1)
    PARAMCD: str = text(
        "Parameter Code", codes=["ALP", "ALT", "AST", "BILI", "CREAT", "HGB", "K", "NEUT", "PLT", "WBC"]
    )
    PARAM: str = text("Parameter", length=40)
    PARAMN: float = number("Parameter (N)", low=1)
    AVISIT: str = text("Analysis Visit", length=20)
    AVISITN: float = number("Analysis Visit (N)")
    ADT: float = date("Analysis Date")
    ADY: float = number("Analysis Relative Day")
    AVAL: float = number("Analysis Value", low=0, missing=True)
    AVALU: str = text("Analysis Value Unit", length=12)
    ABLFL: str = flag("Baseline Record Flag")
    BASE: float = number("Baseline Value", missing=True)
    CHG: float = number("Change from Baseline", missing=True)
    ANRLO: float = number("Analysis Normal Range Lower Limit", low=0, missing=True)
    ANRHI: float = number("Analysis Normal Range Upper Limit", low=0)
    ANRIND: str = text("Analysis Reference Range Indicator", codes=["LOW", "NORMAL", "HIGH"])
    BNRIND: str = text("Baseline Reference Range Indicator", codes=["LOW", "NORMAL", "HIGH"], blank=True)
    R2A1HI: float = number("Ratio to Analysis Range 1 Upper Limit", low=0)
    ATOXGRL: str = text("Analysis Toxicity Grade Low", codes=["0", "1", "2", "3", "4"], blank=True)
    ATOXGRH: str = text("Analysis Toxicity Grade High", codes=["0", "1", "2", "3", "4"], blank=True)
    BTOXGRL: str = text("Baseline Toxicity Grade Low", codes=["0", "1", "2", "3", "4"], blank=True)
    BTOXGRH: str = text("Baseline Toxicity Grade High", codes=["0", "1", "2", "3", "4"], blank=True)
    ONTRTFL: str = flag("On Treatment Record Flag")
    ANL01FL: str = flag("Analysis Flag 01 (Worst On Treatment)")
    CRIT1: str = text("Analysis Criterion 1", length=80, blank=True)
    CRIT1FL: str = text("Criterion 1 Evaluation Result Flag", codes=["Y", "N"], blank=True)

    class Config:
        """Name, label and key."""

        name = "ADLB"
        title = "Laboratory Analysis"
        unique = ("USUBJID", "PARAMCD", "ADT", "ASEQ")
