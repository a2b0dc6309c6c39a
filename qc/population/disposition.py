"""Recompute the disposition of patients: screening, treatment by drug, trial participation, survival."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.contract import arm_variable, as_frame, members, share
from qc.descriptive import TOTAL, column_rows, columns, count_rows
from qc.population.flow import Group, reasons

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]

RANDOMISED = {"ITTFL": "Y"}
TREATED = {**RANDOMISED, "SAFFL": "Y"}
STATUSES = ("ONGOING", "COMPLETED", "DISCONTINUED")


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the disposition table."""
    screened = output.population[0]
    keys: Row = {"dataset": "ADSL", "analysis_set": screened, "group1": arm_variable(plan, screened)}
    everyone = data.dataset("ADSL")
    adsl = members(data, plan, screened)
    randomised = adsl[adsl["ITTFL"].eq("Y")]
    who = columns(plan, randomised)
    labels = output.parameters.get("labels", {})
    rows = [
        *column_rows(plan, screened, who),
        *_screening(keys, everyone, labels),
        *_randomised(keys, randomised, who),
        *_groups(keys, randomised, who, output),
    ]
    return as_frame(output, rows)


def _screening(keys: Row, everyone: pd.DataFrame, labels: dict[str, dict[str, str]]) -> Iterator[Row]:
    """Screened patients, and those who failed by reason, as percentages of all screened."""
    total = {**keys, "group1_level": TOTAL}
    yield {**total, "analysis_id": "SCREENED", "method": "Count", "stat_name": "n", "value": float(len(everyone))}
    failed = Group("SCREEN_FAILURE", {"ITTFL": "NE Y"})
    by_reason = reasons(failed, "SCRFREAS", everyone, labels.get("SCRFREAS", ()))
    for names, inside in [(failed.keys(), failed.members(everyone)), *by_reason]:
        yield from share({**total, **names, "method": "Count and percentage"}, int(inside.sum()), len(everyone))


def _randomised(keys: Row, randomised: pd.DataFrame, who: dict[str, pd.Series]) -> Iterator[Row]:
    group = Group("RANDOMISED", RANDOMISED)
    for column, inside in who.items():
        count = float((group.members(randomised) & inside).sum())
        yield {**keys, **group.keys(), "method": "Count", "group1_level": column, "stat_name": "n", "value": count}


def _groups(keys: Row, randomised: pd.DataFrame, who: dict[str, pd.Series], output: Output) -> Iterator[Row]:
    """Treatment, trial and survival as percentages of the randomised; a blank status is a group of its own."""
    drugs = [drug["variable"] for drug in output.parameters["drugs"]]
    labels = output.parameters.get("labels", {})
    groups = [
        (Group("TREATED", TREATED), ""),
        (Group("NOT_TREATED", {**RANDOMISED, "SAFFL": "NE Y"}), ""),
        *_by_status("TREATMENT", "UNKNOWN", TREATED, "EOTSTT", "DCTREAS"),
        *(pair for drug in drugs for pair in _by_status(drug, "NEVER", TREATED, drug, "")),
        *_by_status("STUDY", "UNKNOWN", RANDOMISED, "EOSSTT", "DCSREAS"),
        (Group("DEATH", {**RANDOMISED, "DTHFL": "Y"}), ""),
    ]
    for group, reason in groups:
        yield from count_rows({**keys, **group.keys()}, group.members(randomised), who)
        for names, inside in reasons(group, reason, randomised, labels.get(reason, ())) if reason else ():
            yield from count_rows({**keys, **names}, inside, who)


def _by_status(
    name: str, blank: str, states: dict[str, str], variable: str, reason: str
) -> Iterator[tuple[Group, str]]:
    """A group for each status, that of the discontinued with the variable of the reason."""
    for status in STATUSES:
        yield Group(f"{name}_{status}", {**states, variable: status}), reason if status == "DISCONTINUED" else ""
    yield Group(f"{name}_{blank}", {**states, variable: ""}), ""
