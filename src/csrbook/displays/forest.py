"""Forest plots of hazard ratios: rows from the ARD, axis ticks that hold all of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from csrbook.displays.format import fixed
from csrbook.displays.model import ForestRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from csrbook.ard import Ard

__all__ = ["covering_ticks", "forest_row", "line_label"]

_OUTER: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.4, 2.0, 2.5, 3.0, 4.0, 5.0, 10.0)


def forest_row(
    ard: Ard, label: str, cells: Sequence[str], keys: Mapping[str, str], *, estimate: str = "hr", bold: bool = False
) -> ForestRow:
    """A row with the estimate and limits that the ARD has under these keys; none where it is not estimable.

    The weight, which sets the size of the mark, is 1 / SE² of the logarithm as the limits show it, in the unit of the
    plot (the renderer scales it).
    """
    values = [_number(ard.value(name, **keys)) for name in (estimate, "lower", "upper")]
    point, lower, upper = values
    weight = 1.0
    if point is not None and lower is not None and upper is not None and 0.0 < lower < upper:
        weight = _number(1.0 / (math.log(upper) - math.log(lower)) ** 2) or 1.0
    return ForestRow(
        label=label,
        cells=tuple(cells),
        estimate=point,
        lower=lower,
        upper=upper,
        bold=bold,
        weight=weight,
    )


def covering_ticks(rows: Sequence[ForestRow], ticks: Sequence[float], *, limits: bool = False) -> tuple[float, ...]:
    """The ticks asked for, and one more at an end beyond which an estimate (or, if asked, a limit) lies.

    What lies outside all the same is cut off, and the renderer draws an arrow there.
    """
    reach = [
        value
        for row in rows
        for value in ((row.estimate, row.lower, row.upper) if limits else (row.estimate,))
        if value is not None
    ]
    chosen = sorted(ticks)
    if reach and min(reach) < chosen[0]:
        outer = [tick for tick in _OUTER if tick < chosen[0]]
        chosen[:0] = [max((tick for tick in outer if tick <= min(reach)), default=min(outer))] if outer else []
    if reach and max(reach) > chosen[-1]:
        outer = [tick for tick in _OUTER if tick > chosen[-1]]
        chosen += [min((tick for tick in outer if tick >= max(reach)), default=max(outer))] if outer else []
    return tuple(chosen)


def line_label(value: float, digits: int, text: str = "") -> str:
    """Label of a reference line: its value, and what it stands for."""
    return f"{text} {fixed(value, digits)}".strip()


def _number(value: float) -> float | None:
    """Ten significant digits, None where there is no number."""
    return float(f"{value:.10g}") if math.isfinite(value) else None
