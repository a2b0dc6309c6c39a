"""ADLB: laboratory values with CTCAE 5.0 grades, in agreement with the adverse events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csrbook.simulate.columns import flag, sequence_within, text
from simulation.ctcae import grade_high, grade_low, value_of_grade
from simulation.frame import Base, relative_day, visit_text
from simulation.visits import VisitGrid, visit_grid

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.simulate.streams import Streams
    from simulation.adverse_events import EventRows, Vocabulary
    from simulation.follow_up import FollowUp
    from simulation.subjects import Cohort

__all__ = ["TESTS", "LaboratoryTest", "laboratory_dataset", "link_events"]


@dataclass(frozen=True)
class LaboratoryTest:
    """A test: reference range, distribution between and within subjects, and mean change on treatment by arm."""

    code: str
    name: str
    unit: str
    low: float
    high: float
    centre: float
    between: float
    within: float
    drift: tuple[float, float]
    logarithmic: bool = True
    digits: int = 0


# Reference ranges: WS/T 404 and WS/T 405 (women), rounded. Spread and drift are of the logarithm where it is used.
TESTS = (
    LaboratoryTest("ALP", "Alkaline Phosphatase", "U/L", 50, 135, 80, 0.24, 0.12, (0.03, 0.05)),
    LaboratoryTest("ALT", "Alanine Aminotransferase", "U/L", 7, 40, 18, 0.30, 0.24, (0.15, 0.15)),
    LaboratoryTest("AST", "Aspartate Aminotransferase", "U/L", 13, 35, 21, 0.20, 0.18, (0.10, 0.12)),
    LaboratoryTest("BILI", "Bilirubin", "umol/L", 3.4, 20.5, 9.5, 0.28, 0.20, (0.05, 0.22), digits=1),
    LaboratoryTest("CREAT", "Creatinine", "umol/L", 41, 81, 58, 0.14, 0.08, (0.02, 0.02), digits=1),
    LaboratoryTest("HGB", "Haemoglobin", "g/L", 115, 150, 128, 8.5, 4.5, (-3.0, -6.0), False),
    LaboratoryTest("K", "Potassium", "mmol/L", 3.5, 5.3, 4.25, 0.22, 0.24, (-0.08, -0.12), False, 2),
    LaboratoryTest("NEUT", "Neutrophils", "10^9/L", 1.8, 6.3, 3.6, 0.25, 0.20, (-0.06, -0.18), digits=2),
    LaboratoryTest("PLT", "Platelets", "10^9/L", 125, 350, 225, 0.18, 0.10, (-0.03, -0.10)),
    LaboratoryTest("WBC", "Leukocytes", "10^9/L", 3.5, 9.5, 5.8, 0.20, 0.14, (-0.05, -0.16), digits=2),
)
WEEKS = np.array([0, 4, *range(8, 560, 8)])
LINKS = {
    "Blood alkaline phosphatase increased": ("ALP", "high"),
    "Alanine aminotransferase increased": ("ALT", "high"),
    "Aspartate aminotransferase increased": ("AST", "high"),
    "Blood bilirubin increased": ("BILI", "high"),
    "Blood creatinine increased": ("CREAT", "high"),
    "Anaemia": ("HGB", "low"),
    "Hypokalaemia": ("K", "low"),
    "Neutropenia": ("NEUT", "low"),
    "Thrombocytopenia": ("PLT", "low"),
    "Leukopenia": ("WBC", "low"),
}
HYS_LAW = "ALT or AST >= 3 x ULN and total bilirubin >= 2 x ULN, same day"

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def laboratory_dataset(
    base: Base,
    cohort: Cohort,
    follow_up: FollowUp,
    vocabulary: Vocabulary,
    events: EventRows,
    window: int,
    streams: Streams,
) -> pd.DataFrame:
    """ADLB of treated subjects: ten tests at baseline, week 4 and every eight weeks during treatment."""
    rng = streams.generator("laboratory")
    grid = visit_grid(rng, follow_up, WEEKS)
    values = _values(rng, cohort, grid)
    for test, name in enumerate(t.code for t in TESTS):
        for term, (code, direction) in LINKS.items():
            if code == name:
                _plant(rng, values, test, direction, grid, vocabulary, events, term)
    start = grid.baseline()
    low, high = np.array([t.low for t in TESTS]), np.array([t.high for t in TESTS])
    at_base = np.where((start >= 0)[:, None], values[np.maximum(start, 0)], np.nan)
    later = grid.week > 0
    grades_low, grades_high = np.full(values.shape, -1), np.full(values.shape, -1)
    for index, t in enumerate(TESTS):
        compared = np.where(later, at_base[:, index], np.nan)
        grades_low[:, index] = grade_low(t.code, values[:, index], t.low)
        grades_high[:, index] = grade_high(t.code, values[:, index], t.high, compared)
    date = base.date("RANDDT")[grid.subject] + grid.day
    treated = later & (date <= base.date("TRTEDT")[grid.subject] + window)
    worst = _worst(grid, np.maximum(grades_low, grades_high), treated)
    codes = [t.code for t in TESTS]
    hepatic = (
        values[:, [codes.index("ALT"), codes.index("AST")]] >= 3 * high[[codes.index("ALT"), codes.index("AST")]]
    ).any(axis=1)
    criterion = hepatic & (values[:, codes.index("BILI")] >= 2 * high[codes.index("BILI")])

    visit, test = grid.arrange(len(TESTS))
    subject = grid.subject[visit]
    value, baseline = values[visit, test], at_base[visit, test]
    first = np.maximum(start, 0)[visit]
    known = start[visit] >= 0
    is_bilirubin = test == codes.index("BILI")
    return base.frame(
        subject,
        {
            "ASEQ": sequence_within(subject),
            "PARAMCD": text(codes, test),
            "PARAM": text([f"{t.name} ({t.unit})" for t in TESTS], test),
            "PARAMN": test + 1.0,
            "AVISIT": visit_text(grid.week)[visit],
            "AVISITN": grid.week[visit].astype(np.float64),
            "ADT": date[visit],
            "ADY": relative_day(date, base.date("TRTSDT")[grid.subject])[visit],
            "AVAL": value,
            "AVALU": text([t.unit for t in TESTS], test),
            "ABLFL": flag(~later[visit]),
            "BASE": baseline,
            "CHG": np.where(later[visit], value - baseline, np.nan),
            "ANRLO": low[test],
            "ANRHI": high[test],
            "ANRIND": _indicator(value, low[test], high[test]),
            "BNRIND": np.where(known, _indicator(baseline, low[test], high[test]), ""),
            "R2A1HI": value / high[test],
            "ATOXGRL": text("01234", grades_low[visit, test]),
            "ATOXGRH": text("01234", grades_high[visit, test]),
            "BTOXGRL": text("01234", np.where(known, grades_low[first, test], -1)),
            "BTOXGRH": text("01234", np.where(known, grades_high[first, test], -1)),
            "ONTRTFL": flag(treated[visit]),
            "ANL01FL": flag(worst[visit, test]),
            "CRIT1": text((HYS_LAW,), np.where(is_bilirubin, 0, -1)),
            "CRIT1FL": text(("N", "Y"), np.where(is_bilirubin, criterion[visit].astype(np.int64), -1)),
        },
    )


def _values(rng: np.random.Generator, cohort: Cohort, grid: VisitGrid) -> Floats:
    """Values of shape (visits, tests): subject's level, change on treatment that builds up over eight weeks, noise."""
    values = np.empty((grid.size, len(TESTS)))
    build_up = np.minimum(grid.week / 8.0, 1.0)
    arm = np.maximum(cohort.actual, 0)[grid.subject]
    for index, t in enumerate(TESTS):
        level = rng.normal(0.0, t.between, cohort.size)[grid.subject]
        change = build_up * np.array(t.drift)[arm] + rng.normal(0.0, t.within, grid.size)
        raw = t.centre * np.exp(level + change) if t.logarithmic else t.centre + level + change
        values[:, index] = np.round(np.maximum(raw, 0.1 * t.low), t.digits)
    return values


def link_events(grid: VisitGrid, vocabulary: Vocabulary, events: EventRows, term: str) -> tuple[Ints, Ints]:
    """Visit at or after the onset of each event of a term, and the event's grade; of two at a visit, the worse."""
    if term not in vocabulary.names:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    rows = np.flatnonzero(events.term == vocabulary.names.index(term))
    shift = 10_000
    key = grid.subject * shift + grid.day + shift // 2
    visit = np.searchsorted(key, events.subject[rows] * shift + events.onset[rows] + shift // 2)
    inside = visit < grid.size
    rows, visit = rows[inside], visit[inside]
    fits = (grid.subject[visit] == events.subject[rows]) & (grid.week[visit] > 0)
    rows, visit = rows[fits], visit[fits]
    order = np.argsort(events.grade[rows], kind="stable")
    visit, grade = visit[order], events.grade[rows][order]
    # one event a visit: the last, which is the worst
    _, position = np.unique(visit[::-1], return_index=True)
    keep = len(visit) - 1 - position
    return visit[keep], grade[keep]


def _plant(
    rng: np.random.Generator,
    values: Floats,
    test: int,
    direction: str,
    grid: VisitGrid,
    vocabulary: Vocabulary,
    events: EventRows,
    term: str,
) -> None:
    """Give the visit that follows an adverse event of the laboratory a value of the event's grade."""
    visit, grade = link_events(grid, vocabulary, events, term)
    t = TESTS[test]
    limit = t.low if direction == "low" else t.high
    values[visit, test] = np.round(
        value_of_grade(t.code, direction, grade, limit, rng.random(len(visit))), max(t.digits, 1)
    )


def _worst(grid: VisitGrid, grade: Ints, treated: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The worst post-baseline record on treatment of each subject and test, the earliest of equals."""
    worst = np.zeros(grade.shape, dtype=bool)
    rows = np.flatnonzero(treated)
    for test in range(grade.shape[1]):
        order = rows[np.lexsort((grid.day[rows], -grade[rows, test], grid.subject[rows]))]
        first = (
            np.r_[True, grid.subject[order][1:] != grid.subject[order][:-1]] if len(order) else np.zeros(0, dtype=bool)
        )
        worst[order[first], test] = True
    return worst


def _indicator(value: Floats, low: Floats, high: Floats) -> NDArray[np.object_]:
    return text(("LOW", "NORMAL", "HIGH"), np.where(value < low, 0, np.where(value > high, 2, 1)))
