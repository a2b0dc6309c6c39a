"""Recomputes the diagnostics of proportional hazards.

The test of Grambsch and Therneau is the score test of c = 0 in the model with the log hazard ratio b + c g(t), taken at
the fit without c.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm, rankdata

from qc.contract import Data, Row, against_control, as_frame, event_times, named, of_parameter
from qc.cox_newton import CoxFit, derivatives, fit, risk_sets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan

__all__ = ["recompute"]

Floats = NDArray[np.float64]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table, each test arm against control."""
    chosen, parameters = output.population[0], output.parameters
    frame = event_times(data, plan, chosen, parameters["paramcd"])
    rows: list[Row] = []
    for arm, pair in against_control(plan, frame):
        keys = {**of_parameter(plan, chosen, parameters["paramcd"]), "group1_level": arm.id}
        for transform in parameters["transforms"]:
            level = {"analysis_id": "SCORE_TEST", "variable": "TRANSFORM", "variable_level": transform}
            rows += named({**keys, "method": "Grambsch-Therneau score test", **level}, _score_test(pair, transform))
        rows += _arm_by_time(keys, pair, parameters["landmarks_months"], plan.study.confidence)
    return as_frame(output, rows)


def _fit(pair: pd.DataFrame, g: Callable[[Floats], Floats] | None = None) -> CoxFit:
    """Stratified Cox model with the arm, and with its product with ``g(t)`` if that is given."""
    x = pair["TEST"].to_numpy()
    return fit(pair["AVAL"], pair["CNSR"].eq(0), x if g is None else _with_product(x, g), stratum=pair["STRATUM"])


def _with_product(x: Floats, g: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """The arm and its product with ``g(t)`` at event times t."""

    def values(t: Floats) -> Floats:
        return np.stack([np.tile(x, (len(t), 1)), np.outer(g(t), x)], axis=-1)

    return values


def _transform(name: str, time: Floats, event: NDArray[np.bool_]) -> Callable[[Floats], Floats]:
    """The function g of time, as R's ``cox.zph`` takes it from the times of all subjects."""
    if name == "identity":
        return lambda t: t
    if name == "log":
        return np.log
    if name == "rank":
        ranks = dict(zip(time.tolist(), rankdata(time).tolist(), strict=True))
        return lambda t: np.array([ranks[value] for value in t.tolist()])
    if name == "km":
        moments = np.unique(time[event])
        factors = [1.0 - np.sum(event & (time == moment)) / np.sum(time >= moment) for moment in moments]
        before = np.concatenate([[1.0], np.cumprod(factors)])
        return lambda t: 1.0 - before[np.searchsorted(moments, t)]
    raise ValueError(f"no transform of time is called {name}")


def _score_test(pair: pd.DataFrame, transform: str) -> dict[str, float]:
    """Chi-square on one degree of freedom; NaN where the model has no estimate."""
    time, event = pair["AVAL"].to_numpy(float), pair["CNSR"].eq(0).to_numpy()
    constant = _fit(pair).coefficients[0]
    if math.isnan(constant):
        return {"chi_square": math.nan, "p": math.nan}
    g = _transform(transform, time, event)
    middle, spread = float(np.mean(g(time[event]))), float(np.std(g(time[event]))) or 1.0
    values = _with_product(pair["TEST"].to_numpy(), lambda t: (g(t) - middle) / spread)
    _, score, information = derivatives(
        risk_sets(time, event, stratum=pair["STRATUM"]), values, np.array([constant, 0.0])
    )
    variance = information[1, 1] - information[0, 1] ** 2 / information[0, 0]
    chi_square = float(score[1] ** 2 / variance) if variance > 0.0 else math.nan
    return {"chi_square": chi_square, "p": float(chi2.sf(chi_square, 1))}


def _arm_by_time(keys: Row, pair: pd.DataFrame, months: list[float], confidence: float) -> Iterator[Row]:
    """Slope of the log hazard ratio over log time, its Wald and likelihood-ratio tests, hazard ratios at months."""
    constant, model = _fit(pair), _fit(pair, np.log)
    slope, error = model.coefficients[1], model.errors[1]
    ratio = 2.0 * (model.log_likelihood - constant.log_likelihood)
    numbers = {
        "slope": slope,
        "se": error,
        "z": slope / error,
        "chi_square": ratio,
        "p": 2.0 * norm.sf(abs(slope / error)),
        "lr_p": chi2.sf(ratio, 1),
    }
    keys = {**keys, "method": "Cox proportional hazards with arm by log time"}
    yield from named({**keys, "analysis_id": "ARM_BY_TIME"}, numbers)
    z = norm.isf((1.0 - confidence) / 2.0)
    for month in months:
        at = np.array([1.0, math.log(month)])
        middle, half = at @ model.coefficients, z * math.sqrt(at @ model.covariance @ at)
        hazard_ratios = {"hr": middle, "lower": middle - half, "upper": middle + half}
        level = {"analysis_id": "HR_AT", "variable": "MONTH", "variable_level": f"{month:g}"}
        yield from named({**keys, **level}, {name: math.exp(value) for name, value in hazard_ratios.items()})
