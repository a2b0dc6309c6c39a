"""T14.2.2.9 Restricted mean event-free time by arm, their difference and ratio."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.analysis_rows import noninferiority_rule
from csrbook.displays.estimates import (
    add_number,
    add_pvalue,
    add_text,
    add_warnings,
    confidence_label,
    estimate_interval,
    page_notes,
)
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import add_events
from csrbook.displays.time_to_event_table import arm_columns, arm_header, event_total_rows
from csrbook.errors import PlanError
from csrbook.stats.rmst import compare_rmst, rmst

if TYPE_CHECKING:
    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.program import Data
    from csrbook.plan.models import Arm, NonInferiority, Output, Plan

SHORTER = "SHORTER FOLLOW-UP"
"""Horizon: the shorter of the two arms' longest times."""


class RestrictedMeanParameters(Digits):
    """What the plan row says."""

    paramcd: str
    horizon_months: float
    digits_mean: int = 2


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Each arm to each horizon; each test arm against control; the margin in months that the design implies."""
    chosen = read_parameters(output, RestrictedMeanParameters)
    rule = noninferiority_rule(output, plan)
    times = EventTimesSource(data, plan).select(output.population[0], chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    add_events(ard, times, chosen)
    for test, control in times.comparisons():
        longest = [times.time[times.arm == times.arms.index(arm)].max(initial=0.0) for arm in (test, control)]
        for horizon, tau in (("PRESPECIFIED", chosen.horizon_months), (SHORTER, float(min(longest)))):
            _add_horizon(ard, times, (test, control), horizon, tau, rule, chosen, plan)
    return Results(ard)


def _add_horizon(
    ard: Ard, times: EventTimes, pair: tuple[Arm, Arm], horizon: str, tau: float, rule: NonInferiority,
    chosen: RestrictedMeanParameters, plan: Plan,
) -> None:  # fmt: skip
    keys = {**times.keys, "variable": "HORIZON", "variable_level": horizon, "unit": "months"}
    test, control = pair
    two = times.of(test, control)
    confidence = plan.study.confidence
    tested = {**keys, "group1_level": test.id, "analysis_id": "RMST_COMPARISON", "method": "Restricted mean, Greenwood"}
    if not tau > 0.0:
        found, status = None, "an arm without subjects"
    else:
        found = compare_rmst(two.time, two.event, two.arm == times.arms.index(test), tau=tau, confidence=confidence)
        status = found.status
    add_number(ard, "tau", tau if tau > 0.0 else None, chosen.digits_months, reason=status, **tested)
    for arm in pair:
        here = times.arm == times.arms.index(arm)
        own = {**keys, "group1_level": arm.id, "analysis_id": "RMST", "method": "Restricted mean, Greenwood"}
        # The control arm has a mean for each comparison, since the shorter follow-up differs between them.
        own |= {"group2": "COMPARISON", "group2_level": test.id}
        one = rmst(times.time[here], times.event[here], tau, confidence=confidence) if tau > 0.0 else None
        why = one.status if one is not None else status
        for name in ("estimate", "lower", "upper"):
            add_number(ard, name, getattr(one, name, None), chosen.digits_mean, reason=why, **own)
    contrasts = (
        ("difference", found.difference, chosen.digits_mean) if found else ("difference", None, chosen.digits_mean),
        ("ratio", found.ratio, chosen.digits_hr) if found else ("ratio", None, chosen.digits_hr),
    )
    for name, contrast, digits in contrasts:
        own = {**tested, "analysis_id": f"RMST_{name.upper()}", "unit": "months" if name == "difference" else ""}
        for stat in ("estimate", "lower", "upper"):
            add_number(ard, stat, getattr(contrast, stat, None), digits, reason=status, **own)
        add_pvalue(ard, "p", getattr(contrast, "p", None), chosen.digits_p, reason=status, **own)
    margin = _margin(plan, rule, tau) if tau > 0.0 else None
    own = {**tested, "analysis_id": "RMST_MARGIN", "method": "Exponential times of the design"}
    add_number(ard, "margin", margin, chosen.digits_mean, reason=status, **own)
    lower = found.difference.lower if found is not None else math.nan
    if margin is None or math.isnan(lower):
        add_text(ard, "met", "NE", **{**own, "error": status if status != "ok" else "no limit of the difference"})
    else:
        add_text(ard, "met", "Yes" if lower > margin else "No", float(lower > margin), **own)


def _margin(plan: Plan, rule: NonInferiority, tau: float) -> float:
    """Loss of restricted mean that the margin of the hazard ratio means, at the exponential times of the design."""
    if plan.study.sample_size is None:
        raise PlanError(
            "the plan has no design assumptions", "sap/study.yaml, sample_size", "state the median of the control arm"
        )
    hazard = math.log(2.0) / plan.study.sample_size.control_median
    means = [-math.expm1(-rate * tau) / rate for rate in (rule.margin * hazard, hazard)]
    return means[0] - means[1]


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block a horizon (and test arm): means, difference, ratio, and the illustrative margin."""
    chosen = read_parameters(output, RestrictedMeanParameters)
    ard = results.ard
    level = confidence_label(plan.study.confidence)
    tests = plan.study.test_arms
    rows = event_total_rows(ard, plan, group2_level=chosen.paramcd)
    for horizon, label in (("PRESPECIFIED", "prespecified horizon"), (SHORTER, "shorter of the longest times")):
        for test in tests:
            keys = {"variable_level": horizon, "group1_level": test.id}
            tau = ard.text("tau", analysis_id="RMST_COMPARISON", **keys)
            whom = f"{test.short}: " if len(tests) > 1 else ""
            rows.append(Row(label=f"{whom}Restricted mean (months) to {tau} months, {label}", kind="group"))
            pair = {test.id, plan.study.arm("control").id}
            means = tuple(
                estimate_interval(ard, analysis_id="RMST", variable_level=horizon, group1_level=arm.id,
                                  group2_level=test.id) if arm.id in pair else ""
                for arm in plan.study.arms
            )  # fmt: skip
            rows.append(Row(means, f"Mean ({level} CI)", indent=1))
            margin = ard.text("margin", analysis_id="RMST_MARGIN", **keys)
            met = ard.text("met", analysis_id="RMST_MARGIN", **keys)
            for text, cell in (
                (f"Difference, months ({level} CI)", estimate_interval(ard, analysis_id="RMST_DIFFERENCE", **keys)),
                ("p-value of the difference (two-sided)", ard.text("p", analysis_id="RMST_DIFFERENCE", **keys)),
                (f"Lower limit above {margin} months (illustrative)", met),
                (f"Ratio ({level} CI)", estimate_interval(ard, analysis_id="RMST_RATIO", **keys)),
            ):
                cells = tuple(cell if arm.id == test.id else "" for arm in plan.study.arms)
                rows.append(Row(cells, text, indent=1))
    return Display(
        columns=arm_columns(plan, 2.2),
        header=arm_header(ard, plan, output.population[0]),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )
