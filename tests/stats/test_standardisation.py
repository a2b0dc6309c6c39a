from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.cox import cox_arm
from csrbook.stats.standardisation import marginal_effect
from tests.stats.reference import table

VETERAN = table("veteran")
ARGUMENTS = (VETERAN["time"], VETERAN["event"], VETERAN["arm"])
COVARIATES = np.column_stack([VETERAN["x1"], VETERAN["x2"]])


def test_equals_standardisation_by_hand_in_r():
    # R: m <- coxph(Surv(time, event) ~ arm + x1 + x2, v); h <- basehaz(m, centered = FALSE)
    #    S_a(t) = mean(exp(-h(t) * exp(coef[1] * a + x %*% coef[-1]))), areas as sums of steps to 300, and uniroot() of
    #    the score in the docstring
    found = marginal_effect(*ARGUMENTS, COVARIATES, tau=300.0, landmarks=[90, 180], replicates=2)
    assert found.log_hr == pytest.approx(0.143371787, abs=1e-8)
    assert (found.rmst_test, found.rmst_control) == pytest.approx((100.2246614, 113.4252134), rel=1e-9)
    assert found.survival_test.tolist() == pytest.approx([0.4109598222, 0.1954295291], abs=1e-9)
    assert found.survival_control.tolist() == pytest.approx([0.4647667685, 0.2414154236], abs=1e-9)
    assert found.difference.tolist() == pytest.approx([-0.0538069463, -0.0459858945], abs=1e-9)


def test_without_covariates_the_marginal_hazard_ratio_is_that_of_the_model():
    found = marginal_effect(*ARGUMENTS, np.empty((len(COVARIATES), 0)), tau=300.0, replicates=2)
    assert found.log_hr == pytest.approx(cox_arm(*ARGUMENTS).log_hr, abs=1e-10)


def test_a_strong_covariate_moves_the_marginal_hazard_ratio_towards_1():
    # Conditional log HR -0.7, covariate effect 1.2 a standard deviation, all followed to time 1. R with 400,000
    # subjects: coef(coxph(Surv(pmin(t, 1), t <= 1) ~ a)) is -0.487; 3 standard errors of 4,000 subjects are 0.11.
    rng = np.random.default_rng(1)
    x, arm = rng.normal(size=4000), np.arange(4000) % 2
    time = rng.exponential(np.exp(0.7 * arm - 1.2 * x))
    found = marginal_effect(np.minimum(time, 1.0), time <= 1.0, arm, x[:, np.newaxis], tau=1.0, replicates=2)
    assert found.log_hr == pytest.approx(-0.487, abs=0.11)
    assert abs(found.log_hr) < abs(found.coef[0])


def test_replicates_are_the_same_however_many_follow_and_the_error_is_their_spread():
    few = marginal_effect(*ARGUMENTS, COVARIATES, tau=300.0, replicates=30, seed=5)
    again = marginal_effect(*ARGUMENTS, COVARIATES, tau=300.0, replicates=30, seed=5)
    other = marginal_effect(*ARGUMENTS, COVARIATES, tau=300.0, replicates=30, seed=6)
    assert few.log_hr_se == again.log_hr_se != other.log_hr_se
    # The model-based error of the adjusted model is 0.183; the marginal one is of that size.
    assert 0.08 < few.log_hr_se < 0.3
    assert few.rmst_upper - few.rmst_difference == pytest.approx(1.959964 * few.rmst_difference_se, rel=1e-6)


def test_what_cannot_be_estimated_has_a_reason():
    found = marginal_effect([1, 2, 3], [0, 0, 0], [0, 1, 0], [[1.0], [2.0], [4.0]], tau=3.0, replicates=2)
    assert found.status == found.se_status == "no events"
    assert math.isnan(found.log_hr)
    # Six subjects: most bootstrap samples have an infinite estimate, so that their spread is none.
    lone = marginal_effect(
        [1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 1, 0], [1, 0, 1, 0, 1, 0], np.empty((6, 0)), tau=5.0, replicates=40
    )
    assert lone.status == "ok"
    assert lone.se_status == f"{40 - lone.estimable} of 40 bootstrap samples without an estimate"
    assert math.isnan(lone.log_hr_se)


@pytest.mark.parametrize("wrong", [{"tau": 0.0}, {"replicates": 1}, {"seed": -1}])
def test_bad_arguments_are_refused(wrong):
    with pytest.raises(StatisticsError):
        marginal_effect(*ARGUMENTS, COVARIATES, **{"tau": 300.0, "replicates": 2, **wrong})
