"""ADTR: lesion diameters, their sum, and the state of non-target and new lesions, by visit."""

from __future__ import annotations

from .common import SubjectRecords
from .fields import date, flag, number, text

__all__ = ["ADTR"]


class ADTR(SubjectRecords):
    """Tumour Measurement Analysis."""

    TRSEQ: float = number("Sequence Number", low=1)
    PARAMCD: str = text("Parameter Code", codes=["LDIAM", "SDIAM", "LSTATE"])
    PARAM: str = text("Parameter", length=40)
    PARAMN: float = number("Parameter (N)", low=1)
    TRLNKID: str = text("Link ID", length=6)
    TRGRP: str = text("Lesion Group", codes=["TARGET", "NON-TARGET", "NEW"])
    TRLOC: str = text("Location of Lesion", length=20, blank=True)
    LNODEFL: str = flag("Lymph Node Flag (Short Axis)")
    AVISIT: str = text("Analysis Visit", length=20)
    AVISITN: float = number("Analysis Visit (N)")
    ADT: float = date("Analysis Date")
    ADY: float = number("Analysis Relative Day")
    AVAL: float = number("Analysis Value", low=0, high=1000, missing=True)
    AVALC: str = text("Analysis Value (C)", codes=["PRESENT", "ABSENT", "UNEQUIVOCAL PROGRESSION"], blank=True)
    ABLFL: str = flag("Baseline Record Flag")
    BASE: float = number("Baseline Value", low=0, high=1000, missing=True)
    CHG: float = number("Change from Baseline", missing=True)
    PCHG: float = number("Percent Change from Baseline", low=-100, missing=True)
    NADIR: float = number("Smallest Sum Before This Visit", low=0, high=1000, missing=True)
    PCHGNAD: float = number("Percent Change from Nadir", low=-100, missing=True)
    ANL01FL: str = flag("Analysis Flag 01")

    class Config:
        """Name, label and key."""

        name = "ADTR"
        title = "Tumour Measurement Analysis"
        unique = ("USUBJID", "PARAMCD", "TRLNKID", "ADT")
