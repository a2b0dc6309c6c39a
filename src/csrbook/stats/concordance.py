"""Concordance of a risk score with event times: Harrell's C and Uno's C."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats._checks import binary, confidence_level, encode, numbers, one_of, same_length, times
from csrbook.stats._normal import z_critical

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import ArrayLike, NDArray

    Array: TypeAlias = NDArray[np.float64]

__all__ = ["Concordance", "concordance"]

WEIGHTS: Final = ("harrell", "uno")
# Events compared with all subjects at a time: bounds the memory.
_CHUNK: Final = 256


@dataclass(frozen=True, slots=True)
class Concordance:
    """Share of comparable pairs in which the subject with the higher score has the event first.

    Attributes
    ----------
    c, se, lower, upper : float
        Estimate, its standard error by the infinitesimal jackknife, and Wald limits within 0 to 1.
    concordant, discordant, tied_score : float
        Weighted numbers of comparable pairs; for Harrell's C plain counts. ``c`` counts a tied score as one half.
    tied_time : float
        Pairs of events at the same time, which are not compared.
    weights : str
    n, events : int
    confidence : float
    status : str
        ``"ok"`` or why there is no estimate.
    """

    c: float
    se: float
    lower: float
    upper: float
    concordant: float
    discordant: float
    tied_score: float
    tied_time: float
    weights: str
    n: int
    events: int
    confidence: float
    status: str


def concordance(
    time: ArrayLike,
    event: ArrayLike,
    score: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    weights: str = "harrell",
    confidence: float = 0.95,
) -> Concordance:
    r"""Concordance of a risk score with right-censored times.

    A pair is comparable if one of the two has an event and the other is still at risk after it: has a later time, or is
    censored at the same time.

    .. math:: C = \frac{\sum_{i: \delta_i = 1} w(t_i) \sum_{j\ \mathrm{at\ risk\ after}\ t_i} \{1(s_i > s_j) +
        \tfrac12 1(s_i = s_j)\}}{\sum_{i: \delta_i = 1} w(t_i) \sum_{j\ \mathrm{at\ risk\ after}\ t_i} 1}

    with w = 1 (Harrell) or :math:`w(t) = 1/\hat G(t-)^2` (Uno), G the Kaplan–Meier estimate of the censoring times, by
    stratum; Uno's C does not depend on the pattern of censoring, if that is independent of the score.

    Parameters
    ----------
    time, event : array_like, shape (n,)
    score : array_like, shape (n,)
        Higher for a higher risk, such as the linear predictor of a Cox model.
    strata : array_like, optional
        Pairs are compared within strata only.
    weights : {"harrell", "uno"}
    confidence : float

    Returns
    -------
    Concordance

    Raises
    ------
    StatisticsError
        On a bad argument.

    Notes
    -----
    Source: Harrell et al., Stat Med 1996; Uno et al., Stat Med 2011. R: ``concordance(Surv(t, d) ~ score + strata(s),
    reverse = TRUE)``, with ``timewt = "n/G2"`` for Uno's C. SAS: ``proc phreg concordance=harrell`` or
    ``concordance=uno``. Known differences: Uno's C has no truncation time; in a stratum with one event its weight is 1,
    as in R. The standard error takes G as known, as R's does.

    Examples
    --------
    >>> concordance([1, 2, 3, 4], [1, 1, 0, 1], [4, 1, 2, 1]).c
    0.7
    """
    t = times(time)
    d = binary(event, "event")
    s = numbers(score, "score")
    same_length(len(t), event=d, score=s)
    codes, labels = encode(strata, "strata", len(t))
    one_of(weights, "weights", WEIGHTS)
    confidence_level(confidence)
    total = np.zeros(4)
    influence = np.zeros((len(t), 3))
    for level in range(len(labels)):
        here = np.flatnonzero(codes == level)
        if bool(d[here].any()):
            counts, parts = _pairs(t[here], d[here], s[here], weights)
            total += counts
            influence[here] = parts
    comparable = float(total[:3].sum())
    c = se = lower = upper = math.nan
    status = "no subjects" if not len(t) else "no events" if not bool(d.any()) else "no comparable pair"
    if comparable > 0.0:
        status = "ok"
        c = float((total[0] + total[2] / 2.0) / comparable)
        change = (influence[:, 0] + influence[:, 2] / 2.0 - c * influence.sum(axis=1)) / comparable
        se = float(np.sqrt((change**2).sum()))
        half = z_critical(confidence) * se
        lower, upper = max(c - half, 0.0), min(c + half, 1.0)
    return Concordance(
        c=c,
        se=se,
        lower=lower,
        upper=upper,
        concordant=float(total[0]),
        discordant=float(total[1]),
        tied_score=float(total[2]),
        tied_time=float(total[3]),
        weights=weights,
        n=len(t),
        events=int(d.sum()),
        confidence=confidence,
        status=status,
    )


def _pairs(time: Array, event: NDArray[np.bool_], score: Array, weights: str) -> tuple[Array, Array]:
    """Weighted concordant, discordant and tied pairs and pairs of tied events; and each subject's part in the first."""
    place = np.flatnonzero(event)
    w = np.ones(len(place)) if weights == "harrell" or len(place) < 2 else _censoring_weight(time, event)[place]
    total = np.zeros(4)
    parts = np.zeros((len(time), 3))
    for start in range(0, len(place), _CHUNK):
        i = place[start : start + _CHUNK]
        weight = w[start : start + _CHUNK, np.newaxis]
        at = time[i, np.newaxis]
        later = (time > at) | ((time == at) & ~event)
        mine = score[i, np.newaxis]
        for kind, agrees in enumerate((mine > score, mine < score, mine == score)):
            counted = weight * (later & agrees)
            total[kind] += counted.sum()
            parts[i, kind] += counted.sum(axis=1)
            parts[:, kind] += counted.sum(axis=0)
        # Each pair of tied events is met from both sides, and each event meets itself.
        total[3] += float((weight * ((time == at) & event)).sum() - weight.sum()) / 2.0
    return total, parts


def _censoring_weight(time: Array, event: NDArray[np.bool_]) -> Array:
    """1/G(t−)² at each time; a censoring comes after the events of its time."""
    distinct, place = np.unique(time, return_inverse=True)
    lost = np.bincount(place, weights=~event, minlength=len(distinct))
    died = np.bincount(place, weights=event, minlength=len(distinct))
    risk = len(time) - np.searchsorted(np.sort(time), distinct, side="left") - died
    factor = np.where(lost > 0.0, 1.0 - lost / np.maximum(risk, 1.0), 1.0)
    before = np.concatenate(([1.0], np.cumprod(factor)[:-1]))
    with np.errstate(divide="ignore"):
        result: Array = (1.0 / before**2)[place]
    return result
