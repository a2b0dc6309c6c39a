"""Kaplan–Meier estimate, its confidence limits, quantiles, landmarks and numbers at risk."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats._checks import (
    binary,
    confidence_level,
    entry_times,
    numbers,
    one_of,
    probability,
    same_length,
    times,
)
from csrbook.stats._normal import z_critical

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "KaplanMeier",
    "Landmarks",
    "Quantile",
    "at_risk",
    "kaplan_meier",
    "quantile",
    "reverse_kaplan_meier",
    "survival_at",
]

CONFIDENCE_TYPES: Final = ("log-log", "log", "plain")
# S equals 1 − p "exactly" within this, as in R's quantile.survfit: products of fractions carry rounding error.
_EXACT: Final = float(np.sqrt(np.finfo(np.float64).eps))


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """A Kaplan–Meier curve at each distinct time (of an event or a censoring).

    Attributes
    ----------
    time : ndarray of float
        Distinct times, ascending.
    n_risk, n_event, n_censor : ndarray of int
        Subjects at risk just before the time, events at it, censored at it.
    survival, std_err : ndarray of float
        S(t) and its standard error by Greenwood's formula (NaN where S is 0).
    lower, upper : ndarray of float
        Pointwise limits on the scale ``conf_type``; NaN where the scale has no value (log-log: S = 1 and S = 0).
    confidence : float
    conf_type : str
    n, events : int
        Subjects and events in all.
    status : str
        ``"ok"``, or the reason why nothing can be estimated.
    """

    time: NDArray[np.float64]
    n_risk: NDArray[np.int64]
    n_event: NDArray[np.int64]
    n_censor: NDArray[np.int64]
    survival: NDArray[np.float64]
    std_err: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    confidence: float
    conf_type: str
    n: int
    events: int
    status: str

    def quantile(self, p: float = 0.5) -> Quantile:
        """Time by which a share ``p`` has had the event; see :func:`quantile`."""
        return quantile(self, p)

    def survival_at(self, at: ArrayLike) -> Landmarks:
        """Survival at given times; see :func:`survival_at`."""
        return survival_at(self, at)


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of the survival time; NaN where it was not reached."""

    estimate: float
    lower: float
    upper: float
    status: str


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Survival at given times. NaN after the last observed time unless S has come down to 0 by then."""

    time: NDArray[np.float64]
    survival: NDArray[np.float64]
    std_err: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    n_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    status: tuple[str, ...]


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    confidence: float = 0.95,
    conf_type: str = "log-log",
) -> KaplanMeier:
    r"""Kaplan–Meier (product-limit) estimate of the survival function.

    .. math:: \hat S(t) = \prod_{t_i \le t} (1 - d_i / n_i), \qquad
        \widehat{\mathrm{Var}}\,\hat S(t) = \hat S(t)^2 \sum_{t_i \le t} \frac{d_i}{n_i (n_i - d_i)}

    Parameters
    ----------
    time : array_like
        Times from the origin, not negative, in any unit.
    event : array_like
        1 for an event, 0 for a censored time. An event comes before a censoring at the same time.
    entry : array_like, optional
        Late entry (left truncation): each subject is at risk after it, up to ``time``.
    confidence : float
        Level of the pointwise limits.
    conf_type : {"log-log", "log", "plain"}
        Scale on which the limits are symmetric.

    Returns
    -------
    KaplanMeier

    Raises
    ------
    StatisticsError
        On negative, missing or infinite times, other codes than 0 and 1, or unequal lengths.

    Notes
    -----
    Source: Kaplan and Meier, JASA 1958; Greenwood 1926; Kalbfleisch and Prentice 2002 for the log-log limits.
    SAS: ``proc lifetest; time t*cnsr(1);`` (``conftype=loglog`` is its default).
    R: ``survfit(Surv(t, d) ~ 1, conf.type = "log-log")`` (its default is ``"log"``), with ``Surv(entry, t, d)`` after
    late entry, where early risk sets may be so small that the curve comes down to 0 and stays there.
    Known differences: where S is 0 the standard error is NaN as in R; SAS prints 0.

    Examples
    --------
    >>> km = kaplan_meier([6, 6, 6, 6, 7, 9], [1, 1, 1, 0, 1, 0])
    >>> km.survival.round(4).tolist()
    [0.5, 0.25, 0.25]
    """
    t, late = (times(time), None) if entry is None else entry_times(entry, time)
    d = binary(event, "event")
    same_length(len(t), event=d)
    confidence_level(confidence)
    one_of(conf_type, "conf_type", CONFIDENCE_TYPES)
    n = len(t)
    distinct, where = np.unique(t, return_inverse=True)
    at = np.bincount(where, minlength=len(distinct)).astype(np.int64)
    n_event = np.bincount(where[d], minlength=len(distinct)).astype(np.int64)
    n_risk = n - np.concatenate(([0], np.cumsum(at)[:-1])).astype(np.int64) if n else at
    if late is not None:
        n_risk = n_risk - (n - np.searchsorted(np.sort(late), distinct, side="left")).astype(np.int64)
    deaths, risk = n_event.astype(np.float64), n_risk.astype(np.float64)
    survival = np.cumprod(1.0 - deaths / risk, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard_se = np.sqrt(np.cumsum(deaths / (risk * (risk - deaths)), dtype=np.float64))
        std_err = survival * hazard_se
    lower, upper = _limits(survival, hazard_se, z_critical(confidence), conf_type)
    return KaplanMeier(
        time=distinct,
        n_risk=n_risk,
        n_event=n_event,
        n_censor=at - n_event,
        survival=survival,
        std_err=std_err,
        lower=lower,
        upper=upper,
        confidence=confidence,
        conf_type=conf_type,
        n=n,
        events=int(n_event.sum()),
        status="ok" if n else "no subjects",
    )


def _limits(
    survival: NDArray[np.float64], hazard_se: NDArray[np.float64], z: float, conf_type: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Limits of S given the standard error of −log S."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if conf_type == "plain":
            half = z * survival * hazard_se
            return np.maximum(survival - half, 0.0), np.minimum(survival + half, 1.0)
        positive = np.where(survival > 0.0, survival, np.nan)
        if conf_type == "log":
            return positive * np.exp(-z * hazard_se), np.minimum(positive * np.exp(z * hazard_se), 1.0)
        inner = np.where(positive < 1.0, positive, np.nan)
        spread = np.exp(z * hazard_se / np.log(inner))
        return inner ** (1.0 / spread), inner**spread


def reverse_kaplan_meier(
    time: ArrayLike, event: ArrayLike, *, confidence: float = 0.95, conf_type: str = "log-log"
) -> KaplanMeier:
    """Kaplan–Meier estimate of the censoring distribution: its median is the median follow-up.

    Source: Schemper and Smith, Control Clin Trials 1996. SAS: ``time t*cnsr(0)``. R: ``survfit(Surv(t, 1 - d) ~ 1)``.
    A censoring counts before an event at the same time, as in both.
    """
    return kaplan_meier(time, ~binary(event, "event"), confidence=confidence, conf_type=conf_type)


def quantile(km: KaplanMeier, p: float = 0.5) -> Quantile:
    """Time by which a share ``p`` has had the event, with Brookmeyer–Crowley limits on the curve's scale.

    The estimate is the first time with S(t) ≤ 1 − p. Where S equals 1 − p exactly over an interval it is the middle of
    that interval, and where S stays at 1 − p to the end, the middle between its start and the last observed time. The
    limits apply the same rule to the lower and the upper limit of the curve.

    Notes
    -----
    Source: Brookmeyer and Crowley, Biometrics 1982. SAS: ``proc lifetest``, quartiles. R: ``quantile(survfit())``.
    Known differences: ``print(survfit())`` in R gives the start of the interval when S stays at 1 − p to the end, and
    SAS gives no estimate then; the estimates agree everywhere else. Where a limit rises again with time (small risk
    sets, ``conf_type="log"``), R's ``quantile`` sorts its values and takes a later time than the first one at 1 − p.
    """
    probability(p, "p")
    if km.n == 0:
        return Quantile(math.nan, math.nan, math.nan, km.status)
    estimate = _first_time(km.time, km.survival, p)
    lower = _first_time(km.time, km.lower, p)
    upper = _first_time(km.time, km.upper, p)
    if not math.isnan(estimate):
        status = "ok"
    elif km.events == 0:
        status = "not reached: no events"
    else:
        status = f"not reached: survival stays at {km.survival[-1]:.3f} or above"
    return Quantile(estimate, lower, upper, status)


def _first_time(time: NDArray[np.float64], curve: NDArray[np.float64], p: float) -> float:
    """First time at which the curve has come down to 1 − p, by the tie rule of :func:`quantile`."""
    with np.errstate(invalid="ignore"):
        reached = np.flatnonzero(curve <= 1.0 - p + _EXACT)
    if reached.size == 0:
        return math.nan
    first = int(reached[0])
    if abs(curve[first] - (1.0 - p)) >= _EXACT:
        return float(time[first])
    with np.errstate(invalid="ignore"):
        below = np.flatnonzero(curve <= 1.0 - p - _EXACT)
    if below.size:
        return float((time[first] + time[below[0]]) / 2.0)
    # The curve ends on 1 − p, or has no value after it.
    return math.nan if math.isnan(curve[-1]) else float((time[first] + time[-1]) / 2.0)


def survival_at(km: KaplanMeier, at: ArrayLike) -> Landmarks:
    """Survival, its standard error and limits at given times (landmarks).

    SAS: ``proc lifetest timelist=``. R: ``summary(survfit(), times = , extend = FALSE)``; a time after the last one
    observed has no estimate (NaN and a status), except where S has reached 0, which stays 0. Before the first event S
    is 1 with no limits on the log-log scale. ``n_risk`` counts subjects with a time at or after the landmark,
    ``events`` those with an event up to it.
    """
    points = _snap(numbers(at, "at"), km.time)
    index = np.searchsorted(km.time, points, side="right") - 1
    last = float(km.time[-1]) if km.n else -math.inf
    gone = bool(km.n) and float(km.survival[-1]) == 0.0
    known = (points <= last) | gone
    before = 1.0 if km.conf_type != "log-log" else math.nan

    def pick(values: NDArray[np.float64], start: float) -> NDArray[np.float64]:
        padded = np.concatenate(([start], values))
        return np.where(known, padded[index + 1], np.nan)

    risk = np.concatenate((km.n_risk, [0]))[np.searchsorted(km.time, points, side="left")]
    events = np.concatenate(([0], np.cumsum(km.n_event)))[index + 1]
    reason = km.status if km.n == 0 else f"after the last observed time {last:g}"
    return Landmarks(
        time=points,
        survival=pick(km.survival, 1.0),
        std_err=pick(km.std_err, 0.0),
        lower=pick(km.lower, before),
        upper=pick(km.upper, before),
        n_risk=risk.astype(np.int64),
        events=events.astype(np.int64),
        status=tuple("ok" if ok else reason for ok in known),
    )


def at_risk(time: ArrayLike, at: ArrayLike) -> NDArray[np.int64]:
    """Subjects at risk at given times: those with a time at or after it.

    SAS: ``proc lifetest plots=survival(atrisk=)``. R: ``summary(survfit(), times = , extend = TRUE)$n.risk``.

    Examples
    --------
    >>> at_risk([1, 2, 2, 3], [0, 2, 2.5, 4]).tolist()
    [4, 3, 1, 0]
    """
    t = np.sort(times(time))
    points = _snap(numbers(at, "at"), np.unique(t))
    return (len(t) - np.searchsorted(t, points, side="left")).astype(np.int64)


def _snap(points: NDArray[np.float64], distinct: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move points onto a time that differs from them by rounding error only, as ``tie_times`` does with times."""
    if not len(distinct):
        return points
    right = np.minimum(np.searchsorted(distinct, points), len(distinct) - 1)
    left = np.maximum(right - 1, 0)
    nearest = np.where(
        np.abs(distinct[left] - points) < np.abs(distinct[right] - points), distinct[left], distinct[right]
    )
    close = np.abs(nearest - points) <= _EXACT * float(np.mean(distinct))
    return np.where(close, nearest, points)
