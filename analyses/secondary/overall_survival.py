"""Overall survival, descriptive (T14.2.4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.estimates import add_count, add_warnings, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import TimeToEventParameters
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import (
    add_cox,
    add_events,
    add_follow_up,
    add_kaplan_meier,
    add_log_rank,
    add_strata,
    comparison_id,
)
from csrbook.displays.time_to_event_table import (
    arm_columns,
    arm_header,
    comparison_rows,
    event_rows,
    follow_up_rows,
    kaplan_meier_rows,
)

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Events, maturity, Kaplan–Meier, follow-up, stratified Cox and log-rank; no hypothesis is tested."""
    chosen = read_parameters(output, TimeToEventParameters)
    confidence = plan.study.confidence
    times = EventTimesSource(data, plan).select(output.population[0], chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    add_events(ard, times, chosen)
    maturity = {k: v for k, v in times.keys.items() if k != "group1"}
    maturity |= {"analysis_id": "MATURITY", "method": "Count and percentage"}
    add_count(ard, int(times.event.sum()), sum(times.subjects), chosen.digits_percent, **maturity)
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
    add_cox(ard, times, chosen, confidence, chosen.ties)
    add_log_rank(ard, times, chosen)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Arms in columns; the comparison is labelled descriptive."""
    chosen = read_parameters(output, TimeToEventParameters)
    ard = results.ard
    keys = {"group2_level": chosen.paramcd}
    rows = follow_up_rows(ard, plan, **keys)
    rows += event_rows(ard, plan, chosen.labels, "Status, n (%)", **keys)
    rows += kaplan_meier_rows(ard, plan, chosen.name, chosen.quantiles, chosen.landmarks_months, **keys)
    rows += comparison_rows(ard, plan, True, **keys)
    deaths, share = ard.text("n", analysis_id="MATURITY"), ard.text("p", analysis_id="MATURITY")
    test = plan.study.arm("test").id
    cox = {"analysis_id": comparison_id(ard, "COX", **keys), "group1_level": test}
    return Display(
        columns=arm_columns(plan),
        header=arm_header(ard, plan, output.population[0]),
        rows=tuple(rows),
        numbers={
            "hr": ard.text("hr", **cox),
            "ci": f"{ard.text('lower', **cox)} to {ard.text('upper', **cox)}",
            "deaths": deaths,
            "maturity": share,
            **{
                f"median_{arm.role}": ard.text("estimate", analysis_id="KM_MEDIAN", group1_level=arm.id)
                for arm in (plan.study.arm("test"), plan.study.arm("control"))
            },
        },
        footnotes=(f"Maturity: {deaths} deaths in both arms together, {share}% of the set.", *page_notes(ard)),
    )
