"""Looking up a curve that rises in steps from 0, with its standard error and limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from csrbook.stats._checks import numbers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Values = NDArray[np.float64]

__all__ = ["rows_at"]


def rows_at(
    points: ArrayLike, time: Values, estimate: Values, std_err: Values, lower: Values, upper: Values, last: float
) -> Values:
    """Rows (time, estimate, standard error, lower, upper) at given times; NaN after ``last``."""
    wanted = numbers(points, "points")
    index = np.searchsorted(time, wanted, side="right")
    starts = ((estimate, 0.0), (std_err, 0.0), (lower, math.nan), (upper, math.nan))
    columns = [np.concatenate(([start], values))[index] for values, start in starts]
    return np.column_stack([wanted, *(np.where(wanted <= last, column, math.nan) for column in columns)])
