"""T14.1.1 Demographic characteristics."""

from __future__ import annotations

from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results
from csrbook.displays.summary import SummaryParameters, summarise_sets, summary_display


def analyse(data, output, plan):
    return Results(summarise_sets(data, output, plan, read_parameters(output, SummaryParameters)))


def display(results, output, plan):
    return summary_display(results.ard, output, plan, read_parameters(output, SummaryParameters))
