from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.rubin import rubin


def test_three_imputations_by_hand():
    # Rubin 1987, 3.1: W = 1, B = 1, T = 1 + 4/3 = 7/3, r = 4/3, df = 2 (1 + 3/4)^2 = 6.125, lambda = 4/7.
    # The quantile and the p-value are R's qt(.975, 6.125) and 2 * pt(-2 / sqrt(7/3), 6.125).
    pooled = rubin([1, 2, 3], [1, 1, 1])
    assert (pooled.estimate, pooled.within, pooled.between) == (2.0, 1.0, 1.0)
    assert (pooled.se**2, pooled.df, pooled.missing_information) == pytest.approx((7 / 3, 6.125, 4 / 7))
    assert pooled.upper - pooled.estimate == pytest.approx(2.43485782318 * math.sqrt(7 / 3), rel=1e-9)
    assert pooled.p == pytest.approx(0.237400350431, rel=1e-8)


def test_small_samples_have_fewer_degrees_of_freedom():
    # Barnard and Rubin 1999, (3): with 20 complete-data df, observed df (21/23) 20 (3/7), df = 1/(1/6.125 + 1/that).
    observed = 21 / 23 * 20 * 3 / 7
    assert rubin([1, 2, 3], [1, 1, 1], df_complete=20).df == pytest.approx(1 / (1 / 6.125 + 1 / observed), rel=1e-12)


def test_equal_estimates_have_the_standard_error_of_one():
    pooled = rubin([0.5, 0.5], [0.2, 0.2])
    assert (pooled.se, pooled.df, pooled.missing_information) == (0.2, math.inf, 0.0)
    assert pooled.upper == pytest.approx(0.5 + 1.959963984540054 * 0.2, rel=1e-9)


def test_an_imputation_without_estimate_leaves_nothing_to_pool():
    pooled = rubin([0.5, math.nan, 0.4], [0.2, 0.1, 0.1])
    assert pooled.status == "1 of 3 imputations have no estimate"
    assert math.isnan(pooled.estimate)
    assert math.isnan(pooled.upper)


@pytest.mark.parametrize(
    ("estimates", "errors", "words"),
    [([1.0], [1.0], "there are 1"), ([1, 2], [1, 0], "not above 0"), ([1, math.inf], [1, 1], "infinite")],
)
def test_bad_arguments_are_refused(estimates, errors, words):
    with pytest.raises(StatisticsError, match=words):
        rubin(estimates, errors)


def test_lengths_must_agree():
    with pytest.raises(StatisticsError, match="standard_errors has 1 values"):
        rubin([1, 2], np.array([1.0]))
