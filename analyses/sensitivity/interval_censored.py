"""T14.2.2.10 Interval-censored progression-free survival: Turnbull, Sun's score test, Weibull model and margin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from csrbook.ard import Ard
from csrbook.displays.analysis_rows import add_hazard_ratio, noninferiority_rule
from csrbook.displays.columns import add_sizes
from csrbook.displays.counts import count_cell
from csrbook.displays.estimates import (
    add_count,
    add_number,
    add_pvalue,
    add_warnings,
    confidence_label,
    estimate_interval,
    page_notes,
)
from csrbook.displays.event_intervals import event_intervals
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.format import fixed
from csrbook.displays.model import Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import MARGIN_DIGITS
from csrbook.displays.time_to_event_table import arm_columns, arm_header
from csrbook.stats.interval_censoring import interval_score_test, turnbull
from csrbook.stats.weibull import weibull_arm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from csrbook.displays.event_intervals import EventIntervals
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan

KINDS = {
    "EXACT": "Exact time (death), n (%)",
    "INTERVAL": "Between two assessments (progression), n (%)",
    "NO EVENT": "No event seen, n (%)",
}


class IntervalParameters(Digits):
    """What the plan row says."""

    paramcd: str
    name: str
    landmarks_months: tuple[float, ...]


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Kinds and widths of the intervals, curves of the arms, test of equality, hazard ratio against the margin."""
    chosen = read_parameters(output, IntervalParameters)
    rule = noninferiority_rule(output, plan)
    times = EventTimesSource(data, plan).select(output.population[0], chosen.paramcd)
    found = event_intervals(data, times, plan.study.days_per_month)
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, (*times.warnings, *found.warnings), **times.keys)
    add_sizes(ard, times.groups, times.subjects, analysis_set=times.analysis_set)
    _add_arms(ard, found, chosen)
    times = found.times
    for test, control in times.comparisons():
        pair = np.isin(times.arm, [times.arms.index(test), times.arms.index(control)])
        here = times.arm[pair] == times.arms.index(test)
        strata = [times.strata[code] for code in times.stratum[pair]] if times.factors else None
        score = interval_score_test(found.left[pair], found.right[pair], here, strata=strata)
        keys = {**times.keys, "group1_level": test.id, "analysis_id": "SCORE_TEST", "method": "Sun, permutation form"}
        add_number(ard, "z", score.z, chosen.digits_statistic, reason=score.status, **keys)
        add_pvalue(ard, "p", score.p, chosen.digits_p, reason=score.status, **keys)
        fit = weibull_arm(found.left[pair], found.right[pair], here, strata=strata, confidence=rule.confidence)
        warning = ""
        if fit.status == "ok" and fit.uninformative_strata:
            warning = f"Strata that add nothing to the hazard ratio: {'; '.join(fit.uninformative_strata)}."
        add_hazard_ratio(
            ard, times, test, "WEIBULL", fit.log_hr, fit.se, rule, chosen,
            method="Weibull proportional hazards, interval-censored", status=fit.status, warning=warning,
        )  # fmt: skip
    return Results(ard)


def _add_arms(ard: Ard, found: EventIntervals, chosen: IntervalParameters) -> None:
    times = found.times
    kinds = {"EXACT": found.exact, "INTERVAL": found.bounded, "NO EVENT": np.isinf(found.right)}
    for position, arm in enumerate(times.arms):
        here = times.arm == position
        keys = {**times.keys, "group1_level": arm.id}
        for kind, inside in kinds.items():
            own = {**keys, "analysis_id": "INTERVALS", "variable": "KIND", "variable_level": kind, "method": "Count"}
            add_count(ard, int((here & inside).sum()), int(here.sum()), chosen.digits_percent, **own)
        width = (found.right - found.left)[here & found.bounded]
        own = {**keys, "analysis_id": "WIDTH", "method": "Descriptive", "unit": "months"}
        for name, value in (("median", np.median), ("maximum", np.max)):
            number = float(value(width)) if len(width) else None
            add_number(ard, name, number, chosen.digits_months, reason="no progression", **own)
        _add_curve(ard, found.left[here], found.right[here], chosen, {**keys, "method": "Turnbull"})


def _add_curve(
    ard: Ard, left: np.ndarray, right: np.ndarray, chosen: IntervalParameters, keys: Mapping[str, str]
) -> None:
    """Median and landmark rates; between the ends of an innermost interval the curve is not determined: two bounds."""
    curve = turnbull(left, right)
    own = {**keys, "analysis_id": "TURNBULL_MEDIAN", "unit": "months"}
    fallen = np.flatnonzero(curve.survival <= 0.5 + 1e-12)
    known = curve.status == "ok" and fallen.size > 0 and math.isfinite(curve.right[fallen[0]])
    reason = curve.status if curve.status != "ok" else "median not reached"
    for name, ends in (("from", curve.left), ("to", curve.right)):
        add_number(ard, name, float(ends[fallen[0]]) if known else None, chosen.digits_months, reason=reason, **own)
    why = curve.status if curve.status != "ok" else "nobody observed up to the month"
    rates = zip(chosen.landmarks_months, *curve.survival_at(chosen.landmarks_months), strict=True)
    for month, least, greatest in rates:
        own = {**keys, "analysis_id": "TURNBULL_RATE", "variable": "MONTH", "variable_level": f"{month:g}", "unit": "%"}
        for name, bound in (("from", least), ("to", greatest)):
            rate = 100.0 * float(bound) if month <= curve.last else None
            add_number(ard, name, rate, chosen.digits_percent, reason=why, **own)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Arms in columns; the comparisons under their test arm."""
    chosen = read_parameters(output, IntervalParameters)
    rule = noninferiority_rule(output, plan)
    ard = results.ard
    arms = plan.study.arms
    rows = [Row(kind="group", label="Time of the event")]
    for kind, label in KINDS.items():
        cells = tuple(count_cell(ard, arm.id, analysis_id="INTERVALS", variable_level=kind) for arm in arms)
        rows.append(Row(cells, label, indent=1))
    widths = [[ard.text(name, analysis_id="WIDTH", group1_level=arm.id) for name in ("median", "maximum")]
              for arm in arms]  # fmt: skip
    cells = tuple(median if median == largest == "NE" else f"{median} ({largest})" for median, largest in widths)
    rows.append(Row(cells, "Width of the interval (months), median (largest)", indent=1))
    rows.append(Row(kind="group", label=f"{chosen.name}, Turnbull"))
    medians = tuple(_range(ard, analysis_id="TURNBULL_MEDIAN", group1_level=arm.id) for arm in arms)
    rows.append(Row(medians, "Median (months)", indent=1))
    for month in chosen.landmarks_months:
        cells = tuple(
            _range(ard, analysis_id="TURNBULL_RATE", variable_level=f"{month:g}", group1_level=arm.id) for arm in arms
        )
        rows.append(Row(cells, f"Rate at {month:g} months (%)", indent=1))
    tests = {arm.id for arm in arms if arm.role == "test"}
    tested, ratios, against, met = {}, {}, {}, {}
    for test in tests:
        score = {"analysis_id": "SCORE_TEST", "group1_level": test}
        model = {"analysis_id": "ANALYSIS", "group1_level": test}
        tested[test] = _with_p(ard.text("z", **score), ard.text("p", **score))
        ratios[test] = estimate_interval(ard, "hr", **model)
        against[test] = _with_p(ard.text("z", **model), ard.text("p", **model))
        met[test] = ard.text("met", **model)
    word = "Stratified" if plan.study.strata else "Unstratified"
    margin = fixed(rule.margin, MARGIN_DIGITS)
    rows.append(Row(kind="group", label=f"{word} comparison with {plan.study.arm('control').label}"))
    for label, texts in (
        ("Sun's score test, z (two-sided p-value)", tested),
        (f"Weibull hazard ratio ({confidence_label(rule.confidence)} CI)", ratios),
        ("Non-inferiority, z (one-sided p-value)", against),
        (f"Upper limit below {margin}", met),
    ):
        rows.append(Row(tuple(texts.get(arm.id, "") for arm in arms), label, indent=1))
    return Display(
        columns=arm_columns(plan, 2.2),
        header=arm_header(ard, plan, output.population[0]),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )


def _range(ard: Ard, **keys: str) -> str:
    low, high = (ard.text(name, **keys) for name in ("from", "to"))
    return low if low == high else f"{low} to {high}"


def _with_p(z: str, p: str) -> str:
    return z if z == p else f"{z} ({p})"
