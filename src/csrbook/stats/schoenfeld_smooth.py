"""Smoothed scaled Schoenfeld residuals: how a log hazard ratio moves with time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import confidence_level, count, numbers, positive, same_length
from csrbook.stats._normal import z_critical
from csrbook.stats.spline_interaction import restricted_cubic_spline

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["SmoothedResiduals", "smooth_residuals"]


@dataclass(frozen=True, slots=True)
class SmoothedResiduals:
    """Smoothed log hazard ratio β(t) with pointwise limits at times ``at``; NaN where ``status`` is not ``"ok"``."""

    at: NDArray[np.float64]
    estimate: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    knots: tuple[float, ...]
    confidence: float
    status: str


def smooth_residuals(
    time: ArrayLike, residual: ArrayLike, variance: float, at: ArrayLike, *, df: int = 4, confidence: float = 0.95
) -> SmoothedResiduals:
    r"""Natural cubic spline through the scaled Schoenfeld residuals of one covariate.

    .. math:: \hat\beta(t) = b(t)'(B'B)^{-1}B'r^*, \qquad
        \widehat{\mathrm{Var}} = d\,\hat V\, b(t)'(B'B)^{-1}b(t)

    with d the number of events and V the variance of the coefficient: the variance of a scaled residual is about dV.

    Parameters
    ----------
    time, residual : array_like, shape (d,)
        Times of the events (or a transform of them) and their scaled residuals with the coefficient added, as
        :func:`csrbook.stats.proportional_hazards.proportional_hazards` gives them.
    variance : float
        Variance of the coefficient in the proportional-hazards model, above 0.
    at : array_like
        Times of the curve; nothing is said outside the range of the events (NaN).
    df : int
        Degrees of freedom with the intercept, from 3; ``df`` − 2 inner knots at equally spaced quantiles of the times,
        the outer ones at their ends.
    confidence : float

    Returns
    -------
    SmoothedResiduals
        ``status`` tells where there are too few distinct times.

    Raises
    ------
    StatisticsError
        On bad arguments.

    Notes
    -----
    Source: Grambsch and Therneau, Biometrika 1994; Therneau and Grambsch 2000, section 6.2. R: ``plot(cox.zph(fit,
    transform = "identity"))``. SAS: ``proc phreg; output wtressch=``, then ``proc loess`` or a spline. Known
    differences: R takes its knots from the quantiles of events and plotting grid together, and limits of twice the
    standard error.
    """
    t, y, where = numbers(time, "time"), numbers(residual, "residual"), numbers(at, "at")
    same_length(len(t), residual=y)
    positive(variance, "variance")
    z = z_critical(confidence_level(confidence))
    if count(df, "df") < 3:
        raise StatisticsError(f"df is {df}", "argument 'df'", "give a number from 3")
    nothing = np.full(len(where), math.nan)
    knots = np.quantile(t, np.linspace(0.0, 1.0, df)) if len(t) else np.empty(0)
    if len(t) <= df or bool((np.diff(knots) <= 0.0).any()):
        return SmoothedResiduals(
            where, nothing, nothing, nothing, (), confidence, f"too few event times for {df} degrees of freedom"
        )
    # Centred and scaled times keep the cross-product well conditioned; the space of curves is the same.
    centre, width = float(knots[0]), float(knots[-1] - knots[0])
    inner = (knots - centre) / width

    def basis(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([np.ones(len(values)), restricted_cubic_spline((values - centre) / width, inner)])

    design, grid = basis(t), basis(where)
    cross = np.linalg.inv(design.T @ design)
    estimate = grid @ (cross @ (design.T @ y))
    half = z * np.sqrt(len(t) * variance * np.einsum("ij,jk,ik->i", grid, cross, grid))
    outside = (where < t.min()) | (where > t.max())
    estimate, half = np.where(outside, math.nan, estimate), np.where(outside, math.nan, half)
    return SmoothedResiduals(where, estimate, estimate - half, estimate + half, tuple(knots.tolist()), confidence, "ok")
