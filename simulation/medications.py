"""ADCM (prior, concomitant and subsequent therapy) and ADMH (medical history)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csrbook.simulate.columns import choose, flag, sequence_within, text
from simulation.disease_course import NEVER
from simulation.frame import Base, relative_day

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.simulate.streams import Streams
    from simulation.adverse_events import EventRows, Vocabulary
    from simulation.follow_up import FollowUp
    from simulation.subjects import Cohort

__all__ = ["history_dataset", "medication_dataset"]

CATEGORIES = ("PRIOR ANTICANCER THERAPY", "CONCOMITANT MEDICATION", "SUBSEQUENT ANTICANCER THERAPY")
PRIOR, CONCOMITANT, SUBSEQUENT = range(3)
SETTINGS = ("(NEO)ADJUVANT", "FIRST-LINE METASTATIC", "SUBSEQUENT LINE")
ENDS = ("PROGRESSIVE DISEASE", "COMPLETED", "TOXICITY")
# name, class, indication
MEDICINES = (
    ("Trastuzumab", "ANTI-HER2 ANTIBODY", "BREAST CANCER"),
    ("Docetaxel", "TAXANE", "BREAST CANCER"),
    ("Epirubicin", "ANTHRACYCLINE", "BREAST CANCER"),
    ("Letrozole", "AROMATASE INHIBITOR", "BREAST CANCER"),
    ("Loperamide", "ANTIDIARRHOEAL", "DIARRHOEA"),
    ("Montmorillonite powder", "ANTIDIARRHOEAL", "DIARRHOEA"),
    ("Recombinant human G-CSF", "COLONY STIMULATING FACTOR", "NEUTROPENIA"),
    ("Goserelin", "GNRH ANALOGUE", "OVARIAN SUPPRESSION"),
    ("Zoledronic acid", "BISPHOSPHONATE", "BONE METASTASES"),
    ("Amlodipine", "CALCIUM CHANNEL BLOCKER", "HYPERTENSION"),
    ("Bicyclol", "HEPATOPROTECTIVE AGENT", "LIVER ENZYMES INCREASED"),
    ("Urea cream", "EMOLLIENT", "HAND-FOOT SYNDROME"),
    ("Trastuzumab deruxtecan", "ANTIBODY-DRUG CONJUGATE", "BREAST CANCER"),
    ("Trastuzumab emtansine", "ANTIBODY-DRUG CONJUGATE", "BREAST CANCER"),
    ("Inetetamab and vinorelbine", "ANTI-HER2 ANTIBODY AND CHEMOTHERAPY", "BREAST CANCER"),
    ("Trastuzumab and docetaxel", "ANTI-HER2 ANTIBODY AND CHEMOTHERAPY", "BREAST CANCER"),
    ("Dalpiciclib and letrozole", "CDK4/6 INHIBITOR AND ENDOCRINE", "BREAST CANCER"),
    ("Lapatinib and capecitabine", "TYROSINE KINASE INHIBITOR AND CHEMOTHERAPY", "BREAST CANCER"),
)
NAMES = tuple(medicine[0] for medicine in MEDICINES)
FIRST_SUBSEQUENT = NAMES.index("Trastuzumab deruxtecan")
HISTORY = (
    ("Hypertension", "Vascular disorders", 0.22),
    ("Type 2 diabetes mellitus", "Metabolism and nutrition disorders", 0.09),
    ("Hyperlipidaemia", "Metabolism and nutrition disorders", 0.12),
    ("Hepatic steatosis", "Hepatobiliary disorders", 0.13),
    ("Hepatitis B", "Infections and infestations", 0.07),
    ("Thyroid mass", "Endocrine disorders", 0.11),
    ("Uterine leiomyoma", "Neoplasms benign, malignant and unspecified (incl cysts and polyps)", 0.12),
    ("Caesarean section", "Surgical and medical procedures", 0.16),
    ("Appendicectomy", "Surgical and medical procedures", 0.07),
    ("Chronic gastritis", "Gastrointestinal disorders", 0.10),
    ("Osteoporosis", "Musculoskeletal and connective tissue disorders", 0.08),
    ("Arrhythmia", "Cardiac disorders", 0.03),
)

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Given:
    """Therapies of one kind; days from randomisation, NEVER for an end that is not known or not reached."""

    subject: Ints
    medicine: Ints
    category: int
    setting: int
    start: Ints
    end: Ints
    ended: int = -1

    def arrays(self) -> tuple[Ints, ...]:
        rows = len(self.subject)
        reason = np.where(self.end < NEVER, self.ended, -1)
        fixed = (np.full(rows, self.category), np.full(rows, self.setting))
        return (self.subject, np.broadcast_to(self.medicine, rows), *fixed, self.start, self.end, reason)


def medication_dataset(
    base: Base,
    cohort: Cohort,
    follow_up: FollowUp,
    vocabulary: Vocabulary,
    events: EventRows,
    streams: Streams,
) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """ADCM, and CMSEQ of the first subsequent therapy of each subject (NaN for none)."""
    rng = streams.generator("medications")
    parts = [
        *_prior(rng, cohort),
        *_concomitant(rng, base, cohort, follow_up, vocabulary, events),
        *_subsequent(rng, follow_up),
    ]
    subject, medicine, category, setting, start, end, reason = (
        np.concatenate(column) for column in zip(*(part.arrays() for part in parts), strict=True)
    )
    order = np.lexsort((medicine, start, subject))
    subject, medicine, category, setting, start, end, reason = (
        column[order] for column in (subject, medicine, category, setting, start, end, reason)
    )
    randomised, reference = base.date("RANDDT")[subject], base.date("TRTSDT")[subject]
    first, last = randomised + start, np.where(end < NEVER, randomised + end, np.nan)
    stop = base.date("TRTEDT")[subject]
    sequence = sequence_within(subject)
    frame = base.frame(
        subject,
        {
            "CMSEQ": sequence,
            "CMCAT": text(CATEGORIES, category),
            "CMTRT": text(NAMES, medicine),
            "CMDECOD": text([name.upper() for name in NAMES], medicine),
            "CMCLAS": text([m[1] for m in MEDICINES], medicine),
            "CMINDC": text([m[2] for m in MEDICINES], medicine),
            "CMSETTNG": text(SETTINGS, setting),
            "ASTDT": first,
            "AENDT": last,
            "ASTDY": relative_day(first, reference),
            "AENDY": relative_day(last, reference),
            "CMENRSN": text(ENDS, reason),
            "PREFL": flag(start < np.where(np.isnan(reference), 0, reference - randomised)),
            "ONTRTFL": flag((first <= stop) & ~(last < reference)),
            "FUPFL": flag(first > stop),
        },
    )
    numbers = np.full(cohort.size, np.nan)
    new = np.flatnonzero((category == SUBSEQUENT) & (start == follow_up.new_therapy[subject]))
    numbers[subject[new]] = sequence[new]
    return frame, numbers


def _prior(rng: np.random.Generator, cohort: Cohort) -> list[_Given]:
    """Trastuzumab with chemotherapy in the stratum's setting, and endocrine therapy, all before consent."""
    consent = -(cohort.day0 - cohort.consent).astype(np.int64)
    everyone = np.arange(cohort.size)
    metastatic = cohort.trastuzumab_metastatic
    end = consent - np.where(metastatic, rng.integers(370, 700, cohort.size), rng.integers(380, 1500, cohort.size))
    start = end - rng.integers(200, 380, cohort.size)
    endocrine = everyone[rng.random(cohort.size) < 0.6]
    stop = consent[endocrine] - rng.integers(20, 200, len(endocrine))
    parts = [
        _Given(
            endocrine,
            np.array(NAMES.index("Letrozole")),
            PRIOR,
            0,
            stop - rng.integers(200, 1200, len(endocrine)),
            stop,
            1,
        )
    ]
    chemotherapy = np.where(rng.random(cohort.size) < 0.75, NAMES.index("Docetaxel"), NAMES.index("Epirubicin"))
    for setting, rows in ((0, everyone[~metastatic]), (1, everyone[metastatic])):
        parts.append(_Given(rows, np.array(0), PRIOR, setting, start[rows], end[rows], 1))
        parts.append(_Given(rows, chemotherapy[rows], PRIOR, setting, start[rows], start[rows] + 126, 1))
    return parts


def _concomitant(
    rng: np.random.Generator,
    base: Base,
    cohort: Cohort,
    follow_up: FollowUp,
    vocabulary: Vocabulary,
    events: EventRows,
) -> list[_Given]:
    """Medicines against adverse events and for other conditions."""
    parts = []
    for term, name, share, worst in (
        ("Diarrhoea", "Loperamide", 0.55, 1),
        ("Diarrhoea", "Montmorillonite powder", 0.45, 1),
        ("Neutropenia", "Recombinant human G-CSF", 0.9, 3),
        ("Alanine aminotransferase increased", "Bicyclol", 0.4, 2),
        ("Palmar-plantar erythrodysaesthesia syndrome", "Urea cream", 0.5, 1),
    ):
        if term not in vocabulary.names:
            continue
        rows = np.flatnonzero((events.term == vocabulary.names.index(term)) & (events.grade >= worst))
        rows = rows[rng.random(len(rows)) < share]
        subject = events.subject[rows]
        _, once = np.unique(subject, return_index=True)
        rows, subject = rows[once], subject[once]
        end = np.where(events.end[rows] < follow_up.last[subject], events.end[rows], NEVER)
        parts.append(_Given(subject, np.array(NAMES.index(name)), CONCOMITANT, -1, events.onset[rows], end))
    suppressed = np.flatnonzero((base["MENOP"] == "OVARIAN SUPPRESSION") & follow_up.treated)
    bone = np.flatnonzero(follow_up.treated & (rng.random(cohort.size) < 0.25))
    pressure = np.flatnonzero(follow_up.treated & (rng.random(cohort.size) < 0.2))
    for rows, name in ((suppressed, "Goserelin"), (bone, "Zoledronic acid"), (pressure, "Amlodipine")):
        start = -rng.integers(1, 400, len(rows))
        parts.append(_Given(rows, np.array(NAMES.index(name)), CONCOMITANT, -1, start, np.full(len(rows), NEVER)))
    return parts


def _subsequent(rng: np.random.Generator, follow_up: FollowUp) -> list[_Given]:
    """First new anticancer therapy, ended by a second progression, and a further one after that."""
    first = np.flatnonzero(follow_up.new_therapy < NEVER)
    regimen = FIRST_SUBSEQUENT + choose(rng, (0.22, 0.18, 0.2, 0.2, 0.1, 0.1), len(follow_up.last))
    second_progression = follow_up.second_progression
    start = second_progression + rng.integers(5, 36, len(regimen))
    second = np.flatnonzero((start <= follow_up.last) & (rng.random(len(regimen)) < 0.7))
    further = FIRST_SUBSEQUENT + (regimen - FIRST_SUBSEQUENT + 1 + choose(rng, (1, 1, 1, 1), len(regimen))) % 6
    return [
        _Given(first, regimen[first], SUBSEQUENT, 2, follow_up.new_therapy[first], second_progression[first], 0),
        _Given(second, further[second], SUBSEQUENT, 2, start[second], np.full(len(second), NEVER)),
    ]


def history_dataset(base: Base, cohort: Cohort, streams: Streams) -> pd.DataFrame:
    """ADMH: conditions before consent."""
    rng = streams.generator("history")
    has = rng.random((cohort.size, len(HISTORY))) < np.array([condition[2] for condition in HISTORY])
    subject, condition = np.nonzero(has)
    start = cohort.consent[subject] - rng.integers(60, 5000, len(subject))
    over = rng.random(len(subject)) < 0.35
    end = np.where(over, start + np.floor(rng.random(len(subject)) * (cohort.consent[subject] - start)), np.nan)
    return base.frame(
        subject,
        {
            "MHSEQ": sequence_within(subject),
            "MHTERM": text([name for name, _, _ in HISTORY], condition),
            "MHDECOD": text([name for name, _, _ in HISTORY], condition),
            "MHBODSYS": text([soc for _, soc, _ in HISTORY], condition),
            "ASTDT": start,
            "AENDT": end,
            "MHONGO": flag(~over, "N"),
        },
    )
