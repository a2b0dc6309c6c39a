from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.rmst import compare_rmst, rmst
from tests.stats.reference import NAMED, RANDOM, r_result, survival_data, table


@pytest.mark.parametrize("name", NAMED + RANDOM)
def test_one_arm_equals_r(name):
    # R: summary(survfit(Surv(time, event) ~ 1), rmean = tau)$table[5:6]
    data = survival_data(name)
    for arm in (0, 1):
        expected = r_result(name, f"rmean_{arm}")
        if expected is None:
            continue
        keep = data["arm"] == arm
        result = rmst(data["time"][keep], data["event"][keep], expected[0])
        assert (result.estimate, result.se) == pytest.approx(tuple(expected[1:]), rel=1e-10, abs=1e-12)


def test_colon_recurrence():
    # survRM2 on Lev+5FU against observation, tau = 2000 days: 262.0796 (138.2302, 385.9290).
    data = table("colon_recurrence")
    keep = data["rx"] != "Lev"
    result = compare_rmst(data["time"][keep], data["event"][keep], data["rx"][keep] == "Lev+5FU", tau=2000)
    got = (result.difference.estimate, result.difference.lower, result.difference.upper)
    assert got == pytest.approx((262.0796, 138.2302, 385.9290), abs=5e-5)


def test_by_hand():
    # S = 1, 3/4, 1/2, 1/4 on four unit intervals. Variance at tau 4: (1.5² /12 + .75²/6 + .25²/2).
    result = rmst([1, 2, 3, 4], [1, 1, 1, 1], 4)
    assert (result.estimate, result.lost) == (2.5, 1.5)
    assert result.se == pytest.approx(math.sqrt(2.25 / 12 + 0.5625 / 6 + 0.0625 / 2), rel=1e-14)


def test_uncensored_without_restriction_is_the_mean_and_its_standard_error():
    # Without censoring the estimate at the last time is the mean, its variance the sum of squares over n².
    time = np.array([2.0, 3, 5, 7, 11, 13])
    result = rmst(time, np.ones(6), 13)
    assert result.estimate == pytest.approx(time.mean(), rel=1e-14)
    assert result.se == pytest.approx(time.std() / math.sqrt(6), rel=1e-14)


def test_tau_after_the_last_censored_time_has_no_estimate():
    assert rmst([1, 2, 3], [1, 1, 0], 4).status == "tau 4 is after the last observed time 3"
    assert rmst([1, 2, 3], [1, 1, 1], 4).estimate == pytest.approx(2.0)
    result = compare_rmst([1, 2, 3, 5], [1, 0, 1, 0], [0, 0, 1, 1], tau=4)
    assert result.status == "control arm: tau 4 is after the last observed time 2"
    assert math.isnan(result.difference.p)


def test_tau_by_default_is_the_shorter_follow_up():
    assert compare_rmst([1, 2, 3, 5], [1, 0, 1, 0], [0, 0, 1, 1]).tau == 2.0
    with pytest.raises(StatisticsError, match="an arm is empty"):
        compare_rmst([1, 2], [1, 0], [0, 0])


@pytest.mark.parametrize("tau", [0, -1, math.nan, math.inf])
def test_a_wrong_tau_is_refused(tau):
    with pytest.raises(StatisticsError, match="tau"):
        rmst([1, 2], [1, 0], tau)
