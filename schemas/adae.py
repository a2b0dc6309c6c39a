"""ADAE: one record an adverse event (OCCDS)."""

from __future__ import annotations

from .common import SubjectRecords
from .fields import date, flag, number, text, yes_no

__all__ = ["ADAE"]


class ADAE(SubjectRecords):
    """Adverse Event Analysis."""

    AESEQ: float = number("Sequence Number", low=1)
    AETERM: str = text("Reported Term for the Adverse Event")
    AELLT: str = text("Lowest Level Term", length=100)
    AEDECOD: str = text("Dictionary-Derived Term", length=100)
    AEBODSYS: str = text("Body System or Organ Class", length=100)
    AESTDTC: str = text("Start Date/Time of Adverse Event", length=10)
    ASTDT: float = date("Analysis Start Date")
    ASTDTF: str = text("Analysis Start Date Imputation Flag", codes=["D", "M"], blank=True)
    AEENDTC: str = text("End Date/Time of Adverse Event", length=10, blank=True)
    AENDT: float = date("Analysis End Date", missing=True)
    AENDTF: str = text("Analysis End Date Imputation Flag", codes=["D", "M"], blank=True)
    ASTDY: float = number("Analysis Start Relative Day", missing=True)
    AENDY: float = number("Analysis End Relative Day", missing=True)
    ADURN: float = number("AE Duration (Days)", low=1, missing=True)
    AETOXGR: str = text("Standard Toxicity Grade", codes=["1", "2", "3", "4", "5"])
    ATOXGR: str = text("Analysis Toxicity Grade", codes=["1", "2", "3", "4", "5"])
    ATOXGRN: float = number("Analysis Toxicity Grade (N)", codes=range(1, 6))
    AESER: str = yes_no("Serious Event")
    AESDTH: str = yes_no("Results in Death")
    AESHOSP: str = yes_no("Requires or Prolongs Hospitalization")
    AESLIFE: str = yes_no("Is Life Threatening")
    AESDISAB: str = yes_no("Persist or Signif Disability/Incapacity")
    AESCONG: str = yes_no("Congenital Anomaly or Birth Defect")
    AESMIE: str = yes_no("Other Medically Important Serious Event")
    AREL: str = text("Analysis Causality", codes=["RELATED", "NOT RELATED"])
    AREL1: str = text("Causality, Pyrotinib", codes=["RELATED", "NOT RELATED"])
    AREL2: str = text("Causality, Partner Drug", codes=["RELATED", "NOT RELATED"])
    AEACN1: str = text(
        "Action Taken with Pyrotinib",
        codes=["DOSE NOT CHANGED", "DOSE REDUCED", "DRUG INTERRUPTED", "DRUG WITHDRAWN", "NOT APPLICABLE"],
    )
    AEACN2: str = text(
        "Action Taken with Partner Drug",
        codes=["DOSE NOT CHANGED", "DOSE REDUCED", "DRUG INTERRUPTED", "DRUG WITHDRAWN", "NOT APPLICABLE"],
    )
    AEOUT: str = text(
        "Outcome of Adverse Event",
        codes=[
            "RECOVERED/RESOLVED",
            "RECOVERING/RESOLVING",
            "NOT RECOVERED/NOT RESOLVED",
            "RECOVERED/RESOLVED WITH SEQUELAE",
            "FATAL",
            "UNKNOWN",
        ],
    )
    TRTEMFL: str = flag("Treatment Emergent Analysis Flag")
    AOCCFL: str = flag("1st Occurrence of Any AE Flag")
    AOCCSFL: str = flag("1st Occurrence of SOC Flag")
    AOCCPFL: str = flag("1st Occurrence of Preferred Term Flag")
    AOCCPIFL: str = flag("1st Max Sev./Int. Occur Within PT Flag")
    CQ01NAM: str = text("Customized Query 01 Name", codes=["DIARRHOEA"], blank=True)
    CQ02NAM: str = text("Customized Query 02 Name", codes=["HAND-FOOT SYNDROME"], blank=True)
    CQ03NAM: str = text("Customized Query 03 Name", codes=["MYELOSUPPRESSION"], blank=True)
    CQ04NAM: str = text("Customized Query 04 Name", codes=["HEPATOTOXICITY"], blank=True)
    CQ05NAM: str = text("Customized Query 05 Name", codes=["LVEF DECREASED"], blank=True)

    class Config:
        """Name, label and key."""

        name = "ADAE"
        title = "Adverse Event Analysis"
        unique = ("USUBJID", "AESEQ")
