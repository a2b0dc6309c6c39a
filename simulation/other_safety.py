"""ADVS (vital signs, ECOG, ejection fraction) and ADEG (electrocardiogram)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csrbook.simulate.columns import flag, sequence_within, text
from simulation.frame import Base, relative_day, visit_text
from simulation.laboratory import link_events
from simulation.visits import VisitGrid, visit_grid

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.simulate.streams import Streams
    from simulation.adverse_events import EventRows, Vocabulary
    from simulation.follow_up import FollowUp
    from simulation.subjects import Cohort

__all__ = ["electrocardiogram_dataset", "vital_signs_dataset"]

WEEKS = np.array([0, 4, *range(8, 560, 8)])
EVERY = 16
"""Weeks between measurements of the ejection fraction and electrocardiograms after week 4."""
LVEF_LOW, LVEF_FALL = 50.0, 10.0
LVEF_CRITERION = "LVEF < 50 % and decrease from baseline >= 10 percentage points"


@dataclass(frozen=True)
class Measure:
    """A measurement: name with unit, unit, centre, spread between and within subjects, change on treatment."""

    code: str
    name: str
    unit: str
    centre: float
    between: float
    within: float
    change: float = 0.0
    digits: int = 0


SIGNS = (
    Measure("DIABP", "Diastolic Blood Pressure (mmHg)", "mmHg", 76, 6.5, 5.5),
    Measure("ECOG", "ECOG Performance Status", "SCORE", 0, 0, 0),
    Measure("LVEF", "Left Ventricular Ejection Fraction (%)", "%", 64, 3.2, 2.2, -0.8),
    Measure("PULSE", "Pulse Rate (beats/min)", "beats/min", 77, 7.5, 5.5),
    Measure("SYSBP", "Systolic Blood Pressure (mmHg)", "mmHg", 121, 10, 8),
    Measure("WEIGHT", "Weight (kg)", "kg", 0, 0, 0.9, -1.0, 1),
)
TRACES = (
    Measure("HR", "Heart Rate (beats/min)", "beats/min", 76, 8, 6),
    Measure("QTCF", "QTcF Interval (ms)", "ms", 414, 13, 8, 3.0),
)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def vital_signs_dataset(
    base: Base,
    cohort: Cohort,
    follow_up: FollowUp,
    vocabulary: Vocabulary,
    events: EventRows,
    window: int,
    streams: Streams,
) -> pd.DataFrame:
    """ADVS of treated subjects."""
    rng = streams.generator("vital signs")
    grid = visit_grid(rng, follow_up, WEEKS)
    values = _draw(rng, SIGNS, cohort.size, grid)
    codes = [m.code for m in SIGNS]
    values[:, codes.index("ECOG")] = _ecog(rng, cohort, follow_up, grid)
    weight = cohort.baseline("WEIGHTBL")[grid.subject] + np.where(grid.week > 0, values[:, codes.index("WEIGHT")], 0.0)
    values[:, codes.index("WEIGHT")] = np.round(weight, 1)
    ejection = codes.index("LVEF")
    visit, grade = link_events(grid, vocabulary, events, "Ejection fraction decreased")
    # CTCAE 5.0: grade 2 from 50 to 40 %, grade 3 from 39 to 20 %
    values[visit, ejection] = np.where(grade >= 3, 36.0, 44.0) + np.floor(rng.random(len(visit)) * 4)
    measured = np.ones(values.shape, dtype=bool)
    measured[:, ejection] = grid.week % EVERY == 0
    measured[visit, ejection] = True
    frame, rows = _rows(base, SIGNS, grid, values, measured, window)
    is_ejection = rows.test == ejection
    low = is_ejection & (rows.value < LVEF_LOW) & (rows.value <= rows.baseline - LVEF_FALL)
    frame["CRIT1"] = text((LVEF_CRITERION,), np.where(is_ejection, 0, -1))
    frame["CRIT1FL"] = text(("N", "Y"), np.where(is_ejection, low.astype(np.int64), -1))
    return frame


def electrocardiogram_dataset(
    base: Base,
    cohort: Cohort,
    follow_up: FollowUp,
    vocabulary: Vocabulary,
    events: EventRows,
    window: int,
    streams: Streams,
) -> pd.DataFrame:
    """ADEG of treated subjects: baseline, week 4, every 16 weeks, and where a long QT was an adverse event."""
    rng = streams.generator("electrocardiogram")
    grid = visit_grid(rng, follow_up, WEEKS)
    values = _draw(rng, TRACES, cohort.size, grid)
    visit, grade = link_events(grid, vocabulary, events, "Electrocardiogram QT prolonged")
    interval = [m.code for m in TRACES].index("QTCF")
    # CTCAE 5.0: grade 1 from 450 to 480 ms, grade 2 to 500 ms, grade 3 from 501 ms
    values[visit, interval] = np.array([0, 452, 482, 502, 512, 512])[grade] + np.floor(rng.random(len(visit)) * 17)
    due = (grid.week == 4) | (grid.week % EVERY == 0)
    due[visit] = True
    frame, rows = _rows(base, TRACES, grid, values, np.repeat(due[:, None], len(TRACES), axis=1), window)
    qt = rows.test == interval
    change = np.where(rows.later, rows.value - rows.baseline, np.nan)
    level = np.digitize(rows.value, [450, 480, 500], right=True)
    rise = np.digitize(np.nan_to_num(change), [30, 60], right=True)
    at = frame.columns.get_loc("ONTRTFL")
    frame.insert(at, "AVALCAT1", text(("<=450", ">450-480", ">480-500", ">500"), np.where(qt, level, -1)))
    frame.insert(at + 1, "CHGCAT1", text(("<=30", ">30-60", ">60"), np.where(qt & ~np.isnan(change), rise, -1)))
    return frame


def _draw(rng: np.random.Generator, measures: tuple[Measure, ...], size: int, grid: VisitGrid) -> Floats:
    values = np.empty((grid.size, len(measures)))
    build_up = np.minimum(grid.week / 24.0, 1.0)
    for index, m in enumerate(measures):
        own = rng.normal(0.0, 1.0, size)[grid.subject] * m.between
        values[:, index] = np.round(
            m.centre + own + m.change * build_up + rng.normal(0.0, 1.0, grid.size) * m.within, m.digits
        )
    return values


def _ecog(rng: np.random.Generator, cohort: Cohort, follow_up: FollowUp, grid: VisitGrid) -> Floats:
    """Baseline status; it may rise by one shortly before treatment ends and now and then elsewhere."""
    near_end = (grid.day > follow_up.end[grid.subject] - 42) & ~follow_up.ongoing[grid.subject]
    worse = rng.random(grid.size) < np.where(near_end, 0.25, 0.05)
    return cohort.baseline("ECOGBL")[grid.subject] + ((grid.week > 0) & worse)


@dataclass(frozen=True)
class _Rows:
    test: NDArray[np.int64]
    value: Floats
    baseline: Floats
    later: Flags


def _rows(
    base: Base, measures: tuple[Measure, ...], grid: VisitGrid, values: Floats, measured: Flags, window: int
) -> tuple[pd.DataFrame, _Rows]:
    """Rows sorted by subject, parameter and date, of what was measured."""
    visit, test = grid.arrange(len(measures))
    keep = measured[visit, test]
    visit, test = visit[keep], test[keep]
    start = grid.baseline()[visit]
    subject, later = grid.subject[visit], grid.week[visit] > 0
    value = values[visit, test]
    baseline = np.where(start >= 0, values[np.maximum(start, 0), test], np.nan)
    date = base.date("RANDDT")[subject] + grid.day[visit]
    on_treatment = later & (date <= base.date("TRTEDT")[subject] + window)
    frame = base.frame(
        subject,
        {
            "ASEQ": sequence_within(subject),
            "PARAMCD": text([m.code for m in measures], test),
            "PARAM": text([m.name for m in measures], test),
            "PARAMN": test + 1.0,
            "AVISIT": visit_text(grid.week)[visit],
            "AVISITN": grid.week[visit].astype(np.float64),
            "ADT": date,
            "ADY": relative_day(date, base.date("TRTSDT")[subject]),
            "AVAL": value,
            "AVALU": text([m.unit for m in measures], test),
            "ABLFL": flag(~later),
            "BASE": baseline,
            "CHG": np.where(later, value - baseline, np.nan),
            "ONTRTFL": flag(on_treatment),
            "ANL01FL": flag(np.ones(len(subject), dtype=bool)),
        },
    )
    return frame, _Rows(test, value, baseline, later)
