"""Best percentage change of the sum of diameters: the numbers beside the waterfall and the spider plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.conditions import holds
from qc.contract import Data, arm_variable, as_frame, members, named, share, subjects
from qc.descriptive import describe

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.plan.models import Output, Plan

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a plot of changes: patients measured, best change, and how many reach no growth and a response."""
    (analysis_set,) = output.population
    adsl = members(data, plan, analysis_set)
    adtr = data.dataset("ADTR")
    measured = adtr[holds(adtr, output.parameters["where"])]
    best = adsl["USUBJID"].map(measured.groupby("USUBJID")["PCHG"].min())
    falls = [0.0, *(float(name) for name in output.parameters["thresholds"] if float(name) < 0.0)]

    rows = list(subjects(plan, analysis_set, adsl))
    for arm in plan.study.arms:
        mine = best[adsl["ARM"].eq(arm.id)]
        known = mine.dropna()
        keys = {
            "dataset": "ADTR",
            "analysis_set": analysis_set,
            "group1": arm_variable(plan, analysis_set),
            "group1_level": arm.id,
        }
        rows.extend(share({**keys, "analysis_id": "MEASURED", "method": "Count"}, len(known), len(mine)))
        summary = describe(known)
        row = {**keys, "analysis_id": "BEST_CHANGE", "method": "Descriptive statistics"}
        rows.extend(named(row, {name: summary[name] for name in ("median", "min", "max")}))
        for limit in falls:
            row = {**keys, "analysis_id": "AT_MOST", "method": "Count and percentage", "variable": "BEST"}
            rows.extend(share({**row, "variable_level": f"{limit:g}"}, int(known.le(limit).sum()), len(known)))
    return as_frame(output, rows)
