"""T14.2.1.10 Rates at landmark times by arm, and their difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csrbook.ard import Ard
from csrbook.displays.estimates import (
    add_number,
    add_pvalue,
    add_warnings,
    confidence_label,
    estimate_interval,
    page_notes,
)
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import TimeToEventParameters
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import add_events, add_kaplan_meier
from csrbook.displays.time_to_event_table import arm_columns, arm_header, event_total_rows
from csrbook.stats.landmarks import landmark_difference

if TYPE_CHECKING:
    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Kaplan–Meier rates of each arm; the difference of each test arm to control with Greenwood's variances."""
    chosen = read_parameters(output, TimeToEventParameters)
    times = EventTimesSource(data, plan).select(output.population[0], chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    add_events(ard, times, chosen)
    confidence = plan.study.confidence
    add_kaplan_meier(ard, times, quantiles=(), landmarks=chosen.landmarks_months, digits=chosen, confidence=confidence)
    _add_differences(ard, times, chosen, confidence)
    return Results(ard)


def _add_differences(ard: Ard, times: EventTimes, chosen: TimeToEventParameters, confidence: float) -> None:
    for test, control in times.comparisons():
        two = times.of(test, control)
        here = two.arm == times.arms.index(test)
        found = landmark_difference(
            two.time, two.event, here, np.asarray(chosen.landmarks_months), confidence=confidence
        )
        for index, month in enumerate(chosen.landmarks_months):
            keys = {
                **times.keys, "group1_level": test.id, "analysis_id": "RATE_DIFFERENCE", "unit": "%",
                "method": "Difference of Kaplan-Meier estimates, Greenwood",
                "variable": "MONTH", "variable_level": f"{month:g}",
            }  # fmt: skip
            reason = found.status[index]
            for name, value in (("estimate", found.difference), ("lower", found.lower), ("upper", found.upper)):
                add_number(ard, name, 100.0 * value[index], chosen.digits_percent, reason=reason, **keys)
            add_number(ard, "z", found.z[index], chosen.digits_statistic, reason=reason, **{**keys, "unit": ""})
            add_pvalue(ard, "p", found.p[index], chosen.digits_p, reason=reason, **{**keys, "unit": ""})


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block a landmark: rates, difference, z with its p-value."""
    chosen = read_parameters(output, TimeToEventParameters)
    ard = results.ard
    level = confidence_label(plan.study.confidence)
    tests = [arm.id for arm in plan.study.test_arms]
    rows = event_total_rows(ard, plan, group2_level=chosen.paramcd)
    for month in chosen.landmarks_months:
        own = {"variable": "MONTH", "variable_level": f"{month:g}"}
        rates = [estimate_interval(ard, analysis_id="KM_RATE", group1_level=arm.id, **own) for arm in plan.study.arms]
        differences, tested = {}, {}
        for arm in tests:
            keys = {**own, "analysis_id": "RATE_DIFFERENCE", "group1_level": arm}
            differences[arm] = estimate_interval(ard, **keys)
            z, p = ard.text("z", **keys), ard.text("p", **keys)
            tested[arm] = z if z == p else f"{z} ({p})"
        rows.append(Row(label=f"{month:g} months", kind="group"))
        rows.append(Row(tuple(rates), f"Rate, % ({level} CI)", indent=1))
        for label, texts in ((f"Difference, percentage points ({level} CI)", differences), ("z (two-sided p)", tested)):
            rows.append(Row(tuple(texts.get(arm.id, "") for arm in plan.study.arms), label, indent=1))
    return Display(
        columns=arm_columns(plan, 2.0),
        header=arm_header(ard, plan, output.population[0]),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )
