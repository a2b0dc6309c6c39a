"""Recomputes the quadrants of the plot of the highest bilirubin by the highest aminotransferase (eDISH)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from qc.conditions import holds
from qc.contract import arm_variable, as_frame, members, subjects
from qc.safety.thresholds import crossed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]

QUADRANTS = {
    "HYS_LAW": ("GE", "GE"),
    "CHOLESTASIS": ("LT", "GE"),
    "TEMPLE": ("GE", "LT"),
    "NORMAL": ("LT", "LT"),
}
"""How the value on the x and on the y axis stand to their limits."""


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the figure."""
    return as_frame(output, _rows(data, output, plan))


def _rows(data: Data, output: Output, plan: Plan) -> Iterator[Row]:
    analysis_set = output.population[0]
    adsl = members(data, plan, analysis_set)
    yield from subjects(plan, analysis_set, adsl)
    everybody = adsl.set_index("USUBJID")
    axes = {axis: output.parameters[axis] for axis in ("x", "y")}
    peaks = pd.DataFrame({axis: _peak(data, output, rule) for axis, rule in axes.items()}).dropna()
    evaluable = everybody.join(peaks, how="inner")
    keys: Row = {"dataset": "ADLB", "analysis_set": analysis_set, "group1": arm_variable(plan, analysis_set)}
    for arm in plan.study.arms:
        whole, seen = (int(frame["ARM"].eq(arm.id).sum()) for frame in (everybody, evaluable))
        for analysis, count in (("EVALUABLE", seen), ("ABSENT", whole - seen)):
            row = {**keys, "analysis_id": f"EDISH.{analysis}", "method": "Count", "group1_level": arm.id}
            yield {**row, "stat_name": "n", "value": float(count)}
    limits = {axis: float(rule["limit"]) for axis, rule in axes.items()}
    for quadrant, sides in QUADRANTS.items():
        conditions = [(axis, side, limits[axis]) for axis, side in zip(axes, sides, strict=True)]
        detail = {
            "analysis_id": f"EDISH.{quadrant}",
            "variable": "X & Y",
            "variable_level": " & ".join(f"{side} {limit}" for _, side, limit in conditions),
        }
        yield from crossed(plan, {**keys, **detail}, evaluable, set(evaluable.index[holds(evaluable, conditions)]))


def _peak(data: Data, output: Output, axis: Mapping[str, Any]) -> pd.Series:
    """Highest multiple of the upper limit of normal of each patient."""
    records = data.dataset("ADLB")
    chosen = holds(records, [*output.parameters["where"], ("PARAMCD", "EQ", axis["paramcd"])])
    return records[chosen].groupby("USUBJID")["R2A1HI"].max()
