"""Recompute the intercurrent events: how many patients have each, and the Kaplan–Meier time to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from qc.conditions import holds
from qc.contract import arm_variable, as_frame, members, named, subjects
from qc.descriptive import columns, count_rows
from qc.population.derived import with_derived
from qc.survival import Limits, ProductLimit

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table."""
    analysis_set = output.population[0]
    parameters = output.parameters
    adsl = with_derived(data, members(data, plan, analysis_set), parameters.get("derived", ()))
    keys: Row = {"dataset": "ADSL", "analysis_set": analysis_set, "group1": arm_variable(plan, analysis_set)}
    rows = [*subjects(plan, analysis_set, adsl)]
    for event in parameters["events"]:
        happened = holds(adsl, event.get("where", ()), event.get("any_of", ()))
        row = {**keys, "analysis_id": "ICE", "variable": "ICE", "variable_level": event["id"]}
        rows += count_rows(row, happened, columns(plan, adsl, total=False))
        if "date" in event:
            rows += _times(keys, event, happened, adsl, plan, parameters)
    return as_frame(output, rows)


def _times(
    keys: Row, event: dict[str, Any], happened: pd.Series, adsl: pd.DataFrame, plan: Plan, parameters: dict[str, Any]
) -> Iterator[Row]:
    """Percentage with the event by a month, 1 − Kaplan–Meier, censored at the end of observation."""
    date = adsl[event["date"]].where(happened, adsl[parameters["end"]])
    months = (date - adsl["RANDDT"] + 1.0) / plan.study.days_per_month
    for arm in plan.study.arms:
        mine = adsl["ARM"].eq(arm.id) & months.notna()
        curve = _curve(months[mine], happened[mine], plan.study.confidence)
        for month in parameters["landmarks_months"]:
            free = curve.at(float(month)) if curve else Limits(math.nan, math.nan, math.nan)
            row: Row = {
                **keys,
                "analysis_id": f"TIME.{event['id']}",
                "method": "1 - Kaplan-Meier, log-log",
                "group1_level": arm.id,
                "variable": "MONTH",
                "variable_level": f"{month:g}",
            }
            numbers = {"estimate": 1.0 - free.estimate, "lower": 1.0 - free.upper, "upper": 1.0 - free.lower}
            yield from named(row, {name: 100.0 * value for name, value in numbers.items()})


def _curve(months: pd.Series, happened: pd.Series, confidence: float) -> ProductLimit | None:
    """Kaplan–Meier curve of the time to the event; none where nobody has a time."""
    return None if months.empty else ProductLimit(months.to_numpy(float), happened.to_numpy(bool), confidence)
