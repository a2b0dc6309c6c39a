"""T14.3.5.1 Vital signs, weight and performance status: by visit, shift to the worst, thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.by_visit import VisitParameters, add_by_visit, visit_columns, visit_header, visit_rows
from csrbook.displays.columns import add_sizes, treatment_groups
from csrbook.displays.counts import not_estimable_notes
from csrbook.displays.model import Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results, analysis_subjects
from csrbook.displays.shifts import Shift, ShiftLevels, add_shift, shift_pair_rows
from csrbook.displays.thresholds import ThresholdBlock, add_thresholds, threshold_rows

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class VitalSignParameters(VisitParameters):
    """What the plan row says."""

    shifts: tuple[Shift, ...] = ()
    shift_levels: ShiftLevels
    thresholds: tuple[ThresholdBlock, ...] = ()
    stub: str


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Statistics by visit, shifts, thresholds."""
    chosen = read_parameters(output, VitalSignParameters)
    analysis_set = output.population[0]
    subjects = analysis_subjects(data, plan, analysis_set)
    groups = treatment_groups(plan, analysis_set, total=False)
    ard = Ard(output.id, dataset=chosen.dataset, analysis_set=analysis_set)
    add_sizes(ard, groups, groups.sizes(subjects["ARM"]))
    records = data.dataset(chosen.dataset)
    add_by_visit(ard, subjects, records, groups, chosen)
    for shift in chosen.shifts:
        add_shift(ard, subjects, records, groups, shift, chosen.shift_levels)
    for block in chosen.thresholds:
        add_thresholds(ard, data, plan, subjects, groups, block)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Parameters by visit; then shifts and thresholds, in the columns of the values."""
    chosen = read_parameters(output, VitalSignParameters)
    ard = results.ard
    groups = treatment_groups(plan, output.population[0], total=False)
    rows = [row for variable in chosen.parameters for row in visit_rows(ard, groups, variable, chosen)]
    counts = [row for shift in chosen.shifts for row in shift_pair_rows(ard, groups, shift, chosen.shift_levels)]
    counts += [row for block in chosen.thresholds for row in threshold_rows(ard, groups, block, differences=False)]
    for row in counts:
        cells = tuple(text for cell in row.cells for text in (cell, ""))
        # A heading ends the section of the parameter before it.
        rows.append(Row(cells, row.label, "section" if row.kind == "group" else row.kind, row.indent))
    return Display(
        columns=visit_columns(groups),
        header=visit_header(ard, groups, chosen.stub),
        rows=tuple(rows),
        footnotes=not_estimable_notes(ard, rows),
    )
