from __future__ import annotations

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.cox import cox
from csrbook.stats.cox_residuals import baseline_hazard, cox_residuals, robust_covariance
from tests.stats.reference import NAMED, RANDOM, covariates, r_curve, r_result, survival_data

DETAILED = ("aml", "gehan", "rats")


def fitted(name, stratified, ties="efron"):
    data = survival_data(name)
    arguments = (data["time"], data["event"], covariates(data))
    options = {"strata": data["stratum"]} if stratified else {}
    return cox(*arguments, **options, ties=ties), arguments, options


@pytest.mark.parametrize("by", ["", "_strata"])
@pytest.mark.parametrize("name", DETAILED)
def test_residuals_equal_r(name, by):
    # R: residuals(coxph(Surv(time, event) ~ arm + x1 + x2 [+ strata(stratum)], eps = 1e-13), type = ...)
    fit, arguments, options = fitted(name, bool(by))
    ours = cox_residuals(fit, *arguments, **options)
    n = len(arguments[0])
    np.testing.assert_allclose(ours.martingale, r_curve(name, f"martingale{by}"), rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(ours.deviance, r_curve(name, f"deviance{by}"), rtol=1e-9, atol=1e-11)
    for kind in ("score", "dfbeta"):
        theirs = r_curve(name, f"{kind}{by}").reshape(3, n).T
        np.testing.assert_allclose(getattr(ours, kind), theirs, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("by", ["", "_strata"])
@pytest.mark.parametrize("name", DETAILED)
def test_baseline_hazard_equals_r(name, by):
    # R: b <- basehaz(fit, centered = FALSE); c(b$time, b$hazard)
    fit, arguments, options = fitted(name, bool(by))
    ours = baseline_hazard(fit, *arguments, **options)
    time, hazard = r_curve(name, f"basehaz{by}").reshape(2, -1)
    np.testing.assert_array_equal(ours.time, time)
    np.testing.assert_allclose(ours.cumulative_hazard, hazard, rtol=1e-9)


@pytest.mark.parametrize("name", NAMED + RANDOM)
def test_robust_covariance_equals_r(name):
    # R: coxph(Surv(time, event) ~ arm + x1 + x2 + strata(stratum), robust = TRUE, eps = 1e-13)$var
    expected = r_result(name, "robust")
    fit, arguments, options = fitted(name, stratified=True)
    if fit.status != "ok":  # infinite, or aliased: R goes on
        assert np.isnan(fit.coef).all()
        return
    assert expected is not None
    np.testing.assert_allclose(robust_covariance(fit, *arguments, **options).ravel(), expected, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("name", ["lung", "veteran", "pbc", "colon"])
def test_clustered_covariance_equals_r(name):
    # R: coxph(Surv(time, event) ~ arm + x1 + x2, cluster = stratum, eps = 1e-13)$var
    fit, arguments, _ = fitted(name, stratified=False)
    ours = robust_covariance(fit, *arguments, cluster=survival_data(name)["stratum"])
    np.testing.assert_allclose(ours.ravel(), r_result(name, "clustered"), rtol=1e-7, atol=1e-14)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("stratified", [False, True])
def test_residuals_add_up_to_nothing(ties, stratified):
    fit, arguments, options = fitted("colon", stratified, ties)
    ours = cox_residuals(fit, *arguments, **options)
    assert ours.martingale.sum() == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose(ours.score.sum(axis=0), 0.0, atol=1e-7)
    assert (ours.martingale <= 1.0).all()


def test_breslow_hazard_without_covariate_effect_is_nelson_aalen():
    # x is balanced over the risk sets by hand so that β is 0: at 1 two of four at risk, at 2 the other two of two.
    fit = cox([1, 1, 2, 2], [1, 1, 1, 1], [0, 1, 0, 1], ties="breslow")
    assert fit.coef[0] == pytest.approx(0.0, abs=1e-12)
    hazard = baseline_hazard(fit, [1, 1, 2, 2], [1, 1, 1, 1], [0, 1, 0, 1]).cumulative_hazard
    assert hazard.tolist() == pytest.approx([2 / 4, 2 / 4 + 2 / 2])


def test_a_fit_of_other_data_or_without_estimate_is_refused():
    fit, (time, event, x), _ = fitted("aml", stratified=False)
    with pytest.raises(StatisticsError, match="fit is of 23 subjects"):
        cox_residuals(fit, time[1:], event[1:], x[1:])
    none = cox([1, 2], [0, 0], [0, 1])
    with pytest.raises(StatisticsError, match="no estimate: no events"):
        cox_residuals(none, [1, 2], [0, 0], [0, 1])
