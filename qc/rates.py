"""Incidence rates: exact limits of a Poisson rate and of the ratio of two (plan, sections 8.7 and 15.3).

A limit is the parameter at which the tail of the distribution, summed term by term, has the probability that the
confidence level leaves to it. No quantile and no incomplete gamma or beta function enters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Interval", "garwood", "rate_ratio"]

PRECISION = 4.0 * np.finfo(float).eps
"""Relative precision of a root, the finest that Brent's method takes."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its limits; NaN where one does not exist."""

    estimate: float
    lower: float
    upper: float


def garwood(events: int, exposure: float, per: float = 1.0, confidence: float = 0.95) -> Interval:
    """Rate ``events / exposure``, times ``per``, with the limits of Garwood (1936).

    The lower limit is the mean ``m`` with ``P(X >= events | m) = a/2``, the upper one that with
    ``P(X <= events | m) = a/2``. R: ``poisson.test(events, exposure)``.
    """
    if exposure <= 0.0:
        return Interval(math.nan, math.nan, math.nan)
    tail = (1.0 - confidence) / 2.0
    lower, upper = 0.0, _poisson_mean(events, tail)
    if events > 0:
        lower = _poisson_mean(events - 1, 1.0 - tail)
    return Interval(per * events / exposure, per * lower / exposure, per * upper / exposure)


def rate_ratio(
    events_test: int, exposure_test: float, events_control: int, exposure_control: float, confidence: float = 0.95
) -> Interval:
    """Ratio of two rates with exact limits given the total number of events (Przyborowski and Wilenski 1940).

    Given the total, the events of the test arm are binomial with ``q = T1 R / (T1 R + T0)``; the limits of R are those
    of ``q / (1 - q)`` of Clopper and Pearson, times ``T0 / T1``. R: ``poisson.test(c(x1, x0), c(T1, T0))``. Without
    event in the control arm neither ratio nor upper limit exists, without any event no limit does.
    """
    total = events_test + events_control
    if total == 0 or exposure_test <= 0.0 or exposure_control <= 0.0:
        return Interval(math.nan, math.nan, math.nan)
    tail, time = (1.0 - confidence) / 2.0, exposure_control / exposure_test
    lower = _odds(events_test, events_control, tail) * time if events_test else 0.0
    if not events_control:
        return Interval(math.nan, lower, math.nan)
    upper = time / _odds(events_control, events_test, tail)
    return Interval(events_test / events_control * time, lower, upper)


def _poisson_mean(events: int, probability: float) -> float:
    """The mean at which at most ``events`` events have a probability."""
    k = np.arange(events + 1.0)
    log_factorial = _log_factorial(events)

    def excess(mean: float) -> float:
        return float(np.exp(k * math.log(mean) - mean - log_factorial).sum()) - probability

    high = events + 1.0
    while excess(high) > 0.0:
        high *= 2.0
    return float(brentq(excess, 1e-300, high, xtol=1e-300, rtol=PRECISION, maxiter=500))


def _odds(count: int, others: int, probability: float) -> float:
    """The odds at which ``count`` or more of ``count + others`` binomial events have a probability."""
    size = count + others
    k = np.arange(count, size + 1.0)
    factorial = _log_factorial(size)
    log_ways = factorial[size] - factorial[count:] - factorial[: others + 1][::-1]

    def excess(log_odds: float) -> float:
        log_none = -size * float(np.logaddexp(0.0, log_odds))
        return float(np.exp(log_ways + k * log_odds + log_none).sum()) - probability

    low, high = math.log(count / (others + 1.0)), math.log((count + 1.0) / (others + 0.5))
    while excess(low) > 0.0:
        low -= 2.0
    while excess(high) < 0.0:
        high += 2.0
    return math.exp(brentq(excess, low, high, xtol=1e-15, rtol=PRECISION, maxiter=500))


def _log_factorial(n: int) -> NDArray[np.float64]:
    """Logarithms of 0! to n!."""
    return np.concatenate(([0.0], np.cumsum(np.log(np.arange(1.0, n + 1.0)))))
