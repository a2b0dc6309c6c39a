"""The chart of episodes: weekly prevalence and mean cumulative function, with patients at risk."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from csrbook.displays.episodes import WEEK
from csrbook.displays.plot import Axis, Layer, Panel, linear_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups

__all__ = ["mean_cumulative_panel", "prevalence_panel", "week_axis"]


def week_axis(ticks: Sequence[int], weeks: int) -> Axis:
    """Weeks from 0 to the last, with these ticks."""
    return Axis("Week since the first dose", 0.0, weeks + 0.5, tuple((float(week), str(week)) for week in ticks))


def prevalence_panel(
    ard: Ard, groups: Groups, kind: str, title: str, axis: Axis, weeks: int, at_risk: Sequence[int]
) -> Panel:
    """Percentage with an episode in each week, a line with markers an arm; below, patients at risk at named ticks."""
    layers = []
    seen: list[float] = []
    table = []
    for series, arm in enumerate(groups.arms):
        values = [
            (week, ard.value("p", analysis_id=f"PREVALENCE.{kind}", group1_level=arm.id, variable_level=str(week)))
            for week in range(1, weeks + 1)
        ]
        known = [(float(week), value) for week, value in values if math.isfinite(value)]
        x, y = tuple(week for week, _ in known), tuple(value for _, value in known)
        layers += [Layer("line", x, y, series=series, name=arm.label), Layer("points", x, y, series=series, size=0.8)]
        seen += y
        shown = {str(week) for week in at_risk}
        numbers = tuple(
            ard.text("n", analysis_id="AT_RISK", group1_level=arm.id, variable_level=text) if text in shown else ""
            for _, text in axis.ticks
        )
        table.append((arm.short, series, numbers))
    return Panel(
        axis,
        linear_axis("Patients with an episode (%)", seen, include=(0.0,), ticks=5, grid=True),
        tuple(layers),
        title=title,
        table=tuple(table),
        table_heading="Patients at risk",
    )


def mean_cumulative_panel(
    ard: Ard, groups: Groups, kind: str, title: str, label: str, axis: Axis, inset: Sequence[str] = ()
) -> Panel:
    """Mean cumulative function by steps with its band, an arm a series."""
    bands, steps = [], []
    seen: list[float] = []
    for series, arm in enumerate(groups.arms):
        own = {"analysis_id": f"MCF.{kind}", "group1_level": arm.id}
        days = [str(row["variable_level"]) for row in ard.select(stat_name="estimate", **own)]
        if not days:
            continue
        columns = {
            name: [ard.value(name, variable_level=day, **own) for day in days]
            for name in ("estimate", "lower", "upper")
        }
        x = [float(day) / WEEK for day in days]
        steps.append(Layer("step", (0.0, *x), (0.0, *columns["estimate"]), series=series, name=arm.label))
        bands.append(_band(x, columns["lower"], columns["upper"], series))
        seen += columns["upper"]
    return Panel(
        axis,
        linear_axis(label, seen, include=(0.0,), ticks=5, grid=True),
        (*bands, *steps),
        title=title,
        inset=tuple(inset),
        inset_at="top left",
    )


def _band(x: Sequence[float], lower: Sequence[float], upper: Sequence[float], series: int) -> Layer:
    """The band by steps: the limits hold until the next day; there is none where they are not estimable."""
    across, low, high = [], [], []
    for k in range(len(x) - 1):
        if math.isfinite(lower[k]):
            across += [x[k], x[k + 1]]
            low += [lower[k]] * 2
            high += [upper[k]] * 2
    return Layer("band", tuple(across), tuple(low), (), tuple(high), series=series)
