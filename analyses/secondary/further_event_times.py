"""T14.2.4.10, T14.2.5.4 Event times that no hypothesis is about, some with competing events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.estimates import page_notes
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import comparison_id
from csrbook.displays.time_to_event_blocks import EventTimeBlocks, add_event_times, event_time_rows
from csrbook.displays.time_to_event_table import arm_columns, arm_header

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Each parameter of the plan row."""
    ard = Ard(output.id, dataset="ADTTE")
    add_event_times(ard, data, plan, output.population[0], read_parameters(output, EventTimeBlocks))
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block a parameter, arms in columns."""
    chosen = read_parameters(output, EventTimeBlocks)
    ard = results.ard
    numbers = {}
    for parameter in chosen.paramcd:
        keys = {"group2_level": parameter}
        row = {**keys, "analysis_id": comparison_id(ard, "COX", **keys), "group1_level": plan.study.arm("test").id}
        numbers[f"hr_{parameter.lower()}"] = ard.text("hr", **row)
        numbers[f"ci_{parameter.lower()}"] = f"{ard.text('lower', **row)} to {ard.text('upper', **row)}"
    return Display(
        columns=arm_columns(plan, 2.0),
        header=arm_header(ard, plan, output.population[0]),
        rows=tuple(event_time_rows(ard, plan, chosen)),
        numbers=numbers,
        footnotes=page_notes(ard),
    )
