"""Standardised difference of two groups: how far apart they are in units of their spread, whatever their size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import numbers
from csrbook.stats.descriptive import describe

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["standardised_difference", "standardised_difference_of_counts"]


def standardised_difference(first: ArrayLike, second: ArrayLike) -> float:
    r"""Standardised difference of the means of a continuous variable.

    .. math:: d = \frac{\bar x_1 - \bar x_2}{\sqrt{(s_1^2 + s_2^2)/2}}

    Parameters
    ----------
    first, second : array_like of float
        Values of the two groups; missing ones (NaN) are left out.

    Returns
    -------
    float
        NaN where a group has fewer than two known values, or where neither group varies and the means differ; 0 where
        all values are the same.

    Notes
    -----
    Source: Austin 2009, Statistics in Medicine 28:3083. SAS: ``(mean1 - mean2) / sqrt((var1 + var2) / 2)`` from ``PROC
    MEANS``. R: ``stddiff::stddiff.numeric`` (which prints the absolute value).

    Examples
    --------
    >>> round(standardised_difference([1, 2, 3], [2, 3, 4]), 6)
    -1.0
    """
    one, two = describe(first), describe(second)
    spread = math.sqrt((one.sd**2 + two.sd**2) / 2.0)
    if math.isnan(spread):
        return math.nan
    if spread == 0.0:
        return 0.0 if one.mean == two.mean else math.nan
    return (one.mean - two.mean) / spread


def standardised_difference_of_counts(first: ArrayLike, second: ArrayLike) -> float:
    r"""Standardised difference of a categorical variable: the Mahalanobis distance of the shares.

    .. math:: d = \sqrt{(T - C)^\top S^{-1} (T - C)}, \quad
        S_{kl} = \tfrac12 \begin{cases} T_k(1 - T_k) + C_k(1 - C_k) & k = l \\ -T_kT_l - C_kC_l & k \ne l\end{cases}

    with the shares :math:`T` and :math:`C` of all levels but the first.

    Parameters
    ----------
    first, second : array_like of int, shape (k,)
        Counts of each level in the two groups; levels that neither group has are left out.

    Returns
    -------
    float
        At least 0. NaN where a group is empty, or where the groups have no level in common that could give a spread.

    Notes
    -----
    With two levels it is the absolute value of :math:`(p_1 - p_2)/\sqrt{(p_1q_1 + p_2q_2)/2}`. Source: Yang and Dalton
    2012, SAS Global Forum, paper 335. SAS: their macro ``%stddiff``. R: ``stddiff::stddiff.category``.

    Examples
    --------
    >>> round(standardised_difference_of_counts([30, 70], [50, 50]), 6)
    0.417029
    """
    one, two = numbers(first, "first"), numbers(second, "second")
    if one.shape != two.shape:
        raise StatisticsError(
            f"{len(one)} counts against {len(two)}", "argument 'second'", "give a count for each level in both groups"
        )
    if (one < 0).any() or (two < 0).any():
        raise StatisticsError("a count is negative", "argument 'first'", "give counts from 0")
    present = one + two > 0
    one, two = one[present], two[present]
    if not one.sum() or not two.sum():
        return math.nan
    t, c = (one / one.sum())[1:], (two / two.sum())[1:]
    if len(t) == 0:
        return 0.0
    covariance = (np.diag(t) - np.outer(t, t) + np.diag(c) - np.outer(c, c)) / 2.0
    difference = t - c
    try:
        squared = float(difference @ np.linalg.solve(covariance, difference))
    except np.linalg.LinAlgError:
        return 0.0 if not difference.any() else math.nan
    return math.sqrt(squared) if squared >= 0.0 else math.nan
