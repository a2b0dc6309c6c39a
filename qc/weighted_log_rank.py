"""Weighted log-rank tests by their definition, and the probability of the largest of several, by quadrature."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import chi2

__all__ = ["WeightedLogRank", "fleming_harrington", "gehan", "largest_of", "weighted_log_rank"]

Floats = NDArray[np.float64]
Weight = Callable[[Floats, Floats], Floats]
"""Weights at the event times, of the numbers at risk and the pooled curve just before them."""

RANK = 1e-9
"""A direction with a smaller part of the variance than this is a combination of others."""


@dataclass(frozen=True)
class WeightedLogRank:
    """Statistics of several weights and their covariance."""

    scores: Floats
    covariance: Floats

    @property
    def z(self) -> Floats:
        """Standardised statistics, below 0 where the test arm has fewer events than expected."""
        variance = np.diag(self.covariance)
        z: Floats = np.full(len(variance), np.nan)
        return np.divide(self.scores, np.sqrt(variance), out=z, where=variance > 0.0)

    @property
    def chi_square(self) -> Floats:
        """Squares of the statistics."""
        return np.square(self.z)

    @property
    def p(self) -> Floats:
        """Two-sided p-values."""
        return np.asarray(chi2.sf(self.chi_square, 1))

    @property
    def correlation(self) -> Floats:
        """Correlation of the statistics under the hypothesis."""
        root = np.sqrt(np.diag(self.covariance))
        scale = np.outer(root, root)
        correlation: Floats = np.divide(self.covariance, scale, out=np.full(scale.shape, np.nan), where=scale > 0.0)
        return correlation


def fleming_harrington(rho: float, gamma: float) -> Weight:
    """Weights ``S^rho (1 - S)^gamma``."""
    return lambda _at_risk, curve: np.multiply(curve**rho, (1.0 - curve) ** gamma)


def gehan(at_risk: Floats, _curve: Floats) -> Floats:
    """Weights of Gehan and Breslow: the numbers at risk."""
    return at_risk


def weighted_log_rank(
    time: ArrayLike, event: ArrayLike, test: ArrayLike, stratum: ArrayLike, weights: list[Weight]
) -> WeightedLogRank:
    """Sum observed less expected events of the test arm, and their hypergeometric covariance, over times and strata.

    Notes
    -----
    SAS: ``PROC LIFETEST; STRATA s / GROUP=arm TEST=(WILCOXON FLEMING(rho, gamma))``.
    """
    t, d, x = np.asarray(time, dtype=float), np.asarray(event, dtype=bool), np.asarray(test, dtype=bool)
    label = np.asarray(stratum).astype(str)
    scores, covariance = np.zeros(len(weights)), np.zeros((len(weights), len(weights)))
    for name in np.unique(label):
        here = label == name
        moments = np.unique(t[here & d])
        at_risk = here & (t >= moments[:, None])
        dying = here & d & (t == moments[:, None])
        n, n1 = at_risk.sum(axis=1).astype(float), (at_risk & x).sum(axis=1).astype(float)
        e, e1 = dying.sum(axis=1).astype(float), (dying & x).sum(axis=1).astype(float)
        before = np.r_[1.0, np.cumprod(1.0 - e / n)[:-1]] if len(n) else n
        w = np.array([weight(n, before) for weight in weights])
        share = n1 / n
        variance = e * share * (1.0 - share) * np.divide(n - e, n - 1.0, out=np.zeros(len(n)), where=n > 1.0)
        scores += w @ (e1 - e * share)
        covariance += (w * variance) @ w.T
    return WeightedLogRank(scores, covariance)


def largest_of(correlation: Floats, largest: float) -> float:
    """Probability that the largest absolute value of correlated standard normal variables is at least ``largest``.

    The variables are combinations of as many independent ones as the correlation has rank. One of these after the
    other is integrated over by adaptive quadrature; the last one has its probability in closed form.
    """
    if math.isnan(largest):
        return math.nan
    values, vectors = np.linalg.eigh(correlation)
    kept = values > RANK
    loadings = vectors[:, kept] * np.sqrt(values[kept])
    return 1.0 - _inside(loadings, np.zeros(len(loadings)), largest)


def _inside(loadings: Floats, centre: Floats, limit: float) -> float:
    """Probability that all ``centre + loadings @ independent`` lie within the limit."""
    slope = loadings[:, 0]
    if loadings.shape[1] == 1:
        return _within(slope, centre, limit)
    reach = 9.0

    def density(x: float) -> float:
        return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi) * _inside(loadings[:, 1:], centre + slope * x, limit)

    corners = _corners(loadings, centre, limit) if loadings.shape[1] == 2 else []
    edges = [-reach, *(x for x in corners if -reach < x < reach), reach]
    return float(sum(quad(density, a, b, epsabs=1e-13, epsrel=1e-11, limit=200)[0] for a, b in pairwise(edges)))


def _within(slope: Floats, centre: Floats, limit: float) -> float:
    """Probability that one normal variable keeps every ``centre + slope x`` within the limit."""
    lower, upper = -math.inf, math.inf
    for b, a in zip(slope, centre, strict=True):
        if b == 0.0:
            if abs(a) >= limit:
                return 0.0
            continue
        one, other = (-limit - a) / b, (limit - a) / b
        lower, upper = max(lower, min(one, other)), min(upper, max(one, other))
    return float(max(ndtr(upper) - ndtr(lower), 0.0))


def _corners(loadings: Floats, centre: Floats, limit: float) -> list[float]:
    """First coordinates of the points at which two of the limits cross in the plane: there the integrand bends."""
    found = set()
    for i in range(len(loadings)):
        for j in range(i):
            pair = loadings[[i, j]]
            if abs(np.linalg.det(pair)) < RANK:
                continue
            for signs in ((1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)):
                point = np.linalg.solve(pair, limit * np.array(signs) - centre[[i, j]])
                inside = np.abs(loadings @ point + centre) <= limit * (1.0 + 1e-9)
                if inside.all():
                    found.add(float(point[0]))
    return sorted(found)
