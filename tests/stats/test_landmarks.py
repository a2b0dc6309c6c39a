from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.landmarks import landmark_difference
from tests.stats.reference import survival_data

GEHAN = survival_data("gehan")


def test_difference_of_the_leukaemia_arms():
    # R: s <- summary(survfit(Surv(time, event) ~ 1, d[d$arm == a, ]), times = c(6, 10)); s$surv, s$std.err
    #    6-MP .8571428571429 .7529411764706 (.0763603548321 .0963496529943)
    #    placebo .571428571429 .380952380952 (.107989849431 .105971169574)
    result = landmark_difference(GEHAN["time"], GEHAN["event"], GEHAN["arm"], [6, 10])
    difference = np.array([0.571428571429 - 0.8571428571429, 0.380952380952 - 0.7529411764706])
    se = np.hypot([0.107989849431, 0.105971169574], [0.0763603548321, 0.0963496529943])
    np.testing.assert_allclose(result.difference, difference, rtol=1e-11)
    np.testing.assert_allclose(result.std_err, se, rtol=1e-11)
    np.testing.assert_allclose(result.z, difference / se, rtol=1e-10)
    np.testing.assert_allclose(result.upper, difference + 1.959963984540054 * se, rtol=1e-10)
    assert result.p.tolist() == pytest.approx([math.erfc(abs(z) / math.sqrt(2)) for z in difference / se], rel=1e-9)


def test_an_arm_that_has_come_down_to_nothing_adds_no_variance():
    # Placebo: all 21 had the event by 23 weeks; at 24 the difference has the variance of the 6-MP arm alone.
    result = landmark_difference(GEHAN["time"], GEHAN["event"], GEHAN["arm"], [24])
    assert result.difference[0] == -result.control.survival[0]
    assert result.std_err[0] == result.control.std_err[0]


def test_before_the_first_event_there_is_no_test():
    result = landmark_difference(GEHAN["time"], GEHAN["event"], GEHAN["arm"], [0.5])
    assert (result.difference[0], result.status) == (0.0, ("ok",))
    assert math.isnan(result.p[0])
    assert math.isnan(result.lower[0])


def test_after_the_last_time_there_is_no_estimate():
    result = landmark_difference(GEHAN["time"], GEHAN["event"], GEHAN["arm"], [40])
    assert result.status == ("control arm: after the last observed time 35",)
    assert math.isnan(result.difference[0])
    assert math.isnan(result.p[0])


def test_an_empty_arm_has_no_estimate():
    assert landmark_difference([1, 2], [1, 0], [0, 0], [1]).status == ("test arm: no subjects",)


@pytest.mark.parametrize("at", [["a"], [math.nan], [[1.0]]])
def test_wrong_times_are_refused(at):
    with pytest.raises(StatisticsError, match="at "):
        landmark_difference([1, 2], [1, 0], [0, 1], at)
