"""T14.2.4.4 and T14.2.4.5 Best response by category, and rates of clinical benefit and disease control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes_once
from csrbook.displays.estimates import page_notes
from csrbook.displays.model import Display, Row
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results, analysis_subjects
from csrbook.displays.response import add_categories, add_rate_comparison, add_rates, responses
from csrbook.displays.response_table import category_rows, rate_rows
from csrbook.displays.time_to_event_table import arm_columns, arm_header

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class Block(Parameters):
    """A block: the records of one parameter; its categories or, where ``responders`` are named, their rate."""

    label: str
    paramcd: str
    evaluator: str
    categories: tuple[str, ...] = ()
    responders: tuple[str, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)


class BlockParameters(Digits):
    """Parameters of the plan row."""

    blocks: tuple[Block, ...] = Field(min_length=1)


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Each block in the analysis set; subjects without a record count in every denominator."""
    chosen = read_parameters(output, BlockParameters)
    analysis_set = output.population[0]
    subjects = analysis_subjects(data, plan, analysis_set)
    adrs = data.dataset("ADRS", ["USUBJID", "PARAMCD", "EVAL", "AVALC"])
    ard = Ard(output.id, dataset="ADRS")
    confidence = plan.study.confidence
    for block in chosen.blocks:
        records = adrs[(adrs["PARAMCD"] == block.paramcd) & (adrs["EVAL"] == block.evaluator)]
        found = responses(subjects, records, plan, analysis_set, block.paramcd)
        if block.categories:
            add_categories(ard, found, block.categories, chosen)
        else:
            add_sizes_once(ard, found.groups, found.sizes, analysis_set)
        if block.responders:
            add_rates(ard, found, block.responders, chosen, confidence)
            add_rate_comparison(ard, found, block.responders, chosen, confidence)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """One block below the other."""
    chosen = read_parameters(output, BlockParameters)
    ard = results.ard
    rows: list[Row] = []
    for block in chosen.blocks:
        keys = {"group2_level": block.paramcd}
        rows.append(Row(label=block.label, kind="group"))
        if block.categories:
            rows += category_rows(ard, plan, block.labels, **keys)
        if block.responders:
            rows += rate_rows(ard, plan, "Patients, n (%)", variable_level="+".join(block.responders), **keys)
    return Display(
        columns=arm_columns(plan),
        header=arm_header(ard, plan, output.population[0]),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )
