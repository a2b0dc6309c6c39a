"""Concordance of a risk score with event times: Harrell's and Uno's weights, pairs compared within strata."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["concordance", "pairs"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def concordance(time: Floats, event: Bools, score: Floats, stratum: NDArray[np.generic], *, uno: bool = False) -> float:
    """Share of comparable pairs in which the higher score has the event first; a tied score counts one half."""
    concordant, comparable = pairs(time, event, score, stratum, uno=uno)
    return concordant / comparable if comparable else math.nan


def pairs(
    time: Floats, event: Bools, score: Floats, stratum: NDArray[np.generic], *, uno: bool = False
) -> tuple[float, float]:
    """Weighted numbers of concordant and of comparable pairs.

    A pair is comparable if one has an event and the other a later time, or is censored at the same time. Uno's weight
    of an event at t is 1/G(t-)^2, G the Kaplan-Meier estimate of the censoring times in its stratum; in a stratum with
    one event it is 1.

    Notes
    -----
    R: ``concordance(Surv(time, event) ~ score + strata(stratum), reverse = TRUE)``, with ``timewt = "n/G2"`` for Uno's.
    """
    concordant = comparable = 0.0
    for name in np.unique(stratum):
        inside = stratum == name
        t, d, s = time[inside], event[inside], score[inside]
        later = (t > t[d][:, None]) | ((t == t[d][:, None]) & ~d)
        better = (s < s[d][:, None]) + 0.5 * (s == s[d][:, None])
        weight = 1.0 / _uncensored(t, d) ** 2 if uno and d.sum() > 1 else np.ones(d.sum())
        concordant += float(weight @ (later * better).sum(axis=1))
        comparable += float(weight @ later.sum(axis=1))
    return concordant, comparable


def _uncensored(time: Floats, event: Bools) -> Floats:
    """Probability of not being censored before each event's time; an event leaves before a censoring of its time."""
    moments, lost = np.unique(time[~event], return_counts=True)
    at_risk = np.array([((time > u) | ((time == u) & ~event)).sum() for u in moments], dtype=float)
    left = np.r_[1.0, np.cumprod(1.0 - lost / at_risk)]
    result: Floats = left[np.searchsorted(moments, time[event], side="left")]
    return result
