"""T14.3.4.4 Patients with values beyond thresholds on treatment: liver (Hy's law), QTcF, ejection fraction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, treatment_groups
from csrbook.displays.counts import not_estimable_notes
from csrbook.displays.model import Display
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.program import Results, analysis_subjects
from csrbook.displays.thresholds import (
    ThresholdBlock,
    add_thresholds,
    threshold_columns,
    threshold_header,
    threshold_rows,
)

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class ThresholdParameters(Parameters):
    """What the plan row says."""

    blocks: tuple[ThresholdBlock, ...] = Field(min_length=1)
    stub: str = "Category"


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Count patients beyond each threshold."""
    chosen = read_parameters(output, ThresholdParameters)
    analysis_set = output.population[0]
    subjects = analysis_subjects(data, plan, analysis_set)
    groups = treatment_groups(plan, analysis_set, total=False)
    ard = Ard(output.id, analysis_set=analysis_set)
    add_sizes(ard, groups, groups.sizes(subjects["ARM"]))
    for block in chosen.blocks:
        add_thresholds(ard, data, plan, subjects, groups, block)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block below the other."""
    chosen = read_parameters(output, ThresholdParameters)
    groups = treatment_groups(plan, output.population[0], total=False)
    rows = [row for block in chosen.blocks for row in threshold_rows(results.ard, groups, block)]
    return Display(
        columns=threshold_columns(groups),
        header=threshold_header(results.ard, groups, plan, chosen.stub),
        rows=tuple(rows),
        footnotes=not_estimable_notes(results.ard, rows),
    )
