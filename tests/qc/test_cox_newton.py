"""Cox models by Newton's method against the dossier's reference cases (section F) and R's survival package.

The values of R come from::

    i <- 0:41; s <- i %% 2; w <- 1 + i %% 3; age <- (7 * i) %% 11   # t, d, a: the 6-MP trial below, a = 1 on placebo
    m <- coxph(Surv(t, d) ~ a + age + strata(s), weights = w, robust = TRUE)
    coef(m); sqrt(diag(vcov(m))); sqrt(diag(m$naive.var)); m$loglik
    coxph(Surv(t, d) ~ a + age + strata(s), weights = w, cluster = i %/% 3)
    coxph(Surv(t, d) ~ a + tt(a), tt = function(x, t, ...) x * log(t))
    coxph(Surv(t, d) ~ a + strata(s))
"""

from __future__ import annotations

import numpy as np
import pytest

from qc.cox_newton import fit, fit_arms

# Gehan's 6-mercaptopurine trial: weeks of remission, 21 a arm (Cox and Oakes 1984).
DRUG = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]

TIME = np.array(DRUG + PLACEBO, dtype=float)
EVENT = np.array(RELAPSED + [1] * 21, dtype=bool)
ARM = np.repeat([0.0, 1.0], 21)
NUMBER = np.arange(42)
ODD = NUMBER % 2
COVARIATES = np.column_stack([ARM, 7 * NUMBER % 11])


def test_gehan_trial():
    model = fit(TIME, EVENT, ARM)
    assert model.coefficients[0] == pytest.approx(1.57212514882907, rel=1e-12)  # case 11: 1.572125
    assert model.errors[0] == pytest.approx(0.412396717709455, rel=1e-12)
    assert fit(TIME, EVENT, ARM, breslow=True).coefficients[0] == pytest.approx(1.509191, abs=5e-7)  # case 11


def test_ties_of_therneau():
    # Case 8, Therneau's test1: Efron 1.676857, log-likelihood -4.276666 and -3.358975.
    model = fit([9, 1, 1, 6, 6, 8], [1, 1, 0, 1, 1, 0], [0, 1, 1, 1, 0, 0])
    assert model.coefficients[0] == pytest.approx(1.676857, abs=5e-7)
    assert model.null_log_likelihood == pytest.approx(-4.276666, abs=5e-7)
    assert model.log_likelihood == pytest.approx(-3.358975, abs=5e-7)


def test_weights_strata_and_robust_errors():
    model = fit(TIME, EVENT, COVARIATES, stratum=ODD, weight=1 + NUMBER % 3)
    np.testing.assert_allclose(model.coefficients, [1.73257556323, 0.0718492505308], rtol=1e-11)
    np.testing.assert_allclose(model.errors, [0.313699534201, 0.0454261269147], rtol=1e-11)
    np.testing.assert_allclose(model.robust_errors, [0.423574618568, 0.0556066826588], rtol=1e-11)
    by_cluster = np.sqrt(np.diag(model.robust_covariance(NUMBER // 3)))
    np.testing.assert_allclose(by_cluster, [0.590269548824, 0.0382070349958], rtol=1e-11)
    assert model.null_log_likelihood == pytest.approx(-182.789238546, rel=1e-11)
    assert model.log_likelihood == pytest.approx(-164.729943945, rel=1e-11)


def test_weights_that_do_not_change_may_be_given_by_time():
    constant = 1.0 + NUMBER % 3
    by_time = np.tile(constant, (len(np.unique(TIME[EVENT])), 1))
    plain, changing = (fit(TIME, EVENT, ARM, weight=weight) for weight in (constant, by_time))
    np.testing.assert_array_equal(plain.coefficients, changing.coefficients)


def test_arm_by_logarithm_of_time():
    model = fit(
        TIME, EVENT, lambda t: np.stack([np.tile(ARM, (len(t), 1)), np.multiply.outer(np.log(t), ARM)], axis=-1)
    )
    np.testing.assert_allclose(model.coefficients, [2.17938354008, -0.283609484009], rtol=1e-10)
    np.testing.assert_allclose(model.errors, [1.30310370053, 0.566410093238], rtol=1e-10)
    assert model.log_likelihood == pytest.approx(-84.8735425502, rel=1e-11)


def test_many_data_sets_at_once():
    halves = np.array([ODD, np.zeros(42, dtype=int)])
    log_hazard_ratio, error = fit_arms(TIME, EVENT, ARM, halves)
    np.testing.assert_allclose(log_hazard_ratio, [1.53063250244, 1.57212514882907], rtol=1e-11)
    np.testing.assert_allclose(error, [0.41077261489, 0.412396717709455], rtol=1e-11)


def test_no_maximum():
    late_in_one_arm = [1.0, 2.0, 3.0, 4.0], [1, 1, 0, 0], [1, 1, 0, 0]
    assert np.isnan(fit(*late_in_one_arm).coefficients).all()
    assert np.isnan(fit_arms(*late_in_one_arm, np.zeros(4, dtype=int))[0]).all()
    collinear = np.column_stack([ARM, 2.0 * ARM])
    assert np.isnan(fit(TIME, EVENT, collinear).coefficients).all()
