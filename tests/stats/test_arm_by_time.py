from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.arm_by_time import arm_by_time
from csrbook.stats.counting_process import cox_counting, split_rows
from tests.stats.reference import survival_data
from tests.stats.test_counting_process import SETS, late_entry, r_numbers


@pytest.mark.parametrize("name", SETS)
def test_arm_by_log_time_equals_r_tt(name):
    # R: m <- coxph(Surv(time, event) ~ arm + tt(arm) + strata(stratum), tt = function(x, t, ...) x * log(t))
    #    c(warned, coef(m), m$var, m$loglik, m$score)
    data, expected = survival_data(name), r_numbers(name, "tt")
    fit = arm_by_time(data["time"], data["event"], data["arm"], strata=data["stratum"])
    if expected is None or fit.status != "ok":
        assert fit.status != "ok"
        assert expected is None or expected[0]  # R warned
        return
    np.testing.assert_allclose(fit.coef, expected[1:3], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(fit.cov.ravel(), expected[3:7], rtol=1e-9)
    assert (fit.loglik_null, fit.loglik) == pytest.approx(tuple(expected[7:9]), rel=1e-10)


@pytest.mark.parametrize("transform", ["log", "identity"])
def test_the_same_model_from_rows_split_at_the_event_times(transform):
    data = late_entry("veteran")
    rows = split_rows(data["entry"], data["time"], data["event"], data["time"][data["event"] == 1])
    g = np.log(rows.stop) if transform == "log" else rows.stop
    arm = data["arm"][rows.subject]
    split = cox_counting(
        rows.start, rows.stop, rows.event, np.column_stack([arm, arm * g]), strata=data["stratum"][rows.subject]
    )
    fit = arm_by_time(
        data["time"], data["event"], data["arm"], strata=data["stratum"], entry=data["entry"], transform=transform
    )
    np.testing.assert_allclose(fit.coef, split.coef, rtol=1e-8)
    np.testing.assert_allclose(fit.cov, split.cov, rtol=1e-8)


def test_likelihood_ratio_test_of_lung_equals_r():
    # R: d <- read.csv("lung.csv"); a <- coxph(Surv(time, event) ~ arm, d)
    #    b <- coxph(Surv(time, event) ~ arm + tt(arm), d, tt = function(x, t, ...) x * log(t))
    #    and twice the difference of their b$loglik[2]
    data = survival_data("lung")
    assert arm_by_time(data["time"], data["event"], data["arm"]).lr_chi2 == pytest.approx(2.551017652248, rel=1e-9)


def test_the_slope_of_crossing_hazards_is_found():
    # Weibull shapes 1 and 2 with the same scale: log HR(t) = log(2 / scale) + log(t / scale), slope 1 in log t.
    draw = np.random.default_rng(4)
    arm = np.repeat([0, 1], 3000)
    time = 10 * draw.exponential(1, 6000) ** np.where(arm == 1, 1 / 2, 1)
    fit = arm_by_time(time, np.ones(6000), arm)
    assert fit.slope == pytest.approx(1.0, abs=3 * fit.slope_se)
    assert fit.coef[0] == pytest.approx(math.log(2) - math.log(10), abs=3 * math.sqrt(fit.cov[0, 0]))
    ratio = fit.hazard_ratio([5, 10])
    assert (ratio[:, 1] < [1, 2]).all()
    assert (ratio[:, 2] > [1, 2]).all()


def test_the_unit_of_time_changes_the_intercept_only():
    data = survival_data("veteran")
    days = arm_by_time(data["time"], data["event"], data["arm"])
    months = arm_by_time(data["time"] / 30.4375, data["event"], data["arm"])
    assert (months.slope, months.slope_se) == pytest.approx((days.slope, days.slope_se), rel=1e-9)
    assert months.coef[0] == pytest.approx(days.coef[0] + days.slope * math.log(30.4375), rel=1e-8)
    np.testing.assert_allclose(months.hazard_ratio([100 / 30.4375]), days.hazard_ratio([100]), rtol=1e-9)


@pytest.mark.parametrize(
    ("time", "event", "arm", "status"),
    [
        ([], [], [], "no subjects"),
        ([1, 2], [0, 0], [0, 1], "no events"),
        ([1, 2], [1, 1], [1, 1], "no subjects in the control arm"),
        ([2, 2, 3], [1, 1, 0], [0, 1, 0], "no estimate of the slope: the arms meet at one event time only"),
        ([1, 2, 3, 4], [1, 1, 1, 1], [1, 1, 0, 0], "no estimate of the slope: monotone likelihood"),
    ],
)
def test_no_estimate_has_a_reason_and_no_number(time, event, arm, status):
    fit = arm_by_time(time, event, arm)
    assert fit.status == status
    assert all(math.isnan(v) for v in (fit.slope, fit.slope_se, fit.slope_p, fit.lr_chi2))


def test_an_event_at_time_zero_has_no_logarithm():
    with pytest.raises(StatisticsError, match="an event at time 0 has no log t"):
        arm_by_time([0, 1, 2, 3], [1, 1, 1, 0], [0, 1, 0, 1])
