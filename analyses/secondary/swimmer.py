"""F14.2.4.9 Swimmer plot of confirmed responders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, treatment_groups
from csrbook.displays.conditions import Condition, Selection, describe_conditions
from csrbook.displays.counts import add_counts
from csrbook.displays.derived import Derived, add_derived
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.plot import Plot
from csrbook.displays.program import Results, analysis_subjects
from csrbook.displays.tumour_plots import SwimmerParameters, swimmer_panels

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class ResponderParameters(SwimmerParameters):
    """What the plan row says: further variables, and who is shown."""

    derived: tuple[Derived, ...] = ()
    where: tuple[Condition, ...]


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Responders of each arm, and how many have each mark; the records are one a responder, with its dates."""
    chosen = read_parameters(output, ResponderParameters)
    analysis_set = output.population[0]
    everybody = add_derived(data, analysis_subjects(data, plan, analysis_set), chosen.derived)
    subjects = everybody[Selection(everybody, "ADSL")(chosen.where)].reset_index(drop=True)
    groups = treatment_groups(plan, analysis_set, total=False)
    codes = groups.codes(subjects["ARM"])
    ard = Ard(output.id, dataset="ADSL", analysis_set=analysis_set)
    everyone = groups.sizes(everybody["ARM"])
    sizes = groups.tally(codes)
    add_sizes(ard, groups, everyone)
    add_counts(ard, groups, sizes, everyone, analysis_id="RESPONDERS", **describe_conditions(chosen.where))
    for mark in chosen.milestones:
        seen = np.isfinite(subjects[mark.variable].to_numpy(dtype=float))
        own = {"variable": mark.variable, "variable_level": mark.label}
        add_counts(ard, groups, groups.tally(codes[seen]), sizes, analysis_id="MILESTONE", **own)
    going = chosen.ongoing.test(subjects[chosen.ongoing.variable])
    own = {"variable": chosen.ongoing.variable, "variable_level": chosen.ongoing_label}
    add_counts(ard, groups, groups.tally(codes[going]), sizes, analysis_id="MILESTONE", **own)
    names = dict.fromkeys(
        ["SUBJID", "ARM", chosen.start, chosen.end, *(m.variable for m in chosen.milestones), chosen.ongoing.variable]
    )
    return Results(ard, subjects[list(names)])


def display(results: Results, output: Output, plan: Plan) -> Display:
    """As many pages as the responders need."""
    chosen = read_parameters(output, ResponderParameters)
    assert results.records is not None  # noqa: S101 - analyse() returns them
    panels = swimmer_panels(results.records, plan.study.arms, chosen, plan.study.days_per_month)
    ard = results.ard
    parts = []
    for arm in plan.study.arms:
        size = ard.text("n", analysis_id="RESPONDERS", group1_level=arm.id)
        rows = ard.select(analysis_id="MILESTONE", stat_name="n", group1_level=arm.id)
        marks = ", ".join(f"{str(row['variable_level']).lower()} {row['formatted']}" for row in rows)
        parts.append(f"{arm.label}: {size} responders; {marks}.")
    alt = f"Swimmer plot of confirmed responders, a bar a patient from randomisation. {' '.join(parts)}"
    return Display(figure=Plot(panels), alt=alt)
