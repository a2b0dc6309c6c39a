from __future__ import annotations

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.proportional_hazards import proportional_hazards
from tests.stats.reference import NAMED, RANDOM, covariates, r_result, survival_data


@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
@pytest.mark.parametrize("by", ["", "_strata"])
@pytest.mark.parametrize("name", NAMED + RANDOM)
def test_equals_r_cox_zph(name, by, transform):
    # R: cox.zph(coxph(Surv(time, event) ~ arm + x1 + x2 [+ strata(stratum)], eps = 1e-13), transform = k)$table[, 1]
    expected = r_result(name, f"zph{by}_{transform}")
    data = survival_data(name)
    strata = data["stratum"] if by else None
    test = proportional_hazards(data["time"], data["event"], covariates(data), strata=strata, transform=transform)
    if test.status != "ok":  # R goes on with an infinite or a dropped coefficient
        assert test.status.startswith(("monotone", "covariate", "no "))
        assert np.isnan(test.global_p)
        return
    if expected is None:  # rank and identity were asked of the large data sets only
        assert transform in ("rank", "identity")
        return
    np.testing.assert_allclose(np.append(test.chi2, test.global_chi2), expected, rtol=1e-9)


def test_p_values_of_veteran():
    # R: cox.zph(coxph(Surv(time, status) ~ trt + prior + karno, veteran), transform = "log"), p
    data = survival_data("veteran")
    test = proportional_hazards(data["time"], data["event"], covariates(data), transform="log")
    assert test.df == 3
    assert test.p.tolist() == pytest.approx([0.6844472, 0.0943276, 0.0018445], abs=5e-7)
    assert test.global_p == pytest.approx(0.0018507, abs=5e-7)


def test_residuals_of_each_covariate_sum_to_nothing():
    # The score equation: Schoenfeld residuals sum to 0 at the estimate.
    data = survival_data("lung")
    test = proportional_hazards(data["time"], data["event"], covariates(data), strata=data["stratum"])
    assert test.residuals.shape == (int(data["event"].sum()), 3)
    np.testing.assert_allclose(test.residuals.sum(axis=0), 0.0, atol=1e-8)
    assert (np.diff(test.event_time) >= 0).all()


def test_schoenfeld_residuals_by_hand():
    # Control, test, control die at 1, 2, 3; e = √2 (see the Cox tests): x − x̄ = −e/(2+e), 1 − e/(1+e), 0.
    e = np.sqrt(2)
    test = proportional_hazards([1, 2, 3], [1, 1, 1], [0, 1, 0], transform="identity")
    np.testing.assert_allclose(test.residuals[:, 0], [-e / (2 + e), 1 - e / (1 + e), 0.0], atol=1e-12)


def test_no_test_has_a_reason():
    assert proportional_hazards([1, 2], [0, 0], [0, 1]).status == "no events"
    assert proportional_hazards([0, 2, 3], [1, 1, 1], [0, 1, 0], transform="log").status == (
        "an event at time 0 has no logarithm"
    )
    assert proportional_hazards([1, 2, 3, 4], [1] * 4, [1, 1, 0, 0]).status == "monotone likelihood in covariate 0"
    # Both arms are at risk at time 1 only: whether the effect changes later cannot be known.
    one_time = proportional_hazards([1, 1, 1, 1, 2, 3], [1, 1, 0, 0, 1, 1], [0, 1, 0, 1, 1, 1])
    assert one_time.status == "no information on a change with time of covariate 0"


def test_an_unknown_transform_is_refused():
    with pytest.raises(StatisticsError, match="transform"):
        proportional_hazards([1, 2], [1, 1], [0, 1], transform="exp")
