"""Cox models with an elastic-net penalty, by Newton's method on a changing active set.

With the signs of the coefficients that are not 0 held fixed the penalised likelihood is smooth. Newton's steps on it
end where a coefficient reaches 0, which then leaves the set; at a minimum the coefficient whose gradient exceeds the
penalty most enters it. Where none does, the Karush-Kuhn-Tucker conditions hold and the minimum is exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["PartialLikelihood", "Path", "path", "penalties"]

Floats = NDArray[np.float64]

GRADIENT = 1e-13
"""A gradient (of a mean over subjects) that is smaller is zero."""

SLACK = 1e-9
"""Part by which a gradient must exceed the penalty for its coefficient to enter."""

ABOVE = 1.0 + 1e-9
"""The first penalty is by this above the one at which the first coefficient leaves 0."""

ITERATIONS = 60


class PartialLikelihood:
    """Log partial likelihood with Efron's ties, by sums over subjects in descending order of time.

    Parameters
    ----------
    time, event : array, shape (n,)
    x : array, shape (n, p)
    stratum : array, shape (n,)
        Strata of the baseline hazard.
    """

    def __init__(self, time: Floats, event: NDArray[np.bool_], x: Floats, stratum: NDArray[np.generic]) -> None:
        group = np.unique(stratum, return_inverse=True)[1]
        order = np.lexsort((-time, group))
        t, s, d = time[order], group[order], event[order]
        self.n = len(t)
        self.x, self.event = x[order], d
        place = np.arange(self.n)
        new_stratum = np.r_[True, s[1:] != s[:-1]] if self.n else np.zeros(0, bool)
        new_tie = new_stratum.copy()
        new_tie[1:] |= t[1:] != t[:-1]
        stratum_start = np.maximum.accumulate(np.where(new_stratum, place, 0))
        tie_start = np.maximum.accumulate(np.where(new_tie, place, 0))
        tie_end = np.r_[np.flatnonzero(new_tie)[1:], self.n][np.cumsum(new_tie) - 1]
        before = np.r_[0, np.cumsum(d)]

        at = np.flatnonzero(d)
        self._from, self._tie, self._end = stratum_start[at], tie_start[at], tie_end[at]
        tied = before[self._end] - before[self._tie]
        self._part = (before[at] - before[self._tie]) / tied
        self._own = self.x[at].sum(axis=0)
        p = x.shape[1]
        self._pairs = np.triu_indices(p)
        squares = self.x[:, self._pairs[0]] * self.x[:, self._pairs[1]]
        self._moments = np.column_stack([np.ones(self.n), self.x, squares])

    def values(self, beta: Floats) -> Floats:
        """Log likelihood at each column of ``beta``, shape (p, k)."""
        eta = self.x @ beta
        top = eta.max(axis=0, initial=0.0)
        sums = self._at_risk(np.exp(eta - top))
        result: Floats = self._own @ beta - (np.log(sums) + top).sum(axis=0)
        return result

    def derivatives(self, beta: Floats) -> tuple[float, Floats, Floats]:
        """Log likelihood, its gradient and the negative of its second derivative."""
        eta = self.x @ beta
        top = float(eta.max(initial=0.0))
        sums = self._at_risk(np.exp(eta - top)[:, None] * self._moments)
        p = len(beta)
        whole = sums[:, 0]
        means = sums[:, 1:] / whole[:, None]
        centre = means[:, :p]
        information = np.zeros((p, p))
        information[self._pairs] = means[:, p:].sum(axis=0)
        information = np.triu(information, 1).T + information - centre.T @ centre
        value = float(self._own @ beta - (np.log(whole) + top).sum())
        return value, self._own - centre.sum(axis=0), information

    def _at_risk(self, rows: Floats) -> Floats:
        """Sum over the risk set of each event, less Efron's part of the tied events."""
        nothing = np.zeros((1, rows.shape[1]))
        everybody = np.vstack([nothing, np.cumsum(rows, axis=0)])
        dying = np.vstack([nothing, np.cumsum(rows * self.event[:, None], axis=0)])
        whole = everybody[self._end] - everybody[self._from]
        result: Floats = whole - self._part[:, None] * (dying[self._end] - dying[self._tie])
        return result


@dataclass(frozen=True)
class Path:
    """Coefficients at each penalty, shape (penalties, p)."""

    penalties: Floats
    coefficients: Floats


def penalties(likelihood: PartialLikelihood, steps: int, l1_ratio: float = 1.0) -> Floats:
    """Penalties from the smallest one at which all coefficients are 0 down to a hundredth, even on the log scale.

    A twentieth if there are more covariates than subjects; for a ridge from 1,000 times the largest gradient down to a
    ten-thousandth of that.
    """
    n, p = likelihood.x.shape
    scale = likelihood.x.std(axis=0)
    used = scale > 0.0
    score = likelihood.derivatives(np.zeros(p))[1]
    largest = float(np.abs(score[used] / scale[used]).max(initial=0.0)) / n
    if l1_ratio == 0.0:
        largest, depth = 1000.0 * largest, 1e-4
    else:
        largest, depth = largest / l1_ratio, 0.05 if p > n else 0.01
    result: Floats = largest * ABOVE * depth ** (np.arange(steps) / max(steps - 1, 1))
    return result


def path(likelihood: PartialLikelihood, penalty: Floats, l1_ratio: float = 1.0) -> Path:
    """Coefficients at falling penalties; a covariate's size counts in units of its standard deviation (divisor n).

    A covariate that does not vary has the coefficient 0.
    """
    scale = likelihood.x.std(axis=0)
    used = np.flatnonzero(scale > 0.0)
    model = _Penalised(likelihood, scale, used, l1_ratio)
    coefficient = np.zeros(len(scale))
    rows = []
    for value in penalty:
        coefficient = model.minimum(coefficient, float(value))
        rows.append(coefficient)
    return Path(penalty, np.array(rows).reshape(len(penalty), len(scale)))


@dataclass(frozen=True)
class _Penalised:
    """Mean negative log likelihood with the penalty, in standardised coefficients of the covariates used."""

    likelihood: PartialLikelihood
    scale: Floats
    used: NDArray[np.intp]
    l1_ratio: float

    def minimum(self, start: Floats, penalty: float) -> Floats:
        """Coefficients, in the covariates' own units, at a penalty."""
        gamma = (start * self.scale)[self.used]
        lasso, ridge = penalty * self.l1_ratio, penalty * (1.0 - self.l1_ratio)
        sign = np.sign(gamma)
        value, gradient, curvature = self._smooth(gamma, ridge)
        best = (math.inf, gamma)
        for _ in range(ITERATIONS):
            active = sign != 0.0
            slope = np.where(active, gradient + lasso * sign, 0.0)
            if np.abs(slope).max(initial=0.0) < GRADIENT:
                excess = np.where(active, 0.0, np.abs(gradient) - lasso * (1.0 + SLACK))
                if excess.max(initial=0.0) <= 0.0:
                    break
                enters = int(np.argmax(excess))
                sign[enters] = -np.sign(gradient[enters])
                continue
            best = min(best, (float(np.abs(slope).max()), gamma), key=lambda found: found[0])
            if not np.isfinite(curvature).all():
                gamma = best[1]
                break
            step = np.zeros(len(gamma))
            step[active] = -np.linalg.lstsq(curvature[np.ix_(active, active)], slope[active], rcond=None)[0]
            gamma, sign, value, gradient, curvature = self._move(gamma, sign, step, value, lasso, ridge)
        else:
            # Rounding hides the slope of a likelihood that is all but flat: the point nearest to its optimum.
            gamma = best[1]
        result = np.zeros(len(self.scale))
        result[self.used] = gamma / self.scale[self.used]
        return result

    def _move(
        self, gamma: Floats, sign: Floats, step: Floats, value: float, lasso: float, ridge: float
    ) -> tuple[Floats, Floats, float, Floats, Floats]:
        """Go along a step as far as no coefficient changes its sign and the objective does not rise."""
        before = value + lasso * float(np.abs(gamma).sum())
        crosses = (sign != 0.0) & ((gamma + step) * sign <= 0.0)
        length, leaves = 1.0, -1
        if crosses.any():
            reach = np.where(crosses, -gamma / np.where(crosses, step, 1.0), math.inf)
            leaves = int(np.argmin(reach))
            length = float(reach[leaves])
        while True:
            moved = gamma + length * step
            if leaves >= 0:
                moved[leaves] = 0.0
            reached, gradient, curvature = self._smooth(moved, ridge)
            if reached + lasso * float(np.abs(moved).sum()) <= before + 1e-12 * max(abs(before), 1.0):
                break
            length, leaves = length / 2.0, -1
        sign = sign.copy()
        if leaves >= 0:
            sign[leaves] = 0.0
        return moved, sign, reached, gradient, curvature

    def _smooth(self, gamma: Floats, ridge: float) -> tuple[float, Floats, Floats]:
        """Objective without the lasso, its gradient and second derivative."""
        scale, n = self.scale[self.used], self.likelihood.n
        beta = np.zeros(len(self.scale))
        beta[self.used] = gamma / scale
        value, score, information = self.likelihood.derivatives(beta)
        curvature = information[np.ix_(self.used, self.used)] / np.outer(scale, scale) / n
        smooth = -value / n + 0.5 * ridge * float(gamma @ gamma)
        return smooth, -score[self.used] / scale / n + ridge * gamma, curvature + ridge * np.eye(len(gamma))
