"""T14.3.1.1 Overview of adverse events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.displays.event_overview import OverviewParameters, overview_display, summarise_events
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Data, Results

if TYPE_CHECKING:
    from csrbook.displays.model import Display
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Count subjects and events of the kinds that the plan row names."""
    return Results(summarise_events(data, output, plan, read_parameters(output, OverviewParameters)))


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Lay the overview out."""
    return overview_display(results.ard, output, plan, read_parameters(output, OverviewParameters))
