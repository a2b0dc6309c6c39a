from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr

from csrbook.errors import StatisticsError
from csrbook.stats.log_rank import log_rank
from csrbook.stats.weighted_log_rank import max_combo, weighted_log_rank
from tests.stats.reference import NAMED, RANDOM, r_result, survival_data


@pytest.mark.parametrize("rho", [0.5, 1])
@pytest.mark.parametrize("by", ["", "_strata"])
@pytest.mark.parametrize("name", NAMED + RANDOM)
def test_fleming_harrington_equals_r_survdiff(name, by, rho):
    # R: s <- survdiff(Surv(time, event) ~ arm [+ strata(stratum)], rho = rho); c(s$chisq, obs[2], exp[2], s$var[2, 2])
    data = survival_data(name)
    strata = data["stratum"] if by else None
    test = weighted_log_rank(data["time"], data["event"], data["arm"], rho=rho, strata=strata)
    expected = r_result(name, f"survdiff{by}_{rho}")
    if expected is None:  # R stops where an arm is empty or there is no variance
        assert test.status != "ok"
        return
    if test.status == "ok":
        assert (test.chi2, test.observed) == pytest.approx((expected[0], expected[1]), rel=1e-10)
    assert test.variance == pytest.approx(expected[3], rel=1e-10, abs=1e-14)


@pytest.mark.parametrize(("weight", "quantity"), [("gehan-breslow", "gehan"), ("tarone-ware", "tarone")])
@pytest.mark.parametrize("name", NAMED + RANDOM)
def test_gehan_and_tarone_equal_the_formula_in_r(name, weight, quantity):
    # R: function gw() in data/make_reference.R, the formula written as a loop over the event times
    data = survival_data(name)
    test = weighted_log_rank(data["time"], data["event"], data["arm"], weight=weight)
    score, variance = r_result(name, quantity)
    assert test.observed - test.expected == pytest.approx(score, rel=1e-10, abs=1e-10)
    assert test.variance == pytest.approx(variance, rel=1e-10, abs=1e-12)


def test_weight_one_is_the_log_rank_test():
    data = survival_data("lung")
    arguments = (data["time"], data["event"], data["arm"])
    plain = log_rank(*arguments, strata=data["stratum"])
    for weighted in (
        weighted_log_rank(*arguments, strata=data["stratum"]),
        weighted_log_rank(*arguments, strata=data["stratum"], weight="log-rank"),
    ):
        assert (weighted.chi2, weighted.z) == pytest.approx((plain.chi2, plain.z), rel=1e-12)


def test_late_weight_by_hand():
    # Control, test, control, test die in turn; S(t−) = 1, 3/4, 1/2, 1/4. FH(0, 1): weights 0, 1/4, 1/2, 3/4 and shares
    # of the test arm 1/2, 2/3, 1/2, 1: U = 1/4 (1 − 2/3) + 1/2 (0 − 1/2) + 0 = −1/6, V = (1/16)(2/9) + (1/4)(1/4).
    test = weighted_log_rank([1, 2, 3, 4], [1, 1, 1, 1], [0, 1, 0, 1], gamma=1)
    assert test.observed - test.expected == pytest.approx(-1 / 6, rel=1e-12)
    assert test.variance == pytest.approx(1 / 72 + 1 / 16, rel=1e-12)


def test_max_combo_of_one_weight_is_that_test():
    data = survival_data("gehan")
    one = max_combo(data["time"], data["event"], data["arm"], weights=[(1, 0)])
    weighted = weighted_log_rank(data["time"], data["event"], data["arm"], rho=1)
    assert (one.statistic, one.p) == pytest.approx((abs(weighted.z), weighted.p), rel=1e-12)


def test_max_combo_of_two_weights_by_quadrature():
    # P(|Z1| < m, |Z2| < m) = ∫ φ(x) [Φ((m − ρx)/√(1−ρ²)) − Φ((−m − ρx)/√(1−ρ²))] dx over (−m, m)
    data = survival_data("lung")
    combo = max_combo(data["time"], data["event"], data["arm"], weights=[(0, 0), (0, 1)])
    m, rho = combo.statistic, combo.correlation[0, 1]
    root = math.sqrt(1 - rho**2)

    def inner(x):
        spread = ndtr((m - rho * x) / root) - ndtr((-m - rho * x) / root)
        return math.exp(-x * x / 2) / math.sqrt(2 * math.pi) * spread

    assert combo.p == pytest.approx(1 - quad(inner, -m, m, epsabs=1e-13)[0], abs=1e-10)


@pytest.mark.parametrize(("name", "p"), [("lung", 0.0012363575250133), ("veteran", 0.5879120240113807)])
def test_max_combo_of_four_weights_by_quadrature(name, p):
    # With Z00 = a Z01 + b Z10 in terms of the other two: scipy's quad over (Z01, Z10) of their density times
    # P(|Z11| < m | Z01, Z10), between |Z01|, |Z10|, |a Z01 + b Z10| < m.
    data = survival_data(name)
    combo = max_combo(data["time"], data["event"], data["arm"])
    assert combo.weights == ((0, 0), (0, 1), (1, 0), (1, 1))
    assert combo.p == pytest.approx(p, abs=1e-10)


def test_max_combo_of_weights_of_which_four_are_independent_by_simulation():
    data = survival_data("lung")
    weights = ((0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0))
    combo = max_combo(data["time"], data["event"], data["arm"], weights=weights)
    draws = np.random.default_rng(7).multivariate_normal(np.zeros(5), combo.correlation, size=400_000)
    simulated = (np.abs(draws).max(axis=1) > combo.statistic).mean()
    assert combo.p == pytest.approx(simulated, abs=4 * math.sqrt(combo.p / 400_000))


def test_max_combo_where_the_statistics_are_one():
    # A single event time with variance: every weighted statistic that has any is that of this time.
    combo = max_combo([1, 2, 2, 2, 3], [0, 1, 1, 0, 0], [0, 1, 0, 0, 1], weights=[(0, 0), (1, 0), (0.5, 0)])
    assert combo.correlation == pytest.approx(np.ones((3, 3)), abs=1e-15)
    assert combo.p == pytest.approx(math.erfc(combo.statistic / math.sqrt(2)), abs=1e-14)


def test_max_combo_gives_the_same_p_each_time():
    data = survival_data("veteran")
    first, second = (max_combo(data["time"], data["event"], data["arm"]).p for _ in range(2))
    assert first == second


def test_no_test_has_a_reason():
    assert weighted_log_rank([1, 2], [1, 0], [1, 1], rho=1).status == "no subjects in the control arm"
    # The only informative event is the first, where the late weight is 0.
    assert weighted_log_rank([1, 2], [1, 0], [0, 1], gamma=1).status == "the statistic has no variance"
    assert max_combo([1, 2], [1, 0], [0, 1]).status == "a statistic has no variance"
    assert max_combo([1, 2], [0, 0], [0, 1]).status == "no events"


@pytest.mark.parametrize("options", [{"rho": -1}, {"gamma": math.nan}, {"weight": "peto"}])
def test_a_wrong_option_is_refused(options):
    with pytest.raises(StatisticsError, match=next(iter(options))):
        weighted_log_rank([1, 2], [1, 0], [0, 1], **options)
