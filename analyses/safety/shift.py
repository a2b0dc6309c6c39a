"""T14.3.4.2 Shift of laboratory values by grade: baseline by worst value on treatment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, treatment_groups
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results, analysis_subjects
from csrbook.displays.shifts import Shift, ShiftLevels, add_shift, shift_columns, shift_header, shift_matrix_rows

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class ShiftParameters(ShiftLevels):
    """What the plan row says."""

    shifts: tuple[Shift, ...] = Field(min_length=1)
    stub: str
    spanner: str


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Count patients by baseline and worst level of each parameter."""
    chosen = read_parameters(output, ShiftParameters)
    analysis_set = output.population[0]
    subjects = analysis_subjects(data, plan, analysis_set)
    groups = treatment_groups(plan, analysis_set, total=False)
    ard = Ard(output.id, dataset=chosen.dataset, analysis_set=analysis_set)
    add_sizes(ard, groups, groups.sizes(subjects["ARM"]))
    records = data.dataset(chosen.dataset)
    for shift in chosen.shifts:
        add_shift(ard, subjects, records, groups, shift, chosen)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A matrix a parameter."""
    chosen = read_parameters(output, ShiftParameters)
    groups = treatment_groups(plan, output.population[0], total=False)
    rows = [row for shift in chosen.shifts for row in shift_matrix_rows(results.ard, groups, shift, chosen)]
    return Display(
        columns=shift_columns(groups, chosen),
        header=shift_header(results.ard, groups, chosen, chosen.stub, chosen.spanner),
        rows=tuple(rows),
    )
