"""Recomputes the numbers of the figure of Schoenfeld residuals and log cumulative hazards."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from qc.contract import Data, Row, against_control, as_frame, event_times, named, of_parameter
from qc.cox_newton import fit, schoenfeld_residuals
from qc.survival import ProductLimit

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan

__all__ = ["recompute"]

Floats = NDArray[np.float64]

POINTS = 40
"""Points of the smoothed curve, equally spaced from the first event to the last."""

EQUAL = 1e-12
"""Curves that differ by less are on each other: they were multiplied up in different orders."""


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the figure, each test arm against control, and the arms' curves."""
    chosen, parameters = output.population[0], output.parameters
    frame = event_times(data, plan, chosen, parameters["paramcd"])
    keys = of_parameter(plan, chosen, parameters["paramcd"])
    curves = {arm.id: _curve(frame[frame["ARM"].eq(arm.id)]) for arm in plan.study.arms}
    rows: list[Row] = []
    for arm, pair in against_control(plan, frame):
        here = {**keys, "group1_level": arm.id}
        rows += _smoothed(here, pair, parameters["df"], plan.study.confidence)
        rows += _crossings(here, curves[arm.id], curves[plan.study.arm("control").id])
    for identifier, curve in curves.items():
        row = {**keys, "group1_level": identifier, "analysis_id": "CURVE", "method": "Kaplan-Meier, log(-log)"}
        drawn = (curve.survival > 0.0) & (curve.survival < 1.0)
        rows += named(row, {"n": float(drawn.sum())})
    return as_frame(output, rows)


def _curve(frame: pd.DataFrame) -> ProductLimit:
    return ProductLimit(frame["AVAL"].to_numpy(float), frame["CNSR"].eq(0).to_numpy())


def _smoothed(keys: Row, pair: pd.DataFrame, df: int, confidence: float) -> Iterator[Row]:
    """Natural spline through the scaled Schoenfeld residuals, and the constant log hazard ratio."""
    time, event, x = pair["AVAL"].to_numpy(float), pair["CNSR"].eq(0).to_numpy(), pair["TEST"].to_numpy()
    model = fit(time, event, x, stratum=pair["STRATUM"])
    constant, variance = float(model.coefficients[0]), float(model.covariance[0, 0])
    keys = {**keys, "method": "Scaled Schoenfeld residuals, natural spline"}
    yield from named({**keys, "analysis_id": "CONSTANT"}, {"log_hr": constant})
    if np.unique(time[event]).size < df or math.isnan(constant):
        yield from named({**keys, "analysis_id": "SMOOTHED"}, {"points": math.nan})
        return

    moments, residuals = schoenfeld_residuals(time, event, x, model.coefficients, stratum=pair["STRATUM"])
    scaled = constant + len(moments) * variance * residuals[:, 0]
    knots = np.quantile(moments, np.linspace(0.0, 1.0, df))
    at = np.linspace(knots[0], knots[-1], POINTS)
    design, drawn = _natural_spline(moments, knots), _natural_spline(at, knots)
    q, r = np.linalg.qr(design)
    weights = np.linalg.solve(r.T, drawn.T).T
    curve = weights @ (q.T @ scaled)
    half = norm.isf((1.0 - confidence) / 2.0) * np.sqrt(len(moments) * variance * (weights**2).sum(axis=1))
    yield from named({**keys, "analysis_id": "SMOOTHED"}, {"points": float(POINTS)})
    for number, (month, middle, width) in enumerate(zip(at, curve, half, strict=True), start=1):
        level = {"analysis_id": "SMOOTHED", "variable": "POINT", "variable_level": str(number)}
        numbers = {"month": month, "estimate": middle, "lower": middle - width, "upper": middle + width}
        yield from named({**keys, **level}, numbers)


def _natural_spline(t: Floats, knots: Floats) -> Floats:
    """Truncated powers that are linear beyond the outer knots, with intercept: as many columns as knots."""
    u, k = (t - knots[0]) / (knots[-1] - knots[0]), (knots - knots[0]) / (knots[-1] - knots[0])

    def cubes(knot: float) -> Floats:
        cubed: Floats = np.maximum(u - knot, 0.0) ** 3
        return cubed

    tail = (cubes(k[-2]) - cubes(k[-1])) / (k[-1] - k[-2])
    columns = [(cubes(knot) - cubes(k[-1])) / (k[-1] - knot) - tail for knot in k[:-2]]
    return np.column_stack([np.ones_like(u), u, *columns])


def _crossings(keys: Row, test: ProductLimit, control: ProductLimit) -> Iterator[Row]:
    """How often, and when last, the curves change places up to the earlier of their last observed times."""
    keys = {**keys, "method": "Signs of the difference of curves"}
    if not (len(test.time) and len(control.time)):
        yield from named({**keys, "analysis_id": "CROSSINGS"}, {"n": 0.0})
        yield from named({**keys, "analysis_id": "LAST_CROSSING"}, {"last": math.nan})
        return
    moments = np.union1d(test.time, control.time)
    moments = moments[moments <= min(test.time[-1], control.time[-1])]
    difference = _step(test, moments) - _step(control, moments)
    sign = np.sign(np.where(np.abs(difference) < EQUAL, 0.0, difference))
    apart = np.flatnonzero(sign)
    changes = apart[1:][sign[apart[1:]] != sign[apart[:-1]]]
    yield from named({**keys, "analysis_id": "CROSSINGS"}, {"n": float(len(changes))})
    last = float(moments[changes[-1]]) if len(changes) else math.nan
    yield from named({**keys, "analysis_id": "LAST_CROSSING"}, {"last": last})


def _step(curve: ProductLimit, at: Floats) -> Floats:
    """Survival at given times."""
    values: Floats = np.concatenate([[1.0], curve.survival])[np.searchsorted(curve.time, at, side="right")]
    return values
