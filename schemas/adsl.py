"""ADSL: one record a screened subject. Screen failures have no randomisation date and no treatment."""

from __future__ import annotations

from .common import Dataset
from .fields import date, flag, number, text, yes_no

__all__ = ["ADSL"]


class ADSL(Dataset):
    """Subject-Level Analysis."""

    STUDYID: str = text("Study Identifier", length=11)
    USUBJID: str = text("Unique Subject Identifier", length=20)
    SUBJID: str = text("Subject Identifier for the Study", length=8)
    SITEID: str = text("Study Site Identifier", length=3)
    AGE: float = number("Age", low=18, high=100)
    AGEU: str = text("Age Units", codes=["YEARS"])
    AGEGR1: str = text("Pooled Age Group 1", codes=["<65", ">=65"])
    AGEGR1N: float = number("Pooled Age Group 1 (N)", codes=[1, 2])
    SEX: str = text("Sex", codes=["F"])
    RACE: str = text("Race", codes=["ASIAN"])
    COUNTRY: str = text("Country", codes=["CHN"])
    RFICDT: float = date("Date of Informed Consent")
    RANDDT: float = date("Date of Randomization", missing=True)
    RANDNO: str = text("Randomization Number", length=6, blank=True)
    TRTSDT: float = date("Date of First Exposure to Treatment", missing=True)
    TRTEDT: float = date("Date of Last Exposure to Treatment", missing=True)
    TRTDURD: float = number("Total Treatment Duration (Days)", low=1, missing=True)
    TRT01P: str = text("Planned Treatment for Period 01", blank=True)
    TRT01PN: float = number("Planned Treatment for Period 01 (N)", missing=True)
    TRT01A: str = text("Actual Treatment for Period 01", blank=True)
    TRT01AN: float = number("Actual Treatment for Period 01 (N)", missing=True)
    STRAT1R: str = text("Strat Factor 1 Value Used for Rand", blank=True)
    STRAT1RN: float = number("Strat Factor 1 Value Used for Rand (N)", codes=[1, 2], missing=True)
    STRAT2R: str = text("Strat Factor 2 Value Used for Rand", blank=True)
    STRAT2RN: float = number("Strat Factor 2 Value Used for Rand (N)", codes=[1, 2], missing=True)
    STRAT1V: str = text("Strat Factor 1 Verified Value", blank=True)
    STRAT1VN: float = number("Strat Factor 1 Verified Value (N)", codes=[1, 2], missing=True)
    STRAT2V: str = text("Strat Factor 2 Verified Value", blank=True)
    STRAT2VN: float = number("Strat Factor 2 Verified Value (N)", codes=[1, 2], missing=True)
    STRATAR: str = text("Strata Used for Randomization", blank=True)
    ITTFL: str = yes_no("Intent-To-Treat Population Flag")
    SAFFL: str = yes_no("Safety Population Flag")
    PPROTFL: str = yes_no("Per-Protocol Population Flag")
    BMEVLFL: str = yes_no("Biomarker-Evaluable Population Flag")
    RESEVFL: str = yes_no("Measurable Disease Population Flag")
    QOLEVFL: str = yes_no("PRO-Evaluable Population Flag")
    PPEXRS: str = text("Reason for Exclusion from PP", length=60, blank=True)
    SCRFREAS: str = text(
        "Reason for Screen Failure",
        codes=["INCLUSION CRITERIA NOT MET", "EXCLUSION CRITERIA MET", "WITHDRAWAL BY SUBJECT", "OTHER"],
        blank=True,
    )
    MENOP: str = text("Menopausal Status", codes=["POSTMENOPAUSAL", "OVARIAN SUPPRESSION"])
    ECOGBL: float = number("Baseline ECOG Performance Status", codes=[0, 1])
    ERPCT: float = number("Oestrogen Receptor Positive Cells (%)", low=0, high=100)
    PRPCT: float = number("Progesterone Receptor Positive Cells (%)", low=0, high=100)
    HER2IHC: str = text("HER2 Immunohistochemistry Result", codes=["3+", "2+"])
    HER2ISH: str = text("HER2 In Situ Hybridisation Result", codes=["POSITIVE", "NEGATIVE", "NOT DONE"])
    KI67: float = number("Ki-67 Positive Cells (%)", low=0, high=100, missing=True)
    VISCFL: str = yes_no("Visceral Disease Flag")
    DENOVOFL: str = yes_no("De Novo Metastatic Disease Flag")
    DFIMO: float = number("Disease-Free Interval (Months)", low=0, high=600, missing=True)
    HEIGHTBL: float = number("Baseline Height (cm)", low=120, high=210)
    WEIGHTBL: float = number("Baseline Weight (kg)", low=25, high=250)
    BMIBL: float = number("Baseline Body Mass Index (kg/m2)", low=10, high=80)
    BSABL: float = number("Baseline Body Surface Area (m2)", low=0.8, high=3.5)
    EOTSTT: str = text("End of Treatment Status", codes=["COMPLETED", "DISCONTINUED", "ONGOING"], blank=True)
    DCTREAS: str = text(
        "Reason for Discontinuation of Treatment",
        codes=[
            "PROGRESSIVE DISEASE",
            "ADVERSE EVENT",
            "WITHDRAWAL BY SUBJECT",
            "PHYSICIAN DECISION",
            "LOST TO FOLLOW-UP",
            "DEATH",
            "PROTOCOL DEVIATION",
        ],
        blank=True,
    )
    EOT1STT: str = text(
        "End of Treatment Status, Pyrotinib", codes=["COMPLETED", "DISCONTINUED", "ONGOING"], blank=True
    )
    EOT2STT: str = text(
        "End of Treatment Status, Partner Drug", codes=["COMPLETED", "DISCONTINUED", "ONGOING"], blank=True
    )
    EOSSTT: str = text("End of Study Status", codes=["COMPLETED", "DISCONTINUED", "ONGOING"], blank=True)
    DCSREAS: str = text(
        "Reason for Discontinuation from Study",
        codes=["DEATH", "LOST TO FOLLOW-UP", "WITHDRAWAL BY SUBJECT"],
        blank=True,
    )
    EOSDT: float = date("End of Study Date", missing=True)
    SYMPDT: float = date("Date of Symptomatic Deterioration", missing=True)
    NACTDT: float = date("Date of First New Anticancer Therapy", missing=True)
    DTHFL: str = flag("Subject Death Flag")
    DTHDT: float = date("Date of Death", missing=True)
    DTHCAUS: str = text("Cause of Death", codes=["DISEASE PROGRESSION", "ADVERSE EVENT", "OTHER"], blank=True)
    LSTALVDT: float = date("Date Last Known Alive")
    DCUTDT: float = date("Data Cut-Off Date")

    class Config:
        """Name, label and key."""

        name = "ADSL"
        title = "Subject-Level Analysis"
        unique = ("USUBJID",)
