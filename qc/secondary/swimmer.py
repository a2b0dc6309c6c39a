"""Confirmed responders and the milestones of their course: the numbers beside the swimmer plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.conditions import holds
from qc.contract import Data, arm_variable, as_frame, members, share, subjects
from qc.population.derived import with_derived

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.plan.models import Output, Plan

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a swimmer plot: who is drawn, and how many of them have each milestone."""
    (analysis_set,) = output.population
    given = output.parameters
    adsl = with_derived(data, members(data, plan, analysis_set), given["derived"])
    drawn = holds(adsl, given["where"])
    reached = {
        (milestone["variable"], milestone["label"]): adsl[milestone["variable"]].notna()
        for milestone in given["milestones"]
    }
    if "ongoing" in given:
        reached[given["ongoing"][0], given["ongoing_label"]] = holds(adsl, [given["ongoing"]])

    rows = list(subjects(plan, analysis_set, adsl))
    for arm in plan.study.arms:
        mine = adsl["ARM"].eq(arm.id)
        keys = {
            "dataset": "ADSL",
            "analysis_set": analysis_set,
            "group1": arm_variable(plan, analysis_set),
            "group1_level": arm.id,
            "method": "Count and percentage",
        }
        responders = int((mine & drawn).sum())
        variable, _, level = given["where"][0]
        row = {**keys, "analysis_id": "RESPONDERS", "variable": variable, "variable_level": level}
        rows.extend(share(row, responders, int(mine.sum())))
        for (variable, label), there in reached.items():
            row = {**keys, "analysis_id": "MILESTONE", "variable": variable, "variable_level": label}
            rows.extend(share(row, int((mine & drawn & there).sum()), responders))
    return as_frame(output, rows)
