"""Hazard ratios of all analyses of progression-free survival against the margin (F14.2.1.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from csrbook.ard import Ard
from csrbook.displays.analysis_rows import add_event_counts, noninferiority_rule
from csrbook.displays.estimates import add_warnings, confidence_label, estimate_interval, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.forest import covering_ticks, forest_row, line_label
from csrbook.displays.model import Display, Forest, ForestRow
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import MARGIN_DIGITS, add_cox, add_noninferiority

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Arm, NonInferiority, Output, Plan


class Analysis(Parameters):
    """One row of the figure."""

    label: str
    paramcd: str
    analysis_set: str = Field(alias="set")
    strata: bool = True
    """Whether the model is stratified by the factors of the randomisation."""


class MarginParameters(Digits):
    """Parameters of the plan row."""

    analyses: tuple[Analysis, ...] = Field(min_length=1)
    deciding: int = 0
    """How many of the first analyses decide; they are printed bold."""
    ticks: tuple[float, ...] = (0.5, 0.75, 1.0, 1.5, 2.0)
    ties: str = "efron"


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Events, hazard ratio and the test against the margin, for each analysis."""
    chosen = read_parameters(output, MarginParameters)
    rule = noninferiority_rule(output, plan)
    source = EventTimesSource(data, plan)
    ard = Ard(output.id, dataset="ADTTE")
    counted: set[tuple[str, str]] = set()
    fitted: set[tuple[str, str, str]] = set()
    for analysis in chosen.analyses:
        times = source.select(analysis.analysis_set, analysis.paramcd)
        if (pair := (analysis.analysis_set, analysis.paramcd)) not in counted:
            # Two analyses of the same set and parameter differ in the model, not in the counts.
            counted.add(pair)
            add_warnings(ard, times.warnings, **times.keys)
            add_event_counts(ard, times, "", chosen)
        if not analysis.strata:
            times = times.unstratified()
        # In a plan without factors the stratified and the unstratified analysis are one.
        if (model := (*pair, _decision(analysis, plan))) in fitted:
            continue
        fitted.add(model)
        fits = add_cox(ard, times, chosen, plan.study.confidence, chosen.ties)
        add_noninferiority(ard, times, fits, rule, chosen)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Rows in the order of the plan; the deciding ones bold."""
    chosen = read_parameters(output, MarginParameters)
    rule = noninferiority_rule(output, plan)
    ard = results.ard
    tests = plan.study.test_arms
    level = confidence_label(rule.confidence)
    rows: list[ForestRow] = []
    for index, analysis in enumerate(chosen.analyses):
        for test in tests:
            label = analysis.label if len(tests) == 1 else f"{analysis.label}: {test.short}"
            rows.append(_row(ard, plan, analysis, test, label, bold=index < chosen.deciding))
    margin = line_label(rule.margin, MARGIN_DIGITS, "Margin")
    control = plan.study.arm("control")
    tested = tests[0].short if len(tests) == 1 else "Test arm"
    figure = Forest(
        columns=(
            "Analysis",
            f"{tested}\nevents/N",
            f"{control.short}\nevents/N",
            f"Hazard ratio\n({level} CI)",
            f"Upper limit\nbelow {line_label(rule.margin, MARGIN_DIGITS)}",
        ),
        rows=tuple(rows),
        ticks=covering_ticks(rows, chosen.ticks, limits=True),
        lines=((1.0, "1"), (rule.margin, margin)),
        x_label="Hazard ratio (log scale)",
        left_label=f"Favours {tested}",
        right_label=f"Favours {control.short}",
        right=2,
    )
    return Display(figure=figure, alt=_alt(ard, chosen, plan, rule), footnotes=page_notes(ard))


def _row(ard: Ard, plan: Plan, analysis: Analysis, test: Arm, label: str, *, bold: bool) -> ForestRow:
    data = {"analysis_set": analysis.analysis_set, "group2_level": analysis.paramcd}
    decided = {**data, "group1_level": test.id, "analysis_id": _decision(analysis, plan)}
    counts = [
        f"{ard.text('n', analysis_id='EVENTS', group1_level=arm.id, **data)}/"
        f"{ard.text('n', analysis_id='ANALYSED', group1_level=arm.id, **data)}"
        for arm in (test, plan.study.arm("control"))
    ]
    interval = estimate_interval(ard, "hr", **decided)
    cells = (*counts, interval, ard.text("met", **decided))
    return forest_row(ard, label, cells, decided, bold=bold)


def _alt(ard: Ard, chosen: MarginParameters, plan: Plan, rule: NonInferiority) -> str:
    """What the figure shows: how many of the upper limits are below the margin, and every one of them."""
    test = plan.study.arm("test")
    found = []
    met = 0
    for analysis in chosen.analyses:
        decided = {
            "analysis_set": analysis.analysis_set,
            "group2_level": analysis.paramcd,
            "group1_level": test.id,
            "analysis_id": _decision(analysis, plan),
        }
        met += ard.value("met", **decided) == 1.0
        found.append(f"{analysis.label} {estimate_interval(ard, 'hr', **decided)}")
    margin = line_label(rule.margin, MARGIN_DIGITS)
    return (
        f"Forest plot of hazard ratios of {test.label} to {plan.study.arm('control').label} with "
        f"{confidence_label(rule.confidence)} confidence intervals and lines at 1 and at the margin {margin}. "
        f"The upper limit is below the margin in {met} of {len(found)} analyses. {'; '.join(found)}."
    )


def _decision(analysis: Analysis, plan: Plan) -> str:
    return "NONINFERIORITY" if analysis.strata and plan.study.strata else "NONINFERIORITY_UNSTRATIFIED"
