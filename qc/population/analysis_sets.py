"""Recompute the analysis sets and the reasons for exclusion from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.contract import arm_variable, as_frame, members
from qc.descriptive import column_rows, columns, count_rows
from qc.population.flow import Group, reasons

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table: every set by randomised arm, and by treatment received where the set asks for it."""
    randomised = output.population[0]
    adsl = members(data, plan, randomised)
    who = columns(plan, adsl)
    keys: Row = {"dataset": "ADSL", "analysis_set": randomised, "group1": arm_variable(plan, randomised)}
    rows = [*column_rows(plan, randomised, who)]
    for name in output.parameters["sets"]:
        rows += _by_arm(keys, name, output, plan, adsl, who)
        if plan.study.analysis_set(name).treatment == "actual":
            rows += _as_treated(data, name, plan)
    return as_frame(output, rows)


def _by_arm(
    keys: Row, name: str, output: Output, plan: Plan, adsl: pd.DataFrame, who: dict[str, pd.Series]
) -> Iterator[Row]:
    flag = plan.study.analysis_set(name).flag
    if flag is None:
        return
    inside = Group(name, {flag: "Y"})
    yield from count_rows({**keys, **inside.keys()}, inside.members(adsl), who)
    if reason := output.parameters.get("reasons", {}).get(name):
        outside = Group(f"{name}_EXCLUDED", {flag: "NE Y"})
        for names, chosen in [(outside.keys(), outside.members(adsl)), *reasons(outside, reason, adsl)]:
            yield from count_rows({**keys, **names}, chosen, who)


def _as_treated(data: Data, name: str, plan: Plan) -> Iterator[Row]:
    """Members of a set by the treatment that they received."""
    for column, inside in columns(plan, members(data, plan, name)).items():
        yield {
            "analysis_id": f"{name}_AS_TREATED",
            "method": "Count",
            "dataset": "ADSL",
            "analysis_set": name,
            "group1": arm_variable(plan, name),
            "group1_level": column,
            "stat_name": "n",
            "value": float(inside.sum()),
        }
