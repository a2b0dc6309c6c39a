"""Standardised differences against hand calculation and the two-level closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csrbook.errors import StatisticsError
from csrbook.stats.standardised_difference import standardised_difference, standardised_difference_of_counts


def test_means():
    # means 2.5 and 5, variances 5/3 and 20/3: -2.5 / sqrt(25/6)
    assert standardised_difference([1, 2, 3, 4, math.nan], [2, 4, 6, 8]) == pytest.approx(-2.5 / math.sqrt(25 / 6))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [([1.0], [1.0, 2.0], math.nan), ([1.0, 1.0], [1.0, 1.0], 0.0), ([1.0, 1.0], [2.0, 2.0], math.nan)],
)
def test_no_spread(first, second, expected):
    assert standardised_difference(first, second) == pytest.approx(expected, nan_ok=True)


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 50), st.integers(1, 50))
def test_two_levels_are_the_closed_form(a, b, c, d):
    p, q = a / (a + b), c / (c + d)
    expected = abs(p - q) / math.sqrt((p * (1 - p) + q * (1 - q)) / 2)
    assert standardised_difference_of_counts([a, b], [c, d]) == pytest.approx(expected, abs=1e-12)


def test_three_levels_by_hand():
    # T = (.3, .2), C = (.5, .3): S = [[.23, -.105], [-.105, .185]], d² = (-.2, -.1) S⁻¹ (-.2, -.1)'
    s = np.array([[0.23, -0.105], [-0.105, 0.185]])
    d = np.array([-0.2, -0.1])
    expected = math.sqrt(float(d @ np.linalg.inv(s) @ d))
    assert standardised_difference_of_counts([50, 30, 20], [20, 50, 30]) == pytest.approx(expected)
    # the level left out, and one that nobody has, do not matter
    assert standardised_difference_of_counts([20, 0, 50, 30], [30, 0, 20, 50]) == pytest.approx(expected)


def test_what_is_not_defined():
    assert math.isnan(standardised_difference_of_counts([0, 0], [1, 2]))
    assert math.isnan(standardised_difference_of_counts([5, 0], [0, 5]))
    assert standardised_difference_of_counts([5, 0], [3, 0]) == 0.0
    with pytest.raises(StatisticsError, match="argument 'second'"):
        standardised_difference_of_counts([1, 2], [1, 2, 3])
