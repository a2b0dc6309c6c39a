"""Kaplan–Meier plots with numbers at risk (F14.2.1.4, F14.2.1.5, F14.2.4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.estimates import add_warnings, confidence_label, equals, estimate_interval, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.kaplan_meier import add_curves, kaplan_meier_figure
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import (
    add_cox,
    add_events,
    add_kaplan_meier,
    add_noninferiority,
    comparison_id,
)

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class KaplanMeierParameters(Digits):
    """Parameters of the plan row."""

    paramcd: str
    name: str
    y_label: str
    grid_months: int
    """Months between two columns of the numbers at risk."""
    landmarks_months: tuple[float, ...] = ()
    """Rates that the text for readers who cannot see the figure gives."""
    ties: str = "efron"
    noninferiority: bool = True
    """Whether the figure gives the test against the margin; only where the plan has one."""


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Curves, numbers at risk, medians, hazard ratio and, where the plan has one, the non-inferiority test."""
    chosen = read_parameters(output, KaplanMeierParameters)
    study = plan.study
    times = EventTimesSource(data, plan).select(output.population[0], chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    add_events(ard, times, chosen)
    add_kaplan_meier(
        ard, times, quantiles=(0.5,), landmarks=chosen.landmarks_months, digits=chosen, confidence=study.confidence
    )
    add_curves(ard, times, chosen.grid_months)
    fits = add_cox(ard, times, chosen, study.confidence, chosen.ties)
    if study.noninferiority is not None and chosen.noninferiority:
        add_noninferiority(ard, times, fits, study.noninferiority, chosen)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """The figure with its inset, and what it shows in words."""
    chosen = read_parameters(output, KaplanMeierParameters)
    ard = results.ard
    keys = {"group2_level": chosen.paramcd}
    figure = kaplan_meier_figure(
        ard,
        plan,
        x_label="Time from randomisation (months)",
        y_label=chosen.y_label,
        inset=_inset(ard, plan),
        **keys,
    )
    return Display(figure=figure, alt=_alt(ard, plan, chosen.name, chosen.landmarks_months), footnotes=page_notes(ard))


def _inset(ard: Ard, plan: Plan) -> list[str]:
    level = confidence_label(plan.study.confidence)
    lines = []
    for arm in plan.study.arms:
        median = estimate_interval(ard, level=level, analysis_id="KM_MEDIAN", group1_level=arm.id)
        events = ard.text("n", analysis_id="EVENTS", group1_level=arm.id, variable="")
        size = ard.text("N", analysis_id="SUBJECTS", group1_level=arm.id)
        lines.append(f"{arm.short}: median {median} months; {events} events in {size}")
    tests = plan.study.test_arms
    for arm in tests:
        whom = f"{arm.short} vs {plan.study.arm('control').short}: " if len(tests) > 1 else ""
        mine = {"analysis_id": comparison_id(ard, "COX"), "group1_level": arm.id}
        word = "Stratified hazard" if mine["analysis_id"] == "COX_STRATIFIED" else "Hazard"
        lines.append(f"{whom}{word} ratio {estimate_interval(ard, 'hr', level=level, **mine)}")
        if tested := comparison_id(ard, "NONINFERIORITY"):
            mine["analysis_id"] = tested
            p = equals(ard.text("p", **mine))
            lines.append(f"{whom}Non-inferiority (margin {ard.text('margin', **mine)}): one-sided p {p}")
    return lines


def _alt(ard: Ard, plan: Plan, name: str, landmarks: tuple[float, ...]) -> str:
    """What the figure shows, for readers who cannot see it: every number from the ARD."""
    level = confidence_label(plan.study.confidence)
    parts = [f"Kaplan–Meier curves of {name.lower()} with numbers at risk."]
    for arm in plan.study.arms:
        median = estimate_interval(ard, level=level, analysis_id="KM_MEDIAN", group1_level=arm.id)
        rates = [
            f"{ard.text('estimate', analysis_id='KM_RATE', group1_level=arm.id, variable_level=f'{month:g}')}% "
            f"without event at {month:g} months"
            for month in landmarks
        ]
        parts.append(f"{arm.label}: {'; '.join([f'median {median} months', *rates])}.")
    for arm in plan.study.test_arms:
        mine = {"analysis_id": comparison_id(ard, "COX"), "group1_level": arm.id}
        ratio = estimate_interval(ard, "hr", level=level, **mine)
        parts.append(f"Hazard ratio of {arm.label} to {plan.study.arm('control').label}: {ratio}.")
        if tested := comparison_id(ard, "NONINFERIORITY"):
            mine["analysis_id"] = tested
            parts.append(ard.text("conclusion", **mine))
    return " ".join(parts)
