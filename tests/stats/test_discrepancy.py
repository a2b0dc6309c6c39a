from __future__ import annotations

import math

import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.discrepancy import discrepancy_rates


def test_counts_and_rates_by_hand():
    # both: same, earlier, earlier, later; first only: 2; second only: 1; neither: 1
    first, second = [1, 1, 1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 0, 0, 1, 0]
    nan = math.nan
    found = discrepancy_rates(first, second, [5, 3, 4, 9, 2, 2, nan, nan], [5, 4, 6, 7, nan, nan, 8, nan])
    assert (found.same, found.earlier, found.later) == (1, 2, 1)
    assert (found.first_only, found.second_only, found.neither) == (2, 1, 1)
    # EDR = (b + a_e) / (a + b) = (2 + 2) / (4 + 2); LDR = (c + a_l) / (b + c + a_e + a_l) = (1 + 1) / (2 + 1 + 2 + 1)
    assert (found.early, found.early_of, found.late, found.late_of) == (4, 6, 2, 6)
    assert (found.early_rate, found.late_rate) == pytest.approx((4 / 6, 2 / 6))


def test_no_progression_and_full_agreement_have_no_rate():
    none = discrepancy_rates([0, 0], [0, 0], [math.nan] * 2, [math.nan] * 2)
    assert math.isnan(none.early_rate) and math.isnan(none.late_rate)
    same = discrepancy_rates([1], [1], [3], [3])
    assert same.early_rate == 0.0
    assert math.isnan(same.late_rate)


def test_a_progression_of_both_needs_its_times():
    with pytest.raises(StatisticsError, match="no time"):
        discrepancy_rates([1], [1], [math.nan], [3])
