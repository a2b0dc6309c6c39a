"""Restricted mean: area under the Kaplan-Meier curve to a horizon, with Greenwood's type of standard error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri
from scipy.stats import norm

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Contrast", "RestrictedMean", "difference", "exponential_loss", "ratio", "restricted_mean"]


@dataclass(frozen=True)
class Contrast:
    """An estimate with Wald limits and the two-sided p-value."""

    estimate: float
    lower: float
    upper: float
    p: float


@dataclass(frozen=True)
class RestrictedMean:
    """Area under the curve and its standard error; NaN where the curve is not known as far as the horizon."""

    estimate: float
    error: float

    def limits(self, confidence: float) -> Contrast:
        """Wald limits."""
        return _wald(self.estimate, self.error, confidence)


def restricted_mean(time: ArrayLike, event: ArrayLike, horizon: float) -> RestrictedMean:
    """Take the area to a horizon.

    Notes
    -----
    With ``A(t)`` the area from ``t`` to the horizon, the variance is the sum of ``A(t)^2 d / (n (n - d))`` over the
    event times. A curve ends at the last observed time, unless it has come down to 0. R: ``survRM2::rmst2``.
    """
    t, happened = np.asarray(time, dtype=float), np.asarray(event, dtype=bool)
    if not len(t):
        return RestrictedMean(math.nan, math.nan)
    moments, events = np.unique(t[happened], return_counts=True)
    at_risk = np.array([np.count_nonzero(t >= moment) for moment in moments])
    curve = np.cumprod(1.0 - events / at_risk)
    if horizon > t.max() and (not len(curve) or curve[-1] > 0.0):
        return RestrictedMean(math.nan, math.nan)
    inside = moments < horizon
    edges = np.r_[0.0, moments[inside], horizon]
    pieces = np.diff(edges) * np.r_[1.0, curve[inside]]
    after = np.cumsum(pieces[::-1])[::-1][1:]
    n, d = at_risk[inside], events[inside]
    last = n == d
    jumps = np.divide(d, n * (n - d), out=np.zeros(len(n)), where=~last)
    return RestrictedMean(float(pieces.sum()), math.sqrt(float((after**2 * jumps).sum())))


def difference(test: RestrictedMean, control: RestrictedMean, confidence: float) -> Contrast:
    """Restricted mean of the test arm less that of the control arm."""
    return _wald(test.estimate - control.estimate, math.hypot(test.error, control.error), confidence)


def ratio(test: RestrictedMean, control: RestrictedMean, confidence: float) -> Contrast:
    """Ratio of the restricted means, with limits and test on the log scale."""
    if not (test.estimate > 0.0 and control.estimate > 0.0):
        return Contrast(math.nan, math.nan, math.nan, math.nan)
    error = math.hypot(test.error / test.estimate, control.error / control.estimate)
    found = _wald(math.log(test.estimate / control.estimate), error, confidence)
    return Contrast(math.exp(found.estimate), math.exp(found.lower), math.exp(found.upper), found.p)


def exponential_loss(hazard_ratio: float, control_median: float, horizon: float) -> float:
    """Restricted mean that is lost at a hazard ratio, with exponential times and a median of the control arm."""
    hazard = math.log(2.0) / control_median
    lived = [-math.expm1(-rate * horizon) / rate for rate in (hazard, hazard * hazard_ratio)]
    return lived[0] - lived[1]


def _wald(estimate: float, error: float, confidence: float) -> Contrast:
    half = float(ndtri((1.0 + confidence) / 2.0)) * error
    p = 2.0 * float(norm.sf(abs(estimate) / error)) if error > 0.0 else math.nan
    return Contrast(estimate, estimate - half, estimate + half, p)
