"""T14.2.5.3 Change from baseline of many scales by a mixed model for repeated measures, in brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyses.patient_reported.change_from_baseline import analyse
from csrbook.displays.columns import treatment_groups
from csrbook.displays.estimates import page_notes
from csrbook.displays.model import Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.repeated_measures import RepeatedMeasuresParameters
from csrbook.displays.repeated_measures_table import brief_header, brief_rows, model_note

if TYPE_CHECKING:
    from csrbook.displays.program import Results
    from csrbook.plan.models import Output, Plan

__all__ = ["analyse", "display"]


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block a scale, visits as rows."""
    chosen = read_parameters(output, RepeatedMeasuresParameters)
    ard = results.ard
    groups = treatment_groups(plan, output.population[0], total=False)
    columns, header = brief_header(ard, plan, groups, "Scale\n  Visit")
    rows: list[Row] = []
    for parameter in chosen.paramcd:
        rows += brief_rows(ard, plan, chosen, parameter)
    return Display(
        columns=columns,
        header=header,
        rows=tuple(rows),
        footnotes=(model_note(ard, chosen), *page_notes(ard)),
    )
