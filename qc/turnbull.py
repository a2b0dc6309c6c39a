"""Turnbull's estimate from interval-censored times, and Sun's score test of two arms.

The likelihood is maximised by an interior-point method (a logarithmic barrier that fades), and then by Newton's method
on the intervals that kept mass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["ScoreTest", "Turnbull", "sun_test", "turnbull"]

LAST_BARRIER = 1e-12
NO_MASS = 1e-9
"""Mass below which an interval is taken to have none."""

GAP = 1e-9
"""Largest gain in the mean log-likelihood by moving mass at which the maximum is taken as found."""

ITERATIONS = 200
POLISH = 4
"""Newton steps without a barrier."""


@dataclass(frozen=True)
class _Intervals:
    """Subjects' intervals and the innermost ones, their ends as places on a common scale.

    A value takes three places: before it, at it, after it. A time known exactly lies between the first and the
    second; an interval (left, right] begins at the third place of ``left`` and ends at the second of ``right``.
    """

    begin: Integers
    end: Integers
    inner_begin: Integers
    inner_end: Integers
    values: Floats

    @property
    def holds(self) -> Floats:
        """Whether a subject's interval holds an innermost one: subjects in rows."""
        inside = (self.begin[:, None] <= self.inner_begin) & (self.inner_end <= self.end[:, None])
        return inside.astype(float)


@dataclass(frozen=True)
class Turnbull:
    """Innermost intervals (left, right] that have mass; equal ends are one time. ``last`` is the last observed time."""

    left: Floats
    right: Floats
    mass: Floats
    last: float

    def at(self, time: float) -> tuple[float, float]:
        """Least and greatest survival at a time; they differ within an interval of mass.

        NaN after the last observed time, unless the curve has come down to 0 by then.
        """
        if not len(self.mass) or (time > self.last and math.isinf(self.right[-1])):
            return math.nan, math.nan
        surely = self.right <= time
        perhaps = surely | (self.left < time)
        return float(self.mass[~perhaps].sum()), float(self.mass[~surely].sum())

    def quantile(self, p: float) -> tuple[float, float]:
        """Ends of the first interval after which survival is at most ``1 - p``; NaN where that is open."""
        survival = 1.0 - np.cumsum(self.mass)
        there = np.flatnonzero(survival <= 1.0 - p + NO_MASS)[:1]
        if not len(there) or math.isinf(self.right[there[0]]):
            return math.nan, math.nan
        return float(self.left[there[0]]), float(self.right[there[0]])


@dataclass(frozen=True)
class ScoreTest:
    """Statistic, above 0 where the test arm has its events earlier, and two-sided p-value."""

    z: float
    p: float


def turnbull(left: ArrayLike, right: ArrayLike) -> Turnbull:
    """Estimate the distribution from times known to lie in (left, right].

    Notes
    -----
    ``right`` is infinite where no event was seen and equal to ``left`` for an exact time. R: ``interval::icfit``.
    """
    if not np.size(left):
        return Turnbull(np.empty(0), np.empty(0), np.empty(0), math.nan)
    ends = _intervals(left, right)
    mass = _most_likely(ends.holds)
    kept = mass > NO_MASS
    begin, end = (ends.values[places[kept] // 3] for places in (ends.inner_begin, ends.inner_end))
    return Turnbull(begin, end, mass[kept], float(ends.values[np.isfinite(ends.values)].max()))


def sun_test(left: ArrayLike, right: ArrayLike, test: ArrayLike, stratum: ArrayLike) -> ScoreTest:
    """Score test in its permutation form, summed over strata that each have their own pooled estimate.

    Notes
    -----
    R: ``interval::ictest(l, r, arm, scores = "logrank1")``.
    """
    lower, upper, x = (np.asarray(values, dtype=float) for values in (left, right, test))
    label = np.asarray(stratum).astype(str)
    score = variance = 0.0
    for name in np.unique(label):
        here = label == name
        if here.sum() < 2:
            continue
        c, a = _scores(lower[here], upper[here]), x[here] - x[here].mean()
        score += float(c @ a)
        variance += float(np.square(c - c.mean()).sum() * np.square(a).sum() / (here.sum() - 1))
    if variance <= 0.0:
        return ScoreTest(math.nan, math.nan)
    z = score / math.sqrt(variance)
    return ScoreTest(z, 2.0 * float(norm.sf(abs(z))))


def _intervals(left: ArrayLike, right: ArrayLike) -> _Intervals:
    """Find the innermost intervals: a beginning that is followed by an end."""
    lower, upper = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    values = np.unique(np.r_[lower, upper])
    begin = 3 * np.searchsorted(values, lower) + np.where(lower == upper, 0, 2)
    end = 3 * np.searchsorted(values, upper) + 1
    places = np.unique(np.r_[begin, end])
    is_end = places % 3 == 1
    first = np.flatnonzero(~is_end[:-1] & is_end[1:])
    return _Intervals(begin, end, places[first], places[first + 1], values)


def _most_likely(holds: Floats) -> Floats:
    """Maximise the mean of ``log(holds @ p)`` over masses that sum to 1.

    With ``- sum(p)`` added, the masses sum to 1 at the maximum without a constraint.
    """
    n, m = holds.shape
    p = np.full(m, 1.0 / m)
    barrier = 1.0 / m
    while barrier > LAST_BARRIER:
        barrier /= 10.0
        p = _centred(holds, p, barrier)
    # Mass times slack (the loss by moving mass there) is the last barrier: where mass is the greater one, it is real.
    support = np.flatnonzero(p > 1.0 - (holds / (holds @ p)[:, None]).mean(axis=0))
    p = np.where(np.isin(np.arange(m), support), p, 0.0)
    for _ in range(POLISH):
        ratio = (holds / (holds @ p)[:, None])[:, support]
        step = np.linalg.lstsq(ratio.T @ ratio / n, ratio.mean(axis=0) - 1.0, rcond=1e-13)[0]
        p[support] = np.maximum(p[support] + step, 0.0)
        support = support[p[support] > 0.0]
    p /= p.sum()
    gap = float((holds / (holds @ p)[:, None]).mean(axis=0).max()) - 1.0
    if gap > GAP:
        raise ArithmeticError(f"Turnbull's estimate did not converge: gap {gap:.3g}")
    return p


def _centred(holds: Floats, p: Floats, barrier: float) -> Floats:
    """Maximise ``mean(log(holds @ p)) - sum(p) + barrier sum(log p)`` by damped Newton steps."""
    for _ in range(ITERATIONS):
        ratio = holds / (holds @ p)[:, None]
        gradient = ratio.mean(axis=0) - 1.0 + barrier / p
        # In units of each mass the system is well scaled, however small a mass has become.
        scaled = ratio * p
        curvature = scaled.T @ scaled / len(holds) + barrier * np.eye(len(p))
        step = np.linalg.solve(curvature, gradient * p)
        decrement = math.sqrt(max(float(step @ (gradient * p)), 0.0))
        p = p * (1.0 + step * min(1.0, 0.9 / max(float(-step.min()), 1e-300)))
        if decrement < 1e-3 * math.sqrt(barrier):
            return p
    raise ArithmeticError("Turnbull's estimate did not converge")


def _scores(left: Floats, right: Floats) -> Floats:
    """Sun's scores, high for early events: ``(S(R) H(R) - S(L) H(L)) / (S(L) - S(R))``.

    ``H`` sums the masses over the survival just before each.
    """
    ends = _intervals(left, right)
    mass = _most_likely(ends.holds)
    survival = np.r_[np.cumsum(mass[::-1])[::-1], 0.0]
    hazard = np.r_[0.0, np.cumsum(np.divide(mass, survival[:-1], out=np.zeros(len(mass)), where=mass > 0.0))]
    before = np.searchsorted(ends.inner_end, ends.begin, side="left")
    after = np.searchsorted(ends.inner_end, ends.end, side="right")
    top = survival[after] * hazard[after] - survival[before] * hazard[before]
    scores: Floats = top / (survival[before] - survival[after])
    return scores
