"""The second programmer's methods for competing risks against R's cmprsk 2.2-11, many times tied.

R::

    i <- 1:80; time <- (37 * i) %% 61 + 1
    event <- c(1, 2, 0, 2, 1, 0, 1)[i %% 7 + 1]; arm <- ((5 * i) %% 11 < 5) + 0
    ci <- cuminc(time, event, arm); print(ci$Tests[1, ], digits = 14)
    print(timepoints(ci, c(5, 20, 50)), digits = 12)
    fit <- crr(time, event, arm, gtol = 1e-13); print(c(fit$coef, sqrt(fit$var)), digits = 14)
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from qc.competing import CumulativeIncidence, fine_gray, gray_test

NUMBER = np.arange(1, 81)
TIME = ((37 * NUMBER) % 61 + 1).astype(float)
EVENT = np.array([1, 2, 0, 2, 1, 0, 1])[NUMBER % 7]
TEST = (5 * NUMBER) % 11 < 5

CUMINC = {
    (False, 20.0): (0.0949627368232, 0.00209756335669),
    (False, 50.0): (0.325532010416, 0.00642626311065),
    (True, 20.0): (0.1188391855059, 0.00322525286488),
    (True, 50.0): (0.445209193579, 0.00970433520472),
}


@pytest.mark.parametrize(("arm", "time"), CUMINC)
def test_incidence_and_variance_are_those_of_cuminc(arm, time):
    here = arm == TEST
    curve = CumulativeIncidence(TIME[here], EVENT[here])
    f, variance = CUMINC[arm, time]
    assert (curve.estimate(time), curve.variance(time)) == pytest.approx((f, variance), rel=1e-11)
    limits = curve.at(time)
    half = 1.959963984540054 * math.sqrt(variance) / (f * math.log(f))
    assert (math.log(-math.log(limits.upper)) - math.log(-math.log(f))) == pytest.approx(half, rel=1e-9)


def test_gray_is_that_of_cuminc():
    assert gray_test(TIME, EVENT, TEST) == pytest.approx((0.50293087772327, 0.47821514302945), rel=1e-12)


def test_fine_gray_is_that_of_crr():
    fit = fine_gray(TIME, EVENT, TEST)
    assert (fit.log_hazard_ratio, fit.standard_error) == pytest.approx((0.14389387992695, 0.34112306109266), rel=1e-11)


def test_nothing_after_the_last_time():
    curve = CumulativeIncidence(TIME, EVENT)
    assert math.isnan(curve.estimate(TIME.max() + 1.0))
    assert curve.estimate(0.5) == 0.0
    assert math.isnan(curve.at(0.5).lower)


def test_not_estimable_without_an_event_in_an_arm():
    event = np.where(TEST & (EVENT == 1), 0, EVENT)
    assert math.isnan(fine_gray(TIME, event, TEST).log_hazard_ratio)
    nothing = np.zeros(len(TIME), dtype=np.int64)
    assert all(math.isnan(value) for value in gray_test(TIME, nothing, TEST))


def test_nobody_censored():
    event = np.where(EVENT == 0, 2, EVENT)
    assert fine_gray(TIME, event, TEST).standard_error > 0.0
