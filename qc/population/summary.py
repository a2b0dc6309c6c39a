"""Recompute a table of descriptive statistics and counts of the variables that the plan lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qc.contract import arm_variable, as_frame, members
from qc.descriptive import as_text, column_rows, columns, count_rows, describe, describe_rows, levels, missing_rows
from qc.population.derived import with_derived

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute", "variable_rows"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a summary table, one block of columns for each analysis set."""
    parameters = output.parameters
    whole = with_derived(data, data.dataset("ADSL"), parameters.get("derived", ()))
    frames = {name: _members(data, plan, name, whole) for name in output.population}
    rows: list[Row] = []
    for name, adsl in frames.items():
        who = columns(plan, adsl, total=parameters.get("total", True))
        rows += column_rows(plan, name, who)
        keys: Row = {"dataset": "ADSL", "analysis_set": name, "group1": arm_variable(plan, name)}
        for variable in parameters["variables"]:
            everybody = whole[whole["USUBJID"].isin({who for frame in frames.values() for who in frame["USUBJID"]})]
            rows += variable_rows(keys, variable, adsl, who, everybody[variable["name"]])
    return as_frame(output, rows)


def _members(data: Data, plan: Plan, analysis_set: str, whole: pd.DataFrame) -> pd.DataFrame:
    arms = members(data, plan, analysis_set)[["USUBJID", "ARM"]]
    return whole.merge(arms, on="USUBJID", how="inner", validate="one_to_one")


def variable_rows(
    keys: Row, variable: Mapping[str, Any], adsl: pd.DataFrame, who: Mapping[str, pd.Series], shown: pd.Series
) -> Iterator[Row]:
    """Rows of one variable by its type; ``shown`` has its values in all sets of the table, which decide on the rows."""
    values = adsl[variable["name"]]
    row = {"analysis_id": "SUMMARY", **keys, "variable": variable["name"]}
    kind = variable["type"]
    if kind == "flag":
        yield from count_rows({**row, "variable_level": "Y"}, values.eq("Y"), who)
        return
    if kind == "continuous":
        yield from describe_rows(row, values, who)
    elif kind == "date":
        yield from describe_rows({**row, "method": "Range"}, values, who, _range)
    else:
        for level in _levels(variable, shown):
            yield from count_rows({**row, "variable_level": level}, as_text(values).eq(level), who)
    if as_text(shown).eq("").any():
        yield from missing_rows(row, values, who)


def _levels(variable: Mapping[str, Any], shown: pd.Series) -> list[str]:
    return levels(shown, variable.get("levels", ()))


def _range(values: Any) -> dict[str, float]:
    """Number of known dates, the first and the last."""
    statistics = describe(values)
    return {name: statistics[name] for name in ("n", "min", "max")}
