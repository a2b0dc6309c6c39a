"""ADBM: biomarkers in plasma and tissue by visit."""

from __future__ import annotations

from .common import SubjectRecords
from .fields import date, flag, number, text

__all__ = ["ADBM"]


class ADBM(SubjectRecords):
    """Biomarker Analysis."""

    BMSEQ: float = number("Sequence Number", low=1)
    PARAMCD: str = text(
        "Parameter Code",
        codes=["PIK3CA", "TP53", "ESR1", "ERBB2CN", "ERBB2MUT", "PTEN", "AKT1", "HER2HET", "KI67", "MAXVAF", "CTCLR"],
    )
    PARAM: str = text("Parameter", length=40)
    PARAMN: float = number("Parameter (N)", low=1)
    AVISIT: str = text("Analysis Visit", length=20)
    AVISITN: float = number("Analysis Visit (N)")
    ADT: float = date("Analysis Date")
    ADY: float = number("Analysis Relative Day")
    AVALC: str = text(
        "Analysis Value (C)",
        codes=[
            "MUTATED",
            "WILD TYPE",
            "AMPLIFIED",
            "NOT AMPLIFIED",
            "HETEROGENEOUS",
            "HOMOGENEOUS",
            "HIGH",
            "LOW",
            "DETECTED",
            "NOT DETECTED",
            "CLEARED",
            "NOT CLEARED",
            "NE",
        ],
    )
    AVAL: float = number("Analysis Value", low=0, missing=True)
    AVALU: str = text("Analysis Value Unit", length=12, blank=True)
    ABLFL: str = flag("Baseline Record Flag")
    BMSPEC: str = text("Specimen Type", codes=["PLASMA", "TISSUE"])
    BMMETH: str = text("Assay Method", length=30)
    LOD: float = number("Limit of Detection", low=0, missing=True)
    VARIANT: str = text("Variant", length=20, blank=True)

    class Config:
        """Name, label and key."""

        name = "ADBM"
        title = "Biomarker Analysis"
        unique = ("USUBJID", "PARAMCD", "AVISIT", "BMSPEC")
