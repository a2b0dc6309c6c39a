"""ADEX: exposure to each drug, one record a subject, drug and parameter."""

from __future__ import annotations

from .common import SubjectRecords
from .fields import date, number, text

__all__ = ["ADEX"]


class ADEX(SubjectRecords):
    """Exposure Analysis."""

    EXSEQ: float = number("Sequence Number", low=1)
    PARCAT1: str = text("Parameter Category 1", codes=["CAPECITABINE", "FULVESTRANT", "PYROTINIB"])
    PARAMCD: str = text("Parameter Code", codes=["DURWK", "TDOSE", "PLDOSE", "RDI", "NDRED", "NINT"])
    PARAM: str = text("Parameter", length=40)
    PARAMN: float = number("Parameter (N)", low=1)
    AVAL: float = number("Analysis Value", low=0)
    AVALU: str = text("Analysis Value Unit", length=12)
    ASTDT: float = date("Analysis Start Date")
    AENDT: float = date("Analysis End Date")

    class Config:
        """Name, label and key."""

        name = "ADEX"
        title = "Exposure Analysis"
        unique = ("USUBJID", "PARCAT1", "PARAMCD")
