"""F14.2.2.16 Proportional hazards by eye: smoothed Schoenfeld residuals, and log cumulative hazards of the arms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from csrbook.ard import Ard
from csrbook.displays.estimates import add_count, add_number, add_warnings, confidence_label, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.plot import NEUTRAL, Layer, Panel, Plot, Reference, linear_axis, log_axis
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import fit_cox
from csrbook.stats.kaplan_meier import kaplan_meier
from csrbook.stats.proportional_hazards import proportional_hazards
from csrbook.stats.schoenfeld_smooth import smooth_residuals

if TYPE_CHECKING:
    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.program import Data
    from csrbook.plan.models import Arm, Output, Plan

RESIDUAL, CURVE = "RESIDUAL", "LOG CUMULATIVE HAZARD"


class HazardPlotParameters(Digits):
    """What the plan row says."""

    paramcd: str
    df: int = 4
    """Degrees of freedom of the smoothed curve."""
    grid: int = 40
    """Points of the smoothed curve."""
    ticks_months: tuple[float, ...] = (0.5, 1, 2, 3, 6, 12, 24, 48)
    ties: str = "efron"


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Residuals with their smoothed curve; the curves log(-log S); how often the Kaplan–Meier curves cross.

    The records are the points of both panels: ``KIND``, ``ARM``, ``TIME`` (months) and ``VALUE``.
    """
    chosen = read_parameters(output, HazardPlotParameters)
    times = EventTimesSource(data, plan).select(output.population[0], chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    records: list[tuple[str, str, float, float]] = []
    for test, control in times.comparisons():
        records += _add_residuals(ard, times.of(test, control), test, chosen, plan.study.confidence)
        _add_crossings(ard, times, test, control, chosen)
    for position, arm in enumerate(times.arms):
        here = times.arm == position
        curve = kaplan_meier(times.time[here], times.event[here])
        inside = (curve.survival > 0.0) & (curve.survival < 1.0) & (curve.events > 0) & (curve.time > 0.0)
        values = np.log(-np.log(curve.survival[inside]))
        records += [(CURVE, arm.id, t, v) for t, v in zip(curve.time[inside].tolist(), values.tolist(), strict=True)]
        keys = {**times.keys, "group1_level": arm.id, "analysis_id": "CURVE", "method": "Kaplan-Meier, log(-log)"}
        add_count(ard, int(inside.sum()), **keys)
    return Results(ard, pd.DataFrame(records, columns=["KIND", "ARM", "TIME", "VALUE"]))


def _add_residuals(
    ard: Ard, two: EventTimes, test: Arm, chosen: HazardPlotParameters, confidence: float
) -> list[tuple[str, str, float, float]]:
    """Scaled residuals as records; hazard ratio and smoothed curve to the ARD."""
    keys = {**two.keys, "group1_level": test.id, "method": "Scaled Schoenfeld residuals, natural spline"}
    fit = fit_cox(two, test.id, confidence, chosen.ties)
    add_number(ard, "log_hr", fit.log_hr, chosen.digits_statistic, reason=fit.status,
               **{**keys, "analysis_id": "CONSTANT"})  # fmt: skip
    own = {**keys, "analysis_id": "SMOOTHED"}
    if fit.status != "ok":
        add_number(ard, "points", None, 0, reason=fit.status, **own)
        return []
    here = two.arm == two.arms.index(test)
    strata = list(two.stratum) if two.factors else None
    found = proportional_hazards(
        two.time, two.event, here.astype(float)[:, np.newaxis], strata=strata, transform="identity", ties=chosen.ties
    )
    if found.status != "ok":
        add_number(ard, "points", None, 0, reason=found.status, **own)
        return []
    residuals = found.scaled_residuals[:, 0]
    at = np.linspace(float(found.event_time[0]), float(found.event_time[-1]), chosen.grid)
    curve = smooth_residuals(found.event_time, residuals, fit.se**2, at, df=chosen.df, confidence=confidence)
    if curve.status != "ok":
        add_number(ard, "points", None, 0, reason=curve.status, **own)
    else:
        add_number(ard, "points", float(chosen.grid), 0, **own)
        for index in range(chosen.grid):
            point = {**own, "variable": "POINT", "variable_level": str(index + 1)}
            add_number(ard, "month", float(at[index]), chosen.digits_months, **point)
            for name, values in (("estimate", curve.estimate), ("lower", curve.lower), ("upper", curve.upper)):
                add_number(ard, name, float(values[index]), chosen.digits_statistic, **point)
    pairs = zip(found.event_time.tolist(), residuals.tolist(), strict=True)
    return [(RESIDUAL, test.id, time, value) for time, value in pairs]


def _add_crossings(ard: Ard, times: EventTimes, test: Arm, control: Arm, chosen: HazardPlotParameters) -> None:
    """How often the Kaplan–Meier curves of two arms cross while both are observed, and the month of the last time."""
    curves = []
    for arm in (test, control):
        here = times.arm == times.arms.index(arm)
        curves.append((kaplan_meier(times.time[here], times.event[here]), times.time[here].max(initial=0.0)))
    both = min(last for _, last in curves)
    at = np.unique(times.time[times.event & (times.time <= both)])
    keys = {
        **times.keys, "group1_level": test.id, "analysis_id": "CROSSINGS", "method": "Signs of the difference of curves"
    }  # fmt: skip
    months: list[float] = []
    if len(at) and both > 0.0:
        gap = curves[0][0].survival_at(at).survival - curves[1][0].survival_at(at).survival
        known = np.isfinite(gap) & (np.abs(gap) > 1e-12)
        sign, when = np.sign(gap[known]), at[known]
        months = when[1:][sign[1:] != sign[:-1]].tolist()
    add_count(ard, len(months), **keys)
    add_number(ard, "last", months[-1] if months else None, chosen.digits_months, reason="the curves do not cross",
               **{**keys, "analysis_id": "LAST_CROSSING", "unit": "months"})  # fmt: skip


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Residuals of each test arm, then the log cumulative hazards of all arms."""
    chosen = read_parameters(output, HazardPlotParameters)
    ard = results.ard
    assert results.records is not None  # noqa: S101 - analyse() returns them
    tests = plan.study.test_arms
    panels = [_residual_panel(ard, results.records, arm, plan, named=len(tests) > 1) for arm in tests]
    panels.append(_curve_panel(results.records, plan, chosen))
    # That the curves do not cross is a finding and leaves nothing out of the figure.
    shown = ("CONSTANT", "SMOOTHED", "DATA_WARNING")
    notes = tuple(dict.fromkeys(note for name in shown for note in page_notes(ard, analysis_id=name)))
    return Display(
        figure=Plot(tuple(panels), 2, math.ceil(len(panels) / 2)),
        alt=" ".join(_finding(ard, arm, plan) for arm in tests),
        footnotes=notes,
    )


def _residual_panel(ard: Ard, records: pd.DataFrame, test: Arm, plan: Plan, *, named: bool) -> Panel:
    own = records[(records["KIND"] == RESIDUAL) & (records["ARM"] == test.id)]
    x, y = tuple(own["TIME"].tolist()), tuple(own["VALUE"].tolist())
    level = confidence_label(plan.study.confidence)
    layers = [Layer("points", x, y, series=NEUTRAL, size=0.5, marker="open-circle", name="Residual of an event")]
    keys = {"analysis_id": "SMOOTHED", "group1_level": test.id}
    rows = [row["variable_level"] for row in ard.select(stat_name="estimate", **keys)]
    values = {
        name: tuple(ard.value(name, variable_level=str(point), **keys) for point in rows)
        for name in ("month", "estimate", "lower", "upper")
    }
    if rows:
        layers[:0] = [
            Layer("band", values["month"], values["lower"], y2=values["upper"], series=NEUTRAL, name=f"{level} limits")
        ]
        layers.append(
            Layer("line", values["month"], values["estimate"], series=NEUTRAL, name="Smoothed log hazard ratio")
        )
    constant = ard.value("log_hr", analysis_id="CONSTANT", group1_level=test.id)
    references = [Reference("y", 0.0, dashed=False)]
    if math.isfinite(constant):
        references.append(Reference("y", constant, "constant"))
    title = f"Scaled Schoenfeld residuals{f', {test.label}' if named else ''}"
    return Panel(
        linear_axis("Months", x, include=(0.0,)),
        linear_axis("Log hazard ratio", (*y, *values["lower"], *values["upper"]), include=(0.0,)),
        tuple(layers),
        tuple(references),
        title,
    )


def _curve_panel(records: pd.DataFrame, plan: Plan, chosen: HazardPlotParameters) -> Panel:
    curves = records[records["KIND"] == CURVE]
    layers = []
    for position, arm in enumerate(plan.study.arms):
        own = curves[curves["ARM"] == arm.id]
        if len(own):
            layers.append(
                Layer("step", tuple(own["TIME"].tolist()), tuple(own["VALUE"].tolist()), series=position,
                      name=arm.label)
            )  # fmt: skip
    return Panel(
        log_axis("Months (log scale)", curves["TIME"].tolist(), ticks=chosen.ticks_months),
        linear_axis("log(-log S)", curves["VALUE"].tolist()),
        tuple(layers),
        title="Log cumulative hazards",
    )


def _finding(ard: Ard, test: Arm, plan: Plan) -> str:
    control = plan.study.arm("control")
    crossings = ard.text("n", analysis_id="CROSSINGS", group1_level=test.id)
    last = ard.text("last", analysis_id="LAST_CROSSING", group1_level=test.id)
    what = {"0": "does not cross", "1": f"crosses once, at {last} months,"}.get(
        crossings, f"crosses {crossings} times, last at {last} months,"
    )
    sentence = f"The Kaplan–Meier curve of {test.label} {what} that of {control.label}."
    keys = {"analysis_id": "SMOOTHED", "group1_level": test.id}
    points = [str(row["formatted"]) for row in ard.select(stat_name="estimate", **keys)]
    if not points:
        return f"{sentence} There are too few events for a smoothed log hazard ratio."
    values = [ard.value("estimate", variable_level=str(i + 1), **keys) for i in range(len(points))]
    low, high = points[int(np.argmin(values))], points[int(np.argmax(values))]
    constant = ard.text("log_hr", analysis_id="CONSTANT", group1_level=test.id)
    return f"{sentence} The smoothed log hazard ratio lies between {low} and {high} around the constant {constant}."
