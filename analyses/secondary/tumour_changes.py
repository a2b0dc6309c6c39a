"""What waterfall and spider plot share: changes of the sum of diameters of the patients of a set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, treatment_groups
from csrbook.displays.conditions import Selection
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results, analysis_subjects
from csrbook.displays.tumour_plots import TumourChangeParameters, add_changes_of_size

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.displays.program import Data
    from csrbook.plan.models import Arm, Output, Plan

__all__ = ["best_changes", "changes", "panel_title", "summary"]


def changes(data: Data, output: Output, plan: Plan) -> Results:
    """Numbers of the best changes; the records are every change with its month, arm and best response."""
    chosen = read_parameters(output, TumourChangeParameters)
    analysis_set = output.population[0]
    subjects = analysis_subjects(data, plan, analysis_set)
    groups = treatment_groups(plan, analysis_set, total=False)
    adtr = data.dataset("ADTR")
    adtr = adtr[Selection(adtr, "ADTR")(chosen.where)]
    adrs = data.dataset("ADRS", ["USUBJID", "PARAMCD", "EVAL", "AVALC"])
    adrs = adrs[(adrs["PARAMCD"] == chosen.response) & (adrs["EVAL"] == chosen.evaluator)]
    own = subjects.set_index("USUBJID")
    records = adtr[adtr["USUBJID"].isin(own.index) & adtr[chosen.value].notna()][["USUBJID", "ADT", chosen.value]]
    records = records.rename(columns={chosen.value: "CHANGE"}).reset_index(drop=True)
    records["ARM"] = records["USUBJID"].map(own["ARM"])
    records["MONTH"] = (records["ADT"] - records["USUBJID"].map(own["RANDDT"]) + 1.0) / plan.study.days_per_month
    records["RESPONSE"] = records["USUBJID"].map(adrs.set_index("USUBJID")["AVALC"]).fillna("")
    ard = Ard(output.id, dataset="ADTR", analysis_set=analysis_set)
    sizes = groups.sizes(subjects["ARM"])
    add_sizes(ard, groups, sizes)
    limits = [float(value) for value in chosen.thresholds if float(value) < 0]
    add_changes_of_size(ard, best_changes(records), groups, sizes.tolist(), [0.0, *limits])
    return Results(ard, records)


def best_changes(records: pd.DataFrame) -> pd.DataFrame:
    """The smallest change of each patient."""
    best = records.groupby("USUBJID", sort=True).agg(
        BEST=("CHANGE", "min"), ARM=("ARM", "first"), RESPONSE=("RESPONSE", "first")
    )
    return best.reset_index()


def panel_title(ard: Ard, arm: Arm) -> str:
    """The arm, and how many of its patients are shown."""
    shown = ard.text("n", analysis_id="MEASURED", group1_level=arm.id)
    return f"{arm.label} ({shown} of {ard.text('N', analysis_id='SUBJECTS', group1_level=arm.id)} patients)"


def summary(ard: Ard, plan: Plan) -> str:
    """What the figure shows in a sentence an arm."""
    parts = []
    for arm in plan.study.arms:
        own = {"group1_level": arm.id}
        median = ard.text("median", analysis_id="BEST_CHANGE", **own)
        limits = dict.fromkeys(
            str(row["variable_level"]) for row in ard.select(analysis_id="AT_MOST", stat_name="n", **own)
        )
        counts = ", ".join(
            f"{ard.text('n', analysis_id='AT_MOST', variable_level=limit, **own)} at most {limit}%" for limit in limits
        )
        parts.append(f"{panel_title(ard, arm)}: median best change {median}%; {counts}.")
    return " ".join(parts)
