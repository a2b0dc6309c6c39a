"""ADCM: prior and subsequent anticancer therapy, concomitant medication."""

from __future__ import annotations

from .common import SubjectRecords
from .fields import date, flag, number, text

__all__ = ["ADCM"]


class ADCM(SubjectRecords):
    """Therapy and Concomitant Medication."""

    CMSEQ: float = number("Sequence Number", low=1)
    CMCAT: str = text(
        "Category for Medication",
        codes=["PRIOR ANTICANCER THERAPY", "CONCOMITANT MEDICATION", "SUBSEQUENT ANTICANCER THERAPY"],
    )
    CMTRT: str = text("Reported Name of Drug, Med, or Therapy", length=60)
    CMDECOD: str = text("Standardized Medication Name", length=60)
    CMCLAS: str = text("Medication Class", length=60)
    CMINDC: str = text("Indication", length=60, blank=True)
    CMSETTNG: str = text(
        "Setting of Therapy", codes=["(NEO)ADJUVANT", "FIRST-LINE METASTATIC", "SUBSEQUENT LINE"], blank=True
    )
    ASTDT: float = date("Analysis Start Date")
    AENDT: float = date("Analysis End Date", missing=True)
    ASTDY: float = number("Analysis Start Relative Day", missing=True)
    AENDY: float = number("Analysis End Relative Day", missing=True)
    CMENRSN: str = text("Reason Therapy Ended", codes=["PROGRESSIVE DISEASE", "COMPLETED", "TOXICITY"], blank=True)
    PREFL: str = flag("Pre-treatment Flag")
    ONTRTFL: str = flag("On Treatment Record Flag")
    FUPFL: str = flag("Follow-up Flag")

    class Config:
        """Name, label and key."""

        name = "ADCM"
        title = "Therapy and Concomitant Medication"
        unique = ("USUBJID", "CMSEQ")
