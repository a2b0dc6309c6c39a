from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.stats.kaplan_meier import at_risk, kaplan_meier, reverse_kaplan_meier
from tests.stats.reference import NAMED, RANDOM, r_curve, r_result, survival_data, table

TYPES = ("log-log", "log", "plain")


def arm_of(name: str, arm: int) -> tuple[np.ndarray, np.ndarray]:
    data = survival_data(name)
    keep = data["arm"] == arm
    return data["time"][keep], data["event"][keep]


@pytest.mark.parametrize("arm", [0, 1])
@pytest.mark.parametrize("conf_type", TYPES)
@pytest.mark.parametrize("name", ["aml", "gehan", "rats"])
def test_whole_curve_equals_r_survfit(name, conf_type, arm):
    # R: f <- survfit(Surv(time, event) ~ 1, conf.type = ct); f$time, f$surv, f$std.err * f$surv, f$lower, f$upper
    time, survival, std_err, lower, upper = r_curve(name, f"curve_{conf_type}_{arm}").reshape(5, -1)
    km = kaplan_meier(*arm_of(name, arm), conf_type=conf_type)
    np.testing.assert_array_equal(km.time, time)
    np.testing.assert_allclose(km.survival, survival, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(km.std_err, std_err, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(km.lower, lower, rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(km.upper, upper, rtol=1e-11)


@pytest.mark.parametrize("conf_type", TYPES)
@pytest.mark.parametrize("name", NAMED + RANDOM)
def test_quartiles_with_limits_equal_r_quantile_survfit(name, conf_type):
    # R: quantile(survfit(Surv(time, event) ~ 1, conf.type = ct), c(.25, .5, .75))
    for arm in (0, 1):
        expected = r_result(name, f"quantile_{conf_type}_{arm}")
        if expected is None:  # R was not asked: an arm of the random set is empty
            assert not len(arm_of(name, arm)[0])
            continue
        km = kaplan_meier(*arm_of(name, arm), conf_type=conf_type)
        ours = [km.quantile(p) for p in (0.25, 0.5, 0.75)]
        got = [q.estimate for q in ours] + [q.lower for q in ours] + [q.upper for q in ours]
        np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("name", NAMED + RANDOM)
def test_landmarks_equal_r_summary_survfit(name):
    # R: s <- summary(survfit(..., conf.type = "log-log"), times = at); s$surv, s$std.err, s$lower, s$upper, s$n.risk
    for arm in (0, 1):
        expected = r_result(name, f"landmark_log-log_{arm}")
        if expected is None:
            continue
        at, survival, std_err, lower, upper, n_risk = expected.reshape(6, -1)
        landmarks = kaplan_meier(*arm_of(name, arm)).survival_at(at)
        np.testing.assert_allclose(landmarks.survival, survival, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(landmarks.std_err, std_err, rtol=1e-11, atol=1e-15)
        np.testing.assert_allclose(landmarks.lower, lower, rtol=1e-11)
        np.testing.assert_allclose(landmarks.upper, upper, rtol=1e-11)
        np.testing.assert_array_equal(landmarks.n_risk, n_risk)


def test_median_is_the_middle_where_survival_is_one_half_over_an_interval():
    # R: quantile(survfit(Surv(c(1, 2, 3, 4), c(1, 1, 1, 1)) ~ 1), .5)$quantile   ->  2.5
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1]).quantile().estimate == 2.5
    # R: quantile(survfit(Surv(c(1, 2, 3, 4), c(1, 1, 0, 0)) ~ 1), c(.25, .5))$quantile   ->  1.5 3.0
    km = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0])
    assert (km.quantile(0.25).estimate, km.quantile(0.5).estimate) == (1.5, 3.0)


def test_the_middle_is_found_though_the_product_misses_one_half_by_rounding():
    # S after the 12th event is (23/24)(22/23)···(12/13) = 1/2, which floats miss by 1.1e-16.
    # R: quantile(survfit(Surv(1:24, rep(1, 24)) ~ 1), .5)$quantile   ->  12.5
    km = kaplan_meier(range(1, 25), [1] * 24)
    assert km.survival[11] != 0.5
    assert km.quantile().estimate == 12.5


def test_a_quantile_that_was_not_reached_has_a_reason():
    median = kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0]).quantile()
    assert math.isnan(median.estimate)
    assert median.status == "not reached: survival stays at 0.750 or above"
    assert kaplan_meier([1, 2], [0, 0]).quantile().status == "not reached: no events"
    assert kaplan_meier([], []).quantile().status == "no subjects"


def test_numbers_at_risk_count_those_whose_time_is_not_yet_over():
    # R: summary(survfit(Surv(c(1, 2, 2, 3), c(1, 0, 1, 1)) ~ 1), times = c(0, 2, 2.5, 4), extend = TRUE)$n.risk
    assert at_risk([1, 2, 2, 3], [0, 2, 2.5, 4]).tolist() == [4, 3, 1, 0]


def test_numbers_at_risk_of_gehan():
    # Cox and Oakes 1984, table 1.1: 21, 17, 15, 12, 11, 7, 6 at risk at the event times of the 6-MP arm.
    time, _ = arm_of("gehan", 0)
    assert at_risk(time, [6, 7, 10, 13, 16, 22, 23]).tolist() == [21, 17, 15, 12, 11, 7, 6]


def test_times_that_differ_by_rounding_are_ties():
    # 0.1 + 0.2 and 0.3 are one time: R's survfit (timefix) gives one row with two events.
    km = kaplan_meier([0.1 + 0.2, 0.3, 0.5], [1, 1, 0])
    assert km.n_event.tolist() == [2, 0]
    assert km.survival_at([0.3, 0.1 + 0.2]).survival.tolist() == pytest.approx([1 / 3, 1 / 3])
    assert at_risk([0.1 + 0.2, 0.3, 0.5], [0.1 + 0.2, 0.3]).tolist() == [3, 3]


def test_after_the_last_time_survival_is_unknown_unless_all_had_the_event():
    landmarks = kaplan_meier([1, 2, 3], [1, 1, 0]).survival_at([0.5, 3, 4])
    assert landmarks.survival[:2].tolist() == pytest.approx([1, 1 / 3])
    assert math.isnan(landmarks.survival[2])
    assert landmarks.status == ("ok", "ok", "after the last observed time 3")
    assert kaplan_meier([1, 2, 3], [1, 1, 1]).survival_at([4]).survival.tolist() == [0.0]


def test_reverse_curve_gives_the_median_follow_up():
    # R: quantile(survfit(Surv(time, status == 1) ~ 1, lung), .5)$quantile   ->  588
    lung = table("lung_full")
    assert reverse_kaplan_meier(lung["time"], lung["event"]).quantile().estimate == 588.0


def test_all_censored_stays_at_one_without_limits():
    km = kaplan_meier([1, 2], [0, 0])
    assert km.survival.tolist() == [1.0, 1.0]
    assert np.isnan(km.lower).all()
    assert km.events == 0


@pytest.mark.parametrize("name", ["lung", "colon", "veteran"])
def test_curve_equals_lifelines(name):
    lifelines = pytest.importorskip("lifelines")
    time, event = arm_of(name, 1)
    fitted = lifelines.KaplanMeierFitter().fit(time, event)
    km = kaplan_meier(time, event)
    theirs = fitted.survival_function_at_times(km.time).to_numpy()
    np.testing.assert_allclose(km.survival, theirs, rtol=1e-12, atol=1e-15)
