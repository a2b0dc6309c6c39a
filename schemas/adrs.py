"""ADRS: response by visit, evaluator and parameter, and the best response derived from the visits."""

from __future__ import annotations

from .common import SubjectRecords
from .fields import date, flag, number, text

__all__ = ["ADRS"]


class ADRS(SubjectRecords):
    """Tumour Response Analysis."""

    RSSEQ: float = number("Sequence Number", low=1)
    PARAMCD: str = text(
        "Parameter Code", codes=["OVRINV", "OVRBICR", "TRGRESP", "NTRGRESP", "NEWLFL", "BOR", "CBOR", "CBR24", "PD"]
    )
    PARAM: str = text("Parameter", length=60)
    PARAMN: float = number("Parameter (N)", low=1)
    AVISIT: str = text("Analysis Visit", length=20)
    AVISITN: float = number("Analysis Visit (N)")
    ADT: float = date("Analysis Date")
    ADY: float = number("Analysis Relative Day")
    SCHDT: float = date("Scheduled Assessment Date", missing=True)
    EVAL: str = text("Evaluator", codes=["INVESTIGATOR", "INDEPENDENT ASSESSOR"])
    AVALC: str = text("Analysis Value (C)", codes=["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE", "Y", "N"])
    AVAL: float = number("Analysis Value", codes=range(7))
    ANL01FL: str = flag("Analysis Flag 01")

    class Config:
        """Name, label and key."""

        name = "ADRS"
        title = "Tumour Response Analysis"
        unique = ("USUBJID", "PARAMCD", "EVAL", "ADT")
