"""Standardised difference of two groups, in units of their spread."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["of_means", "of_shares"]


def of_means(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Difference of means over the root of the mean variance (Austin 2009).

    0 where all values are the same; NaN where a group has fewer than two values, or neither varies and they differ.
    """
    first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    if min(len(first), len(second)) < 2:
        return math.nan
    difference = float(np.mean(first) - np.mean(second))
    spread = math.sqrt((np.var(first, ddof=1) + np.var(second, ddof=1)) / 2.0)
    if spread == 0.0:
        return 0.0 if difference == 0.0 else math.nan
    return difference / spread


def of_shares(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Mahalanobis distance of the shares of all levels but the first (Yang and Dalton 2012), from counts by level.

    Found by an eigendecomposition of the mean covariance of the two groups.  NaN where a group is empty, or where the
    shares differ in a direction in which neither group varies.
    """
    either = (first + second) > 0
    first, second = first[either], second[either]
    if first.sum() == 0 or second.sum() == 0:
        return math.nan
    t, c = first[1:] / first.sum(), second[1:] / second.sum()
    covariance = (np.diag(t) - np.outer(t, t) + np.diag(c) - np.outer(c, c)) / 2.0
    variances, axes = np.linalg.eigh(covariance)
    differences = axes.T @ (t - c)
    flat = variances <= 1e-12 * max(variances.max(initial=0.0), 1e-300)
    if (np.abs(differences[flat]) > 1e-12).any():
        return math.nan
    return math.sqrt(float(np.sum(differences[~flat] ** 2 / variances[~flat])))
