"""F14.2.6.4 Kaplan–Meier curves by key biomarker and arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyses.biomarker.marker_effects import biomarkers
from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes
from csrbook.displays.estimates import add_warnings, estimate_interval, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.marker_curves import (
    MarkerCurveParameters,
    add_marker_curves,
    curve_keys,
    curve_name,
    marker_curve_panel,
)
from csrbook.displays.marker_levels import MARKER_VARIABLES, absent_markers, marker_levels
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.plot import Plot
from csrbook.displays.program import Results
from csrbook.errors import PlanError

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Biomarker, Output, Plan


def key_markers(output: Output, plan: Plan, names: tuple[str, ...]) -> list[Biomarker]:
    """Markers of the plan by their ids, or an error that names the one that does not exist."""
    known = {marker.id: marker for marker in biomarkers(output, plan).markers}
    for name in names:
        if name not in known:
            raise PlanError(
                f"there is no marker {name}",
                f"sap/outputs.yaml, output {output.id}, field parameters.markers",
                f"name one of {', '.join(known)}",
            )
    return [known[name] for name in names]


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Curves of each level and arm."""
    chosen = read_parameters(output, MarkerCurveParameters)
    markers = key_markers(output, plan, chosen.markers)
    analysis_set = output.population[0]
    times = EventTimesSource(data, plan).select(analysis_set, chosen.paramcd, strata=())
    ard = Ard(output.id, dataset="ADTTE")
    add_sizes(ard, times.groups, times.subjects, analysis_set=analysis_set)
    records = data.dataset("ADBM", list(MARKER_VARIABLES))
    add_warnings(ard, [*times.warnings, *absent_markers(records, markers)], **times.keys)
    levels = marker_levels(records, markers, times.subject)
    for marker in markers:
        add_marker_curves(ard, times, levels, marker, chosen, plan.study.confidence)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A page a marker."""
    chosen = read_parameters(output, MarkerCurveParameters)
    ard = results.ard
    markers = key_markers(output, plan, chosen.markers)
    panels = [marker_curve_panel(ard, plan, m, chosen, "Time from randomisation (months)") for m in markers]
    parts = [f"Kaplan–Meier curves of {chosen.name.lower()} by biomarker and arm; median months with limits."]
    for marker in markers:
        medians = [
            f"{curve_name(level, arm)} "
            + estimate_interval(ard, analysis_id="KM_MEDIAN", group1_level=arm.id, **curve_keys(marker, level))
            for level in (marker.positive, marker.negative)
            for arm in plan.study.arms
        ]
        parts.append(f"{marker.label}: {'; '.join(medians)}.")
    return Display(figure=Plot(tuple(panels)), alt=" ".join(parts), footnotes=page_notes(ard))
