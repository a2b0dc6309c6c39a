"""The edges of agreement, and whether a reader would see a difference."""

from __future__ import annotations

import math

import pytest

from csrbook.compare import Tolerance, prints_differently
from csrbook.compare.numbers import agree, percent_difference
from csrbook.errors import StatisticsError

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("production", "qc", "tolerance", "same"),
    [
        # binary fractions, so that the edge itself is exact
        (1.0, 1.0 + 2**-20, Tolerance(relative=2**-20, absolute=0.0), True),  # bound is relative to the greater value
        (1.0, 1.0 + 2**-19, Tolerance(relative=2**-20, absolute=0.0), False),
        (1024.0, 1024.5, Tolerance(relative=0.0, absolute=0.5), True),
        (1024.0, 1024.75, Tolerance(relative=0.0, absolute=0.5), False),
        (0.0, 1e-10, Tolerance(), True),
        (0.0, 2e-10, Tolerance(), False),
        (1e-12, 3e-12, Tolerance(), True),  # absolute part settles what is near zero
        (100.0, 100.0 + 0.9e-6, Tolerance(), True),
        (100.0, 100.0 + 1.1e-6, Tolerance(), False),
        (0.5, 0.5, Tolerance(relative=0.0, absolute=0.0), True),
        (-1.0, 1.0, Tolerance(), False),
        (NAN, NAN, Tolerance(), True),
        (NAN, 1.0, Tolerance(), False),
        (1.0, NAN, Tolerance(), False),
        (INF, INF, Tolerance(), True),
        (INF, -INF, Tolerance(), False),
        (INF, 1e300, Tolerance(), False),
    ],
)
def test_agreement(production, qc, tolerance, same):
    assert bool(agree(production, qc, tolerance.relative, tolerance.absolute)) is same


@pytest.mark.parametrize("bad", [{"relative": -1e-9}, {"absolute": NAN}, {"relative": INF}])
def test_a_tolerance_that_is_no_bound_is_refused(bad):
    with pytest.raises(StatisticsError):
        Tolerance(**bad)


def test_percent_difference_is_of_production():
    assert percent_difference(200.0, 190.0) == -5.0
    assert percent_difference(-200.0, -190.0) == 5.0
    assert math.isnan(percent_difference(0.0, 1.0))


@pytest.mark.parametrize(
    ("production", "qc", "formatted", "seen"),
    [
        (0.8461, 0.84649, "0.846", False),
        (0.8461, 0.8465, "0.846", True),  # half goes away from zero: 0.847
        (-0.8461, -0.8465, "-0.846", True),
        (-0.8461, -0.84649, "-0.846", False),
        (2.675, 2.6749999, "2.68", True),  # the binary value of 2.675 lies below 2.675; SAS prints 2.68
        (0.04, -0.04, "0.0", False),
        (0.04, -0.05, "0.0", True),
        (0.46912, 0.46949, "46.9", False),  # a probability printed as a percentage
        (0.46912, 0.46952, "46.9", True),
        (12, 12, "12 (7.4)", False),
        (12, 13, "12 (7.4)", True),
        (0.0736, 0.0744, "12 (7.4)", False),
        (0.0736, 0.0746, "12 (7.4)", True),
        (0.71, 0.716, "0.85 (0.71, 1.02)", True),
        (0.00003, 0.00009, "<0.0001", False),
        (0.00003, 0.0001, "<0.0001", True),
        (0.99995, 0.99991, ">0.9999", False),
        (NAN, NAN, "NE", False),
        (NAN, 3.0, "NE", True),
        (22280.0, 22281.0, "01JAN2021", None),  # a SAS date: the number is not in the text
        (3.0, 4.0, "PROGRESSIVE DISEASE", None),
    ],
)
def test_whether_the_page_would_print_otherwise(production, qc, formatted, seen):
    assert prints_differently(production, qc, formatted) is seen
