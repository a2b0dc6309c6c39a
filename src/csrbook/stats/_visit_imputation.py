"""Draws of missing visits from normal regressions of each visit on the baseline and the visits before it.

All imputations of an arm are drawn side by side, as the first axis of every array, so that their number costs little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

__all__ = ["Regression", "draw_after", "draw_gaps", "last_visits", "too_few"]


@dataclass(frozen=True, slots=True)
class Regression:
    """A visit's regression, one draw an imputation: coefficients (m, p + visits before) and residual SD (m,)."""

    coef: Array
    sigma: Array


def last_visits(values: Array) -> NDArray[np.intp]:
    """Position of each subject's last observed visit, −1 where there is none."""
    seen = ~np.isnan(values)
    return np.where(seen.any(axis=1), values.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1), -1).astype(np.intp)


def too_few(values: Array, x: Array) -> tuple[int, int, int] | None:
    """The first visit whose regression has no degree of freedom: its position, the subjects and the terms."""
    last = last_visits(values)
    for j in range(values.shape[1]):
        n, terms = int((last >= j).sum()), x.shape[1] + j
        if n <= terms or not bool((~np.isnan(values[:, j])).any()):
            return j, n, terms
    return None


def draw_gaps(
    values: Array, x: Array, imputations: int, cycles: int, stream: np.random.Generator
) -> tuple[Array, list[Regression]]:
    """Fill each subject's visits up to the last observed one, and draw the regressions.

    Monotone data augmentation: the regressions are drawn given the gaps, then each gap given the regressions and all
    other visits of the subject up to the last one, ``cycles`` times. Without gaps one cycle is exact.

    Parameters
    ----------
    values : ndarray, shape (n, v)
        NaN where missing.
    x : ndarray, shape (n, p)
        Covariates with their intercept.

    Returns
    -------
    completed : ndarray, shape (imputations, n, v)
        NaN after the last observed visit.
    regressions : list of Regression
        One a visit, the last draw.
    """
    visits = values.shape[1]
    last = last_visits(values)
    gaps = np.isnan(values) & (np.arange(visits) < last[:, None])
    y = np.repeat(values[None], imputations, axis=0)
    for j in range(visits):
        y[:, gaps[:, j], j] = np.nanmean(values[:, j])
    regressions: list[Regression] = []
    for _ in range(cycles if gaps.any() else 1):
        regressions = [_draw_regression(y, x, last, j, stream) for j in range(visits)]
        for j in range(visits):
            if gaps[:, j].any():
                _draw_gap(y, x, last, np.flatnonzero(gaps[:, j]), j, regressions, stream)
    return y, regressions


def draw_after(y: Array, x: Array, last: NDArray[np.intp], regressions: list[Regression], z: Array) -> Array:
    """Draw the visits after each subject's last one, in order, each given those before it.

    ``y`` is (m, n, v), filled up to ``last`` (n,); ``z`` are standard normal deviates of the same shape.
    """
    filled = y.copy()
    for j, regression in enumerate(regressions):
        rows = np.flatnonzero(last < j)
        if rows.size:
            mean = _predict(filled[:, rows], x[rows], j, regression)
            filled[:, rows, j] = mean + regression.sigma[:, None] * z[:, rows, j]
    return filled


def _predict(y: Array, x: Array, j: int, regression: Regression) -> Array:
    p = x.shape[1]
    own: Array = np.einsum("mk,nk->mn", regression.coef[:, :p], x)
    history: Array = np.einsum("mk,mnk->mn", regression.coef[:, p:], y[:, :, :j])
    return own + history


def _draw_regression(y: Array, x: Array, last: NDArray[np.intp], j: int, stream: np.random.Generator) -> Regression:
    """Draw from the posterior under the prior 1/σ²: σ² = RSS / χ², then the coefficients."""
    rows = np.flatnonzero(last >= j)
    m, n = y.shape[0], rows.size
    design = np.concatenate((np.broadcast_to(x[rows], (m, n, x.shape[1])), y[:, rows, :j]), axis=2)
    q, r = np.linalg.qr(design)
    response = y[:, rows, j]
    projected = np.einsum("mnk,mn->mk", q, response)
    rss = ((response - np.einsum("mnk,mk->mn", q, projected)) ** 2).sum(axis=1)
    terms = design.shape[2]
    sigma = np.sqrt(rss / stream.chisquare(n - terms, size=m))
    noise = stream.standard_normal((m, terms))
    coef = np.linalg.solve(r, (projected + sigma[:, None] * noise)[:, :, None])[:, :, 0]
    return Regression(coef, sigma)


def _draw_gap(
    y: Array,
    x: Array,
    last: NDArray[np.intp],
    rows: NDArray[np.intp],
    j: int,
    regressions: list[Regression],
    stream: np.random.Generator,
) -> None:
    """Redraw visit ``j`` of ``rows`` in place: its own regression and those of the later visits that it enters."""
    p = x.shape[1]
    precision = np.zeros((y.shape[0], rows.size))
    slope = np.zeros_like(precision)
    for k in range(j, y.shape[2]):
        reach = np.flatnonzero(last[rows] >= k)
        if not reach.size:
            break
        at = rows[reach]
        residual = y[:, at, k] - _predict(y[:, at], x[at], k, regressions[k])
        weight = 1.0 / regressions[k].sigma[:, None] ** 2
        change = 1.0 if k == j else -regressions[k].coef[:, p + j][:, None]
        precision[:, reach] += change * change * weight
        slope[:, reach] += change * residual * weight
    noise = stream.standard_normal(precision.shape)
    y[:, rows, j] += -slope / precision + noise / np.sqrt(precision)
