"""Laboratory grades by the Common Terminology Criteria for Adverse Events, version 5.0 (NCI, 27 November 2017).

A limit belongs to the milder grade: a neutrophil count of exactly 1.0 is of grade 2. Where a baseline above the upper
limit of normal (ULN) gives way to multiples of the baseline, the baseline record itself is graded by the ULN. Grades
that need more than the number (symptoms, an intervention) are not given; creatinine is graded by the ULN alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .rule import Broken, rule

__all__ = ["RULES"]

LOW = {
    "HGB": {2: 100.0, 3: 80.0},
    "K": {3: 3.0, 4: 2.5},
    "NEUT": {2: 1.5, 3: 1.0, 4: 0.5},
    "PLT": {2: 75.0, 3: 50.0, 4: 25.0},
    "WBC": {2: 3.0, 3: 2.0, 4: 1.0},
}
"""Below the lower limit of normal is grade 1; below each number (SI units) is its grade."""
MULTIPLES = {
    "ALT": {2: 3.0, 3: 5.0, 4: 20.0},
    "AST": {2: 3.0, 3: 5.0, 4: 20.0},
    "ALP": {2: 2.5, 3: 5.0, 4: 20.0},
    "BILI": {2: 1.5, 3: 3.0, 4: 10.0},
    "CREAT": {2: 1.5, 3: 3.0, 4: 6.0},
}
"""Above the ULN is grade 1; above each multiple of the ULN is its grade."""
ABNORMAL_BASELINE = {"ALT": 1.5, "AST": 1.5, "ALP": 2.0, "BILI": 1.0}
"""Where the baseline is above the ULN, multiples are of the baseline and grade 1 begins at this one."""
ABOVE = {"K": {2: 5.5, 3: 6.0, 4: 7.0}}
"""Above the ULN is grade 1; above each number is its grade."""
INCREASE = {"HGB": {2: 20.0, 3: 40.0}}
"""Above the ULN is grade 1; more than each number above it is its grade."""
ALONE = {"WBC": {3: 100.0}}
"""Above each number is its grade; above the ULN is none."""
GRADED_HIGH = {*MULTIPLES, *ABOVE, *INCREASE, *ALONE}
BLANK, OTHER = -1, -2
GRADES = {"": BLANK} | {str(grade): grade for grade in range(5)}
"""Number of each grade's text."""


@rule(
    "R54",
    "Toxicity grades are those of CTCAE version 5.",
    {"ADLB": "PARAMCD AVAL ANRLO ANRHI BASE ABLFL ATOXGRL ATOXGRH"},
)
def grades_recomputed(data: Any) -> Broken:
    adlb, codes = data["ADLB"], data.codes("ADLB", "PARAMCD")
    given = {
        variable: data.lookup("ADLB", variable, lambda text: GRADES.get(text, OTHER), np.int64)
        for variable in ("ATOXGRL", "ATOXGRH")
    }
    columns = {name: adlb[name].to_numpy() for name in ("AVAL", "ANRLO", "ANRHI", "BASE")}
    baseline = data.equals("ADLB", "ABLFL", "Y")
    broken = np.zeros(len(adlb), dtype=bool)
    for rows in (np.flatnonzero(codes == code) for code in range(codes.max(initial=-1) + 1)):
        code = adlb.PARAMCD.iloc[rows[0]]
        value, low, high, base = (columns[name][rows] for name in ("AVAL", "ANRLO", "ANRHI", "BASE"))
        for variable, graded, grades in (
            ("ATOXGRL", code in LOW, low_grades(code, value, low)),
            ("ATOXGRH", code in GRADED_HIGH, high_grades(code, value, high, base, baseline[rows])),
        ):
            expected = grades if graded else np.full(len(rows), BLANK)
            broken[rows] |= ~np.isnan(value) & (given[variable][rows] != expected)
    yield "ADLB", broken


def low_grades(code: str, value: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Grade of each value below its lower limit of normal."""
    grades = (value < normal).astype(int)
    for grade, limit in LOW.get(code, {}).items():
        grades[(value < limit) & (value < normal)] = grade
    return grades


def high_grades(code: str, value: np.ndarray, normal: np.ndarray, base: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """Grade of each value above its upper limit of normal, or above its baseline, which ``baseline`` marks."""
    grades = (value > normal).astype(int)
    if code in ALONE:
        grades[:] = 0
    with np.errstate(divide="ignore", invalid="ignore"):
        multiple, of_baseline = value / normal, value / base
    for limits, size in (
        (MULTIPLES, multiple),
        (ABOVE, value),
        (INCREASE, value - normal),
        (ALONE, value),
    ):
        for grade, limit in limits.get(code, {}).items():
            grades[size > limit] = grade
    if code in ABNORMAL_BASELINE:
        abnormal = (base > normal) & ~baseline
        start = ABNORMAL_BASELINE[code]
        relative = ((of_baseline >= start) if start > 1 else (of_baseline > start)).astype(int)
        for grade, limit in MULTIPLES[code].items():
            relative[of_baseline > limit] = grade
        grades[abnormal] = relative[abnormal]
    return grades


RULES = (grades_recomputed,)
