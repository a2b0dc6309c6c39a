"""Counts what a listing shows: records, and subjects with a record, of each arm and of all arms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qc.conditions import holds
from qc.contract import arm_variable, as_frame, members

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]

TOTAL = "TOTAL"


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a listing: one block, or one for each ``PARAMCD`` where the plan names some."""
    return as_frame(output, _rows(data, output, plan))


def _rows(data: Data, output: Output, plan: Plan) -> Iterator[Row]:
    analysis_set = output.population[0]
    dataset = output.parameters.get("dataset", "ADTTE")
    listed = _listed(data, output, plan, dataset)
    keys: Row = {
        "analysis_id": "LISTED",
        "method": "Count",
        "dataset": dataset,
        "analysis_set": analysis_set,
        "group1": arm_variable(plan, analysis_set),
    }
    for parameter in output.parameters.get("paramcd", [None]):
        if parameter is None:
            yield from _counts(plan, keys, listed)
            continue
        detail = {"variable": "PARAMCD", "variable_level": parameter}
        yield from _counts(plan, {**keys, **detail}, listed[listed["PARAMCD"].eq(parameter)])


def _listed(data: Data, output: Output, plan: Plan, dataset: str) -> pd.DataFrame:
    """Records of the dataset that belong to members of the set and meet the plan's conditions."""
    parameters = output.parameters
    subjects = members(data, plan, output.population[0])[["USUBJID", "ARM"]]
    records = data.dataset(dataset).merge(subjects, on="USUBJID", how="inner")
    records = records[holds(records, parameters.get("where", ()), parameters.get("any_of", ()))]
    filled = parameters.get("any_filled")
    if filled is None:
        return records
    lookups = {lookup["name"]: lookup for lookup in parameters["lookups"]}
    found = [_found(data, lookups[name]) for name in filled]
    return records[records["USUBJID"].isin(set().union(*found))]


def _found(data: Data, lookup: Mapping[str, Any]) -> set[str]:
    """Subjects for whom a lookup finds a value."""
    source = data.dataset(lookup["dataset"])
    chosen = source[holds(source, lookup.get("where", ()), lookup.get("any_of", ()))]
    return set(chosen.loc[chosen[lookup["variable"]].ne(""), "USUBJID"])


def _counts(plan: Plan, keys: Row, listed: pd.DataFrame) -> Iterator[Row]:
    arms = {arm.id: listed[listed["ARM"].eq(arm.id)] for arm in plan.study.arms}
    for level, mine in {**arms, TOTAL: listed}.items():
        row = {**keys, "group1_level": level}
        yield {**row, "stat_name": "records", "value": float(len(mine))}
        yield {**row, "stat_name": "subjects", "value": float(mine["USUBJID"].nunique())}
