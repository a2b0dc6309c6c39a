"""T14.2.2.20 The look at futility, reconstructed from the final database: conditional power and spending of alpha."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from csrbook.ard import Ard
from csrbook.displays.analysis_rows import add_event_counts, add_hazard_ratio, noninferiority_rule
from csrbook.displays.columns import add_sizes
from csrbook.displays.conditions import Condition, Selection
from csrbook.displays.counts import count_cell
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
from csrbook.displays.format import date9
from csrbook.displays.model import Display, Row
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import comparison_keys, fit_cox
from csrbook.displays.time_to_event_table import arm_columns, arm_header
from csrbook.errors import PlanError
from csrbook.stats.group_sequential import conditional_power, drift_for_power, spending_boundaries
from csrbook.stats.noninferiority import noninferiority

if TYPE_CHECKING:
    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.program import Data
    from csrbook.plan.models import Arm, NonInferiority, Output, Plan

DRIFTS = {
    "TREND": "current trend",
    "DESIGN": "assumption of the design",
    "MARGIN": "hazard ratio at the margin",
}


class Assessments(Parameters):
    """Records of adequate assessments, whose latest date up to the look is that of a censoring."""

    dataset: str
    where: tuple[Condition, ...]
    date: str = "ADT"


class InterimParameters(Digits):
    """What the plan row says."""

    paramcd: str
    information: float = Field(gt=0.0, lt=1.0)
    """Share of the planned events at which the look takes place."""
    futility: float
    """Conditional power below which a stop is considered."""
    spending: Literal["obrien-fleming", "pocock"] = "obrien-fleming"
    spending_label: str
    assessments: Assessments
    ties: str = "efron"


@dataclass(frozen=True)
class _Look:
    """Event times as they were known at the look."""

    times: EventTimes
    day: float


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """The look: data as of the day of its last event, hazard ratio, B-value, conditional power, boundary."""
    chosen = read_parameters(output, InterimParameters)
    rule = noninferiority_rule(output, plan)
    design = plan.study.sample_size
    if design is None:
        raise PlanError("the plan has no design assumptions", "sap/study.yaml, sample_size", "state events and power")
    times = EventTimesSource(data, plan).select(output.population[0], chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    add_sizes(ard, times.groups, times.subjects, analysis_set=times.analysis_set)
    needed = math.ceil(chosen.information * design.events)
    look = _look(data, times, needed, chosen, plan)
    common = {k: v for k, v in times.keys.items() if k != "group1"} | {"analysis_id": "LOOK"}
    add_number(ard, "events", float(needed), 0, **common)
    reason = f"fewer than {needed} events in the final database"
    if look is None:
        add_text(ard, "day", "NE", **{**common, "error": reason})
    else:
        add_text(ard, "day", date9(look.day), look.day, **common)
    at = replace(times.where(np.zeros(len(times.time), dtype=bool))) if look is None else look.times
    for analysis, data_of in (("LOOK", at), ("FINAL", times)):
        add_event_counts(ard, data_of, analysis, chosen)
        for test, _ in times.comparisons():
            fit = fit_cox(data_of, test.id, rule.confidence, chosen.ties)
            status = reason if look is None and analysis == "LOOK" else fit.status
            add_hazard_ratio(
                ard, times, test, analysis, fit.log_hr, fit.se, rule, chosen,
                method=comparison_keys(times, test.id, "COX", chosen.ties)["method"], status=status,
            )  # fmt: skip
            if analysis == "LOOK":
                _add_power(ard, at, test, (fit.log_hr, fit.se), status, rule, chosen, plan)
    return Results(ard)


def _look(data: Data, times: EventTimes, needed: int, chosen: InterimParameters, plan: Plan) -> _Look | None:
    """Data as of the date of event number ``needed``: later randomisations out, later events censored before."""
    frame = data.dataset("ADTTE", ["USUBJID", "PARAMCD", "STARTDT", "ADT"])
    frame = frame[frame["PARAMCD"] == chosen.paramcd].set_index("USUBJID").reindex(list(times.subject))
    start, end = (frame[name].to_numpy(dtype=np.float64) for name in ("STARTDT", "ADT"))
    dates = np.sort(end[times.event])
    if len(dates) < needed:
        return None
    day = float(dates[needed - 1])
    records = data.dataset(chosen.assessments.dataset)
    records = records[Selection(records, chosen.assessments.dataset)(chosen.assessments.where)]
    records = records[records[chosen.assessments.date] <= day]
    latest = records.groupby("USUBJID")[chosen.assessments.date].max().reindex(list(times.subject))
    # Without an adequate assessment up to the look the patient is censored on day 1, as in the final analysis.
    censored = np.fmax(np.minimum(latest.to_numpy(dtype=np.float64), end), start)
    known = end <= day
    time = np.where(known, times.time, (censored - start + 1.0) / plan.study.days_per_month)
    status = np.where(known, times.status, 1)
    return _Look(replace(times, time=time, status=status).where(start <= day), day)


def _add_power(
    ard: Ard, at: EventTimes, test: Arm, estimate: tuple[float, float], status: str, rule: NonInferiority,
    chosen: InterimParameters, plan: Plan,
) -> None:  # fmt: skip
    """Information, B-value, conditional power by drift; boundary of the spending function, for information."""
    design = plan.study.sample_size
    assert design is not None  # noqa: S101 - analyse() refuses a plan without it
    control = next(arm for arm in at.arms if arm.role == "control")
    events = int(at.of(test, control).event.sum())
    t = events / design.events
    z = -noninferiority(*estimate, rule.margin, alpha_one_sided=rule.alpha_one_sided, status=status).z
    keys = {**at.keys, "group1_level": test.id, "analysis_id": "INFORMATION", "method": "Events over planned events"}
    if status == "ok" and not 0.01 <= t <= 0.99:
        status = "the information at the look is not between 0 and that of the final analysis"
    known = status == "ok"
    add_number(ard, "fraction", t if known else None, chosen.digits_statistic, reason=status, **keys)
    add_number(ard, "b", z * math.sqrt(t) if known else None, chosen.digits_statistic, reason=status, **keys)
    alone = spending_boundaries([1.0], alpha_one_sided=rule.alpha_one_sided)
    critical = float(alone.critical_z[-1])
    drifts = {"TREND": None, "DESIGN": drift_for_power(alone, design.power), "MARGIN": 0.0}
    for drift, value in drifts.items():
        power = conditional_power(z, t, critical_z=critical, drift=value) if known else None
        own = {**keys, "analysis_id": "CONDITIONAL_POWER", "variable": "DRIFT", "variable_level": drift, "unit": "%"}
        own["method"] = "B-value"
        add_number(ard, "power", None if power is None else 100.0 * power, chosen.digits_percent, reason=status, **own)
        below = power is not None and power < chosen.futility
        text = "NE" if power is None else "yes" if below else "no"
        add_text(ard, "futile", text, float(below), **{**own, "error": "" if known else status})
    looks = spending_boundaries([t, 1.0], alpha_one_sided=rule.alpha_one_sided, kind=chosen.spending) if known else None
    for index, look in enumerate(("LOOK", "FINAL")):
        own = {**keys, "analysis_id": "SPENDING", "variable": "LOOK", "variable_level": look, "method": chosen.spending}
        for name, values in (("alpha", "alpha_spent"), ("nominal", "nominal_p")):
            number = float(getattr(looks, values)[index]) if looks is not None else None
            add_pvalue(ard, name, number, chosen.digits_p + 1, reason=status, **own)
        # On the scale of the statistic, which is negative where the test arm does better.
        number = -float(looks.critical_z[index]) if looks is not None else None
        add_number(ard, "boundary_z", number, chosen.digits_statistic, reason=status, **own)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Arms in columns; what concerns a comparison stands under its test arm."""
    chosen = read_parameters(output, InterimParameters)
    rule = noninferiority_rule(output, plan)
    ard = results.ard
    arms = plan.study.arms
    tests = [arm.id for arm in arms if arm.role == "test"]

    def under(texts: dict[str, str]) -> tuple[str, ...]:
        return tuple(texts.get(arm.id, "") for arm in arms)

    def compared(analysis: str) -> list[Row]:
        own = {"variable_level": analysis}
        counts = tuple(count_cell(ard, arm.id, analysis_id="EVENTS", **own) for arm in arms)
        sizes = tuple(ard.text("n", analysis_id="ANALYSED", group1_level=arm.id, **own) for arm in arms)
        keys = {"analysis_id": "ANALYSIS", **own}
        ratios = {test: estimate_interval(ard, "hr", group1_level=test, **keys) for test in tests}
        z = {test: _with_p(*(ard.text(name, group1_level=test, **keys) for name in ("z", "p"))) for test in tests}
        return [
            Row(sizes, "Patients randomised", indent=1),
            Row(counts, "Patients with an event, n (%)", indent=1),
            Row(under(ratios), f"Hazard ratio ({confidence_label(rule.confidence)} CI)", indent=1),
            Row(under(z), "Non-inferiority, z (one-sided p-value)", indent=1),
        ]

    events, day = ard.text("events", analysis_id="LOOK"), ard.text("day", analysis_id="LOOK")
    rows = [Row(kind="group", label=f"Look at {events} events ({day})"), *compared("LOOK")]
    for name, label in (("fraction", "Information fraction t"), ("b", "B-value, -z × square root of t")):
        texts = {test: ard.text(name, analysis_id="INFORMATION", group1_level=test) for test in tests}
        rows.append(Row(under(texts), label, indent=1))
    limit = f"{100.0 * chosen.futility:g}%"
    rows.append(Row(kind="group", label=f"Conditional power, % (below {limit}, futility considered)"))
    for drift, label in DRIFTS.items():
        texts = {}
        for test in tests:
            keys = {"analysis_id": "CONDITIONAL_POWER", "variable_level": drift, "group1_level": test}
            power, futile = (ard.text(name, **keys) for name in ("power", "futile"))
            texts[test] = power if power == futile else f"{power} ({futile})"
        rows.append(Row(under(texts), f"Drift: {label}", indent=1))
    rows.append(Row(kind="group", label=f"{chosen.spending_label} (information only, no alpha was spent)"))
    for look, label in (("LOOK", "the look"), ("FINAL", "the final analysis")):
        spent, boundary = {}, {}
        for test in tests:
            keys = {"analysis_id": "SPENDING", "variable_level": look, "group1_level": test}
            spent[test] = ard.text("alpha", **keys)
            boundary[test] = _with_p(*(ard.text(name, **keys) for name in ("boundary_z", "nominal")))
        rows.append(Row(under(spent), f"Alpha spent by {label}", indent=1))
        rows.append(Row(under(boundary), f"Boundary at {label}, z (nominal one-sided p-value)", indent=1))
    rows += [Row(kind="group", label="Final analysis"), *compared("FINAL")]
    return Display(
        columns=arm_columns(plan, 2.4),
        header=arm_header(ard, plan, output.population[0]),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )


def _with_p(z: str, p: str) -> str:
    return z if z == p else f"{z} ({p})"
