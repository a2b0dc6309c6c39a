"""T14.3.1.9 Time to the first adverse event of a kind with competing events: incidence and comparison of arms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.competing_risks import (
    CompetingRiskParameters,
    add_competing_risks,
    competing_causes,
    competing_risk_rows,
)
from csrbook.displays.estimates import add_warnings, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results
from csrbook.displays.time_to_event_table import arm_columns, arm_header

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Each parameter with its competing events."""
    chosen = read_parameters(output, CompetingRiskParameters)
    source = EventTimesSource(data, plan)
    ard = Ard(output.id, dataset="ADTTE")
    for name in chosen.paramcd:
        times = source.select(output.population[0], name, None if chosen.stratified else ())
        add_warnings(ard, times.warnings, **times.keys)
        add_competing_risks(ard, times, competing_causes(data, times), chosen, plan.study.confidence)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block a parameter, arms in columns."""
    chosen = read_parameters(output, CompetingRiskParameters)
    rows: list[Row] = []
    for name, label in chosen.paramcd.items():
        rows.append(Row(label=label, kind="group"))
        rows += competing_risk_rows(results.ard, plan, chosen.landmarks_months, chosen.labels, group2_level=name)
    return Display(
        columns=arm_columns(plan),
        header=arm_header(results.ard, plan, output.population[0]),
        rows=tuple(rows),
        footnotes=page_notes(results.ard),
    )
