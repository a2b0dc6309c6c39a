"""ADTTE: one record a subject and time-to-event parameter."""

from __future__ import annotations

from .common import SubjectRecords
from .fields import date, number, text, yes_no

__all__ = ["ADTTE"]


class ADTTE(SubjectRecords):
    """Time-to-Event Analysis."""

    STRAT1R: str = text("Strat Factor 1 Value Used for Rand")
    STRAT2R: str = text("Strat Factor 2 Value Used for Rand")
    STRATAR: str = text("Strata Used for Randomization")
    BMEVLFL: str = yes_no("Biomarker-Evaluable Population Flag")
    PARAMCD: str = text(
        "Parameter Code",
        codes=[
            "PFSINV",
            "PFSPP",
            "PFSBICR",
            "PFSFDA",
            "PFSNACT",
            "PFSMISS",
            "PFSSCH",
            "PFSSYMP",
            "OS",
            "DOR",
            "TTR",
            "TTF",
            "PFS2",
            "CNSPD",
            "TTDQL2",
            "TTDIAR",
            "TTHFS",
        ],
    )
    PARAM: str = text("Parameter", length=80)
    PARAMN: float = number("Parameter (N)", low=1)
    STARTDT: float = date("Time-to-Event Origin Date for Subject")
    ADT: float = date("Analysis Date")
    AVAL: float = number("Analysis Value (Months)", low=0)
    CNSR: float = number("Censor", codes=range(7))
    EVNTDESC: str = text("Event or Censoring Description", length=60)
    CNSDTDSC: str = text("Censor Date Description", length=40, blank=True)
    SRCDOM: str = text("Source Data", length=8)
    SRCVAR: str = text("Source Variable", length=8)
    SRCSEQ: float = number("Source Sequence Number", low=1, missing=True)
    INTLDT: float = date("Left Limit of Event Interval", missing=True)
    INTRDT: float = date("Right Limit of Event Interval", missing=True)
    COMPEV: float = number("Competing Event Indicator", codes=range(3))

    class Config:
        """Name, label and key."""

        name = "ADTTE"
        title = "Time-to-Event Analysis"
        unique = ("USUBJID", "PARAMCD")
