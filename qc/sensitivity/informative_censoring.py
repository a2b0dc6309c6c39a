"""Recomputes the analyses of informative censoring: extreme cases, inverse-probability weights, hazard of censoring.

The weights are laid out as a table of event times by subjects, w(t) = K0(t-) / K(t-), and enter the Cox model as such.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from qc.contract import Data, Row, against_control, as_frame, event_times, named, of_parameter, share
from qc.cox_newton import fit, fit_arms
from qc.population.derived import with_derived
from qc.sensitivity.against_margin import analysed, cox_against_margin, tested
from qc.survival import CoxEstimate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csrbook.plan.models import Output, Plan

__all__ = ["recompute"]

Floats = NDArray[np.float64]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table."""
    chosen, parameters = output.population[0], output.parameters
    frame = with_derived(data, event_times(data, plan, chosen, parameters["paramcd"]), parameters.get("derived", []))
    informative = frame["CNSR"].gt(0) & ~frame["CNSR"].isin(parameters["administrative"])
    frame = frame.assign(INFORMATIVE=informative)
    keys = of_parameter(plan, chosen, parameters["paramcd"])
    in_control = frame["ARM"].eq(plan.study.arm("control").id)
    worst = frame.assign(CNSR=frame["CNSR"].mask(informative & ~in_control, 0.0))
    best = frame.assign(CNSR=frame["CNSR"].mask(informative & in_control, 0.0))
    rows: list[Row] = []
    for name, case in (("PRIMARY", frame), ("WORST", worst), ("BEST", best)):
        level = {**keys, "variable": "ANALYSIS", "variable_level": name}
        rows += cox_against_margin(level, case, plan, "STRATUM" if plan.study.strata else None)
    rows += _weighted(keys, frame, plan, parameters)
    rows += _censoring(keys, frame, plan)
    return as_frame(output, rows)


def _covariates(frame: pd.DataFrame, definitions: list[dict[str, Any]]) -> pd.DataFrame:
    """Columns of the model of censoring.

    A covariate with levels has a column for each but the first, those that the plan does not list last. A number
    without a value counts as 0 and as missing in a column of its own, where the plan says what its absence means.
    """
    columns: dict[str, pd.Series] = {}
    for definition in definitions:
        name = definition["variable"]
        values = frame[name]
        known = values.notna() & values.ne("")
        if "levels" in definition:
            text = (values.map("{:g}".format) if values.dtype.kind == "f" else values).where(known, "")
            levels = [*definition["levels"], *sorted(set(text[known]) - set(definition["levels"]))]
            columns.update({f"{name} {level}": text.eq(level).astype(float).where(known) for level in levels[1:]})
            continue
        columns[name] = values / definition.get("per", 1)
        if "missing" in definition:
            columns[name] = columns[name].fillna(0.0)
            columns[f"{name} missing"] = 1.0 - known.astype(float)
    return pd.DataFrame(columns, index=frame.index)


def _weighted(keys: Row, frame: pd.DataFrame, plan: Plan, parameters: dict[str, Any]) -> Iterator[Row]:
    """Cox model with stabilised weights and a robust standard error, and what the weights look like."""
    rule = plan.study.noninferiority
    if rule is None:
        raise ValueError("the plan has no margin")
    covariates = _covariates(frame, parameters["covariates"])
    known = covariates.notna().all(axis="columns")
    level = {**keys, "variable": "ANALYSIS", "variable_level": "WEIGHTED"}
    yield from analysed(level, frame[known], plan.study.arms)
    for arm, pair in against_control(plan, frame[known]):
        x = covariates.loc[pair.index]
        raw, at_risk = _weights(pair, x.loc[:, x.nunique() > 1].to_numpy(float))
        cut = np.minimum(raw, parameters["cap"])
        model = fit(pair["AVAL"], pair["CNSR"].eq(0), pair["TEST"], stratum=pair["STRATUM"], weight=cut)
        estimate = CoxEstimate(float(model.coefficients[0]), float(model.robust_errors[0]))
        method = "Cox, inverse-probability-of-censoring weights, robust"
        yield from tested({**level, "group1_level": arm.id}, method, estimate, rule)
        used = raw[at_risk]
        row = {**keys, "group1_level": arm.id, "analysis_id": "WEIGHTS", "method": "Stabilised weights"}
        numbers = {"mean": math.nan, "largest": math.nan, "capped": float((used > parameters["cap"]).sum())}
        if not used.size or np.isnan(used).any():
            numbers["capped"] = math.nan
        else:
            numbers |= {"mean": used.mean(), "largest": used.max()}
        yield from named(row, numbers)


def _weights(pair: pd.DataFrame, x: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Weights by event time and subject, and who is at risk when."""
    time, event = pair["AVAL"].to_numpy(float), pair["CNSR"].eq(0).to_numpy()
    censored, arm = pair["INFORMATIVE"].to_numpy(bool), pair["TEST"].to_numpy()
    moments = np.unique(time[event])
    # An event comes before a censoring at the same time: who has it is not at risk of being censored then.
    until = np.where(event, np.nextafter(time, 0.0), time)
    baseline = np.unique(pair["STRATUM"].astype(str) + "/" + pair["ARM"], return_inverse=True)[1]
    gamma = fit(until, censored, x, stratum=baseline, breslow=True).coefficients
    hazard = _hazard_before(moments, until, censored, baseline, x @ gamma)
    plain = _hazard_before(moments, until, censored, arm, np.zeros(len(time)))
    return np.exp(hazard - plain), time >= moments[:, None]


def _hazard_before(
    moments: Floats, time: Floats, censored: NDArray[np.bool_], stratum: NDArray[Any], eta: Floats
) -> Floats:
    """Cumulative hazard of censoring of each subject before each time (Breslow; Nelson-Aalen where eta is 0)."""
    result = np.zeros((len(moments), len(time)))
    for i in np.flatnonzero(censored):
        mine = stratum == stratum[i]
        step = 1.0 / np.exp(eta[mine & (time >= time[i])]).sum()
        result += np.outer(moments > time[i], mine * step * np.exp(eta))
    return result


def _censoring(keys: Row, frame: pd.DataFrame, plan: Plan) -> Iterator[Row]:
    """Informative censorings by arm, and the hazard ratio of the censoring."""
    for arm in plan.study.arms:
        mine = frame[frame["ARM"].eq(arm.id)]
        row = {**keys, "group1_level": arm.id, "analysis_id": "CENSORING", "method": "Count"}
        yield from share(row, int(mine["INFORMATIVE"].sum()), len(mine))
    for arm, pair in against_control(plan, frame):
        strata = np.unique(pair["STRATUM"], return_inverse=True)[1]
        (b,), (error,) = fit_arms(pair["AVAL"], pair["INFORMATIVE"], pair["TEST"], strata)
        half = norm.isf((1.0 - plan.study.confidence) / 2.0) * error
        numbers = {
            "hr": math.exp(b),
            "lower": math.exp(b - half),
            "upper": math.exp(b + half),
            "p": 2.0 * norm.sf(abs(b / error)),
        }
        row = {**keys, "group1_level": arm.id, "analysis_id": "CENSORING_HAZARD"}
        yield from named({**row, "method": "Cox proportional hazards of the censoring, Efron"}, numbers)
