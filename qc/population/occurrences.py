"""Recompute patients with records by class and term: deviations, therapies, history, medication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csrbook.errors import PlanError
from qc.conditions import holds
from qc.contract import arm_variable, as_frame, members
from qc.descriptive import column_rows, columns, count_rows, levels

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]

NOT_CODED = "NOT CODED"
"""Level of a class or term that is blank."""


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table, for each of its hierarchies."""
    analysis_set = output.population[0]
    adsl = members(data, plan, analysis_set)
    hierarchies = output.parameters["hierarchies"]
    who = columns(plan, adsl, total=any(hierarchy.get("total") for hierarchy in hierarchies))
    rows = [*column_rows(plan, analysis_set, who)]
    for hierarchy in hierarchies:
        keys: Row = {
            "dataset": hierarchy["dataset"],
            "analysis_set": analysis_set,
            "group1": arm_variable(plan, analysis_set),
        }
        rows += _hierarchy(keys, hierarchy, data, adsl, who)
    return as_frame(output, rows)


def _hierarchy(
    keys: Row, hierarchy: dict[str, Any], data: Data, adsl: pd.DataFrame, who: dict[str, pd.Series]
) -> Iterator[Row]:
    """Patients with any record, with each class, and with each term of it; a patient counts once a row."""
    records = data.dataset(hierarchy["dataset"])
    records = records[holds(records, hierarchy["where"]) & records["USUBJID"].isin(adsl["USUBJID"])]
    prefix = f"{hierarchy['id']}." if "id" in hierarchy else ""
    for band in hierarchy["bands"]:
        if set(band) - {"id", "label"}:
            raise PlanError(f"the band {band['id']} selects records, which this program does not", "sap/outputs.yaml")
        overall: Row = {"analysis_id": f"{prefix}OVERALL.{band['id']}", "variable": "USUBJID"}
        yield from count_rows({**keys, **overall}, adsl["USUBJID"].isin(records["USUBJID"]), who)
        for names, chosen in _terms(records, hierarchy["hierarchy"]):
            row = {**keys, **names, "analysis_id": f"{prefix}{names['variable']}.{band['id']}"}
            yield from count_rows(row, adsl["USUBJID"].isin(chosen["USUBJID"]), who)


def _terms(
    records: pd.DataFrame, variables: list[str], parent: Row | None = None
) -> Iterator[tuple[Row, pd.DataFrame]]:
    """Each level of the first variable with its records, followed by the levels of the next within it."""
    variable, *rest = variables
    term = records[variable].replace("", NOT_CODED)
    for level in levels(term):
        inside = records[term.eq(level)]
        yield {**(parent or {}), "variable": variable, "variable_level": level}, inside
        if rest:
            yield from _terms(inside, rest, {"group2": variable, "group2_level": level})
