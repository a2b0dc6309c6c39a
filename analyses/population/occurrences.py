"""Patients with adverse events, deviations, therapies, medical history and medication, by category and term."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from csrbook.ard import Ard
from csrbook.displays.event_hierarchy import HierarchyParameters, add_hierarchy
from csrbook.displays.event_hierarchy_table import hierarchies_display
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.program import Results

if TYPE_CHECKING:
    from csrbook.displays.model import Display
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class OccurrenceParameters(Parameters):
    """What the plan row says: one hierarchy of occurrences or several below each other."""

    hierarchies: tuple[HierarchyParameters, ...] = Field(min_length=1)


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Count patients by term, each once a term."""
    analysis_set = output.population[0]
    ard = Ard(output.id, analysis_set=analysis_set)
    for hierarchy in read_parameters(output, OccurrenceParameters).hierarchies:
        add_hierarchy(ard, data, plan, analysis_set, hierarchy)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """One hierarchy below the other."""
    return hierarchies_display(results.ard, output, plan, read_parameters(output, OccurrenceParameters).hierarchies)
