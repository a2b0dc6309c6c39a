from __future__ import annotations

import math

import pytest
from scipy.optimize import minimize_scalar

from csrbook.errors import StatisticsError
from csrbook.stats.rates import garwood, rate_difference, rate_ratio


@pytest.mark.parametrize(
    ("events", "exposure", "confidence", "expected"),
    [
        (0, 5.0, 0.95, (0.0, 0.7377758908)),  # R: poisson.test(0, 5)$conf.int
        (7, 12.5, 0.90, (0.2628252554, 1.0518491042)),  # R: poisson.test(7, 12.5, conf.level = .9)$conf.int
    ],
)
def test_garwood(events, exposure, confidence, expected):
    rate = garwood(events, exposure, confidence=confidence)
    assert (rate.lower, rate.upper) == pytest.approx(expected, abs=5e-11)
    assert rate.estimate == events / exposure


def test_no_event_in_closed_form():
    # 0 events in T: the upper limit is −log(α/2)/T.
    assert garwood(0, 8.0).upper == pytest.approx(-math.log(0.025) / 8.0, rel=1e-12)


def test_per_hundred_patient_years():
    plain, hundred = garwood(12, 240.0), garwood(12, 240.0, per=100)
    assert (hundred.estimate, hundred.lower) == pytest.approx((5.0, 100 * plain.lower), rel=1e-12)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # R: p <- poisson.test(c(10, 20), c(100, 90)); p$conf.int; p$p.value
        ((10, 100, 20, 90), (0.1881053685, 1.0072647398, 0.04316857798)),
        # R, the same of c(0, 5), c(100, 90)
        ((0, 100, 5, 90), (0.0, 0.9821511947, 0.02384759252)),
    ],
)
def test_exact_ratio_equals_r_poisson_test(counts, expected):
    result = rate_ratio(*counts)
    assert (result.lower, result.upper, result.p) == pytest.approx(expected, rel=1e-9)


def test_exact_ratio_mirrors():
    one, other = rate_ratio(5, 90, 0, 100), rate_ratio(0, 100, 5, 90)
    assert (one.estimate, one.upper) == (math.inf, math.inf)
    assert one.lower == pytest.approx(1 / other.upper, rel=1e-12)


def test_wald_ratio_by_hand():
    # log(.45) ± 1.959964 √(1/10 + 1/20)
    result = rate_ratio(10, 100, 20, 90, method="wald")
    half = 1.959963984540054 * math.sqrt(0.15)
    assert (result.lower, result.upper) == pytest.approx((0.45 * math.exp(-half), 0.45 * math.exp(half)), rel=1e-12)
    assert rate_ratio(0, 100, 5, 90, method="wald").status == "no events in the test arm"
    assert rate_ratio(0, 100, 0, 90).status == "no events"


def test_score_limits_solve_the_restricted_likelihood():
    # At each limit the score statistic, its estimates found here by maximising the likelihood, is ±1.959964.
    x1, t1, x0, t0 = 10, 100.0, 20, 90.0
    result = rate_difference(x1, t1, x0, t0)
    for delta, target in ((result.lower, 1.959963984540054), (result.upper, -1.959963984540054)):

        def minus_loglik(control, delta=delta):
            test = control + delta
            return test * t1 + control * t0 - x1 * math.log(test) - x0 * math.log(control)

        low = max(0.0, -delta) + 1e-9
        control = minimize_scalar(minus_loglik, bounds=(low, 2.0), method="bounded", options={"xatol": 1e-12}).x
        z = (x1 / t1 - x0 / t0 - delta) / math.sqrt((control + delta) / t1 + control / t0)
        assert z == pytest.approx(target, abs=1e-5)


def test_score_limits_without_events_in_closed_form():
    # Both rates 0: at δ > 0 the restricted estimates are (δ, 0), so δ = z²/T of the arm.
    result = rate_difference(0, 100, 0, 90)
    z2 = 1.959963984540054**2
    assert (result.lower, result.upper) == pytest.approx((-z2 / 90, z2 / 100), rel=1e-9)
    assert math.isnan(result.p)


def test_score_test_of_no_difference_in_closed_form():
    # Under equality the pooled rate 30/190: z² = (.1 − .2222)² / (30/190 (1/100 + 1/90))
    result = rate_difference(10, 100, 20, 90)
    z = (0.1 - 20 / 90) / math.sqrt(30 / 190 * (1 / 100 + 1 / 90))
    assert result.p == pytest.approx(math.erfc(abs(z) / math.sqrt(2)), rel=1e-10)


def test_wald_difference_by_hand():
    result = rate_difference(10, 100, 20, 90, method="wald", per=100)
    se = math.sqrt(10 / 100**2 + 20 / 90**2)
    assert result.estimate == pytest.approx(100 * (0.1 - 20 / 90), rel=1e-12)
    assert result.upper - result.estimate == pytest.approx(100 * 1.959963984540054 * se, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: garwood(-1), "events"),
        (lambda: garwood(1.5), "events"),
        (lambda: garwood(1, 0.0), "exposure"),
        (lambda: rate_ratio(1, 10, 1, -1), "exposure_control"),
        (lambda: rate_difference(1, math.nan, 1, 1), "exposure_test"),
        (lambda: rate_difference(1, 1, 1, 1, method="exact"), "method"),
    ],
)
def test_a_wrong_argument_is_named(call, name):
    with pytest.raises(StatisticsError) as caught:
        call()
    assert caught.value.where == f"argument '{name}'"
