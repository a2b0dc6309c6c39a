"""T14.2.5.2 Change from baseline of one scale by a mixed model for repeated measures, in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.estimates import page_notes
from csrbook.displays.model import Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results
from csrbook.displays.repeated_measures import RepeatedMeasuresParameters, add_scores, visit_scores
from csrbook.displays.repeated_measures_table import model_note, scale_rows
from csrbook.displays.time_to_event_table import arm_columns, arm_header

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Observed changes, least-squares means and their differences of each parameter of the plan row."""
    chosen = read_parameters(output, RepeatedMeasuresParameters)
    analysis_set = output.population[0]
    ard = Ard(output.id, dataset=chosen.dataset, analysis_set=analysis_set)
    add_scores(ard, visit_scores(data, plan, analysis_set, chosen), chosen, plan.study.confidence)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Visits below each other, arms in columns."""
    chosen = read_parameters(output, RepeatedMeasuresParameters)
    ard = results.ard
    rows: list[Row] = []
    for parameter, label in chosen.paramcd.items():
        rows += [Row(label=label, kind="group")] if len(chosen.paramcd) > 1 else []
        rows += scale_rows(ard, plan, chosen, parameter)
    test = plan.study.arm("test").id
    key = {
        "analysis_id": "LS_DIFFERENCE",
        "group1_level": test,
        "group2_level": next(iter(chosen.paramcd)),
        "variable_level": f"{chosen.key_visit:g}",
    }
    return Display(
        columns=arm_columns(plan),
        header=arm_header(ard, plan, output.population[0]),
        rows=tuple(rows),
        numbers={
            "difference": ard.text("estimate", **key),
            "ci": f"{ard.text('lower', **key)} to {ard.text('upper', **key)}",
            "p": ard.text("p", **key),
        },
        footnotes=(model_note(ard, chosen), *page_notes(ard)),
    )
