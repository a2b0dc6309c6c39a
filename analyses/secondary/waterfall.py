"""F14.2.4.7 Waterfall plot of the best change in the sum of diameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyses.secondary.tumour_changes import best_changes, changes, panel_title, summary
from csrbook.displays.estimates import page_notes
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.plot import Plot
from csrbook.displays.tumour_plots import TumourChangeParameters, waterfall_panel

if TYPE_CHECKING:
    from csrbook.displays.program import Results
    from csrbook.plan.models import Output, Plan

analyse = changes


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A panel an arm."""
    chosen = read_parameters(output, TumourChangeParameters)
    assert results.records is not None  # noqa: S101 - changes() returns them
    best = best_changes(results.records)
    panels = tuple(waterfall_panel(best, arm, chosen, panel_title(results.ard, arm)) for arm in plan.study.arms)
    alt = f"Waterfall plot of the best change in the sum of diameters. {summary(results.ard, plan)}"
    return Display(figure=Plot(panels, 2 if len(panels) > 1 else 1, 1 + (len(panels) > 2)), alt=alt,
                   footnotes=page_notes(results.ard))  # fmt: skip
