from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.cox import cox_arm
from csrbook.stats.kaplan_meier import kaplan_meier
from csrbook.stats.log_rank import log_rank
from tests.stats.test_counting_process import SETS, late_entry, r_numbers


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
@pytest.mark.parametrize("name", SETS)
def test_two_arms_equal_r_coxph(name, ties):
    # R: m <- coxph(Surv(entry, time, event) ~ arm + strata(stratum), ties = ties)
    #    c(warned, coef(m), m$var, m$loglik, m$score)
    data, expected = late_entry(name), r_numbers(name, f"arm_{ties}")
    fit = cox_arm(data["time"], data["event"], data["arm"], strata=data["stratum"], entry=data["entry"], ties=ties)
    if expected is None:  # R dropped the coefficient: nothing in the data speaks on it
        assert fit.status != "ok"
        return
    warned, coef, variance, null, loglik, score = expected
    if fit.status != "ok":
        assert warned or abs(coef) > 8 or variance > 1e10
        return
    assert fit.log_hr == pytest.approx(coef, rel=1e-9, abs=1e-10)
    assert fit.se == pytest.approx(math.sqrt(variance), rel=1e-9)
    assert (fit.loglik_null, fit.loglik) == pytest.approx((null, loglik), rel=1e-10)
    assert fit.score_chi2 == pytest.approx(score, rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("name", SETS)
def test_log_rank_is_the_score_test_of_the_exact_model_in_r(name):
    # R: coxph(Surv(entry, time, event) ~ arm + strata(stratum), ties = "exact")$score
    data, expected = late_entry(name), r_numbers(name, "arm_exact")
    test = log_rank(data["time"], data["event"], data["arm"], strata=data["stratum"], entry=data["entry"])
    if test.status != "ok":
        assert expected is None or expected[-1] == pytest.approx(0.0, abs=1e-12)
        return
    assert expected is not None
    assert test.chi2 == pytest.approx(expected[-1], rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("arm", [0, 1])
@pytest.mark.parametrize("name", SETS)
def test_curve_equals_r_survfit(name, arm):
    # R: f <- survfit(Surv(entry, time, event) ~ 1, conf.type = "log-log"), rows with events
    #    f$time, f$n.risk, f$surv, f$std.err * f$surv, f$lower, f$upper
    expected = r_numbers(name, f"km_{arm}")
    if expected is None:
        pytest.skip("no events in the arm")
    data = late_entry(name)
    keep = data["arm"] == arm
    km = kaplan_meier(data["time"][keep], data["event"][keep], entry=data["entry"][keep])
    at = km.n_event > 0
    time, n_risk, survival, std_err, lower, upper = expected.reshape(6, -1)
    np.testing.assert_array_equal(km.time[at], time)
    np.testing.assert_array_equal(km.n_risk[at], n_risk)
    np.testing.assert_allclose(km.survival[at], survival, rtol=1e-12, atol=1e-14)
    known = survival > 1e-12
    np.testing.assert_allclose(km.std_err[at][known], std_err[known], rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(km.lower[at][known], lower[known], rtol=1e-9)
    np.testing.assert_allclose(km.upper[at][known], upper[known], rtol=1e-9)


def test_risk_sets_by_hand():
    # At 2 are at risk the first two (the third enters at 2, too late); at 4 the second and third; at 5 the third.
    km = kaplan_meier([2, 4, 5], [1, 1, 1], entry=[0, 1, 2])
    assert km.n_risk.tolist() == [2, 2, 1]
    assert km.survival.tolist() == pytest.approx([0.5, 0.25, 0.0])
    test = log_rank([2, 4, 5], [1, 1, 1], [0, 1, 0], entry=[0, 1, 2])
    assert (test.observed, test.expected, test.variance) == pytest.approx((1.0, 1.0, 0.5))


@pytest.mark.parametrize("name", ["lung", "gehan"])
def test_entry_at_zero_is_no_late_entry(name):
    data = late_entry(name)
    arguments, zero = (data["time"], data["event"], data["arm"]), np.zeros(len(data["time"]))
    assert cox_arm(*arguments, entry=zero) == cox_arm(*arguments)
    assert log_rank(*arguments, entry=zero) == log_rank(*arguments)
    np.testing.assert_array_equal(
        kaplan_meier(*arguments[:2], entry=zero).survival, kaplan_meier(*arguments[:2]).survival
    )


def test_late_entry_does_not_bias_the_hazard_ratio():
    # Times under truncation: only those who live past their entry are seen. Without it the test arm, which enters
    # later, would look immortal.
    draw = np.random.default_rng(11)
    arm = np.repeat([0, 1], 4000)
    time, entry = draw.exponential(10, 8000), draw.uniform(0, 12, 8000) * arm
    seen = time > entry
    arguments = (time[seen], np.ones(seen.sum()), arm[seen])
    right, wrong = cox_arm(*arguments, entry=entry[seen]), cox_arm(*arguments)
    assert abs(right.log_hr) < 3 * right.se
    assert wrong.log_hr < -10 * wrong.se


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ([0, 2, 0], "entry is 2, not before the time 2"),
        ([0, 3, 0], "entry is 3, not before the time 2"),
        ([0, -1, 0], "entry holds 1 negative"),
        ([0, math.nan, 0], "entry holds 1 missing"),
        ([0, 1], "entry has 2 values"),
    ],
)
def test_bad_entry_times_are_refused_by_name(entry, words):
    for call in (
        lambda: kaplan_meier([1, 2, 3], [1, 1, 0], entry=entry),
        lambda: cox_arm([1, 2, 3], [1, 1, 0], [0, 1, 0], entry=entry),
        lambda: log_rank([1, 2, 3], [1, 1, 0], [0, 1, 0], entry=entry),
    ):
        with pytest.raises(StatisticsError, match=words):
            call()
