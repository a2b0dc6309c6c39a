"""T14.3.2.1 Deaths: cause, time since the first and the last dose, and fatal adverse events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from analyses.population.conditions import equals
from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, arm_heading, plain_header, treatment_groups
from csrbook.displays.conditions import Condition
from csrbook.displays.counts import not_estimable_notes
from csrbook.displays.event_hierarchy import HierarchyParameters, add_hierarchy
from csrbook.displays.event_hierarchy_table import hierarchies_display
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.parameters import Labels, Parameters, read_parameters
from csrbook.displays.program import Results, analysis_subjects
from csrbook.displays.subject_lines import Line, add_lines, line_numbers, line_rows
from csrbook.displays.summary import Variable, add_summary, variable_rows

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan

SINCE = Variable(name="SINCE", label="From the last dose to death (days)", type="continuous")


class DeathParameters(Parameters):
    """What the plan row says."""

    cause: str = "DTHCAUS"
    labels: Labels = Field(default_factory=dict)
    early_days: tuple[int, ...] = (30, 60)
    """Deaths within so many days of the first dose are counted."""
    fatal: HierarchyParameters
    """Adverse events that led to death; one band, with a column for all patients."""


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Count deaths by cause and period; describe the times; count fatal events."""
    chosen = read_parameters(output, DeathParameters)
    analysis_set = output.population[0]
    subjects = analysis_subjects(data, plan, analysis_set)
    subjects["TREATED"] = subjects["DTHDT"] - subjects["TRTSDT"] + 1.0
    subjects["SINCE"] = subjects["DTHDT"] - subjects["TRTEDT"]
    late = subjects["SINCE"] > plan.study.treatment_emergent_days
    subjects["PERIOD"] = np.where(subjects["SINCE"].isna(), "UNKNOWN", np.where(late, "LATER", "ON_TREATMENT"))
    groups = treatment_groups(plan, analysis_set)
    ard = Ard(output.id, dataset="ADSL", analysis_set=analysis_set)
    add_sizes(ard, groups, groups.sizes(subjects["ARM"]))
    add_lines(ard, subjects, groups, death_lines(chosen, plan), chosen.labels)
    died = subjects[subjects["DTHFL"] == "Y"].reset_index(drop=True)
    add_summary(ard, died, groups, (SINCE,))
    add_hierarchy(ard, data, plan, analysis_set, chosen.fatal)
    return Results(ard)


def death_lines(chosen: DeathParameters, plan: Plan) -> list[Line]:
    """The rows: deaths up to the end of the treatment-emergent period, after it, and of unknown time add up to all."""
    days = plan.study.treatment_emergent_days
    died = equals(DTHFL="Y")
    every = Line("ANALYSED", "Patients analysed")

    def period(name: str, label: str, *, optional: bool = False) -> Line:
        return Line(name, label, (*died, *equals(PERIOD=name)), every.id, chosen.cause, optional=optional)

    def early(limit: int) -> Line:
        soon = Condition(variable="TREATED", comparator="LE", value=limit)
        return Line(f"EARLY_{limit}", f"Within {limit} days of the first dose", (*died, soon), every.id)

    return [
        every,
        Line("DIED", "Died by the data cut-off", died, every.id, chosen.cause),
        period("ON_TREATMENT", f"Up to {days} days after the last dose"),
        period("LATER", f"More than {days} days after the last dose"),
        period("UNKNOWN", "Date of death or of the last dose not known", optional=True),
        *(early(limit) for limit in chosen.early_days),
    ]


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Counts, times, fatal events."""
    chosen = read_parameters(output, DeathParameters)
    ard = results.ard
    analysis_set = output.population[0]
    groups = treatment_groups(plan, analysis_set)
    lines = death_lines(chosen, plan)
    columns = [(analysis_set, level) for level in groups.levels]
    rows = line_rows(ard, groups, lines, chosen.labels)
    rows += variable_rows(ard, columns, SINCE)
    rows += [Row(kind="blank"), *hierarchies_display(ard, output, plan, (chosen.fatal,)).rows]
    headings = [arm_heading(ard, groups, level) for level in groups.levels]
    return Display(
        columns=(Column(2.6), *(Column(1.0, "decimal") for _ in headings)),
        header=plain_header("Deaths", headings),
        rows=tuple(rows),
        numbers=line_numbers(ard, groups, lines),
        footnotes=not_estimable_notes(ard, rows),
    )
