"""Proportions, their differences and two-by-two tables over strata (plan, section 8.6).

A limit of Miettinen and Nurminen is found by Brent's method twice over: the variance under a fixed difference comes
from a root of the likelihood's derivative and not from the closed solution of the cubic equation, so that it shares
nothing with that formula.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, xlog1py, xlogy
from scipy.stats import chi2, norm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "CommonOddsRatio",
    "Counts",
    "Proportion",
    "RiskDifference",
    "clopper_pearson",
    "cochran_mantel_haenszel",
    "counts",
    "miettinen_nurminen",
    "miettinen_nurminen_stratified",
    "newcombe",
    "wilson",
]

PRECISION = 4.0 * np.finfo(float).eps
"""Relative precision of a root, the finest that Brent's method takes."""


@dataclass(frozen=True)
class Proportion:
    """A proportion with its limits; NaN of nobody."""

    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class RiskDifference:
    """Proportion of the test arm less that of the control arm, with limits and the two-sided test of no difference."""

    estimate: float
    lower: float
    upper: float
    z: float = math.nan
    p: float = math.nan


@dataclass(frozen=True)
class CommonOddsRatio:
    """Odds ratio of Mantel and Haenszel, limits of Robins, Breslow and Greenland, and the test of no association."""

    estimate: float
    lower: float
    upper: float
    chi_square: float
    p: float


@dataclass(frozen=True)
class Counts:
    """Responders and subjects of the test and of the control arm in each stratum."""

    x1: tuple[int, ...]
    n1: tuple[int, ...]
    x0: tuple[int, ...]
    n0: tuple[int, ...]


def counts(response: ArrayLike, test: ArrayLike, stratum: ArrayLike) -> Counts:
    """Count responders and subjects by arm in the strata found, in sorted order."""
    y, arm, label = np.asarray(response, bool), np.asarray(test, bool), np.asarray(stratum).astype(str)
    inside = [label == name for name in np.unique(label)]

    def count(chosen: np.ndarray) -> tuple[int, ...]:
        return tuple(int((chosen & here).sum()) for here in inside)

    return Counts(count(y & arm), count(arm), count(y & ~arm), count(~arm))


def clopper_pearson(x: int, n: int, confidence: float = 0.95) -> Proportion:
    """Exact limits: the proportions under which x or more, or x or fewer, have the probability of half the error.

    They are roots of sums of binomial probabilities and not quantiles of beta distributions.
    """
    if n == 0:
        return Proportion(math.nan, math.nan, math.nan)
    half = (1.0 - confidence) / 2.0
    above, below = np.arange(x, n + 1), np.arange(x + 1)
    lower = _root(lambda q: _binomial(above, n, q) - half, 0.0, x / n) if x > 0 else 0.0
    upper = _root(lambda q: _binomial(below, n, q) - half, x / n, 1.0) if x < n else 1.0
    return Proportion(x / n, lower, upper)


def _binomial(counts: NDArray[np.intp], n: int, probability: float) -> float:
    """Probability that a binomial variable has one of some values."""
    ways = gammaln(n + 1.0) - gammaln(counts + 1.0) - gammaln(n - counts + 1.0)
    return float(np.exp(ways + xlogy(counts, probability) + xlog1py(n - counts, -probability)).sum())


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Zero of a function between two points at which its signs differ."""
    return float(brentq(function, low, high, xtol=1e-300, rtol=PRECISION, maxiter=500))


def wilson(x: int, n: int, confidence: float = 0.95) -> Proportion:
    """Score limits: the proportions ``q`` at which ``(x/n - q)^2 = z^2 q (1 - q) / n``."""
    if n == 0:
        return Proportion(math.nan, math.nan, math.nan)
    p, c = x / n, float(norm.isf((1.0 - confidence) / 2.0)) ** 2 / n
    centre, half = (p + c / 2.0) / (1.0 + c), math.sqrt(c * p * (1.0 - p) + c * c / 4.0) / (1.0 + c)
    return Proportion(p, max(centre - half, 0.0), min(centre + half, 1.0))


def newcombe(x1: int, n1: int, x0: int, n0: int, confidence: float = 0.95) -> RiskDifference:
    """Hybrid limits made of the Wilson limits of the arms (Newcombe 1998, method 10)."""
    test, control = wilson(x1, n1, confidence), wilson(x0, n0, confidence)
    difference = test.estimate - control.estimate
    below = math.hypot(test.estimate - test.lower, control.upper - control.estimate)
    above = math.hypot(test.upper - test.estimate, control.estimate - control.lower)
    return RiskDifference(difference, difference - below, difference + above)


def miettinen_nurminen(x1: int, n1: int, x0: int, n0: int, confidence: float = 0.95) -> RiskDifference:
    """Score limits and score test of a difference (Miettinen and Nurminen 1985), as fractions of 1."""
    return miettinen_nurminen_stratified([x1], [n1], [x0], [n0], confidence)


def miettinen_nurminen_stratified(
    x1: Sequence[int], n1: Sequence[int], x0: Sequence[int], n0: Sequence[int], confidence: float = 0.95
) -> RiskDifference:
    """Score limits of a common difference over strata with Mantel-Haenszel weights.

    Parameters
    ----------
    x1, n1, x0, n0 : sequence of int
        Responders and subjects of the test and the control arm, one a stratum. A stratum without an arm has weight 0.
    confidence : float
        Level of the two-sided interval.

    Notes
    -----
    Each stratum's variance is restricted to the common difference and has its own factor N/(N - 1).
    """
    strata = [_Stratum(*map(int, row)) for row in zip(x1, n1, x0, n0, strict=True) if row[1] > 0 and row[3] > 0]
    if not strata:
        return RiskDifference(math.nan, math.nan, math.nan)
    z = float(norm.isf((1.0 - confidence) / 2.0))
    difference = _common(strata)
    lower = _lower_limit(strata, z)
    upper = -_lower_limit([_Stratum(s.x0, s.n0, s.x1, s.n1) for s in strata], z)
    variance = _variance(strata, 0.0)
    score = difference / math.sqrt(variance) if variance > 0.0 else math.nan
    return RiskDifference(difference, lower, upper, score, 2.0 * float(norm.sf(abs(score))))


@dataclass(frozen=True)
class _Stratum:
    x1: int
    n1: int
    x0: int
    n0: int

    @property
    def weight(self) -> float:
        return self.n1 * self.n0 / (self.n1 + self.n0)

    @property
    def difference(self) -> float:
        return (self.x1 * self.n0 - self.x0 * self.n1) / (self.n1 * self.n0)

    def variance(self, difference: float) -> float:
        """Variance of the observed difference where the true one is ``difference``."""
        p0 = self._control(difference)
        p1 = min(max(p0 + difference, 0.0), 1.0)
        size = self.n1 + self.n0
        return (p1 * (1.0 - p1) / self.n1 + p0 * (1.0 - p0) / self.n0) * size / (size - 1.0)

    def _control(self, difference: float) -> float:
        """Maximum likelihood estimate of the control proportion under a difference: the derivative falls in it."""
        low, high = max(0.0, -difference), min(1.0, 1.0 - difference)
        if high <= low or self._slope(low, difference) <= 0.0:
            return low
        if self._slope(high, difference) >= 0.0:
            return high
        return _root(lambda p0: self._slope(p0, difference), low, high)

    def _slope(self, p0: float, difference: float) -> float:
        """Derivative of the log likelihood, bounded so that Brent's method can start at the ends."""
        p1 = p0 + difference
        gain = _part(self.x1, p1) + _part(self.x0, p0)
        loss = _part(self.n1 - self.x1, 1.0 - p1) + _part(self.n0 - self.x0, 1.0 - p0)
        return gain - loss


def _part(count: int, probability: float) -> float:
    """``count / probability``, very large but finite where the probability is zero."""
    return count / max(probability, 1e-300) if count else 0.0


def _common(strata: Sequence[_Stratum]) -> float:
    """Mean of the differences with Mantel-Haenszel weights."""
    return math.fsum(s.weight * s.difference for s in strata) / math.fsum(s.weight for s in strata)


def _variance(strata: Sequence[_Stratum], difference: float) -> float:
    """Variance of the common difference where the true one is ``difference`` in every stratum."""
    parts = math.fsum(s.weight**2 * s.variance(difference) for s in strata)
    return parts / math.fsum(s.weight for s in strata) ** 2


def _lower_limit(strata: Sequence[_Stratum], z: float) -> float:
    """The difference below the estimate at which the score statistic is ``z``."""
    estimate = _common(strata)

    def excess(difference: float) -> float:
        return estimate - difference - z * math.sqrt(_variance(strata, difference))

    # At the estimate itself the excess is zero where the arms have the same extreme proportion: that is no limit.
    start = estimate if excess(estimate) < 0.0 else estimate - 1e-12
    if start <= -1.0 or excess(-1.0) <= 0.0:
        return -1.0
    return float(brentq(excess, -1.0, start, xtol=1e-15, rtol=PRECISION, maxiter=500))


def cochran_mantel_haenszel(
    x1: Sequence[int], n1: Sequence[int], x0: Sequence[int], n0: Sequence[int], confidence: float = 0.95
) -> CommonOddsRatio:
    """Test of Cochran, Mantel and Haenszel on one degree of freedom without continuity correction, by statsmodels.

    Parameters
    ----------
    x1, n1, x0, n0 : sequence of int
        Responders and subjects of the test and the control arm, one a stratum.
    confidence : float
        Level of the two-sided limits of the common odds ratio.

    Returns
    -------
    CommonOddsRatio
        Test arm to control arm. Strata with an empty margin add nothing; NaN where there are no others. A ratio of 0
        or infinity has no limits.
    """
    from statsmodels.stats.contingency_tables import StratifiedTable

    tables = [
        np.array([[a, n - a], [b, m - b]], float)
        for a, n, b, m in zip(x1, n1, x0, n0, strict=True)
        if n > 0 and m > 0 and 0 < a + b < n + m
    ]
    if not tables:
        return CommonOddsRatio(math.nan, math.nan, math.nan, math.nan, math.nan)
    # StratifiedTable takes the tables along the last axis.
    fit = StratifiedTable(np.stack(tables, axis=-1))
    chi_square = float(fit.test_null_odds(correction=False).statistic)
    p = float(chi2.sf(chi_square, 1))
    with_product = [any(t[0, i] * t[1, 1 - i] > 0.0 for t in tables) for i in (0, 1)]
    if not all(with_product):
        extreme = {(True, False): math.inf, (False, True): 0.0}.get((with_product[0], with_product[1]), math.nan)
        return CommonOddsRatio(extreme, math.nan, math.nan, chi_square, p)
    lower, upper = fit.oddsratio_pooled_confint(alpha=1.0 - confidence)
    return CommonOddsRatio(float(fit.oddsratio_pooled), float(lower), float(upper), chi_square, p)
