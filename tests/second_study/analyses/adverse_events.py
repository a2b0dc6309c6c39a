"""T14.3.1 Adverse events by system organ class and preferred term."""

from __future__ import annotations

from csrbook.displays.event_hierarchy import HierarchyParameters, summarise_hierarchy
from csrbook.displays.event_hierarchy_table import hierarchy_display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results


def analyse(data, output, plan):
    return Results(summarise_hierarchy(data, output, plan, read_parameters(output, HierarchyParameters)))


def display(results, output, plan):
    return hierarchy_display(results.ard, output, plan, read_parameters(output, HierarchyParameters))
