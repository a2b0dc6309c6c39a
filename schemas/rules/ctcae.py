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


@rule(
    "R54",
    "Toxicity grades are those of CTCAE version 5.",
    {"ADLB": "PARAMCD AVAL ANRLO ANRHI BASE ABLFL ATOXGRL ATOXGRH"},
)
def grades_recomputed(data: Any) -> Broken:
    adlb = data["ADLB"]
    for code, rows in adlb.groupby("PARAMCD", sort=False).indices.items():
        own = adlb.iloc[rows]
        for variable, graded, grades in (
            ("ATOXGRL", code in LOW, low_grades(code, own)),
            ("ATOXGRH", code in {**MULTIPLES, **ABOVE, **INCREASE, **ALONE}, high_grades(code, own)),
        ):
            expected = np.array(["0", "1", "2", "3", "4"], dtype=object)[grades] if graded else np.full(len(own), "")
            broken = np.zeros(len(adlb), dtype=bool)
            broken[rows] = own.AVAL.notna() & (own[variable] != expected)
            yield "ADLB", broken


def low_grades(code: str, own: Any) -> np.ndarray:
    """Grade of each record for a value that is too low."""
    value, normal = own.AVAL.to_numpy(), own.ANRLO.to_numpy()
    grades = (value < normal).astype(int)
    for grade, limit in LOW.get(code, {}).items():
        grades[(value < limit) & (value < normal)] = grade
    return grades


def high_grades(code: str, own: Any) -> np.ndarray:
    """Grade of each record for a value that is too high."""
    value, normal, base = own.AVAL.to_numpy(), own.ANRHI.to_numpy(), own.BASE.to_numpy()
    grades = (value > normal).astype(int)
    if code in ALONE:
        grades[:] = 0
    for limits, size in (
        (MULTIPLES, value / normal),
        (ABOVE, value),
        (INCREASE, value - normal),
        (ALONE, value),
    ):
        for grade, limit in limits.get(code, {}).items():
            grades[size > limit] = grade
    if code in ABNORMAL_BASELINE:
        abnormal = (base > normal) & (own.ABLFL != "Y").to_numpy()
        with np.errstate(divide="ignore", invalid="ignore"):
            size = value / base
        start = ABNORMAL_BASELINE[code]
        relative = ((size >= start) if start > 1 else (size > start)).astype(int)
        for grade, limit in MULTIPLES[code].items():
            relative[size > limit] = grade
        grades[abnormal] = relative[abnormal]
    return grades


RULES = (grades_recomputed,)
