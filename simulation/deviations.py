"""Protocol deviations, the Per-Protocol Set that follows from them, and ADDV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.simulate.columns import choose, flag, sequence_within, text
from simulation.disease_course import NEVER
from simulation.follow_up import CYCLE_DAYS, REASONS, FollowUp
from simulation.frame import Base, relative_day

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.simulate.streams import Streams
    from simulation.parameters import Parameters
    from simulation.response import Response
    from simulation.subjects import Cohort

__all__ = ["EXCLUSIONS", "Exclusion", "deviation_dataset", "first_important", "per_protocol"]

EXCLUSIONS = (
    "NO STUDY TREATMENT RECEIVED",
    "RANDOMISED TREATMENT NOT RECEIVED",
    "KEY ELIGIBILITY CRITERIA NOT MET",
    "LESS THAN ONE CYCLE OF THE RANDOMISED TREATMENT",
    "NO ADEQUATE POST-BASELINE TUMOUR ASSESSMENT",
    "PROHIBITED ANTICANCER THERAPY IN CYCLES 1-2",
)
ELIGIBILITY = (
    "Last trastuzumab less than 12 months before progression",
    "HER2 not confirmed by in situ hybridisation",
    "Hormone receptors below 10 % on central review",
    "Ovarian suppression not documented",
)
MINOR = (
    ("VISIT SCHEDULE", "VISIT OUT OF WINDOW", "Study visit outside the planned window"),
    ("TUMOUR ASSESSMENT", "ASSESSMENT OUT OF WINDOW", "Tumour assessment outside the planned window"),
    ("PROCEDURES", "LABORATORY TEST NOT DONE", "Scheduled laboratory test not done"),
    ("PROCEDURES", "QUESTIONNAIRE NOT COMPLETED", "Scheduled questionnaire not completed"),
    ("STUDY DRUG", "DIARY NOT RETURNED", "Study drug diary not returned"),
)


@dataclass(frozen=True)
class Exclusion:
    """Exclusion from the Per-Protocol Set: index into EXCLUSIONS (−1 for none), and the day of the deviation."""

    reason: NDArray[np.int64]
    day: NDArray[np.int64]
    """Day of the first excluding deviation; NEVER where no deviation is dated."""
    conditions: NDArray[np.bool_]
    """Shape (exclusions, subjects)."""


def per_protocol(cohort: Cohort, follow_up: FollowUp, response: Response) -> Exclusion:
    """Apply the definition of the Per-Protocol Set; the first reason that holds is kept."""
    treated = follow_up.treated
    short = treated & ~follow_up.ongoing & (follow_up.end - follow_up.start + 1 < CYCLE_DAYS)
    short &= ~np.isin(follow_up.reason, (REASONS.index("PROGRESSIVE DISEASE"), REASONS.index("DEATH")))
    unseen = ~response.adequate.any(axis=1) & ~follow_up.dead
    conditions = np.stack(
        [
            ~treated,
            treated & (cohort.actual != cohort.arm),
            follow_up.ineligible,
            short,
            unseen,
            follow_up.prohibited < NEVER,
        ]
    )
    reason = np.where(conditions.any(axis=0), conditions.argmax(axis=0), -1)
    day = np.where(conditions[0] | conditions[2], 0, NEVER)
    day = np.minimum(day, np.where(conditions[1], follow_up.start, NEVER))
    return Exclusion(reason, np.minimum(day, follow_up.prohibited), conditions)


def first_important(exclusion: Exclusion, follow_up: FollowUp) -> NDArray[np.int64]:
    """Day of the first important deviation, excluding or not; NEVER where there is none."""
    gap, day = _longest_gap(follow_up)
    return np.minimum(exclusion.day, np.where(gap, day, NEVER))


def deviation_dataset(
    base: Base, parameters: Parameters, follow_up: FollowUp, exclusion: Exclusion, streams: Streams
) -> pd.DataFrame:
    """ADDV: excluding deviations, two consecutive scans missed, and deviations that are not important."""
    rng = streams.generator("deviations")
    size = len(follow_up.cut)
    kinds: list[tuple[str, str, str]] = [
        ("TREATMENT", "STUDY TREATMENT NOT RECEIVED", "Randomised but not treated"),
        ("TREATMENT", "WRONG TREATMENT", "Received the drug of the other arm"),
        *(("ELIGIBILITY", "KEY ELIGIBILITY CRITERION NOT MET", term) for term in ELIGIBILITY),
        ("PROHIBITED THERAPY", "PROHIBITED ANTICANCER THERAPY", "Prohibited anticancer therapy in cycle 1 or 2"),
        (
            "TUMOUR ASSESSMENT",
            "TWO CONSECUTIVE ASSESSMENTS MISSED",
            "Two or more consecutive tumour assessments missed",
        ),
        *MINOR,
    ]
    gap, gap_day = _longest_gap(follow_up)
    c = exclusion.conditions
    parts = [
        (np.flatnonzero(c[0]), 0, np.zeros(size, dtype=np.int64)),
        (np.flatnonzero(c[1]), 1, follow_up.start),
        (np.flatnonzero(c[2]), 2 + choose(rng, (0.4, 0.25, 0.15, 0.2), size), np.zeros(size, dtype=np.int64)),
        (np.flatnonzero(c[5]), 6, follow_up.prohibited),
        (np.flatnonzero(gap), 7, gap_day),
    ]
    number = np.where(rng.random(size) < parameters.deviations.minor, 1 + rng.poisson(0.4, size), 0)
    minor = np.repeat(np.arange(size), number)
    minor_kind = 8 + choose(rng, (0.35, 0.2, 0.2, 0.15, 0.1), len(minor))
    minor_day = np.floor(rng.random(len(minor)) * np.maximum(follow_up.last[minor], 1)).astype(np.int64)
    subject = np.concatenate([part[0] for part in parts] + [minor])
    kind = np.concatenate([np.broadcast_to(part[1], size)[part[0]] for part in parts] + [minor_kind])
    day = np.concatenate([part[2][part[0]] for part in parts] + [minor_day])
    order = np.lexsort((kind, day, subject))
    subject, kind, day = subject[order], kind[order], day[order]
    date = base.date("RANDDT")[subject] + day
    return base.frame(
        subject,
        {
            "DVSEQ": sequence_within(subject),
            "DVCAT": text([k[0] for k in kinds], kind),
            "DVDECOD": text([k[1] for k in kinds], kind),
            "DVTERM": text([k[2] for k in kinds], kind),
            "DVIMPFL": flag(kind < 8, "N"),
            "PPEXFL": flag(kind < 7, "N"),
            "ASTDT": date,
            "ASTDY": relative_day(date, base.date("RANDDT")[subject]),
        },
    )


def _longest_gap(follow_up: FollowUp) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Subjects who missed two or more scans in a row before one that they attended, and the day of that one."""
    attended, gap = follow_up.attended, np.zeros(len(follow_up.cut), dtype=np.int64)
    found, day = np.zeros(len(gap), dtype=bool), np.zeros(len(gap), dtype=np.int64)
    for scan in range(attended.shape[1]):
        now = attended[:, scan] & (gap >= 2) & ~found
        day = np.where(now, follow_up.scan[:, scan], day)
        found |= now
        gap = np.where(attended[:, scan], 0, gap + 1)
    return found, day
