"""Hazard ratio of two arms by a Weibull model of exact, right- and interval-censored times, by Newton's method."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from qc.survival import CoxEstimate

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["weibull_arm"]

SCORE = 1e-9
INFINITE = 20.0
"""A log hazard ratio beyond this is on its way to infinity."""

ITERATIONS = 200


def weibull_arm(left: ArrayLike, right: ArrayLike, test: ArrayLike, stratum: ArrayLike) -> CoxEstimate:
    """Log hazard ratio and its standard error from the observed information.

    Parameters
    ----------
    left, right : array_like
        Times known to lie in (left, right]: equal for an exact time, ``right`` infinite where no event was seen.
    test, stratum : array_like
        1 in the test arm; a stratum has an intercept and a shape of its own, one without events adds nothing.

    Returns
    -------
    CoxEstimate
        NaN where the likelihood has no finite maximum.

    Notes
    -----
    The cumulative hazard is ``H(t) = exp(a + b x + k log t)``; parameters are ``b``, then ``a`` and ``k`` of each
    stratum. R: ``survreg(Surv(l, r, type = "interval2") ~ x)`` with ``b = -coef / scale``.
    """
    lower, upper, x = (np.asarray(values, dtype=float) for values in (left, right, test))
    label = np.asarray(stratum).astype(str)
    finite = np.isfinite(upper)
    kept = np.isin(label, np.unique(label[finite]))
    model = _Model(lower[kept], upper[kept], x[kept], label[kept])
    if not (finite & (x == 1.0)).any() or not (finite & (x == 0.0)).any():
        return CoxEstimate(math.nan, math.nan)
    point = model.start()
    likelihood, score, information = model.derivatives(point)
    for _ in range(ITERATIONS):
        if np.abs(score).max() < SCORE:
            return CoxEstimate(float(point[0]), math.sqrt(np.linalg.inv(information)[0, 0]))
        # Away from the maximum the information may be indefinite; the step then follows its absolute eigenvalues.
        values, vectors = np.linalg.eigh(information)
        step = vectors @ ((vectors.T @ score) / np.maximum(np.abs(values), 1e-8))
        for _ in range(ITERATIONS):
            reached = model.derivatives(point + step)
            if reached[0] >= likelihood - 1e-12 * abs(likelihood):
                break
            step /= 2.0
        else:
            return CoxEstimate(math.nan, math.nan)
        point = point + step
        likelihood, score, information = reached
        if abs(point[0]) > INFINITE:
            return CoxEstimate(math.nan, math.nan)
    return CoxEstimate(math.nan, math.nan)


class _Model:
    """Log-likelihood of the data and its derivatives."""

    def __init__(self, left: Floats, right: Floats, x: Floats, label: Floats) -> None:
        names, number = np.unique(label, return_inverse=True)
        self.strata = len(names)
        self.exact = left == right
        self.seen = np.isfinite(right)
        self.begins = left > 0.0
        self.right = np.where(self.seen, right, np.maximum(left, 1.0))
        self.left = np.where(self.begins, left, 1.0)
        indicator = (number[:, None] == np.arange(self.strata)).astype(float)
        self.events = indicator[self.seen].sum(axis=0)
        self.exact_in = indicator[self.exact].sum(axis=0)
        self.time_in = indicator.T @ np.where(self.seen, (left + self.right) / 2.0, left)
        self.at_left, self.at_right = (
            np.column_stack([x, indicator, indicator * np.log(time)[:, None]]) for time in (self.left, self.right)
        )

    def start(self) -> Floats:
        """No effect, and constant hazards of events over time."""
        return np.concatenate([[0.0], np.log(self.events / self.time_in), np.ones(self.strata)])

    def derivatives(self, point: Floats) -> tuple[float, Floats, Floats]:
        """Log-likelihood, its gradient and minus its second derivatives; minus infinity where a shape is not above 0.

        A subject with cumulative hazards ``U`` and ``V`` at its ends adds ``log(exp(-U) - exp(-V))``, which is
        ``-U + g(V - U)`` with ``g(d) = log(1 - exp(-d))``; an exact time adds ``log V - V + log k``.
        """
        size = len(point)
        shape = point[1 + self.strata :]
        if (shape <= 0.0).any():
            return -math.inf, np.zeros(size), np.eye(size)
        with np.errstate(over="ignore"):
            u = np.where(self.begins, np.exp(self.at_left @ point), 0.0)
            v = np.exp(self.at_right @ point)
        between = self.seen & ~self.exact
        gap = np.where(between, v - u, 1.0)
        if not (np.isfinite(u).all() and np.isfinite(v).all() and (gap > 0.0).all()):
            return -math.inf, np.zeros(size), np.eye(size)
        first = np.where(between, 1.0 / np.expm1(np.minimum(gap, 500.0)), 0.0)
        second = -first * (1.0 + first)
        u = np.where(self.exact, 0.0, u)

        likelihood = float(np.where(between, np.log(-np.expm1(-gap)), 0.0).sum() - u.sum())
        likelihood += float((self.at_right @ point - v)[self.exact].sum() + self.exact_in @ np.log(shape))
        by_u = -u - u * first
        by_v = np.where(self.exact, 1.0 - v, v * first)
        score = self.at_left.T @ by_u + self.at_right.T @ by_v
        score[1 + self.strata :] += self.exact_in / shape

        uu, uv = by_u + u * u * second, -u * v * second
        vv = np.where(self.exact, -v, v * first + v * v * second)
        mixed = (self.at_left.T * uv) @ self.at_right
        hessian = (self.at_left.T * uu) @ self.at_left + (self.at_right.T * vv) @ self.at_right + mixed + mixed.T
        shapes = np.arange(1 + self.strata, size)
        hessian[shapes, shapes] -= self.exact_in / shape**2
        return likelihood, score, -hessian
