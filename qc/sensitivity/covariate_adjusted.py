"""Recomputes the covariate-adjusted hazard ratio, and the marginal effect by g-computation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from qc.contract import Data, Row, against_control, as_frame, event_times, named, of_parameter
from qc.cox_newton import fit
from qc.descriptive import as_text, levels
from qc.g_computation import bootstrap_errors, standardise
from qc.sensitivity.against_margin import analysed, cox_against_margin, tested
from qc.survival import CoxEstimate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from csrbook.plan.models import NonInferiority, Output, Plan

__all__ = ["recompute"]

ADJUSTED = "Cox proportional hazards, Efron, adjusted"
MARGINAL = "G-computation, bootstrap standard error"


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table: models with the arm only, conditional and marginal effect, covariates."""
    rule = plan.study.noninferiority
    if rule is None:
        raise ValueError("the plan has no margin")
    chosen, parameters = output.population[0], output.parameters
    frame = event_times(data, plan, chosen, parameters["paramcd"])
    keys = of_parameter(plan, chosen, parameters["paramcd"])
    rows: list[Row] = []
    for name, column in (("STRATIFIED", "STRATUM" if plan.study.strata else None), ("ARM ONLY", None)):
        rows += cox_against_margin({**keys, "variable": "ANALYSIS", "variable_level": name}, frame, plan, column)

    design = _design(frame, parameters["covariates"])
    complete = frame[design.notna().all(axis="columns")]
    for name in ("ADJUSTED", "MARGINAL"):
        rows += analysed({**keys, "variable": "ANALYSIS", "variable_level": name}, complete, plan.study.arms)
    for test, both in against_control(plan, complete):
        mine = {**keys, "group1_level": test.id}
        x = design.loc[both.index]
        # What is the same in all patients is no covariate.
        x = x.loc[:, x.nunique() > 1]
        rows += _conditional(mine, both, x, rule, plan.study.confidence)
        rows += _marginal(mine, both, x, parameters, rule, plan)
    return as_frame(output, rows)


def _design(frame: pd.DataFrame, covariates: list[dict[str, Any]]) -> pd.DataFrame:
    """Columns of the model, each named by its variable and label; NaN where a value is missing."""
    columns = {
        (covariate["variable"], label): column
        for covariate in covariates
        for label, column in _columns(frame[covariate["variable"]], covariate)
    }
    return pd.DataFrame(columns, index=frame.index)


def _columns(values: pd.Series, covariate: dict[str, Any]) -> Iterator[tuple[str, pd.Series]]:
    """A number by its unit, or indicators of the levels but the first; a cut number has its classes as levels.

    Where missing has a label it is a level, and the indicators of the others are 0.
    """
    label = covariate["label"]
    if "levels" not in covariate:
        yield label, values.astype(float) / covariate.get("per", 1)
        return
    if "cut" in covariate:
        number = np.searchsorted(covariate["cut"], values.to_numpy(float), side="right") + 1
        level = pd.Series(number, index=values.index).astype(str).where(values.notna(), "")
    else:
        level = as_text(values)
    missing = level.eq("")
    if "missing" in covariate:
        yield f"{label}: {covariate['missing']}", missing.astype(float)
    texts = covariate["levels"]
    reference, *others = levels(level, texts)
    for name in others:
        indicator = level.eq(name).astype(float)
        text = f"{label}: {texts.get(name, name.capitalize())} versus {texts.get(reference, reference)}"
        yield text, indicator if "missing" in covariate else indicator.mask(missing)


def _conditional(
    keys: Row,
    both: pd.DataFrame,
    x: pd.DataFrame,
    rule: NonInferiority,
    confidence: float,
) -> Iterator[Row]:
    """Hazard ratios of the arm and of the covariates, each with the others held fixed."""
    model = fit(both["AVAL"], both["CNSR"].eq(0), np.column_stack([both["TEST"], x]))
    estimates = [CoxEstimate(*map(float, pair)) for pair in zip(model.coefficients, model.errors, strict=True)]
    yield from tested({**keys, "variable": "ANALYSIS", "variable_level": "ADJUSTED"}, ADJUSTED, estimates[0], rule)
    names = zip(x.columns.get_level_values(0), x.columns.get_level_values(1), strict=True)
    for (variable, label), estimate in zip(names, estimates[1:], strict=True):
        limits = estimate.limits(confidence)
        row = {**keys, "analysis_id": "COVARIATE", "method": ADJUSTED, "variable": variable}
        yield from named(
            {**row, "variable_level": label}, {"hr": limits.estimate, "lower": limits.lower, "upper": limits.upper}
        )


def _marginal(
    keys: Row,
    both: pd.DataFrame,
    x: pd.DataFrame,
    parameters: dict[str, Any],
    rule: NonInferiority,
    plan: Plan,
) -> Iterator[Row]:
    """Hazard ratio, event-free rates and restricted mean of the whole population under either arm."""
    months = [float(month) for month in parameters["landmarks_months"]]
    given = (both["AVAL"], both["CNSR"].eq(0), both["TEST"], x, months, float(parameters["horizon_months"]))
    found = standardise(*given)
    seed = plan.study.seeds[parameters["seed"]]
    errors = bootstrap_errors(*given, replicates=parameters["replicates"], seed=seed)
    # Without its standard error the marginal hazard ratio is not estimable.
    ratio = CoxEstimate(found.log_hazard_ratio if np.isfinite(errors[0]) else np.nan, float(errors[0]))
    yield from tested({**keys, "variable": "ANALYSIS", "variable_level": "MARGINAL"}, MARGINAL, ratio, rule)
    keys = {**keys, "method": MARGINAL}
    z = float(ndtri((1.0 + plan.study.confidence) / 2.0))
    for at, month in enumerate(months):
        row = {**keys, "analysis_id": "MARGINAL_RATE", "variable": "MONTH", "variable_level": f"{month:g}"}
        numbers = _contrast(found.survival[:, at], z * float(errors[2 + at]))
        yield from named(row, {name: 100.0 * value for name, value in numbers.items()})
    yield from named({**keys, "analysis_id": "MARGINAL_RMST"}, _contrast(found.restricted_mean, z * float(errors[1])))


def _contrast(by_arm: NDArray[np.float64], half: float) -> dict[str, float]:
    """Control and test, their difference and its limits."""
    control, test = map(float, by_arm)
    difference = test - control
    return {
        "test": test,
        "control": control,
        "difference": difference,
        "lower": difference - half,
        "upper": difference + half,
    }
