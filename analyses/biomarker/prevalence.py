"""T14.2.6.1 Prevalence of the biomarkers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyses.biomarker.marker_effects import biomarkers
from csrbook.ard import Ard
from csrbook.displays.columns import arm_heading, plain_header, treatment_groups
from csrbook.displays.counts import not_estimable_notes
from csrbook.displays.estimates import add_warnings
from csrbook.displays.marker_levels import MARKER_VARIABLES, absent_markers, marker_levels
from csrbook.displays.marker_prevalence import PrevalenceParameters, add_prevalence, prevalence_rows
from csrbook.displays.model import Column, Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results, analysis_subjects

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Each marker of the plan at its visit and in its specimen."""
    chosen = read_parameters(output, PrevalenceParameters)
    analysis_set = output.population[0]
    markers = biomarkers(output, plan).markers
    subjects = analysis_subjects(data, plan, analysis_set)
    records = data.dataset("ADBM", list(MARKER_VARIABLES))
    ard = Ard(output.id, dataset="ADBM", analysis_set=analysis_set)
    add_warnings(ard, absent_markers(records, markers))
    levels = marker_levels(records, markers, np.asarray(subjects["USUBJID"], dtype=object))
    groups = treatment_groups(plan, analysis_set, total=chosen.total)
    add_prevalence(ard, subjects, groups, levels, markers, chosen, plan.study.confidence)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block a marker, arms in columns."""
    chosen = read_parameters(output, PrevalenceParameters)
    ard = results.ard
    groups = treatment_groups(plan, output.population[0], total=chosen.total)
    rows = prevalence_rows(ard, groups, biomarkers(output, plan).markers, plan.study.confidence)
    warnings = tuple(str(row["warning"]) for row in ard.select(analysis_id="DATA_WARNING"))
    return Display(
        columns=(Column(2.0), *(Column(1.0, "decimal") for _ in groups.levels)),
        header=plain_header("Marker (specimen)", [arm_heading(ard, groups, level) for level in groups.levels]),
        rows=tuple(rows),
        footnotes=(*not_estimable_notes(ard, rows), *warnings),
    )
