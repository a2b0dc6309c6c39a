"""Recomputes vital signs by visit, their last value on treatment, shifts and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qc.conditions import holds
from qc.contract import arm_variable, as_frame, members, subjects
from qc.descriptive import as_text, columns, count_rows, describe_rows, levels, missing_rows
from qc.safety.laboratory import shifts
from qc.safety.thresholds import block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]

LAST = "LAST"


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table."""
    return as_frame(output, _rows(data, output, plan))


def _rows(data: Data, output: Output, plan: Plan) -> Iterator[Row]:
    parameters = output.parameters
    analysis_set = output.population[0]
    adsl = members(data, plan, analysis_set)
    yield from subjects(plan, analysis_set, adsl)
    records = data.dataset(parameters["dataset"]).merge(adsl[["USUBJID", "ARM"]], on="USUBJID")
    for measure in parameters["parameters"]:
        mine = records[records["PARAMCD"].eq(measure["paramcd"])]
        keys: Row = {
            "analysis_id": f"VISIT.{measure['paramcd']}",
            "dataset": parameters["dataset"],
            "analysis_set": analysis_set,
            "group1": arm_variable(plan, analysis_set),
            "group2": "AVISITN",
        }
        for visit, chosen in _visits(mine, parameters).items():
            yield from _visit(plan, {**keys, "group2_level": visit}, chosen, measure)
    yield from shifts(data, output, plan, parameters["shift_levels"])
    for rule in parameters["thresholds"]:
        yield from block(data, output, plan, rule)


def _visits(mine: pd.DataFrame, parameters: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Values at each visit of the plan, and each patient's last on treatment."""
    mine = mine.dropna(subset=["AVAL"])
    analysed = mine[holds(mine, parameters["where"])]
    visits = {visit: analysed[analysed["AVISITN"].eq(float(visit))] for visit in parameters["visits"]}
    treated = mine[holds(mine, parameters["on_treatment"])]
    return {**visits, LAST: treated.sort_values(["USUBJID", "ADT", "ASEQ"]).groupby("USUBJID").tail(1)}


def _visit(plan: Plan, keys: Row, chosen: pd.DataFrame, measure: Mapping[str, Any]) -> Iterator[Row]:
    """Counts by level, or statistics of the value and of its change; a row of its own for missing changes."""
    who = columns(plan, chosen, total=False)
    if measure.get("type") == "categorical":
        text = as_text(chosen["AVAL"])
        for level in levels(chosen["AVAL"], measure["levels"]):
            yield from count_rows({**keys, "variable": "AVAL", "variable_level": level}, text.eq(level), who)
        return
    for variable in ("AVAL", "CHG"):
        yield from describe_rows({**keys, "variable": variable}, chosen[variable], who)
    if chosen["CHG"].isna().any():
        yield from missing_rows({**keys, "variable": "CHG"}, chosen["CHG"], who)
