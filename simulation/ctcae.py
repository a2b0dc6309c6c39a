"""Grades of laboratory values by the NCI's Common Terminology Criteria for Adverse Events 5.0 (27 November 2017)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["RULES", "Rule", "grade_high", "grade_low", "value_of_grade"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rule:
    """Limits beyond which a value has grade 2, 3 and 4; grade 1 begins at the reference range.

    ``low`` limits are absolute values in SI units; ``high`` limits are multiples of the upper limit of normal, or
    absolute values (``absolute``) or differences above it (``above``). NaN marks a grade that the criteria do not
    define by the value.
    """

    low: tuple[float, float, float] | None = None
    high: tuple[float, float, float] | None = None
    absolute: bool = False
    above: bool = False
    by_baseline: float | None = None
    """Multiple of an abnormal baseline at which grade 1 begins; the other multiples are then of the baseline."""
    first_high: float | None = None
    """Absolute value at which grade 1 begins, where that is not the upper limit."""


_NO = float("nan")
RULES = {
    "ALP": Rule(high=(2.5, 5.0, 20.0), by_baseline=2.0),
    "ALT": Rule(high=(3.0, 5.0, 20.0), by_baseline=1.5),
    "AST": Rule(high=(3.0, 5.0, 20.0), by_baseline=1.5),
    "BILI": Rule(high=(1.5, 3.0, 10.0), by_baseline=1.0),
    "CREAT": Rule(high=(1.5, 3.0, 6.0)),
    "HGB": Rule(low=(100.0, 80.0, _NO), high=(20.0, 40.0, _NO), above=True),
    "K": Rule(low=(_NO, 3.0, 2.5), high=(5.5, 6.0, 7.0), absolute=True),
    "NEUT": Rule(low=(1.5, 1.0, 0.5)),
    "PLT": Rule(low=(75.0, 50.0, 25.0)),
    "WBC": Rule(low=(3.0, 2.0, 1.0), high=(_NO, 100.0, _NO), absolute=True, first_high=float("inf")),
}


def grade_low(code: str, value: Floats, limit: float) -> Ints:
    """Grade 0 to 4 of low values; −1 where the test has none. A value equal to a limit has the milder grade."""
    rule = RULES[code].low
    if rule is None:
        return np.full(value.shape, -1, dtype=np.int64)
    grade = (value < limit).astype(np.int64)
    for level, bound in enumerate(rule, start=2):
        grade = np.where(value < bound, level, grade)
    return grade


def grade_high(code: str, value: Floats, limit: float, baseline: Floats) -> Ints:
    """Grade 0 to 4 of high values; −1 where the test has none.

    Where ``baseline`` (NaN at the baseline itself) lies above the limit, enzymes and bilirubin are graded by
    multiples of it.
    """
    rule = RULES[code]
    if rule.high is None:
        return np.full(value.shape, -1, dtype=np.int64)
    if rule.absolute:
        bounds = np.array(rule.high)
    elif rule.above:
        bounds = limit + np.array(rule.high)
    else:
        bounds = limit * np.array(rule.high)
    grade = (value > (limit if rule.first_high is None else rule.first_high)).astype(np.int64)
    for level, bound in enumerate(bounds, start=2):
        grade = np.where(value > bound, level, grade)
    if rule.by_baseline is None:
        return grade
    start = value >= rule.by_baseline * baseline if rule.by_baseline > 1.0 else value > baseline
    relative = start.astype(np.int64)
    for level, multiple in enumerate(rule.high, start=2):
        relative = np.where(value > multiple * baseline, level, relative)
    return np.where(baseline > limit, relative, grade)


def value_of_grade(code: str, direction: str, grade: Ints, limit: float, draw: Floats) -> Floats:
    """A value that has the given grade when the baseline is normal; ``draw`` in [0, 1) places it between the limits.

    A grade that the criteria do not define by the value falls back to the next milder one.
    """
    rule = RULES[code]
    if direction == "low":
        bounds_low = rule.low or (limit, limit, limit)
        edges = [limit, *bounds_low, 0.6 * np.nanmin(bounds_low)]
    else:
        top = [limit * multiple for multiple in rule.high or (1.0, 1.0, 1.0)]
        edges = [limit, *top, 1.5 * top[-1]]
    # undefined limits take the value of the next one, so that the milder grade reaches up to it
    for index in range(len(edges) - 2, 0, -1):
        if np.isnan(edges[index]):
            edges[index] = edges[index + 1]
    bounds = np.array(edges)
    level = np.clip(grade, 1, 4)
    while np.any(empty := bounds[level - 1] == bounds[level]):
        level = np.where(empty, level - 1, level)
    inner, outer = bounds[level - 1], bounds[level]
    return inner + (0.1 + 0.8 * draw) * (outer - inner)
