"""Recomputes the changes from baseline of patient-reported scales by a mixed model for repeated measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qc.contract import MISSING, Row, as_frame, members, named, subjects
from qc.descriptive import describe
from qc.mixed_model import MixedModel, fit
from qc.patient_reported.records import chosen_records, scale_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data
    from qc.covariance_structures import Array

__all__ = ["recompute"]

MEAN = ("estimate", "se", "lower", "upper")
DIFFERENCE = (*MEAN, "df", "p")


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the output, each scale in turn."""
    chosen = output.population[0]
    adsl = members(data, plan, chosen)
    records = chosen_records(data, output).merge(
        adsl[["USUBJID", "ARM", *(factor.variable for factor in plan.study.strata)]], on="USUBJID", how="inner"
    )
    rows: list[Row] = list(subjects(plan, chosen, adsl))
    for scale in output.parameters["paramcd"]:
        keys = scale_keys(plan, chosen, scale)
        rows += _scale(records[records["PARAMCD"] == scale], output, plan, keys)
    return as_frame(output, rows)


def _scale(records: pd.DataFrame, output: Output, plan: Plan, keys: Row) -> Iterator[Row]:
    """Give what was observed, and the model."""
    visits = [float(visit) for visit in output.parameters["visits"]]
    changes = records[records["AVISITN"].isin(visits)].dropna(subset=["BASE", "CHG"])
    for arm in plan.study.arms:
        row = {**keys, "group1_level": arm.id, "method": "Descriptive statistics"}
        baseline = records.loc[records["ABLFL"].eq("Y") & records["ARM"].eq(arm.id), "AVAL"]
        yield from named({**row, "analysis_id": "BASELINE"}, _description(baseline))
        for visit in visits:
            here = changes["ARM"].eq(arm.id) & changes["AVISITN"].eq(visit)
            at = {"analysis_id": "OBSERVED_CHANGE", "variable": "AVISITN", "variable_level": f"{visit:g}"}
            yield from named({**row, **at}, _description(changes.loc[here, "CHG"]))
    yield from _model(changes, output, plan, {**keys, "method": "MMRM, REML"}, visits)


def _description(values: pd.Series) -> dict[str, float]:
    """Number, mean and standard deviation of the values that are known."""
    found = describe(values)
    return {name: found[name] for name in ("n", "mean", "sd")}


def _model(changes: pd.DataFrame, output: Output, plan: Plan, keys: Row, visits: list[float]) -> Iterator[Row]:
    """Give the least-squares means by arm and visit, and their differences to control."""
    columns = _columns(changes, plan, visits)
    model = _fitted(changes, columns, output, plan)
    control = plan.study.arm("control").id
    for visit in visits:
        at = {**keys, "variable": "AVISITN", "variable_level": f"{visit:g}"}
        for arm in plan.study.arms:
            mean = _mean(columns, arm.id, visit, plan, changes)
            yield from _numbers({**at, "analysis_id": "LS_MEAN", "group1_level": arm.id}, model, mean, MEAN)
            if arm.role == "test":
                weights = mean - _mean(columns, control, visit, plan, changes)
                row = {**at, "analysis_id": "LS_DIFFERENCE", "group1_level": arm.id}
                yield from _numbers(row, model, weights, DIFFERENCE)
    sizes = {"n": changes["USUBJID"].nunique(), "records": len(changes)}
    yield from named({**keys, "analysis_id": "MODEL"}, sizes)


def _fitted(
    changes: pd.DataFrame, columns: Mapping[tuple[object, ...], Array], output: Output, plan: Plan
) -> MixedModel:
    """Fit the first structure of the plan that converges.

    There is no model without a change in control and in another arm, nor where an effect is aliased for another reason
    than that nobody of an arm was seen at a visit.
    """
    design = np.column_stack(list(columns.values()))
    structures = [output.parameters["covariance"], *output.parameters["fallbacks"]]
    # All levels of a factor stand in the design, which loses one rank by each factor.
    full = int(design.any(axis=0).sum()) - len({name[1] for name in columns if name[0] == "factor"})
    arms = set(changes["ARM"])
    comparable = plan.study.arm("control").id in arms and len(arms) > 1
    return fit(
        changes["CHG"].to_numpy(float),
        changes["USUBJID"].to_numpy(object),
        changes["AVISITN"].to_numpy(float),
        design,
        structures if comparable and np.linalg.matrix_rank(design) == full else [],
        plan.study.confidence,
    )


def _columns(changes: pd.DataFrame, plan: Plan, visits: list[float]) -> dict[tuple[object, ...], Array]:
    """Columns of the design: arm by visit, baseline by visit, and all levels of each factor."""
    at = {visit: _indicator(changes["AVISITN"], visit) for visit in visits}
    columns: dict[tuple[object, ...], Array] = {
        ("arm", arm.id, visit): at[visit] * _indicator(changes["ARM"], arm.id)
        for arm in plan.study.arms
        for visit in visits
    }
    columns |= {("baseline", visit): at[visit] * changes["BASE"].to_numpy(np.float64) for visit in visits}
    for factor in plan.study.strata:
        levels = changes[factor.variable].replace("", MISSING)
        columns |= {("factor", factor.variable, level): _indicator(levels, level) for level in levels.unique()}
    return columns


def _indicator(column: pd.Series, value: str | float) -> Array:
    """1 where a column has a value, else 0."""
    return np.asarray(column.eq(value), dtype=np.float64)


def _mean(
    columns: Mapping[tuple[object, ...], Array], arm: str, visit: float, plan: Plan, changes: pd.DataFrame
) -> Array:
    """Weights of a least-squares mean: baseline at its mean over the records, levels of a factor equally often."""
    weights = dict.fromkeys(columns, 0.0)
    weights["arm", arm, visit] = 1.0
    weights["baseline", visit] = float(changes["BASE"].mean())
    for factor in plan.study.strata:
        levels = [name for name in columns if name[:2] == ("factor", factor.variable)]
        weights |= {name: 1.0 / len(levels) for name in levels}
    return np.array(list(weights.values()))


def _numbers(keys: Row, model: MixedModel, weights: Array, names: tuple[str, ...]) -> Iterator[Row]:
    estimate = model.linear(weights)
    yield from named(keys, {name: getattr(estimate, name) for name in names})
