"""Recomputes the hazard ratios of subgroups and the tests of arm by factor (figure and table)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import chi2, norm

from qc.contract import MISSING, Data, Row, against_control, as_frame, event_times, named, of_parameter
from qc.cox_newton import fit, fit_arms

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers: subjects and events by arm, hazard ratio, and the interaction of each factor, none stratified.

    Levels in the data that the plan does not list follow those that it does; subjects without a value are a level with
    a hazard ratio of its own that does not enter the test.
    """
    chosen, parameters = output.population[0], output.parameters
    frame = event_times(data, plan, chosen, parameters["paramcd"])
    keys = of_parameter(plan, chosen, parameters["paramcd"])
    least = parameters["minimum_events"]
    rows = [*_level({**keys, "variable": "ALL"}, frame, plan, 0)]
    for factor in parameters["factors"]:
        level = _levels(frame, factor)
        names = [*factor["levels"], *sorted(set(level) - set(factor["levels"]) - {""})]
        of_factor = {**keys, "variable": factor["variable"]}
        for name in names:
            rows += _level({**of_factor, "variable_level": name}, frame[level.eq(name)], plan, least)
        if level.eq("").any():
            rows += _level({**of_factor, "variable_level": MISSING.upper()}, frame[level.eq("")], plan, least)
        rows += _interactions(of_factor, frame.assign(LEVEL=level)[level.ne("")], plan)
    return as_frame(output, rows)


def _levels(frame: pd.DataFrame, factor: dict[str, Any]) -> pd.Series:
    """Level of each subject: of a number below (LT) the cut or not (GE), else the value as it is; blank if missing."""
    values: pd.Series = frame[factor["variable"]]
    if "cut" in factor:
        below: pd.Series = values.lt(factor["cut"]).map({True: "LT", False: "GE"})
        return below.where(values.notna(), "")
    return values.map("{:g}".format).where(values.notna(), "") if values.dtype.kind == "f" else values


def _level(keys: Row, frame: pd.DataFrame, plan: Plan, least: int) -> Iterator[Row]:
    """Counts by arm and the hazard ratios; NaN where the two arms have fewer than ``least`` events."""
    for arm in plan.study.arms:
        mine = frame[frame["ARM"].eq(arm.id)]
        row = {**keys, "group1_level": arm.id, "analysis_id": "EVENTS", "method": "Count"}
        yield from named(row, {"n": len(mine), "events": int(mine["CNSR"].eq(0).sum())})
    for arm, pair in against_control(plan, frame):
        row = {**keys, "group1_level": arm.id, "analysis_id": "COX_UNSTRATIFIED"}
        yield from named({**row, "method": "Cox proportional hazards, Efron"}, _hazard_ratio(pair, plan, least))


def _hazard_ratio(pair: pd.DataFrame, plan: Plan, least: int) -> dict[str, float]:
    """Wald limits and test of an unstratified Cox model with the arm alone."""
    event = pair["CNSR"].eq(0).to_numpy()
    b = error = math.nan
    if event.sum() >= max(least, 1):
        (b,), (error,) = fit_arms(pair["AVAL"].to_numpy(), event, pair["TEST"].to_numpy(), np.zeros(len(pair)))
    half, z = norm.isf((1.0 - plan.study.confidence) / 2.0) * error, b / error
    return {
        "hr": math.exp(b),
        "lower": math.exp(b - half),
        "upper": math.exp(b + half),
        "log_hr": b,
        "se": error,
        "z": z,
        "p": 2.0 * norm.sf(abs(z)),
    }


def _interactions(keys: Row, frame: pd.DataFrame, plan: Plan) -> Iterator[Row]:
    """Likelihood-ratio test of arm by factor, each test arm against control; NaN where a model has no estimate."""
    for arm, pair in against_control(plan, frame):
        test = pair["TEST"].to_numpy()
        others = [pair["LEVEL"].eq(name).to_numpy(float) for name in sorted(pair["LEVEL"].unique())[1:]]
        main = np.column_stack([test, *others])
        products = np.column_stack([main, *(test * other for other in others)])
        small, large = (fit(pair["AVAL"], pair["CNSR"].eq(0), x) for x in (main, products))
        chi_square, df = 2.0 * (large.log_likelihood - small.log_likelihood), len(others)
        tested = df > 0 and not math.isnan(chi_square)
        numbers = {"chi_square": chi_square, "df": df, "p": chi2.sf(chi_square, df)}
        if not tested:
            numbers = dict.fromkeys(numbers, math.nan)
        row = {**keys, "group1_level": arm.id, "analysis_id": "INTERACTION"}
        yield from named({**row, "method": "Likelihood-ratio test of arm by factor, Cox, Efron"}, numbers)
