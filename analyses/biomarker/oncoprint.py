"""F14.2.6.7 Oncoprint, and the change of the variant allele fraction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyses.biomarker.marker_curves import key_markers
from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, treatment_groups
from csrbook.displays.estimates import add_warnings
from csrbook.displays.marker_levels import MARKER_VARIABLES, absent_markers, marker_levels
from csrbook.displays.model import Display
from csrbook.displays.oncoprint import (
    OncoprintParameters,
    add_oncoprint,
    allele_fractions,
    oncoprint_panels,
    oncoprint_records,
)
from csrbook.displays.parameters import read_parameters
from csrbook.displays.plot import Plot
from csrbook.displays.program import Results, analysis_subjects

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Counts of the tiles and summaries of the fractions; the records are one a patient."""
    chosen = read_parameters(output, OncoprintParameters)
    markers = key_markers(output, plan, chosen.markers)
    analysis_set = output.population[0]
    subjects = analysis_subjects(data, plan, analysis_set)
    groups = treatment_groups(plan, analysis_set)
    ard = Ard(output.id, dataset="ADBM", analysis_set=analysis_set)
    add_sizes(ard, groups, groups.sizes(subjects["ARM"]))
    records = data.dataset("ADBM", [*MARKER_VARIABLES, "AVAL"])
    add_warnings(ard, absent_markers(records, markers))
    levels = marker_levels(records, markers, np.asarray(subjects["USUBJID"], dtype=object))
    tiles = oncoprint_records(subjects, levels, allele_fractions(records, chosen), markers, chosen)
    add_oncoprint(ard, tiles, groups, markers, chosen)
    return Results(ard, tiles)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """As many pages as the patients need, arm by arm."""
    chosen = read_parameters(output, OncoprintParameters)
    ard = results.ard
    assert results.records is not None  # noqa: S101 - analyse() returns them
    markers = key_markers(output, plan, chosen.markers)
    second = list(chosen.visits.values())[1]
    parts = [f"Oncoprint: a column a patient, a row a marker, then the {chosen.fraction_label.lower()} at each visit."]
    for arm in plan.study.arms:
        own = {"group1_level": arm.id}
        shares = ", ".join(
            f"{m.label} {ard.text('n', analysis_id='ALTERED', variable=m.id, variable_level=m.positive, **own)}"
            for m in markers
        )
        change = {"analysis_id": "CHANGE", **own}
        fell = {**change, "variable_level": "FALLEN"}
        parts.append(
            f"{arm.label}: altered {shares}; the allele fraction fell by {second} in {ard.text('n', **fell)} of "
            f"{ard.text('n', method='Descriptive statistics', **change)} patients, median change "
            f"{ard.text('median', **change)} percentage points."
        )
    panels = oncoprint_panels(results.records, plan.study.arms, markers, chosen)
    warnings = tuple(str(row["warning"]) for row in ard.select(analysis_id="DATA_WARNING"))
    return Display(
        figure=Plot(panels), alt=" ".join(parts), footnotes=(*_changes(results.ard, plan, second), *warnings)
    )


def _changes(ard: Ard, plan: Plan, second: str) -> tuple[str, ...]:
    """The change of the allele fraction in numbers, under the figure."""
    parts = []
    for arm in plan.study.arms:
        change = {"analysis_id": "CHANGE", "group1_level": arm.id}
        pairs, median = (ard.text(name, method="Descriptive statistics", **change) for name in ("n", "median"))
        fallen, gone = (ard.text("n", variable_level=name, **change) for name in ("FALLEN", "GONE"))
        parts.append(f"{arm.short} median {median} percentage points, {fallen} of {pairs} fell, {gone} to 0")
    return (f"Change of the allele fraction from the first sample to {second}: {'; '.join(parts)}.",)
