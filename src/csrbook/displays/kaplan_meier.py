"""The Kaplan–Meier figure: curves, censoring ticks and numbers at risk, first as ARD rows and then as a figure.

Every step of a curve is a group of ARD rows, so that a second programmer can recompute the picture point by point.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from csrbook.displays.format import fixed
from csrbook.displays.model import Curve, KaplanMeier
from csrbook.stats.kaplan_meier import at_risk, kaplan_meier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.ard import Ard
    from csrbook.displays.event_times import EventTimes
    from csrbook.plan.models import Plan

__all__ = ["add_curves", "curve_of", "kaplan_meier_figure", "risk_grid"]

_STEP_STATS = ("time", "estimate", "n_risk", "n_event", "n_censored")


def risk_grid(times: EventTimes, step: int) -> tuple[int, ...]:
    """Months 0, step, 2·step, … up to the first that no observed time exceeds."""
    last = float(times.time.max()) if len(times.time) else 0.0
    return tuple(range(0, max(step, math.ceil(last / step) * step) + 1, step))


def add_curves(ard: Ard, times: EventTimes, step: int, grid: Sequence[int] = ()) -> None:
    """Add each arm's curve (``KM_CURVE``) and its numbers at risk on the grid (``AT_RISK``).

    The grid is that of the times where none is given.

    ``KM_CURVE`` has, for each distinct time in order (``variable = STEP``, level 1, 2, …), the time, the estimate after
    it, and the numbers at risk, with event and censored at it.
    """
    grid = grid or risk_grid(times, step)
    for position, arm in enumerate(times.arms):
        here = times.arm == position
        curve = kaplan_meier(times.time[here], times.event[here])
        keys = {**times.keys, "group1_level": arm.id, "method": "Kaplan-Meier"}
        columns = (curve.time, curve.survival, curve.n_risk, curve.n_event, curve.n_censor)
        digits = (6, 6, 0, 0, 0)
        for index, values in enumerate(zip(*(column.tolist() for column in columns), strict=True), start=1):
            row = {**keys, "analysis_id": "KM_CURVE", "variable": "STEP", "variable_level": str(index)}
            for name, value, places in zip(_STEP_STATS, values, digits, strict=True):
                unit = "months" if name == "time" else ""
                ard.add(name, value, formatted=fixed(value, places), unit=unit, **row)
        for month, count in zip(grid, at_risk(times.time[here], np.asarray(grid, dtype=np.float64)), strict=True):
            row = {**keys, "analysis_id": "AT_RISK", "method": "Count"}
            ard.add("n", int(count), formatted=str(int(count)), variable="MONTH", variable_level=str(month), **row)


def kaplan_meier_figure(
    ard: Ard, plan: Plan, *, x_label: str, y_label: str, inset: Sequence[str] = (), **keys: str
) -> KaplanMeier:
    """The figure from the ARD; each curve starts at (0, 1), an arm without subjects has zeros at risk and no curve."""
    curves = [curve_of(ard, arm.label, group1_level=arm.id, **keys) for arm in plan.study.arms]
    risks = ard.select(analysis_id="AT_RISK", group1_level=plan.study.arms[0].id, **keys)
    grid = tuple(int(str(row["variable_level"])) for row in risks)
    return KaplanMeier(curves=tuple(curves), grid=grid, x_label=x_label, y_label=y_label, inset=tuple(inset))


def curve_of(ard: Ard, name: str, **keys: str) -> Curve:
    """The curve that :func:`add_curves` left in the ARD under these keys."""
    points: dict[str, dict[str, float]] = {}
    for row in ard.select(analysis_id="KM_CURVE", **keys):
        points.setdefault(str(row["variable_level"]), {})[str(row["stat_name"])] = _number(row["value"])
    steps = list(points.values())
    ticks = [point for point in steps if point["n_censored"] > 0]
    # The curve is drawn on to the last observed time, whether an event or a censoring stands there.
    drawn = [point for index, point in enumerate(steps) if point["n_event"] > 0 or index == len(steps) - 1]
    return Curve(
        name=name,
        times=(0.0, *(point["time"] for point in drawn)) if steps else (),
        values=(1.0, *(point["estimate"] for point in drawn)) if steps else (),
        censored_times=tuple(point["time"] for point in ticks),
        censored_values=tuple(point["estimate"] for point in ticks),
        at_risk=tuple(int(_number(row["value"])) for row in ard.select(analysis_id="AT_RISK", **keys)),
    )


def _number(value: object) -> float:
    """Ten significant digits, so that the last bits of a machine's arithmetic do not reach the page."""
    return float(f"{value:.10g}")
