"""T14.2.1.9 Events and reasons for censoring, the analysis sets side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.columns import arm_heading, treatment_groups
from csrbook.displays.estimates import add_count, add_warnings, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Cell, Column, Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import add_events
from csrbook.displays.time_to_event_table import event_rows

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class ReasonParameters(Digits):
    """What the plan row says: the parameter of each analysis set, and the labels of events and reasons."""

    paramcd: dict[str, str]
    labels: dict[str, str]


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Events by kind and censored patients by reason, in each set."""
    chosen = read_parameters(output, ReasonParameters)
    source = EventTimesSource(data, plan)
    ard = Ard(output.id, dataset="ADTTE")
    for analysis_set in output.population:
        times = source.select(analysis_set, chosen.paramcd[analysis_set])
        add_warnings(ard, times.warnings, **times.keys)
        add_events(ard, times, chosen)
    _add_absent_reasons(ard, output, plan, chosen)
    return Results(ard)


def _add_absent_reasons(ard: Ard, output: Output, plan: Plan, chosen: ReasonParameters) -> None:
    """Nobody, for a reason that occurs in another set alone."""
    for analysis in ("EVENTS", "CENSORED"):
        every = dict.fromkeys(
            str(row["variable_level"]) for row in ard.select(analysis_id=analysis, stat_name="n", variable="EVNTDESC")
        )
        for analysis_set in output.population:
            own = {"analysis_id": analysis, "analysis_set": analysis_set}
            found = {row["variable_level"] for row in ard.select(stat_name="n", variable="EVNTDESC", **own)}
            whole = ard.select(stat_name="n", variable="", **own)
            for arm, row in zip(plan.study.arms, whole, strict=True):
                size = ard.value("N", analysis_id="SUBJECTS", analysis_set=analysis_set, group1_level=arm.id)
                for reason in (level for level in every if level not in found):
                    keys = {name: str(row[name]) for name in ("method", "group1", "group2", "group2_level")}
                    keys |= {**own, "group1_level": arm.id, "variable": "EVNTDESC", "variable_level": reason}
                    add_count(ard, 0, int(size), chosen.digits_percent, **keys)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block of columns a set."""
    chosen = read_parameters(output, ReasonParameters)
    ard = results.ard
    width = len(plan.study.arms)
    groups = [(name, treatment_groups(plan, name, total=False)) for name in output.population]
    spanners = [Cell(plan.study.analysis_set(name).label, colspan=width, rule=True) for name, _ in groups]
    heads = [Cell(arm_heading(ard, g, level, analysis_set=name)) for name, g in groups for level in g.levels]
    return Display(
        columns=(Column(2.6), *(Column(1.0, "decimal") for _ in heads)),
        header=((Cell(""), *spanners), (Cell("Status, n (%)", align="left"), *heads)),
        rows=tuple(event_rows(ard, plan, chosen.labels, "", sets=output.population)),
        footnotes=page_notes(ard),
    )
