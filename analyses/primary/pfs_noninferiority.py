"""Non-inferiority of progression-free survival: primary, co-primary, and with other rules for events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.analysis_rows import noninferiority_rule
from csrbook.displays.estimates import add_warnings, page_notes
from csrbook.displays.event_changes import add_changes, change_rows
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import TimeToEventParameters
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import (
    add_cox,
    add_events,
    add_excluded,
    add_follow_up,
    add_kaplan_meier,
    add_log_rank,
    add_noninferiority,
    add_strata,
    comparison_id,
)
from csrbook.displays.time_to_event_table import (
    arm_columns,
    arm_header,
    event_rows,
    excluded_rows,
    follow_up_rows,
    kaplan_meier_rows,
    noninferiority_rows,
)

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class PfsParameters(TimeToEventParameters):
    """Parameters of the plan row."""

    reference_set: str | None = None
    """Set of which the subjects that the analysis set leaves out are counted."""
    compared_with: str | None = None
    """``PARAMCD`` of the primary analysis: patients whose event or time differ from it are counted."""


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Events, Kaplan–Meier, follow-up, stratified Cox, log-rank and the test against the margin."""
    chosen = read_parameters(output, PfsParameters)
    rule = noninferiority_rule(output, plan)
    source = EventTimesSource(data, plan)
    times = source.select(output.population[0], chosen.paramcd)
    confidence = plan.study.confidence
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    add_events(ard, times, chosen)
    if chosen.reference_set is not None:
        reference = source.select(chosen.reference_set, chosen.paramcd).subjects
        add_excluded(ard, times, reference, chosen.reference_set, chosen)
    if chosen.compared_with is not None:
        add_changes(ard, times, source.select(output.population[0], chosen.compared_with), chosen)
    add_kaplan_meier(
        ard,
        times,
        quantiles=chosen.quantiles,
        landmarks=chosen.landmarks_months,
        digits=chosen,
        confidence=confidence,
    )
    add_follow_up(ard, times, chosen, confidence)
    add_strata(ard, times)
    fits = add_cox(ard, times, chosen, confidence, chosen.ties)
    add_log_rank(ard, times, chosen)
    add_noninferiority(ard, times, fits, rule, chosen)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Arms in columns; comparisons in the column of the test arm; the conclusion as the last line."""
    chosen = read_parameters(output, PfsParameters)
    ard = results.ard
    keys = {"group2_level": chosen.paramcd}
    rows = follow_up_rows(ard, plan, **keys)
    if chosen.reference_set is not None:
        label = plan.study.analysis_set(chosen.reference_set).label
        rows = excluded_rows(ard, plan, label, **keys) + rows
    rows += event_rows(ard, plan, chosen.labels, "Status, n (%)", **keys)
    if chosen.compared_with is not None:
        rows += change_rows(ard, plan, **keys)
    rows += kaplan_meier_rows(ard, plan, chosen.name, chosen.quantiles, chosen.landmarks_months, **keys)
    rows += noninferiority_rows(ard, plan, **keys)
    estimands = [item for item in plan.endpoints.estimands if output.id in item.outputs]
    return Display(
        columns=arm_columns(plan),
        header=arm_header(ard, plan, output.population[0]),
        rows=tuple(rows),
        numbers=_numbers(ard, plan),
        footnotes=(
            *(f"{item.label}: {item.variable} Its attributes stand in the SAP." for item in estimands),
            *page_notes(ard),
        ),
    )


def _numbers(ard: Ard, plan: Plan) -> dict[str, str]:
    test, control = plan.study.arm("test").id, plan.study.arm("control").id
    cox = {"analysis_id": comparison_id(ard, "COX"), "group1_level": test}
    decided = {"analysis_id": comparison_id(ard, "NONINFERIORITY"), "group1_level": test}
    lower, upper = ard.text("lower", **cox), ard.text("upper", **cox)
    return {
        "hr": ard.text("hr", **cox),
        "lower": lower,
        "upper": upper,
        "ci": f"{lower} to {upper}",
        "margin": ard.text("margin", **decided),
        "upper_noninferiority": ard.text("upper", **decided),
        "p_noninferiority": ard.text("p", **decided),
        "met": ard.text("met", **decided),
        "conclusion": ard.text("conclusion", **decided),
        "p_log_rank": ard.text("p", analysis_id=comparison_id(ard, "LOG_RANK"), group1_level=test),
        **{
            f"{name}_{side}": ard.text(stat, analysis_id=analysis, group1_level=arm, variable_level="")
            for side, arm in (("test", test), ("control", control))
            for name, analysis, stat in (
                ("subjects", "SUBJECTS", "N"),
                ("events", "EVENTS", "n"),
                ("median", "KM_MEDIAN", "estimate"),
                ("median_lower", "KM_MEDIAN", "lower"),
                ("median_upper", "KM_MEDIAN", "upper"),
                ("follow_up", "FOLLOW_UP", "estimate"),
            )
        },
    }
