"""T14.3.1.2 Treatment-emergent adverse events by system organ class, preferred term and maximum grade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.displays.event_hierarchy import HierarchyParameters, summarise_hierarchy
from csrbook.displays.event_hierarchy_table import hierarchy_display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Data, Results

if TYPE_CHECKING:
    from csrbook.displays.model import Display
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Count subjects by term and worst grade."""
    return Results(summarise_hierarchy(data, output, plan, read_parameters(output, HierarchyParameters)))


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Lay the hierarchy out."""
    return hierarchy_display(results.ard, output, plan, read_parameters(output, HierarchyParameters))
