"""Recompute the CONSORT flow: every box's number, by arm and in total."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.contract import arm_variable, as_frame, members
from qc.descriptive import columns
from qc.population.flow import Group, reasons

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]

RANDOMISED = {"ITTFL": "Y"}
TREATED = {**RANDOMISED, "SAFFL": "Y"}


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the flow; the columns count the planned arm, whether randomised or not, and everybody."""
    screened = output.population[0]
    variable = arm_variable(plan, screened)
    keys: Row = {"dataset": "ADSL", "analysis_set": screened, "group1": variable, "method": "Count"}
    adsl = data.dataset("ADSL")
    codes = {arm.code: arm.id for arm in plan.study.arms}
    adsl = adsl.assign(
        ARM=adsl[f"{variable}N"].map(codes),
        RECEIVED=(adsl["SAFFL"].eq("Y") & adsl["TRT01AN"].eq(adsl["TRT01PN"])).map({True: "Y", False: "N"}),
    )
    who = columns(plan, adsl)
    rows = [
        *(_row({**keys, "analysis_id": "ASSESSED"}, column, inside) for column, inside in who.items()),
        *_groups(keys, output, plan, adsl, who),
        *_by_treatment_received(data, output, plan),
    ]
    return as_frame(output, rows)


def _row(keys: Row, column: str, inside: pd.Series) -> Row:
    return {**keys, "group1_level": column, "stat_name": "n", "value": float(inside.sum())}


def _groups(keys: Row, output: Output, plan: Plan, adsl: pd.DataFrame, who: dict[str, pd.Series]) -> Iterator[Row]:
    for group, reason in (*_boxes(), *_sets(output, plan)):
        counted = [(group.keys(), group.members(adsl))]
        if reason:
            counted += reasons(group, reason, adsl, output.parameters.get("labels", {}).get(reason, ()))
        for names, chosen in counted:
            yield from (_row({**keys, **names}, column, chosen & inside) for column, inside in who.items())


def _boxes() -> Iterator[tuple[Group, str]]:
    """Boxes from enrolment to follow-up, each with the variable of its reasons."""
    yield Group("EXCLUDED", {"ITTFL": "NE Y"}), "SCRFREAS"
    yield Group("RANDOMISED", RANDOMISED), ""
    yield Group("ALLOCATED", RANDOMISED), ""
    yield Group("RECEIVED", {**RANDOMISED, "RECEIVED": "Y"}), ""
    yield Group("NOT_RECEIVED", {**RANDOMISED, "RECEIVED": "N"}), ""
    yield Group("DISCONTINUED", {**TREATED, "EOTSTT": "DISCONTINUED"}), "DCTREAS"
    yield Group("ONGOING", {**TREATED, "EOTSTT": "ONGOING"}), ""
    yield Group("LOST", {**RANDOMISED, "DCSREAS": "LOST TO FOLLOW-UP"}), ""
    yield Group("WITHDREW", {**RANDOMISED, "DCSREAS": "WITHDRAWAL BY SUBJECT"}), ""
    yield Group("DIED", {**RANDOMISED, "DTHFL": "Y"}), ""


def _sets(output: Output, plan: Plan) -> Iterator[tuple[Group, str]]:
    """Sets counted by the randomised arm, and who is excluded from them where the plan names a variable of reasons."""
    for name in output.parameters["sets"]:
        chosen = plan.study.analysis_set(name)
        if chosen.flag is None or chosen.treatment == "actual":
            continue
        yield Group(name, {**RANDOMISED, chosen.flag: "Y"}), ""
        if reason := output.parameters.get("reasons", {}).get(name):
            yield Group(f"{name}_EXCLUDED", {**RANDOMISED, chosen.flag: "NE Y"}), reason


def _by_treatment_received(data: Data, output: Output, plan: Plan) -> Iterator[Row]:
    for name in output.parameters["sets"]:
        if plan.study.analysis_set(name).treatment == "actual":
            adsl = members(data, plan, name)
            keys: Row = {"analysis_id": name, "method": "Count", "dataset": "ADSL", "analysis_set": name}
            keys["group1"] = arm_variable(plan, name)
            yield from (_row(keys, column, inside) for column, inside in columns(plan, adsl).items())
