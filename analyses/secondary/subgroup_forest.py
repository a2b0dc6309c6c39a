"""F14.2.3.1 Hazard ratios by subgroup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.counts import events_cell
from csrbook.displays.estimates import add_warnings, confidence_label, estimate_interval, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.forest import covering_ticks, forest_row
from csrbook.displays.model import Display, Forest, ForestRow
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results
from csrbook.displays.subgroups import ALL, SubgroupParameters, add_subgroups, level_label

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Arm, Output, Plan

COX = "COX_UNSTRATIFIED"


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Counts, hazard ratios and interactions of every factor of the plan row."""
    chosen = read_parameters(output, SubgroupParameters)
    source = EventTimesSource(data, plan)
    times = source.select(output.population[0], chosen.paramcd, strata=())
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    add_subgroups(ard, times, source.subjects(output.population[0]), chosen, plan.study.confidence)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """All patients first, then a block a factor."""
    chosen = read_parameters(output, SubgroupParameters)
    ard = results.ard
    tests = plan.study.test_arms
    control = plan.study.arm("control")
    rows: list[ForestRow] = []
    for test in tests:
        rows += _block(ard, chosen, test, control, test.short if len(tests) > 1 else "")
    tested = tests[0].short if len(tests) == 1 else "Test arm"
    figure = Forest(
        columns=(
            "Subgroup",
            f"{tested}\nevents/n",
            f"{control.short}\nevents/n",
            f"Hazard ratio\n({confidence_label(plan.study.confidence)} CI)",
            "Interaction\np",
        ),
        rows=tuple(rows),
        ticks=covering_ticks(rows, chosen.ticks),
        lines=((1.0, "1"),),
        x_label="Hazard ratio (log scale)",
        left_label=f"Favours {tested}",
        right_label=f"Favours {control.short}",
        right=2,
    )
    return Display(figure=figure, alt=_alt(ard, plan, chosen, tests[0]), footnotes=page_notes(ard))


def _block(ard: Ard, chosen: SubgroupParameters, test: Arm, control: Arm, prefix: str) -> list[ForestRow]:
    def row(variable: str, level: str, label: str, p: str, *, bold: bool = False) -> ForestRow:
        own = {"variable": variable, "variable_level": level}
        counts = [events_cell(ard, arm.id, analysis_id="EVENTS", **own) for arm in (test, control)]
        keys = {"analysis_id": COX, "group1_level": test.id, **own}
        return forest_row(ard, label, (*counts, estimate_interval(ard, "hr", **keys), p), keys, bold=bold)

    rows = [row(ALL, "", f"All patients{f', {prefix}' if prefix else ''}", "", bold=True)]
    for factor in chosen.factors:
        p = ard.text("p", analysis_id="INTERACTION", group1_level=test.id, variable=factor.variable)
        rows.append(ForestRow(factor.label, ("", "", "", p)))
        found = ard.select(analysis_id=COX, group1_level=test.id, variable=factor.variable, stat_name="hr")
        for level in dict.fromkeys(str(item["variable_level"]) for item in found):
            one = row(factor.variable, level, level_label(factor, level), "")
            rows.append(ForestRow(one.label, one.cells, one.estimate, one.lower, one.upper, 1, weight=one.weight))
    return rows


def _alt(ard: Ard, plan: Plan, chosen: SubgroupParameters, test: Arm) -> str:
    """What the figure shows: the range of the hazard ratios and every interaction's p-value."""
    ratios = [
        row for row in ard.select(analysis_id=COX, group1_level=test.id, stat_name="hr") if row["variable"] != ALL
    ]
    known = sorted((float(str(row["value"])), str(row["formatted"])) for row in ratios if row["value"] is not None)
    spread = f" from {known[0][1]} to {known[-1][1]}" if known else " not estimable"
    tests = "; ".join(
        f"{factor.label} {ard.text('p', analysis_id='INTERACTION', group1_level=test.id, variable=factor.variable)}"
        for factor in chosen.factors
    )
    overall = estimate_interval(ard, "hr", analysis_id=COX, group1_level=test.id, variable=ALL)
    return (
        f"Forest plot of hazard ratios of {test.label} to {plan.study.arm('control').label} by subgroup: overall "
        f"{overall}, in the subgroups{spread}. Interaction p-values: {tests}."
    )
