"""ADQS: EORTC QLQ-C30 and QLQ-BR23 scales during treatment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csrbook.simulate.columns import flag, sequence_within, text
from simulation.disease_course import NEVER
from simulation.frame import Base, relative_day, visit_text
from simulation.visits import VisitGrid, visit_grid

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.simulate.streams import Streams
    from simulation.follow_up import FollowUp
    from simulation.parameters import Parameters
    from simulation.subjects import Cohort

__all__ = ["Deterioration", "Scale", "Scores", "draw_scores", "questionnaire_dataset"]


@dataclass(frozen=True)
class Scale:
    """A scale: steps between 0 and 100, mean at baseline and mean change on treatment by arm."""

    code: str
    name: str
    instrument: str
    steps: int
    mean: float
    between: float
    within: float
    change: tuple[float, float]


SCALES = (
    Scale("BRST", "Systemic Therapy Side Effects", "EORTC QLQ-BR23", 21, 14.0, 10.0, 7.0, (7.0, 12.0)),
    Scale("DI", "Diarrhoea", "EORTC QLQ-C30", 3, 8.0, 10.0, 18.0, (26.0, 30.0)),
    Scale("FA", "Fatigue", "EORTC QLQ-C30", 9, 26.0, 16.0, 10.0, (4.0, 8.0)),
    Scale("NV", "Nausea and Vomiting", "EORTC QLQ-C30", 6, 6.0, 8.0, 9.0, (6.0, 10.0)),
    Scale("PF2", "Physical Functioning", "EORTC QLQ-C30", 15, 82.0, 14.0, 8.0, (-2.0, -5.0)),
    Scale("QL2", "Global Health Status", "EORTC QLQ-C30", 12, 66.0, 16.0, 10.0, (-2.0, -5.0)),
)
WEEKS = np.array([0, 8, 16, 24, 32, 40, 48, *range(64, 560, 16)])
"""Windows of four weeks either side do not overlap."""
MEANINGFUL = 10.0
"""Change of a scale that patients notice."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Completed questionnaires: one row a visit, one column a scale."""

    grid: VisitGrid
    values: Floats
    evaluable: NDArray[np.bool_]
    """Subjects with a baseline and a later questionnaire."""


@dataclass(frozen=True)
class Deterioration:
    """First deterioration and last assessment of the global health status: day (NEVER for none) and QSSEQ."""

    day: NDArray[np.int64]
    sequence: Floats
    last: NDArray[np.int64]
    last_sequence: Floats


def draw_scores(parameters: Parameters, cohort: Cohort, follow_up: FollowUp, streams: Streams) -> Scores:
    """Draw which questionnaires are completed and their scores, each a multiple of the scale's step."""
    rng = streams.generator("questionnaires")
    grid = visit_grid(rng, follow_up, WEEKS, early=3)
    missing = 1.0 - parameters.questionnaires.compliance
    # at baseline, in the clinic, a third of the questionnaires that are missed later
    grid = grid.keep(rng.random(grid.size) >= np.where(grid.week == 0, missing / 3.0, missing))
    arm = np.maximum(cohort.actual, 0)[grid.subject]
    build_up = np.minimum(grid.week / 8.0, 1.0) * np.where(grid.week > 24, 0.8, 1.0)
    mood = rng.standard_normal(cohort.size)
    values = np.empty((grid.size, len(SCALES)))
    for index, scale in enumerate(SCALES):
        # better health shows on every scale: high on functions, low on symptoms
        sign = 1.0 if scale.code in ("QL2", "PF2") else -1.0
        own = (0.6 * sign * mood + 0.8 * rng.standard_normal(cohort.size)) * scale.between
        raw = (
            scale.mean
            + own[grid.subject]
            + build_up * np.array(scale.change)[arm]
            + rng.normal(0, scale.within, grid.size)
        )
        values[:, index] = np.rint(np.clip(raw, 0, 100) * scale.steps / 100.0) * (100.0 / scale.steps)
    before, after = np.zeros(cohort.size, dtype=bool), np.zeros(cohort.size, dtype=bool)
    before[grid.subject[grid.week == 0]] = True
    after[grid.subject[grid.week > 0]] = True
    return Scores(grid, values, before & after)


def questionnaire_dataset(base: Base, scores: Scores) -> tuple[pd.DataFrame, Deterioration]:
    """ADQS, and the source records of the time to deterioration of the global health status."""
    grid, size = scores.grid, len(scores.evaluable)
    start = grid.baseline()
    later = grid.week > 0
    visit, scale = grid.arrange(len(SCALES))
    subject = grid.subject[visit]
    value = scores.values[visit, scale]
    baseline = np.where(start[visit] >= 0, scores.values[np.maximum(start[visit], 0), scale], np.nan)
    change = np.where(later[visit], value - baseline, np.nan)
    date = base.date("RANDDT")[grid.subject] + grid.day
    sequence = sequence_within(subject)
    frame = base.frame(
        subject,
        {
            "QSSEQ": sequence,
            "PARCAT1": text([s.instrument for s in SCALES], scale),
            "PARAMCD": text([s.code for s in SCALES], scale),
            "PARAM": text([s.name for s in SCALES], scale),
            "PARAMN": scale + 1.0,
            "AVISIT": visit_text(grid.week)[visit],
            "AVISITN": grid.week[visit].astype(np.float64),
            "ADT": date[visit],
            "ADY": relative_day(date, base.date("TRTSDT")[grid.subject])[visit],
            "AVAL": value,
            "ABLFL": flag(~later[visit]),
            "BASE": baseline,
            "CHG": change,
            "ANL01FL": flag(np.ones(len(subject), dtype=bool)),
            "DTYPE": np.full(len(subject), "", dtype=object),
        },
    )
    health = scale == [s.code for s in SCALES].index("QL2")
    day, number = _first(size, subject, visit, health & (change <= -MEANINGFUL), grid, sequence)
    last, last_number = _first(size, subject[::-1], visit[::-1], (health & later[visit])[::-1], grid, sequence[::-1])
    return frame, Deterioration(day, number, last, last_number)


def _first(
    size: int,
    subject: NDArray[np.int64],
    visit: NDArray[np.int64],
    condition: NDArray[np.bool_],
    grid: VisitGrid,
    sequence: Floats,
) -> tuple[NDArray[np.int64], Floats]:
    """Day and sequence number of the first row of each subject that meets a condition."""
    rows = np.flatnonzero(condition)
    _, position = np.unique(subject[rows], return_index=True)
    rows = rows[position]
    day, number = np.full(size, NEVER, dtype=np.int64), np.full(size, np.nan)
    day[subject[rows]], number[subject[rows]] = grid.day[visit[rows]], sequence[rows]
    return day, number
