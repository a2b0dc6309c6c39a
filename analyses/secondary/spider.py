"""F14.2.4.8 Spider plot of the change in the sum of diameters over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyses.secondary.tumour_changes import changes, panel_title, summary
from csrbook.displays.estimates import page_notes
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.plot import Plot
from csrbook.displays.tumour_plots import TumourChangeParameters, spider_panel

if TYPE_CHECKING:
    from csrbook.displays.program import Results
    from csrbook.plan.models import Output, Plan

analyse = changes


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A panel an arm, on the same axes."""
    chosen = read_parameters(output, TumourChangeParameters)
    records = results.records
    assert records is not None  # noqa: S101 - changes() returns them
    last = float(records["MONTH"].max()) if len(records) else 1.0
    panels = tuple(
        spider_panel(records, arm, series, chosen, last, panel_title(results.ard, arm))
        for series, arm in enumerate(plan.study.arms)
    )
    alt = f"Spider plot of the change in the sum of diameters over time, a line a patient. {summary(results.ard, plan)}"
    return Display(figure=Plot(panels, 2 if len(panels) > 1 else 1, 1 + (len(panels) > 2)), alt=alt,
                   footnotes=page_notes(results.ard))  # fmt: skip
