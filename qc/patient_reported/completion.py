"""Recomputes the completion of questionnaires: forms expected and received by visit."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pandas as pd

from qc.contract import Row, arm_variable, as_frame, members, share
from qc.patient_reported.records import chosen_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data

__all__ = ["recompute"]

DAYS_PER_WEEK = 7
TOTAL = "TOTAL"


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the output.

    A form is expected from a subject for whom none of the dates ``until`` is before the day of the visit, and where it
    was received. It was received if a scale of the questionnaire has a value at the visit.
    """
    chosen = output.population[0]
    adsl = members(data, plan, chosen)
    forms = _forms(adsl, chosen_records(data, output), output)
    columns = {arm.id: adsl["ARM"].eq(arm.id) for arm in plan.study.arms}
    columns[TOTAL] = pd.Series(data=True, index=adsl.index)
    keys: Row = {"analysis_set": chosen, "group1": arm_variable(plan, chosen)}
    cells = list(product(output.parameters["questionnaires"], map(float, output.parameters["visits"])))
    return as_frame(output, _rows(forms, adsl, columns, cells, keys))


def _forms(adsl: pd.DataFrame, records: pd.DataFrame, output: Output) -> pd.DataFrame:
    """One row a subject, questionnaire and visit: ``EXPECTED`` and ``RECEIVED``."""
    parameters = output.parameters
    scored = records.dropna(subset=["AVAL"])[["USUBJID", "PARCAT1", "AVISITN"]].drop_duplicates()
    visits = pd.DataFrame({"AVISITN": [float(visit) for visit in parameters["visits"]]})
    grid = adsl.merge(pd.DataFrame({"PARCAT1": list(parameters["questionnaires"])}), how="cross").merge(
        visits, how="cross"
    )
    grid = grid.merge(scored.assign(RECEIVED=True), on=["USUBJID", "PARCAT1", "AVISITN"], how="left")
    received = grid["RECEIVED"].notna()
    day = grid["RANDDT"] + DAYS_PER_WEEK * grid["AVISITN"]
    # The minimum leaves out dates that a subject does not have.
    in_trial = ~(grid[list(parameters["until"])].min(axis="columns") < day)
    return grid.assign(RECEIVED=received, EXPECTED=in_trial | received)


def _rows(
    forms: pd.DataFrame, adsl: pd.DataFrame, columns: dict[str, pd.Series], cells: list[tuple[str, float]], keys: Row
) -> Iterator[Row]:
    """Give the counts of each column of the table: the arms, and all subjects together."""
    for column, inside in columns.items():
        whole = int(inside.sum())
        head = {**keys, "group1_level": column}
        subjects = {"analysis_id": "SUBJECTS", "method": "Count", "dataset": "ADSL", "variable": "USUBJID"}
        yield {**head, **subjects, "stat_name": "N", "value": float(whole)}
        counts = forms[forms["USUBJID"].isin(adsl.loc[inside, "USUBJID"])].groupby(["PARCAT1", "AVISITN"])
        found = counts[["EXPECTED", "RECEIVED"]].sum().to_dict("index")
        for cell in cells:
            count = found.get(cell, {"EXPECTED": 0, "RECEIVED": 0})
            expected, received = int(count["EXPECTED"]), int(count["RECEIVED"])
            row = {
                **head,
                "dataset": "ADQS",
                "group2": "PARCAT1",
                "group2_level": cell[0],
                "variable": "AVISITN",
                "variable_level": f"{cell[1]:g}",
            }
            yield {**row, "analysis_id": "EXPECTED", "method": "Count", "stat_name": "n", "value": float(expected)}
            row["method"] = "Count and percentage"
            yield from share({**row, "analysis_id": "RECEIVED"}, received, expected)
            yield from share({**row, "analysis_id": "AVAILABLE"}, received, whole)
