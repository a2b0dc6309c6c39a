"""A chart in layers: what waterfall, spider, swimmer, dot, mean-change, incidence, eDISH and surface plots are made of.

A chart holds positions and strings and no markup; Typst draws it (``report/_render/figure-plot.typ``), in colours that
also differ in grey, each series with a dash, a fill and a marker of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["NEUTRAL", "Axis", "Layer", "Panel", "Plot", "Reference", "category_axis", "linear_axis", "log_axis"]

NEUTRAL: Final = -1
"""The series that stands for no group: grey."""

Marker = Literal["", "circle", "square", "triangle", "diamond", "cross", "plus", "open-circle", "open-square", "arrow"]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: label, ends, and ticks as (position, text). ``low`` above ``high`` turns the axis round.

    Positions are in the data's own units, also where ``log`` is set.
    """

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    log: bool = False
    grid: bool = False
    upright: bool = False
    """Of an x axis: texts of the ticks are turned by 90 degrees (many identifiers side by side)."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Marks of one kind.

    Attributes
    ----------
    mark
        ``line`` joins (x, y); ``step`` does so by steps, horizontal first; ``points`` draws a marker at each (x, y);
        ``bars`` fills rectangles from (x, y) to (x2, y2); ``band`` shades from y to y2 over x; ``segments`` draws
        lines from (x, y) to (x2, y2), with caps where ``caps`` is set; ``text`` prints ``labels`` at (x, y).
    x, y, x2, y2 : tuple of float
        Positions in the units of the axes, one an element.
    series : int
        Style of the layer: 0 for the first arm, 1 for the second …; ``NEUTRAL`` is grey.
    styles : tuple of int
        Style of each element, where elements differ (bars coloured by response); empty for the layer's own.
    shades : tuple of float
        Of bars: darkness from 0 (white) to 1 in place of a style (heat map); empty for none.
    name : str
        Entry in the legend; none where empty. Layers of the same name share one entry.
    names : tuple of (int, str)
        Legend entries of the ``styles``: style and text.
    labels : tuple of str
        Text at each element: beside points, in bars, or alone (``text``).
    marker
        Shape of points; that of the series where empty. ``arrow`` points to the right: goes on.
    size : float
        Of points and of text, relative to 1.
    """

    mark: Literal["line", "step", "points", "bars", "band", "segments", "text"]
    x: tuple[float, ...]
    y: tuple[float, ...]
    x2: tuple[float, ...] = ()
    y2: tuple[float, ...] = ()
    series: int = 0
    styles: tuple[int, ...] = ()
    shades: tuple[float, ...] = ()
    name: str = ""
    names: tuple[tuple[int, str], ...] = ()
    labels: tuple[str, ...] = ()
    marker: Marker = ""
    size: float = 1.0
    caps: bool = False

    def __post_init__(self) -> None:
        """Refuse positions that do not belong together or are no numbers."""
        lengths = {len(v) for v in (self.x, self.y, self.x2, self.y2, self.styles, self.shades, self.labels) if v}
        if len(lengths) > 1 or len(self.x) != len(self.y):
            raise ValueError(f"a layer of {self.mark} has positions of different lengths")
        if not all(math.isfinite(v) for v in (*self.x, *self.y, *self.x2, *self.y2)):
            raise ValueError(f"a layer of {self.mark} has a position that is no finite number")


@dataclass(frozen=True, slots=True)
class Reference:
    """A straight line across the panel at a value of one axis, with a label at its end."""

    axis: Literal["x", "y"]
    value: float
    label: str = ""
    dashed: bool = True


@dataclass(frozen=True, slots=True)
class Panel:
    """Axes and layers, drawn in their order; ``table`` holds rows of text under the ticks of the x axis.

    Attributes
    ----------
    table : tuple of (str, int, tuple of str)
        Label, series that colours it, and a text for each tick of the x axis (numbers at risk, patients assessed).
    table_heading : str
        Over the rows.
    inset : tuple of str
        Lines printed in the corner of the panel that ``inset_at`` names.
    """

    x: Axis
    y: Axis
    layers: tuple[Layer, ...]
    references: tuple[Reference, ...] = ()
    title: str = ""
    table: tuple[tuple[str, int, tuple[str, ...]], ...] = ()
    table_heading: str = ""
    inset: tuple[str, ...] = ()
    inset_at: Literal["top right", "top left", "bottom right", "bottom left"] = "top right"


@dataclass(frozen=True, slots=True)
class Plot:
    """Panels in a grid, ``columns`` side by side, ``rows`` below each other on a page, then on the next page.

    The legend of a page, made from the names of its layers in their order, stands above its panels.
    """

    panels: tuple[Panel, ...]
    columns: int = 1
    rows: int = 1
    type: Literal["plot"] = "plot"


def linear_axis(
    label: str, values: Iterable[float], *, include: Sequence[float] = (), ticks: int = 6, grid: bool = False
) -> Axis:
    """An axis that covers the values, with about ``ticks`` round ticks (steps of 1, 2, 2.5 or 5 times a power of ten).

    Values that are not finite are left out; without any the axis runs from 0 to 1.
    """
    known = [v for v in (*values, *include) if math.isfinite(v)] or [0.0, 1.0]
    low, high = min(known), max(known)
    if low == high:
        low, high = low - 0.5, high + 0.5
    step = _round_step((high - low) / max(ticks - 1, 1))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) + (1 if _needs_half(step) else 0)
    places = tuple((k * step, f"{k * step:.{digits}f}") for k in range(first, last + 1))
    return Axis(label, first * step, last * step, places, grid=grid)


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= step * (1 - 1e-9))


def _needs_half(step: float) -> bool:
    """Whether the step has a second digit (2.5, 0.25)."""
    lead = step / 10.0 ** math.floor(math.log10(step) + 1e-9)
    return abs(lead - 2.5) < 1e-6


def log_axis(label: str, values: Iterable[float], *, ticks: Sequence[float], grid: bool = False) -> Axis:
    """A logarithmic axis over the given ticks that are needed to cover the values."""
    known = [v for v in values if math.isfinite(v) and v > 0] or [1.0]
    below = [t for t in ticks if t <= min(known)]
    above = [t for t in ticks if t >= max(known)]
    low = max(below) if below else min(known)
    high = min(above) if above else max(known)
    if low == high:
        low, high = low / 2, high * 2
    places = tuple((t, f"{t:g}") for t in ticks if low <= t <= high)
    return Axis(label, low, high, places, log=True, grid=grid)


def category_axis(label: str, categories: Sequence[str], *, descending: bool = True, grid: bool = False) -> Axis:
    """An axis with a category at 0, 1, 2 …; ``descending`` puts the first at the top."""
    places = tuple((float(k), text) for k, text in enumerate(categories))
    ends = (-0.5, len(categories) - 0.5)
    low, high = ends[::-1] if descending else ends
    return Axis(label, low, high, places, grid=grid)
