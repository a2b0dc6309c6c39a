"""The chart of cumulative incidence: a curve an arm with its band and the patients at risk, first as ARD rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from csrbook.displays.estimates import add_number
from csrbook.displays.plot import Axis, Layer, Panel, linear_axis
from csrbook.stats.competing_risks import cumulative_incidence
from csrbook.stats.kaplan_meier import at_risk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.event_times import EventTimes
    from csrbook.plan.models import Plan

__all__ = ["add_incidence_curves", "incidence_panel"]

_STATS = ("estimate", "lower", "upper")


def add_incidence_curves(
    ard: Ard, times: EventTimes, causes: NDArray[np.int64], grid: Sequence[int], confidence: float
) -> None:
    """Add each arm's curve and its numbers at risk.

    Parameters
    ----------
    ard : Ard
        Receives ``estimate``, ``lower`` and ``upper`` in percent at each time of an event and at the last time
        (``INCIDENCE_CURVE``, ``variable`` ``MONTH``), and ``n`` at each month of the grid (``AT_RISK``).
    times, causes
        As in :func:`csrbook.displays.competing_risks.add_competing_risks`.
    grid : sequence of int
        Months.
    confidence : float
        Level of the pointwise interval.
    """
    for position, arm in enumerate(times.arms):
        here = times.arm == position
        keys = {**times.keys, "group1_level": arm.id, "variable": "MONTH"}
        curve = cumulative_incidence(times.time[here], causes[here], confidence=confidence)
        wanted = np.unique(np.append(curve.time[curve.n_event > 0], curve.time[-1:]))
        for month, estimate, _, lower, upper in curve.at(wanted).tolist():
            row = {**keys, "analysis_id": "INCIDENCE_CURVE", "variable_level": f"{month:.6f}", "unit": "%"}
            row["method"] = "Aalen-Johansen, log-log"
            for name, value in zip(_STATS, (estimate, lower, upper), strict=True):
                add_number(ard, name, 100.0 * value, 6, reason="no event yet", **row)
        for month, count in zip(grid, at_risk(times.time[here], np.asarray(grid, dtype=np.float64)), strict=True):
            row = {**keys, "analysis_id": "AT_RISK", "method": "Count", "variable_level": str(month)}
            ard.add("n", int(count), formatted=str(int(count)), **row)


def incidence_panel(
    ard: Ard,
    plan: Plan,
    grid: Sequence[int],
    *,
    title: str = "",
    label: str = "Months",
    inset: Sequence[str] = (),
    **keys: str,
) -> Panel:
    """The panel of one parameter, which ``keys`` name: steps from 0, bands, patients at risk under the ticks."""
    bands, steps, table = [], [], []
    highest = [10.0]
    for series, arm in enumerate(plan.study.arms):
        own = {"analysis_id": "INCIDENCE_CURVE", "group1_level": arm.id, **keys}
        months = [str(row["variable_level"]) for row in ard.select(stat_name="estimate", **own)]
        values = {name: [ard.value(name, variable_level=month, **own) for month in months] for name in _STATS}
        x = [float(month) for month in months]
        if x:
            steps.append(Layer("step", (0.0, *x), (0.0, *values["estimate"]), series=series, name=arm.label))
        corners = [
            (at, values["lower"][k], values["upper"][k])
            for k in range(len(x) - 1)
            if math.isfinite(values["lower"][k])
            for at in (x[k], x[k + 1])
        ]
        across, low, high = zip(*corners, strict=True) if corners else ((), (), ())
        bands.append(Layer("band", tuple(across), tuple(low), (), tuple(high), series=series))
        highest += [*values["estimate"], *high]
        own = {"analysis_id": "AT_RISK", "group1_level": arm.id, **keys}
        table.append((arm.short, series, tuple(ard.text("n", variable_level=str(month), **own) for month in grid)))
    axis = Axis(label, float(grid[0]), float(grid[-1]), tuple((float(month), str(month)) for month in grid))
    return Panel(
        axis,
        linear_axis("Cumulative incidence (%)", highest, include=(0.0,), grid=True),
        (*bands, *steps),
        title=title,
        table=tuple(table),
        table_heading="Patients at risk",
        inset=tuple(inset),
        inset_at="top left",
    )
