"""Kaplan–Meier curves by biomarker and arm: a panel a marker, a curve for each level and arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.displays.estimates import confidence_label, estimate_interval
from csrbook.displays.kaplan_meier import add_curves, curve_of, risk_grid
from csrbook.displays.parameters import sentence_case
from csrbook.displays.plot import Axis, Layer, Panel, linear_axis
from csrbook.displays.precision import Digits
from csrbook.displays.time_to_event import add_events, add_kaplan_meier

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.event_times import EventTimes
    from csrbook.plan.models import Arm, Biomarker, Plan

__all__ = ["MarkerCurveParameters", "add_marker_curves", "curve_keys", "curve_name", "marker_curve_panel"]


class MarkerCurveParameters(Digits):
    """What the plan row says.

    Attributes
    ----------
    paramcd, name : str
        Parameter of the event times, and its name.
    markers : tuple of str
        Ids of the markers of the plan that are drawn, in their order.
    grid_months : int
        Months between two columns of the numbers at risk.
    """

    paramcd: str
    name: str
    markers: tuple[str, ...]
    grid_months: int = 6


def curve_keys(marker: Biomarker, level: str) -> dict[str, str]:
    """ARD columns of the curves of one level."""
    return {"group2": marker.id, "group2_level": level}


def curve_name(level: str, arm: Arm) -> str:
    """How a curve is called in legend and table."""
    return f"{arm.short}, {sentence_case(level).lower()}"


def add_marker_curves(
    ard: Ard,
    times: EventTimes,
    levels: Mapping[str, NDArray[np.object_]],
    marker: Biomarker,
    chosen: MarkerCurveParameters,
    confidence: float,
) -> None:
    """Add the curves, numbers at risk, events and medians of each level of a marker in each arm.

    The keys are those of :func:`csrbook.displays.kaplan_meier.add_curves` and of
    :mod:`csrbook.displays.time_to_event`, with the marker as ``group2`` and its level as ``group2_level``.
    """
    grid = risk_grid(times, chosen.grid_months)
    for name in (marker.positive, marker.negative):
        here = times.where(levels[marker.id] == name).named(marker.id, name)
        add_events(ard, here, chosen)
        add_kaplan_meier(ard, here, quantiles=(0.5,), landmarks=(), digits=chosen, confidence=confidence)
        add_curves(ard, here, chosen.grid_months, grid)


def marker_curve_panel(ard: Ard, plan: Plan, marker: Biomarker, chosen: MarkerCurveParameters, x_label: str) -> Panel:
    """Steps with censoring ticks, numbers at risk below, medians in the corner.

    Levels differ in colour and dash within an arm: the positive level of arm i has style 2i, the negative 2i + 1.
    """
    level = confidence_label(plan.study.confidence)
    layers: list[Layer] = []
    table = []
    inset = []
    grid: tuple[float, ...] = (0.0,)
    for i, arm in enumerate(plan.study.arms):
        for j, value in enumerate((marker.positive, marker.negative)):
            keys = {"group1_level": arm.id, **curve_keys(marker, value)}
            name = curve_name(value, arm)
            curve = curve_of(ard, name, **keys)
            style = 2 * i + j
            if curve.times:
                layers.append(Layer("step", curve.times, curve.values, series=style, name=name))
            if curve.censored_times:
                layers.append(
                    Layer("points", curve.censored_times, curve.censored_values, series=style, marker="plus", size=0.8)
                )
            risks = ard.select(analysis_id="AT_RISK", **keys)
            grid = tuple(float(str(row["variable_level"])) for row in risks)
            table.append((name, style, tuple(str(n) for n in curve.at_risk)))
            median = estimate_interval(ard, level=level, analysis_id="KM_MEDIAN", **keys)
            events = ard.text("n", analysis_id="EVENTS", variable="", **keys)
            inset.append(f"{name}: median {median} months; {events} events in {curve.at_risk[0]}")
    return Panel(
        Axis(x_label, 0.0, grid[-1], tuple((month, f"{month:g}") for month in grid)),
        linear_axis(f"Probability of {chosen.name.lower()}", (0.0, 1.0)),
        tuple(layers),
        title=marker.label,
        table=tuple(table),
        table_heading="Number at risk",
        inset=tuple(inset),
    )
