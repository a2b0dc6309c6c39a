"""F14.3.1.11 Dot plot of adverse events with risk differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.displays.event_dots import DotPlotParameters, dot_plot_display, summarise_dot_plot
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Data, Results

if TYPE_CHECKING:
    from csrbook.displays.model import Display
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Count subjects by term and compare the arms."""
    return Results(summarise_dot_plot(data, output, plan, read_parameters(output, DotPlotParameters)))


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Percentages and differences side by side."""
    return dot_plot_display(results.ard, output, plan, read_parameters(output, DotPlotParameters))
