"""Recomputes shifts from baseline to the worst value on treatment, as laboratory tables and others show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from qc.conditions import holds
from qc.contract import MISSING, arm_variable, as_frame, members, share, subjects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute", "shifts"]

ALL = "ALL"


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a table of shifts."""
    return as_frame(output, _rows(data, output, plan))


def _rows(data: Data, output: Output, plan: Plan) -> Iterator[Row]:
    adsl = members(data, plan, output.population[0])
    yield from subjects(plan, output.population[0], adsl)
    yield from shifts(data, output, plan, output.parameters)


def shifts(data: Data, output: Output, plan: Plan, rule: Mapping[str, Any]) -> Iterator[Row]:
    """Numbers of each shift that the plan's row names: baseline level by worst level, in percent of the arm.

    Parameters
    ----------
    data, output, plan : Data, Output, Plan
        As of ``recompute``; the shifts are ``output.parameters["shifts"]``.
    rule : dict
        ``dataset``, ``levels``, and the conditions ``baseline`` and ``on_treatment``.
    """
    analysis_set = output.population[0]
    adsl = members(data, plan, analysis_set).set_index("USUBJID")
    records = data.dataset(rule["dataset"])
    before = records[holds(records, rule["baseline"])]
    after = records[holds(records, rule["on_treatment"])]
    levels = [str(level) for level in rule["levels"]]
    for shift in output.parameters["shifts"]:
        crossed = pd.DataFrame(
            {"ARM": adsl["ARM"], "BASE": _worst(before, shift, levels), "WORST": _worst(after, shift, levels)},
            index=adsl.index,
        ).fillna(MISSING.upper())
        keys: Row = {
            "analysis_id": f"SHIFT.{shift['id']}",
            "method": "Count and percentage",
            "dataset": rule["dataset"],
            "analysis_set": analysis_set,
            "group1": arm_variable(plan, analysis_set),
            "group2": "WORST",
            "variable": shift["variable"],
        }
        for arm in plan.study.arms:
            mine = crossed[crossed["ARM"].eq(arm.id)]
            yield from _cells({**keys, "group1_level": arm.id}, mine, [*levels, MISSING.upper()])


def _worst(records: pd.DataFrame, shift: Mapping[str, Any], levels: list[str]) -> pd.Series:
    """Highest level of each subject among the levels that the plan names; none for a subject without one."""
    mine = records[records["PARAMCD"].eq(shift["paramcd"])]
    value = pd.to_numeric(mine[shift["variable"]], errors="coerce")
    graded = value[value.map("{:g}".format, na_action="ignore").isin(levels)]
    highest: pd.Series = graded.groupby(mine["USUBJID"]).max().map("{:g}".format)
    return highest


def _cells(keys: Row, mine: pd.DataFrame, levels: list[str]) -> Iterator[Row]:
    """Each pair of levels, and the margins."""
    cells = pd.crosstab(mine["BASE"], mine["WORST"]).reindex(index=levels, columns=levels, fill_value=0)
    cells.loc[ALL] = cells.sum()
    cells[ALL] = cells.sum(axis="columns")
    for base, row in cells.iterrows():
        for worst, count in row.items():
            yield from share({**keys, "variable_level": base, "group2_level": worst}, int(count), len(mine))
