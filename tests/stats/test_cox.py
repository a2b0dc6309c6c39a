from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from csrbook.stats._cox_exact import evaluate_exact
from csrbook.stats._risk_sets import risk_sets
from csrbook.stats.cox import cox, cox_arm
from csrbook.stats.cox_model import cox_model
from tests.stats.reference import NAMED, RANDOM, covariates, r_result, survival_data

TIES = ("efron", "breslow", "exact")
LEUKAEMIA = survival_data("gehan")


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("by", ["", "_strata"])
@pytest.mark.parametrize("name", NAMED + RANDOM)
def test_arm_equals_r_coxph(name, by, ties):
    # R: m <- coxph(Surv(time, event) ~ arm [+ strata(stratum)], ties = ties, eps = 1e-13)
    #    c(warned, coef(m), m$var, m$loglik, m$score)
    data = survival_data(name)
    fit = cox_arm(data["time"], data["event"], data["arm"], strata=data["stratum"] if by else None, ties=ties)
    expected = r_result(name, f"cox{by}_{ties}")
    if expected is None:  # R dropped the coefficient: nothing in the data speaks on it
        assert fit.status != "ok"
        return
    warned, coef, variance, null, loglik, score = expected
    if fit.status == "no information on the hazard ratio":
        assert variance == pytest.approx(0.0, abs=1e-12) or variance > 1e10
        return
    if fit.status != "ok":
        assert fit.status.startswith("monotone likelihood")
        assert warned or abs(coef) > 8  # R's sign of an infinite estimate
        assert fit.loglik_null == pytest.approx(null, rel=1e-10)
        return
    assert fit.log_hr == pytest.approx(coef, rel=1e-10, abs=1e-11)
    assert fit.se == pytest.approx(math.sqrt(variance), rel=1e-10)
    assert fit.loglik_null == pytest.approx(null, rel=1e-10)
    assert fit.loglik == pytest.approx(loglik, rel=1e-10)
    assert fit.score_chi2 == pytest.approx(score, rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("by", ["", "_strata"])
@pytest.mark.parametrize("name", NAMED + RANDOM)
def test_three_covariates_equal_r_coxph(name, by, ties):
    # R: coxph(Surv(time, event) ~ arm + x1 + x2 [+ strata(stratum)])
    data = survival_data(name)
    if ties == "exact" and len(data["time"]) > 250:
        pytest.skip("R was not asked: its exact likelihood takes minutes")
    fit = cox(data["time"], data["event"], covariates(data), strata=data["stratum"] if by else None, ties=ties)
    expected = r_result(name, f"cox3{by}_{ties}")
    if expected is None:
        assert fit.status != "ok"
        return
    warned, coef, variance = expected[0], expected[1:4], expected[4:13].reshape(3, 3)
    null, loglik, score = expected[13:]
    if fit.status != "ok":
        assert fit.status.startswith(("monotone likelihood", "covariate"))
        assert warned or np.abs(coef).max() > 5
        return
    np.testing.assert_allclose(fit.coef, coef, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(fit.cov, variance, rtol=1e-8, atol=1e-12)
    assert fit.loglik_null == pytest.approx(null, rel=1e-10)
    assert fit.loglik == pytest.approx(loglik, rel=1e-10)
    assert fit.score_chi2 == pytest.approx(score, rel=1e-9)


def test_breslow_estimate_of_the_validation_data_in_closed_form():
    # Therneau and Grambsch 2000, appendix E.1.1: the score equation is a quadratic, r = (3 + sqrt(33))/2, β = log r.
    fit = cox_arm([9, 1, 1, 6, 6, 8], [1, 1, 0, 1, 1, 0], [0, 1, 1, 1, 0, 0], ties="breslow")
    assert fit.log_hr == pytest.approx(math.log((3 + math.sqrt(33)) / 2), rel=1e-14)


def test_exact_likelihood_of_several_covariates_by_counting_the_subsets():
    # Two of four at risk have the event at 1: e^(x1 + x2)'b over the sum for the six pairs, at b = (0.3, -0.2).
    x = np.array([[1.0, 0.5], [0.0, 2.0], [1.0, -1.0], [2.0, 0.0]])
    beta = np.array([0.3, -0.2])
    sets = risk_sets(np.array([1.0, 1, 2, 3]), np.array([1, 1, 0, 0]) == 1, np.zeros(4, dtype=int), "exact")
    loglik, score, information = evaluate_exact(sets, x[sets.order], beta)
    pairs = np.array([x[i] + x[j] for i, j in combinations(range(4), 2)])
    chance = np.exp(pairs @ beta) / np.exp(pairs @ beta).sum()
    mean = chance @ pairs
    assert loglik == pytest.approx(math.log(chance[0]), rel=1e-12)
    np.testing.assert_allclose(score, pairs[0] - mean, rtol=1e-12)
    np.testing.assert_allclose(information, (pairs * chance[:, None]).T @ pairs - np.outer(mean, mean), rtol=1e-12)


def test_exact_likelihood_of_one_covariate_is_that_of_the_count_kernel_under_heavy_ties():
    # 400 subjects at 4 times: e_d has up to 10^100 terms, and neither kernel overflows.
    draw = np.random.default_rng(6)
    time, event, arm = draw.integers(1, 5, 400), draw.integers(0, 2, 400), draw.integers(0, 2, 400)
    fit, arm_fit = cox(time, event, arm, ties="exact"), cox_arm(time, event, arm, ties="exact")
    assert fit.coef[0] == pytest.approx(arm_fit.log_hr, rel=1e-8)
    assert (fit.se[0], fit.loglik) == pytest.approx((arm_fit.se, arm_fit.loglik), rel=1e-8)


@pytest.mark.parametrize("name", ["lung", "veteran", "colon"])
@pytest.mark.parametrize("stratified", [False, True])
def test_own_kernel_equals_statsmodels(name, stratified):
    phreg = pytest.importorskip("statsmodels.duration.hazard_regression").PHReg
    data = survival_data(name)
    strata = np.unique(data["stratum"], return_inverse=True)[1] if stratified else None
    theirs = phreg(data["time"], covariates(data), status=data["event"], ties="efron", strata=strata).fit(disp=0)
    fit = cox(data["time"], data["event"], covariates(data), strata=strata)
    np.testing.assert_allclose(fit.coef, theirs.params, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(fit.se, theirs.bse, rtol=1e-5)


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize("name", ["lung", "gehan", "pbc"])
def test_the_model_table_of_lifelines_equals_r(name, stratified):
    data = survival_data(name)
    expected = r_result(name, "cox3_strata_efron" if stratified else "cox3_efron")
    assert expected is not None
    model = cox_model(
        data["time"],
        data["event"],
        {"arm": data["arm"], "t": data["x1"], "x2": data["x2"]},
        strata=data["stratum"] if stratified else None,
    )
    assert model.status == "ok"
    assert [term.name for term in model.terms] == ["arm", "t", "x2"]
    np.testing.assert_allclose([term.coef for term in model.terms], expected[1:4], rtol=1e-9)
    np.testing.assert_allclose([t.se**2 for t in model.terms], expected[4:13].reshape(3, 3).diagonal(), rtol=1e-9)
    assert model.loglik == pytest.approx(expected[14], rel=1e-10)


def test_an_information_out_of_range_is_a_monotone_likelihood():
    # Three events of twelve: Newton's steps run to where the weights overflow. R: coxph(Surv(t, d) ~ arm + x1 + x2)
    # warns "Loglik converged before variable 1,2,3; coefficient may be infinite".
    time = [5.22, 3.85, 5.46, 22.68, 33.27, 16.39, 6.09, 15.71, 2.8, 7.66, 43.99, 41.4]
    event = [0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    arm = [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    x1 = [-1.22, -0.73, 1.1, -0.29, 1.23, -0.25, -0.1, -0.31, -0.61, 0.61, 0.46, 1.59]
    x2 = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    for ties in ("efron", "breslow"):
        assert cox(time, event, np.column_stack([arm, x1, x2]), ties=ties).status.startswith("monotone likelihood")


def test_the_model_table_says_why_it_has_no_estimate():
    separated = cox_model([1, 2, 3, 4, 5, 6], [1] * 6, {"arm": [1, 1, 1, 0, 0, 0]})
    assert separated.status.startswith("monotone likelihood")
    assert math.isnan(separated.terms[0].hr)
    assert cox_model([1, 2], [0, 0], {"arm": [0, 1]}).status == "no events"


# --- where there is no estimate -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "event", "arm", "status"),
    [
        ([], [], [], "no subjects"),
        ([1, 2, 3], [1, 1, 0], [1, 1, 1], "no subjects in the control arm"),
        ([1, 2, 3], [1, 1, 0], [0, 0, 0], "no subjects in the test arm"),
        ([1, 2, 3, 4], [0, 0, 0, 0], [0, 1, 0, 1], "no events"),
        ([1, 2, 3, 4], [0, 0, 1, 1], [1, 1, 0, 0], "no event time with both arms at risk"),
        ([1, 2, 3, 4], [1, 0, 1, 0], [1, 0, 1, 0], "monotone likelihood: no event in the control arm"),
        ([1, 2, 3, 4], [1, 0, 1, 0], [0, 1, 0, 1], "monotone likelihood: no event in the test arm"),
        ([1, 2, 3, 4], [1, 1, 1, 1], [1, 1, 0, 0], "monotone likelihood"),
        ([5, 6], [1, 0], [1, 0], "monotone likelihood: no event in the control arm"),
    ],
)
@pytest.mark.parametrize("ties", TIES)
def test_no_estimate_has_a_reason_and_no_number(time, event, arm, status, ties):
    fit = cox_arm(time, event, arm, ties=ties)
    assert fit.status == status
    assert all(math.isnan(v) for v in (fit.log_hr, fit.se, fit.hr, fit.lower, fit.upper, fit.z, fit.p, fit.lr_chi2))
    assert (fit.n, fit.events) == (len(time), sum(event))


def test_score_test_exists_where_the_estimate_does_not():
    # One event, arm 1 of 1 and 1 at risk: score (1 − 1/2)² / (1/4) = 1.
    fit = cox_arm([5, 6], [1, 0], [1, 0])
    assert fit.score_chi2 == pytest.approx(1.0)


def test_one_informative_event_time_with_both_outcomes_in_closed_form():
    # Two events, no ties: risk sets (1 test, 2 control) then (1 test, 1 control), test event second of two.
    # U = 1 − e/(2 + e) − e/(1 + e) = 0 gives e² = 2, β = log(2)/2; I = 2e/(2 + e)² + e/(1 + e)².
    e = math.sqrt(2)
    fit = cox_arm([1, 2, 3], [1, 1, 0], [0, 1, 0])
    assert fit.log_hr == pytest.approx(math.log(2) / 2, rel=1e-14)
    assert fit.se == pytest.approx((2 * e / (2 + e) ** 2 + e / (1 + e) ** 2) ** -0.5, rel=1e-14)


def test_strata_that_add_nothing_are_named():
    strata = ["a", "a", "a", "a", "b", "b", "c", "c"]
    fit = cox_arm(
        [1, 2, 3, 4, 1, 2, 1, 2],
        [1, 1, 1, 0, 1, 1, 0, 0],
        [0, 1, 0, 1, 1, 1, 0, 1],
        strata=strata,
        strata_levels=["a", "b", "c", "d"],
    )
    alone = cox_arm([1, 2, 3, 4], [1, 1, 1, 0], [0, 1, 0, 1])
    assert fit.uninformative_strata == (
        "b: no subjects in the control arm",
        "c: no events",
        "d: no subjects",
    )
    assert (fit.status, fit.strata) == ("ok", 4)
    assert fit.log_hr == pytest.approx(alone.log_hr, rel=1e-12)


def test_covariates_without_information_are_named():
    time, event, x = [1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 1, 1], np.array([3.0, 1, 4, 1, 5, 9])
    assert "covariate 0 is constant" in cox(time, event, np.column_stack([np.ones(6), x])).status
    assert "covariate 0, 1 is constant" in cox(time, event, np.column_stack([x, 2 * x])).status
    by_stratum = cox(time, event, np.column_stack([x, [0, 0, 0, 1, 1, 1]]), strata=[0, 0, 0, 1, 1, 1])
    assert "covariate 1 is constant within strata" in by_stratum.status
    # x2 is high in every subject who has the event, at the time of the event: its coefficient is infinite.
    infinite = cox([1, 2, 3, 4, 5], [1, 1, 1, 0, 0], np.column_stack([[1, 3, 2, 1, 3], [5, 4, 3, 2, 1]]))
    assert infinite.status.startswith("monotone likelihood")
    assert np.isnan(infinite.coef).all()


def test_extreme_hazard_ratio_is_still_found():
    # All control subjects but none of the test subjects, except one, die before the 20th time.
    time = np.arange(1, 41)
    arm = (time >= 20).astype(int)
    arm[0] = 1
    fit = cox_arm(time, np.ones(40), arm)
    # R: a <- as.integer(1:40 >= 20); a[1] <- 1
    #    m <- coxph(Surv(1:40, rep(1, 40)) ~ a, eps = 1e-13); coef(m); sqrt(m$var)
    assert (fit.log_hr, fit.se) == pytest.approx((-4.188937996478, 1.0586573013748), rel=1e-12)
