"""Weighted tests against R's ``survdiff(rho = )``, the largest of several against its package mvtnorm.

``1 - pmvnorm(rep(-1.7, 3), rep(1.7, 3), corr = R, algorithm = Miwa(steps = 4097))``.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from qc.weighted_log_rank import fleming_harrington, gehan, largest_of, weighted_log_rank
from tests.qc.kidney import AGE, FEMALE, STATUS, TIME

TESTS = [fleming_harrington(0, 0), fleming_harrington(1, 0), fleming_harrington(0, 1), gehan]


def test_leukaemia_matches_r() -> None:
    time = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45]
    event = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0] + [1] * 5 + [0] + [1] * 6
    found = weighted_log_rank(time, event, np.repeat([1, 0], [11, 12]), ["all"] * 23, TESTS)
    # survdiff(Surv(time, status) ~ x, aml) and rho = 1
    assert found.chi_square[:2] == pytest.approx([3.3963886989776, 2.77927954475177], rel=1e-12)
    assert (found.z < 0.0).all()
    assert found.scores[0] == pytest.approx(found.scores[1] + found.scores[2], rel=1e-12)


def test_strata_have_curves_of_their_own_as_in_r() -> None:
    found = weighted_log_rank(TIME, STATUS, FEMALE, AGE > 45, TESTS)
    # survdiff(Surv(time, status) ~ sex + strata(age > 45), kidney, rho = 1)
    assert found.chi_square[1] == pytest.approx(17.4377478203908, rel=1e-12)


def test_the_largest_of_three_matches_mvtnorm() -> None:
    correlation = np.array([[1.0, 0.6, 0.3], [0.6, 1.0, 0.5], [0.3, 0.5, 1.0]])
    assert largest_of(correlation, 1.7) == pytest.approx(0.214183775501, abs=1e-9)


def test_the_largest_of_two_that_are_one() -> None:
    assert largest_of(np.ones((2, 2)), 1.959963984540054) == pytest.approx(0.05, abs=1e-12)
    assert math.isnan(largest_of(np.ones((2, 2)), math.nan))
