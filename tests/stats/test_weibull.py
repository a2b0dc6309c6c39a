from __future__ import annotations

import json
import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.weibull import censoring_intervals, weibull, weibull_arm
from tests.stats.reference import DATA, survival_data
from tests.stats.test_interval_censoring import COSMESIS, SETS, interval_data

R_RESULTS = json.loads((DATA / "r_interval.json").read_text(encoding="utf-8"))
INF = math.inf


def test_cosmesis_hazard_ratio():
    # R: m <- survreg(Surv(l, right, type = "interval2") ~ arm): -coef(m)[2] / m$scale and its error by the delta method
    fit = weibull_arm(COSMESIS["left"], COSMESIS["right"], COSMESIS["arm"])
    assert (fit.log_hr, fit.se) == pytest.approx((0.916380028258, 0.282947971643), rel=1e-10)
    assert (fit.events_test, fit.events_control, fit.status) == (35, 21, "ok")


def test_six_mercaptopurine_accelerated_failure_time():
    # R: m <- survreg(Surv(time, event) ~ arm, gehan, control = list(rel.tolerance = 1e-14)); m$loglik[2]; m$var
    data = survival_data("gehan")
    fit = weibull(*censoring_intervals(data["time"], data["event"]), data["arm"])
    assert (fit.aft_coef[0], fit.log_scale[0]) == pytest.approx((-1.267334587419, -0.311709220931), rel=1e-10)
    assert (fit.aft_se[0], fit.log_scale_se[0]) == pytest.approx((0.310639935976, 0.147291882578), rel=1e-9)
    assert fit.loglik == pytest.approx(-106.579491581564, rel=1e-12)


@pytest.mark.parametrize("name", SETS)
def test_two_covariates_equal_r_survreg(name):
    # R: m <- survreg(Surv(l, right, type = "interval2") ~ arm + x1); c(coef(m), log(m$scale), m$var, m$loglik[2])
    data = interval_data(name)
    expected = np.array(R_RESULTS[name]["aft"])
    mu, arm, x1, log_scale = expected[:4]
    variance = expected[4:20].reshape(4, 4)
    fit = weibull(data["left"], data["right"], np.column_stack([data["arm"], data["x1"]]))
    assert fit.status == "ok"
    np.testing.assert_allclose([fit.intercept[0], *fit.aft_coef, fit.log_scale[0]], [mu, arm, x1, log_scale], rtol=1e-8)
    np.testing.assert_allclose(fit.aft_cov, variance[1:3, 1:3], rtol=1e-6)
    np.testing.assert_allclose(
        [fit.intercept_se[0] ** 2, fit.log_scale_se[0] ** 2], variance.diagonal()[[0, 3]], rtol=1e-6
    )
    assert fit.loglik == pytest.approx(expected[20], rel=1e-9)


@pytest.mark.parametrize("name", SETS)
def test_hazard_ratio_equals_r_survreg(name):
    # R: c(-coef(m)[2] / m$scale, its standard error by the delta method)
    data = interval_data(name)
    fit = weibull_arm(data["left"], data["right"], data["arm"])
    assert (fit.log_hr, fit.se) == pytest.approx(tuple(R_RESULTS[name]["ph"]), rel=1e-7)


def test_one_arm_of_exponential_shape_in_closed_form():
    # Two visits, at 1 and 2, with 50 events by 1 and 25 of the other 50 by 2: S = 1/2, 1/4, that is e^(-H) with
    # H(1) = log 2 and H(2) = 2 log 2. The Weibull fits this exactly with shape 1: log sigma 0, mu = -log(log 2).
    left, right = np.repeat([0, 1, 2], [50, 25, 25]), np.repeat([1, 2, INF], [50, 25, 25])
    fit = weibull(left, right, np.empty((100, 0)))
    assert fit.log_scale[0] == pytest.approx(0.0, abs=1e-10)
    assert fit.intercept[0] == pytest.approx(-math.log(math.log(2)), rel=1e-10)
    assert fit.loglik == pytest.approx(50 * math.log(1 / 2) + 50 * math.log(1 / 4), rel=1e-12)


def test_each_stratum_has_its_own_baseline():
    # A stratum with times to another power keeps the hazard ratio, and two copies halve the variance.
    left, right, arm = (COSMESIS[key] for key in ("left", "right", "arm"))
    one = weibull_arm(left, right, arm)
    two = weibull_arm(
        np.concatenate([left, left**2]),
        np.concatenate([right, right**2]),
        np.tile(arm, 2),
        strata=np.repeat(["a", "b"], 94),
    )
    assert two.log_hr == pytest.approx(one.log_hr, rel=1e-8)
    assert two.se * math.sqrt(2) == pytest.approx(one.se, rel=1e-8)
    assert two.strata == 2


@pytest.mark.parametrize("factor", [1 / 365.25, 30.4375, 1e6])
def test_the_unit_of_time_and_the_order_do_not_matter(factor):
    left, right, arm = (COSMESIS[key] for key in ("left", "right", "arm"))
    order = np.random.default_rng(5).permutation(94)
    one = weibull_arm(left, right, arm)
    other = weibull_arm(left[order] * factor, right[order] * factor, arm[order])
    assert (other.log_hr, other.se) == pytest.approx((one.log_hr, one.se), rel=1e-9)


def test_swapped_arms_turn_the_hazard_ratio_over():
    left, right, arm = (COSMESIS[key] for key in ("left", "right", "arm"))
    fit, swapped = weibull_arm(left, right, arm), weibull_arm(left, right, 1 - arm)
    assert (swapped.hr, swapped.lower) == pytest.approx((1 / fit.hr, 1 / fit.upper), rel=1e-9)


def test_limits_cover_the_truth():
    # 300 trials of 120, Weibull shape 1.5, HR 0.7, visits every 2 months; binomial limits of 95% coverage at 300.
    covered = 0
    for seed in range(300):
        draw = np.random.default_rng(seed)
        arm = np.repeat([0, 1], 60)
        t = 12 * (draw.exponential(1, 120) / 0.7**arm) ** (1 / 1.5)
        left = np.minimum(np.floor(t / 2) * 2, 24)
        fit = weibull_arm(left, np.where(left < 24, left + 2, INF), arm)
        covered += fit.lower <= 0.7 <= fit.upper
    assert 272 <= covered <= 297  # qbinom(c(.0001, .9999), 300, .95)


@pytest.mark.parametrize(
    ("left", "right", "arm", "status"),
    [
        ([], [], [], "no subjects"),
        ([1, 2], [INF, INF], [0, 1], "no events"),
        ([0, 1], [1, 2], [1, 1], "no subjects in the control arm"),
        ([0, 1, 2], [1, INF, 4], [1, 0, 1], "monotone likelihood: no event in the control arm"),
        ([0, 1, 2], [1, INF, 4], [0, 1, 0], "monotone likelihood: no event in the test arm"),
        # the test arm had all its events before the first assessment, after which the control arm still had none
        ([0, 0, 0, 3, 6, 9], [2, 2, 2, 6, 9, 12], [1, 1, 1, 0, 0, 0], "no finite maximum of the likelihood"),
        ([3, 3, 3, 3], [3, 3, 3, 3], [0, 1, 0, 1], "no finite maximum of the likelihood"),  # shape goes to infinity
    ],
)
def test_no_estimate_has_a_reason_and_no_number(left, right, arm, status):
    fit = weibull_arm(left, right, arm)
    assert fit.status == status
    assert all(math.isnan(v) for v in (fit.log_hr, fit.se, fit.hr, fit.lower, fit.upper, fit.z, fit.p))


def test_a_stratum_without_events_is_named_and_adds_nothing():
    left, right, arm = (COSMESIS[key] for key in ("left", "right", "arm"))
    fit = weibull_arm(
        np.append(left, [5, 9]), np.append(right, [INF, INF]), np.append(arm, [0, 1]), strata=["a"] * 94 + ["b"] * 2
    )
    assert fit.uninformative_strata == ("b: no events",)
    assert fit.log_hr == pytest.approx(weibull_arm(left, right, arm).log_hr, rel=1e-12)


def test_covariates_without_information_are_no_estimate():
    left, right = COSMESIS["left"], COSMESIS["right"]
    assert weibull(left, right, np.ones(94)).status == "a covariate is constant or a combination of others"
    twice = np.column_stack([COSMESIS["arm"], 2 * COSMESIS["arm"] + 1])
    assert weibull(left, right, twice).status == "a covariate is constant or a combination of others"


def test_an_event_at_time_zero_is_refused():
    with pytest.raises(StatisticsError, match="an event at time 0"):
        weibull([0, 1], [0, 2], [0, 1])
