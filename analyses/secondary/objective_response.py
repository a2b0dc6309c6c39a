"""Confirmed objective response rate, in all randomised and in subjects with measurable disease (T14.2.4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from csrbook.ard import Ard
from csrbook.displays.columns import arm_heading, plain_header, treatment_groups
from csrbook.displays.estimates import page_notes
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results, analysis_subjects
from csrbook.displays.response import add_categories, add_rate_comparison, add_rates, responses
from csrbook.displays.response_table import category_rows, rate_rows

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan

_VARIABLES = ("USUBJID", "PARAMCD", "EVAL", "AVALC")


class ResponseParameters(Digits):
    """Parameters of the plan row."""

    paramcd: str
    evaluator: str
    """Value of ``EVAL``."""
    categories: tuple[str, ...]
    """Categories in the order of the rows."""
    responders: tuple[str, ...]
    labels: dict[str, str] = Field(default_factory=dict)


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Best response, response rate and its comparison, in each set of the plan row."""
    chosen = read_parameters(output, ResponseParameters)
    records = data.dataset("ADRS", list(_VARIABLES))
    records = records[(records["PARAMCD"] == chosen.paramcd) & (records["EVAL"] == chosen.evaluator)]
    ard = Ard(output.id, dataset="ADRS")
    for analysis_set in output.population:
        subjects = analysis_subjects(data, plan, analysis_set)
        found = responses(subjects, records, plan, analysis_set, chosen.paramcd)
        add_categories(ard, found, chosen.categories, chosen)
        add_rates(ard, found, chosen.responders, chosen, plan.study.confidence)
        add_rate_comparison(ard, found, chosen.responders, chosen, plan.study.confidence)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """One section for each analysis set, arms in columns."""
    chosen = read_parameters(output, ResponseParameters)
    ard = results.ard
    groups = treatment_groups(plan, output.population[0], total=False)
    rows: list[Row] = []
    for number, analysis_set in enumerate(output.population):
        rows += [Row(kind="blank")] if number else []
        rows += _section(ard, plan, chosen, analysis_set)
    first = {"analysis_set": output.population[0]}
    # The sets differ in size, so that each section states its own N and the header none.
    headings = [arm_heading(ard, groups, level, **first).rpartition("\n")[0] for level in groups.levels]
    return Display(
        columns=(Column(1.7, "left"), *(Column(1.0, "decimal") for _ in groups.arms)),
        header=plain_header("", headings),
        rows=tuple(rows),
        numbers=_numbers(ard, plan, output.population),
        footnotes=page_notes(ard),
    )


def _section(ard: Ard, plan: Plan, chosen: ResponseParameters, analysis_set: str) -> list[Row]:
    arms = plan.study.arms
    keys = {"analysis_set": analysis_set}
    sizes = tuple(f"N={ard.text('N', analysis_id='SUBJECTS', group1_level=arm.id, **keys)}" for arm in arms)
    rows = [Row(sizes, plan.study.analysis_set(analysis_set).label, kind="section")]
    rows.append(Row(label="Confirmed best overall response, n (%)", indent=1, cells=("",) * len(arms)))
    rows += category_rows(ard, plan, chosen.labels, indent=2, **keys)
    rows += rate_rows(ard, plan, "Objective response, n (%)", **keys)
    return rows


def _numbers(ard: Ard, plan: Plan, sets: tuple[str, ...]) -> dict[str, str]:
    test, control = plan.study.arm("test").id, plan.study.arm("control").id
    numbers: dict[str, str] = {}
    for analysis_set in sets:
        suffix = "" if analysis_set == sets[0] else f"_{analysis_set.lower()}"
        keys = {"analysis_set": analysis_set}
        for side, arm in (("test", test), ("control", control)):
            rate = {"analysis_id": "RESPONSE_RATE", "group1_level": arm, **keys}
            numbers[f"responders_{side}{suffix}"] = ard.text("n", **rate)
            numbers[f"rate_{side}{suffix}"] = ard.text("estimate", **rate)
        difference = {"analysis_id": "RISK_DIFFERENCE_STRATIFIED", "group1_level": test, **keys}
        numbers[f"difference{suffix}"] = ard.text("difference", **difference)
        numbers[f"difference_ci{suffix}"] = f"{ard.text('lower', **difference)} to {ard.text('upper', **difference)}"
    return numbers
