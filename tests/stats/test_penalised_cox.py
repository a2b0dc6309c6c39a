from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from csrbook.errors import StatisticsError
from csrbook.stats.cox import cox
from csrbook.stats.penalised_cox import penalised_cox
from tests.stats.biomarkers import r_biomarkers, simulated
from tests.stats.reference import covariates, survival_data


def wide(seed, n, p):
    data = simulated(seed, n, effect=0.8, ties=0.5)
    x = np.random.default_rng(seed + 1).normal(size=(n, p))
    x[:, 0] = data["x"]
    return data, x


def negative_loglik(time, event, strata, x, beta, ties):
    """−ℓ(β)/n and its gradient from the definition, a term at a time."""
    eta = x @ beta
    w = np.exp(eta)
    value, gradient = 0.0, np.zeros(len(beta))
    for s in np.unique(strata):
        for u in np.unique(time[(strata == s) & (event == 1)]):
            risk = (strata == s) & (time >= u)
            dead = (strata == s) & (time == u) & (event == 1)
            value += eta[dead].sum()
            gradient += x[dead].sum(axis=0)
            for k in range(int(dead.sum())):
                share = k / dead.sum() if ties == "efron" else 0.0
                total = w[risk].sum() - share * w[dead].sum()
                moment = w[risk] @ x[risk] - share * (w[dead] @ x[dead])
                value -= math.log(total)
                gradient -= moment / total
    return -value / len(time), -gradient / len(time)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.4, 0.0])
@pytest.mark.parametrize(("n", "p"), [(80, 6), (40, 60)])
def test_the_conditions_of_a_minimum_hold_by_a_gradient_from_the_definition(n, p, l1_ratio, ties):
    data, x = wide(5, n, p)
    fit = penalised_cox(data["time"], data["event"], x, strata=data["strata"], l1_ratio=l1_ratio, steps=8, ties=ties)
    assert fit.status == "ok"
    if l1_ratio:
        assert (fit.nonzero[0], fit.nonzero[-1] > 2) == (0, True)
    scale = x.std(axis=0)
    for penalty, coef, loglik in zip(fit.penalties, fit.coef, fit.loglik, strict=True):
        b = coef * scale
        value, gradient = negative_loglik(data["time"], data["event"], data["strata"], x / scale, b, ties)
        assert loglik == pytest.approx(-n * value, rel=1e-9)
        slope = gradient + penalty * (1 - l1_ratio) * b
        bound = penalty * l1_ratio
        moved = b != 0.0
        np.testing.assert_allclose(slope[moved], -bound * np.sign(b[moved]), atol=1e-10)
        assert (np.abs(slope[~moved]) <= bound * (1 + 1e-8) + 1e-12).all()


def test_the_lasso_equals_a_smooth_optimiser():
    # β = u − v with u, v ≥ 0 makes the lasso a smooth problem with bounds, solved by SciPy's L-BFGS-B.
    data, x = wide(2, 60, 5)
    z = x / x.std(axis=0)
    args = (data["time"], data["event"], data["strata"], z)

    def target(uv):
        value, gradient = negative_loglik(*args, uv[:5] - uv[5:], "efron")
        return value + 0.05 * uv.sum(), np.concatenate([gradient + 0.05, 0.05 - gradient])

    best = minimize(target, np.zeros(10), jac=True, method="L-BFGS-B", bounds=[(0, None)] * 10,
                    options={"ftol": 1e-15, "gtol": 1e-10})  # fmt: skip
    fit = penalised_cox(data["time"], data["event"], x, strata=data["strata"], penalties=[0.05])
    np.testing.assert_allclose(fit.coef[0] * x.std(axis=0), best.x[:5] - best.x[5:], atol=1e-6)
    assert 0 < fit.nonzero[0] < 5


@pytest.mark.parametrize("penalty", ["0.01", "0.1", "1"])
def test_the_ridge_equals_r(penalty):
    data = survival_data("pbc")
    x = covariates(data)
    fit = penalised_cox(
        data["time"], data["event"], x, strata=data["stratum"], penalties=[float(penalty)], l1_ratio=0.0
    )
    np.testing.assert_allclose(fit.coef[0] * x.std(axis=0), r_biomarkers("ridge", penalty), rtol=1e-9)


def test_no_penalty_is_the_cox_model():
    data = survival_data("pbc")
    x = covariates(data)
    fit = penalised_cox(data["time"], data["event"], x, strata=data["stratum"], penalties=[0.0, 0.01])
    np.testing.assert_allclose(fit.penalties, [0.01, 0.0])
    np.testing.assert_allclose(fit.coef[1], cox(data["time"], data["event"], x, strata=data["stratum"]).coef, rtol=1e-9)


def test_unit_of_a_covariate_and_constant_columns():
    data, x = wide(9, 60, 4)
    base = penalised_cox(data["time"], data["event"], x, steps=5)
    other = penalised_cox(data["time"], data["event"], np.column_stack([3.0 + 100.0 * x, np.full(60, 7.0)]), steps=5)
    np.testing.assert_allclose(other.penalties, base.penalties, rtol=1e-10)
    np.testing.assert_allclose(100.0 * other.coef[:, :4], base.coef, rtol=1e-7, atol=1e-12)
    assert (other.coef[:, 4] == 0.0).all()


def test_no_events_have_no_coefficients():
    fit = penalised_cox([1, 2, 3], [0, 0, 0], [[1.0], [2.0], [3.0]], penalties=[0.1])
    assert fit.status == "no events"
    assert np.isnan(fit.coef).all()
    assert penalised_cox([], [], np.empty((0, 2))).status == "no subjects"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"x": [[1.0], [math.nan], [2.0]]}, "argument 'x', position 1"),
        ({"penalties": [-1.0]}, "argument 'penalties'"),
        ({"penalties": []}, "argument 'penalties'"),
        ({"l1_ratio": 1.5}, "argument 'l1_ratio'"),
        ({"steps": 1}, "argument 'steps'"),
        ({"ties": "exact"}, "argument 'ties'"),
    ],
)
def test_wrong_arguments_are_named(change, where):
    good = {"time": [1.0, 2.0, 3.0], "event": [1, 1, 1], "x": [[1.0], [3.0], [2.0]]}
    with pytest.raises(StatisticsError) as caught:
        penalised_cox(**(good | change))
    assert caught.value.where == where
