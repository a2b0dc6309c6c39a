"""T14.1.4.2 Timing of tumour assessments and missed assessments, by arm and visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, arm_heading, plain_header, treatment_groups
from csrbook.displays.conditions import Condition, Selection
from csrbook.displays.counts import count_cell, not_estimable_notes
from csrbook.displays.format import NOT_ESTIMABLE
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.program import Results, analysis_subjects
from csrbook.displays.summary import variable_rows
from csrbook.displays.visit_timing import PER_SUBJECT, VisitSchedule, add_timing_by_visit, add_timing_of_subjects

if TYPE_CHECKING:
    from csrbook.displays.columns import Groups
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class AssessmentParameters(Parameters):
    """What the plan row says: the records, and the last scheduled week that has rows."""

    dataset: str = "ADRS"
    where: tuple[Condition, ...]
    scheduled: str = "SCHDT"
    last_week: int


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Assessments after baseline of each patient, and of each scheduled week."""
    chosen = read_parameters(output, AssessmentParameters)
    analysis_set = output.population[0]
    subjects = analysis_subjects(data, plan, analysis_set)
    groups = treatment_groups(plan, analysis_set)
    records = data.dataset(chosen.dataset)
    visits = records[Selection(records, chosen.dataset)(chosen.where)]
    visits = visits[visits["USUBJID"].isin(subjects["USUBJID"])]
    visits = visits.assign(OFF=visits["ADT"] - visits[chosen.scheduled])
    ard = Ard(output.id, dataset=chosen.dataset, analysis_set=analysis_set)
    add_sizes(ard, groups, groups.sizes(subjects["ARM"]))
    schedule = _schedule(plan)
    add_timing_of_subjects(ard, subjects, visits, groups, schedule)
    add_timing_by_visit(ard, subjects, visits, groups, schedule, chosen.last_week)
    return Results(ard)


def _schedule(plan: Plan) -> VisitSchedule:
    return VisitSchedule(plan.study.scan_interval_weeks, plan.study.scan_window_days)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Patients first, then a block a scheduled week."""
    ard = results.ard
    analysis_set = output.population[0]
    groups = treatment_groups(plan, analysis_set)
    columns = [(analysis_set, level) for level in groups.levels]
    rows: list[Row] = []
    heading = ""
    for variable in PER_SUBJECT:
        if variable.heading and variable.heading != heading:
            rows.append(Row(label=variable.heading, kind="group"))
        heading = variable.heading
        rows += variable_rows(ard, columns, variable)
        if variable.name == "INTERVAL":
            tests = {
                arm.id: ard.text("p", analysis_id="WILCOXON", group1_level=arm.id) for arm, _ in groups.comparisons()
            }
            rows.append(
                Row(tuple(tests.get(level, "") for level in groups.levels), "Wilcoxon p-value (two-sided)", indent=1)
            )
    weeks = dict.fromkeys(str(row["variable_level"]) for row in ard.select(analysis_id="VISIT", stat_name="n"))
    for week in weeks:
        rows += _week_rows(ard, groups, week)
    headings = [arm_heading(ard, groups, level) for level in groups.levels]
    return Display(
        columns=(Column(2.4), *(Column(1.0, "decimal") for _ in headings)),
        header=plain_header("Patients\n  Statistic", headings),
        rows=tuple(rows),
        footnotes=not_estimable_notes(ard, rows),
    )


def _week_rows(ard: Ard, groups: Groups, week: str) -> list[Row]:
    own = {"variable": "AVISITN", "variable_level": week}

    def days(level: str) -> str:
        texts = [ard.text(s, analysis_id="VISIT_DAYS", group1_level=level, **own) for s in ("median", "min", "max")]
        return NOT_ESTIMABLE if texts[0] == NOT_ESTIMABLE else f"{texts[0]} ({texts[1]}, {texts[2]})"

    seen = tuple(count_cell(ard, level, analysis_id="VISIT", **own) for level in groups.levels)
    beyond = tuple(count_cell(ard, level, analysis_id="VISIT_OFF", **own) for level in groups.levels)
    return [
        Row(label=f"Week {week}", kind="group"),
        Row(seen, "Assessed, n", indent=1),
        Row(tuple(days(level) for level in groups.levels), "Days off schedule, median (min, max)", indent=1),
        Row(beyond, "Outside the window, n (% of assessed)", indent=1),
    ]
