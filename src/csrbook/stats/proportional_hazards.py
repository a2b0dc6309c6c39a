"""Test of proportional hazards: Grambsch and Therneau's score test against a coefficient that changes with time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats._checks import binary, encode, matrix, one_of, same_length, times
from csrbook.stats._cox_newton import moments, newton, weighted_information
from csrbook.stats._normal import chi2_sf
from csrbook.stats._risk_sets import risk_sets
from csrbook.stats.cox import COX_TIES

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["ProportionalHazards", "proportional_hazards"]

TRANSFORMS: Final = ("km", "rank", "identity", "log")


@dataclass(frozen=True, slots=True)
class ProportionalHazards:
    """Score test of β(t) = β + θ g(t) with θ = 0.

    Attributes
    ----------
    chi2, p : ndarray, shape (p,)
        For each covariate alone (1 df).
    global_chi2, global_p : float
        For all covariates together (``df`` degrees of freedom).
    df : int
    event_time : ndarray
        Time of each event, ascending, ties repeated.
    transformed_time : ndarray
        g at those times.
    residuals : ndarray, shape (events, p)
        Schoenfeld residuals, and scaled (plus the coefficient) in ``scaled_residuals``: their smoothed curve is β(t).
    scaled_residuals : ndarray, shape (events, p)
    transform : str
    status : str
    """

    chi2: NDArray[np.float64]
    p: NDArray[np.float64]
    global_chi2: float
    global_p: float
    df: int
    event_time: NDArray[np.float64]
    transformed_time: NDArray[np.float64]
    residuals: NDArray[np.float64]
    scaled_residuals: NDArray[np.float64]
    transform: str
    status: str


def proportional_hazards(
    time: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    transform: str = "km",
    ties: str = "efron",
) -> ProportionalHazards:
    r"""Score test of proportional hazards for each covariate and for all.

    .. math:: U = \sum_i (g(t_i) - \bar g)(x_i - \bar x_i), \qquad
        \chi^2 = U'(I_{22} - I_{21} I_{11}^{-1} I_{12})^{-1} U

    with :math:`I_{11}=\sum V_i`, :math:`I_{12}=\sum (g_i-\bar g)V_i` and :math:`I_{22}=\sum (g_i-\bar g)^2 V_i` over
    the events.

    Parameters
    ----------
    time, event, x, strata, ties
        As in :func:`csrbook.stats.cox.cox`.
    transform : {"km", "rank", "identity", "log"}
        g: 1 − S(t−) of all subjects pooled, the rank of t among all times, t itself, or its logarithm.

    Notes
    -----
    Source: Grambsch and Therneau, Biometrika 1994; the exact score test of R's survival package from 3.0 on. R:
    ``cox.zph(fit, transform = )``. SAS: ``proc phreg; assess ph`` is another test (cumulative residuals).
    Known differences: R before 3.0, and lifelines, take each V as the mean of all.
    """
    one_of(transform, "transform", TRANSFORMS)
    one_of(ties, "ties", COX_TIES)
    t = times(time)
    d = binary(event, "event")
    same_length(len(t), event=d)
    covariates = matrix(x, "x", len(t))
    codes, _ = encode(strata, "strata", len(t))
    p = covariates.shape[1]
    if not bool(d.any()):
        return _none(p, transform, "no events" if len(t) else "no subjects")
    if transform == "log" and bool((t[d] <= 0.0).any()):
        return _none(p, transform, "an event at time 0 has no logarithm")
    fit = newton(t, d, covariates, codes, ties)
    if fit.status != "ok":
        return _none(p, transform, fit.status)
    sets = risk_sets(t, d, codes, ties)
    z = (covariates - covariates.mean(axis=0))[sets.order]
    at = moments(sets, z, fit.coef)
    # One term for each event, in the order of the groups; an event's own covariates stand beside its group's mean.
    term_time = t[sets.order][sets.last][sets.row]
    g = _transformed(t, d, term_time, transform)
    centred = g - g.mean()
    died = z[sets.event]
    sizes = np.bincount(sets.group[sets.event], minlength=len(sets.last))[sets.row]
    groups = len(sets.last)
    group_mean = np.column_stack(
        [np.bincount(sets.row, weights=at.mean[:, j], minlength=groups)[sets.row] / sizes for j in range(p)]
    )
    residuals = died - group_mean
    score = centred @ residuals
    first, cross, second = weighted_information(sets, z, at, (np.ones_like(centred), centred, centred**2))
    variance = second - cross @ np.linalg.solve(first, cross)
    diagonal = np.diag(variance)
    # Where a covariate is informative at one time only, nothing is left of its variance but rounding.
    flat = ~(diagonal > 1e-9 * np.diag(first) * float((centred**2).max()))
    if flat.any():
        which = ", ".join(str(j) for j in np.flatnonzero(flat).tolist())
        return _none(p, transform, f"no information on a change with time of covariate {which}")
    size = np.sqrt(diagonal)
    if float(np.linalg.eigvalsh(variance / np.outer(size, size))[0]) < 1e-10:
        return _none(p, transform, "no information that tells the covariates' changes with time apart")
    chi2 = score**2 / diagonal
    overall = float(score @ np.linalg.solve(variance, score))
    order = np.argsort(term_time, kind="stable")
    scaled = residuals @ fit.cov * int(d.sum()) + fit.coef
    return ProportionalHazards(
        chi2=chi2,
        p=np.array([chi2_sf(value, 1) for value in chi2.tolist()]),
        global_chi2=overall,
        global_p=chi2_sf(overall, p),
        df=p,
        event_time=term_time[order],
        transformed_time=g[order],
        residuals=residuals[order],
        scaled_residuals=scaled[order],
        transform=transform,
        status="ok",
    )


def _transformed(
    t: NDArray[np.float64], d: NDArray[np.bool_], at: NDArray[np.float64], transform: str
) -> NDArray[np.float64]:
    if transform == "identity":
        return at
    if transform == "log":
        return np.log(at)
    distinct, where = np.unique(t, return_inverse=True)
    number = np.bincount(where)
    position = np.searchsorted(distinct, at)
    if transform == "rank":
        middle = np.cumsum(number) - (number - 1) / 2.0
        return middle[position].astype(np.float64)
    n_risk = len(t) - np.concatenate(([0], np.cumsum(number)[:-1]))
    events = np.bincount(where[d], minlength=len(distinct))
    survival = np.cumprod(1.0 - events / n_risk)
    before: NDArray[np.float64] = np.concatenate(([1.0], survival[:-1]))[position]
    return 1.0 - before


def _none(p: int, transform: str, status: str) -> ProportionalHazards:
    nan = np.full(p, math.nan)
    empty, none = np.empty(0), np.empty((0, p))
    return ProportionalHazards(nan, nan, math.nan, math.nan, p, empty, empty, none, none, transform, status)
