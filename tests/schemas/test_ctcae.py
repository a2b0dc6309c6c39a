"""Laboratory grades at the limits that CTCAE version 5.0 prints."""

from __future__ import annotations

import numpy as np
import pytest

from schemas.rules.ctcae import high_grades, low_grades


def high(code: str, value: float, limit: float, base: float = np.nan, baseline: bool = False) -> int:
    """Grade of one value that is too high."""
    (grade,) = high_grades(code, np.array([value]), np.array([limit]), np.array([base]), np.array([baseline]))
    return int(grade)


# CTCAE 5.0, Investigations and Blood disorders: neutrophil count decreased, white blood cell decreased, platelet count
# decreased, anaemia, hypokalaemia.
@pytest.mark.parametrize(
    ("code", "low", "value", "grade"),
    [
        *[
            ("NEUT", 2.0, v, g)
            for v, g in ((2.0, 0), (1.9, 1), (1.5, 1), (1.4, 2), (1.0, 2), (0.9, 3), (0.5, 3), (0.4, 4))
        ],
        *[("WBC", 4.0, v, g) for v, g in ((4.0, 0), (3.0, 1), (2.0, 2), (1.0, 3), (0.9, 4))],
        *[("PLT", 100.0, v, g) for v, g in ((100.0, 0), (75.0, 1), (50.0, 2), (25.0, 3), (24.9, 4))],
        *[("HGB", 115.0, v, g) for v, g in ((115.0, 0), (100.0, 1), (80.0, 2), (79.0, 3))],
        *[("K", 3.5, v, g) for v, g in ((3.5, 0), (3.0, 1), (2.9, 3), (2.5, 3), (2.4, 4))],
    ],
)
def test_low(code, low, value, grade):
    assert low_grades(code, np.array([value]), np.array([low])).tolist() == [grade]


# CTCAE 5.0: alanine aminotransferase increased, alkaline phosphatase increased, blood bilirubin increased, creatinine
# increased, hyperkalaemia, haemoglobin increased, leukocytosis.
@pytest.mark.parametrize(
    ("code", "limit", "value", "grade"),
    [
        *[
            ("ALT", 40.0, v, g)
            for v, g in ((40.0, 0), (41.0, 1), (120.0, 1), (121.0, 2), (200.0, 2), (800.0, 3), (801.0, 4))
        ],
        *[("ALP", 100.0, v, g) for v, g in ((100.0, 0), (250.0, 1), (500.0, 2), (2000.0, 3), (2001.0, 4))],
        *[("BILI", 20.0, v, g) for v, g in ((20.0, 0), (30.0, 1), (60.0, 2), (200.0, 3), (201.0, 4))],
        *[("CREAT", 100.0, v, g) for v, g in ((100.0, 0), (150.0, 1), (300.0, 2), (600.0, 3), (601.0, 4))],
        *[("K", 5.0, v, g) for v, g in ((5.0, 0), (5.5, 1), (6.0, 2), (7.0, 3), (7.1, 4))],
        *[("HGB", 150.0, v, g) for v, g in ((150.0, 0), (170.0, 1), (190.0, 2), (191.0, 3))],
        *[("WBC", 10.0, v, g) for v, g in ((11.0, 0), (100.0, 0), (101.0, 3))],
    ],
)
def test_high(code, limit, value, grade):
    assert high(code, value, limit) == grade


@pytest.mark.parametrize(
    ("code", "value", "flag", "grade"),
    [
        ("ALT", 60.0, "", 0),
        ("ALT", 75.0, "", 1),
        ("ALT", 151.0, "", 2),
        ("ALT", 50.0, "Y", 1),
        ("ALP", 99.0, "", 0),
        ("ALP", 100.0, "", 1),
        ("BILI", 50.0, "", 0),
        ("BILI", 51.0, "", 1),
        ("CREAT", 60.0, "", 1),
    ],
)
def test_a_baseline_of_50_above_a_limit_of_40(code, value, flag, grade):
    assert high(code, value, 40.0, 50.0, flag == "Y") == grade
