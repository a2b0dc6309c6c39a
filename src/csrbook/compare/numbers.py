"""When two numbers agree."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Tolerance", "agree", "percent_difference"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two numbers may lie apart and still agree.

    Parameters
    ----------
    relative : float
        Largest difference as a part of the greater of the two absolute values.
    absolute : float
        Largest difference whatever the size; it settles numbers at or near zero.

    Notes
    -----
    Two numbers agree when ``|p - q| <= max(relative * max(|p|, |q|), absolute)``. SAS: ``PROC COMPARE
    METHOD=RELATIVE CRITERION=...`` is the relative part, with the mean of the two absolute values as its denominator;
    R: ``diffdf(tolerance = ...)``.
    """

    relative: float = 1e-8
    absolute: float = 1e-10

    def __post_init__(self) -> None:
        for name, bound in (("relative", self.relative), ("absolute", self.absolute)):
            if not (math.isfinite(bound) and bound >= 0.0):
                raise StatisticsError(f"{bound} is no bound", f"Tolerance({name}=...)", "give a number of 0 or more")


def agree(production: ArrayLike, qc: ArrayLike, relative: ArrayLike, absolute: ArrayLike) -> NDArray[np.bool_]:
    """Whether numbers agree, one by one; two that are not estimable (NaN) do, one against a number does not.

    Parameters
    ----------
    production, qc : array_like of float
    relative, absolute : array_like of float
        Bounds of :class:`Tolerance`.
    """
    p, q = np.asarray(production, dtype=np.float64), np.asarray(qc, dtype=np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        bound = np.maximum(np.asarray(relative) * np.maximum(np.abs(p), np.abs(q)), absolute)
        near = np.isfinite(p) & np.isfinite(q) & (np.abs(p - q) <= bound)
    return np.asarray(near | (p == q) | (np.isnan(p) & np.isnan(q)))


def percent_difference(production: ArrayLike, qc: ArrayLike) -> NDArray[np.float64]:
    """``100 * (qc - production) / |production|``; 0 where both are equal, NaN where that is not defined."""
    p, q = np.asarray(production, dtype=np.float64), np.asarray(qc, dtype=np.float64)
    with np.errstate(all="ignore"):
        percent = 100.0 * (q - p) / np.abs(p)
    return np.where(p == q, 0.0, np.where((p == 0.0) | ~np.isfinite(p), np.nan, percent))
