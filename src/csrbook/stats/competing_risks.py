"""Competing risks: cumulative incidence (Aalen–Johansen) and Gray's test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, confidence_level, encode, numbers, one_of, same_length, times
from csrbook.stats._normal import chi2_sf, z_critical
from csrbook.stats._step_curve import rows_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["CumulativeIncidence", "GrayTest", "causes", "cumulative_incidence", "gray_test"]

VARIANCES: Final = ("aalen", "delta")


@dataclass(frozen=True, slots=True)
class CumulativeIncidence:
    """Aalen–Johansen estimate of the incidence of one cause, at each distinct time.

    ``lower`` and ``upper`` are symmetric on the log-log scale, NaN where the estimate is 0.
    """

    time: NDArray[np.float64]
    n_risk: NDArray[np.int64]
    n_event: NDArray[np.int64]
    n_competing: NDArray[np.int64]
    n_censor: NDArray[np.int64]
    estimate: NDArray[np.float64]
    std_err: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    cause: int
    n: int
    events: int
    confidence: float
    status: str

    def at(self, points: ArrayLike) -> NDArray[np.float64]:
        """Rows (time, estimate, standard error, lower, upper) at given times; NaN after the last observed time."""
        last = self.time[-1] if self.n else -math.inf
        return rows_at(points, self.time, self.estimate, self.std_err, self.lower, self.upper, last)


@dataclass(frozen=True, slots=True)
class GrayTest:
    """Gray's test of equal cumulative incidence in two arms (1 df); ``score`` is above 0 where test has more."""

    chi2: float
    p: float
    score: float
    variance: float
    n_test: int
    n_control: int
    events_test: int
    events_control: int
    uninformative_strata: tuple[str, ...]
    status: str


def causes(value: ArrayLike, name: str = "event") -> NDArray[np.int64]:
    """Check event codes: 0 censored, 1, 2, … the causes."""
    codes = numbers(value, name)
    wrong = np.flatnonzero((codes < 0) | (codes != np.floor(codes)))
    if wrong.size:
        raise StatisticsError(
            f"{name} holds the value {codes[wrong[0]]:g}",
            f"argument {name!r}, position {int(wrong[0])}",
            "code 0 for censored and 1, 2, ... for the causes",
        )
    return codes.astype(np.int64)


def cumulative_incidence(
    time: ArrayLike, event: ArrayLike, *, cause: int = 1, variance: str = "aalen", confidence: float = 0.95
) -> CumulativeIncidence:
    r"""Cumulative incidence of one cause in the presence of others.

    .. math:: \hat F_j(t) = \sum_{t_i \le t} \hat S(t_{i-1})\,\frac{d_{ji}}{n_i}

    Parameters
    ----------
    time : array_like
        Times, not negative.
    event : array_like
        0 for a censored time, 1, 2, … for the causes.
    cause : int
    variance : {"aalen", "delta"}
        The martingale variance with hypergeometric ties, or the delta method's; the same without ties but for n − 1.
    confidence : float

    Notes
    -----
    Source: Aalen and Johansen 1978; Aalen 1978; Marubini and Valsecchi 1995. R: ``cmprsk::cuminc`` (Aalen);
    ``survfit(Surv(t, factor(event)) ~ 1)`` (delta). SAS: ``proc lifetest; time t*event(0) / failcode=1`` (delta by
    default, ``error=aalen``). Known differences: lifelines' ``AalenJohansenFitter`` moves tied times at random.
    """
    t = times(time)
    codes = causes(event)
    same_length(len(t), event=codes)
    one_of(variance, "variance", VARIANCES)
    z = z_critical(confidence_level(confidence))
    distinct, where = np.unique(t, return_inverse=True)
    k = len(distinct)
    total = np.bincount(where, minlength=k)
    own = np.bincount(where[codes == cause], minlength=k)
    every = np.bincount(where[codes > 0], minlength=k)
    n_risk = len(t) - np.concatenate(([0], np.cumsum(total)[:-1])) if k else total
    n, d, dj = n_risk.astype(np.float64), every.astype(np.float64), own.astype(np.float64)
    survival: NDArray[np.float64] = np.cumprod(1.0 - d / n, dtype=np.float64)
    before: NDArray[np.float64] = np.concatenate((np.ones(1), survival))[:k]
    estimate: NDArray[np.float64] = np.cumsum(before * dj / n)
    std_err = np.sqrt(np.maximum(_variance(n, d, dj, before, estimate, variance), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = np.where((estimate > 0.0) & (estimate < 1.0), estimate, np.nan)
        spread = np.exp(z * std_err / (inner * np.log(inner)))
        lower, upper = inner ** (1.0 / spread), inner**spread
    return CumulativeIncidence(
        time=distinct,
        n_risk=n_risk.astype(np.int64),
        n_event=own.astype(np.int64),
        n_competing=(every - own).astype(np.int64),
        n_censor=(total - every).astype(np.int64),
        estimate=estimate,
        std_err=std_err,
        lower=lower,
        upper=upper,
        cause=cause,
        n=len(t),
        events=int(own.sum()),
        confidence=confidence,
        status="ok" if len(t) else "no subjects",
    )


def _variance(
    n: NDArray[np.float64],
    d: NDArray[np.float64],
    dj: NDArray[np.float64],
    before: NDArray[np.float64],
    f: NDArray[np.float64],
    kind: str,
) -> NDArray[np.float64]:
    """Variance of F at each time, by cumulative sums of terms in F(t)."""
    alive = n > d
    if kind == "delta":
        a = np.where(alive, d / (n * np.where(alive, n - d, 1.0)), 0.0)
        b = before**2 * dj * (n - dj) / n**3
        c = before * dj / n**2
        squares = f**2 * np.cumsum(a) - 2.0 * f * np.cumsum(f * a) + np.cumsum(f**2 * a)
        result: NDArray[np.float64] = squares + np.cumsum(b) - 2.0 * (f * np.cumsum(c) - np.cumsum(f * c))
        return result
    # Events of the two kinds are independent; each moves F(t) by what it adds and by what it takes from those left.
    one = np.maximum(n - 1.0, 1.0)
    own = (before / n) ** 2 * dj * np.where(dj > 1.0, (n - dj) / one, 1.0)
    other = (before / n) ** 2 * (d - dj) * np.where(d - dj > 1.0, (n - (d - dj)) / one, 1.0)
    inverse = np.where(alive, n / (np.where(alive, n - d, 1.0) * np.where(before > 0.0, before, 1.0)), 0.0)
    other = np.where(alive, other, 0.0)
    kept = 1.0 + inverse * f
    constant: NDArray[np.float64] = np.cumsum(own * kept**2 + other * (inverse * f) ** 2)
    linear: NDArray[np.float64] = np.cumsum(own * inverse * kept + other * inverse**2 * f)
    square: NDArray[np.float64] = np.cumsum((own + other) * inverse**2)
    return constant - 2.0 * f * linear + f**2 * square


def gray_test(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    cause: int = 1,
    strata: ArrayLike | None = None,
    strata_levels: Sequence[Any] | None = None,
) -> GrayTest:
    r"""Gray's test of equal subdistribution hazards of one cause in two arms.

    .. math:: U = \sum_i \left(d_{1i} - \frac{R_{1i}}{R_{1i}+R_{0i}}\,d_i\right), \qquad
        R_{ki} = n_{ki}\,\frac{1-\hat F_k(t_i^-)}{\hat S_k(t_i^-)}

    over the times of the cause, with Gray's variance.

    Parameters
    ----------
    time, event
        As in :func:`cumulative_incidence`.
    arm : array_like
        1 for the test arm, 0 for the control arm.
    cause : int
    strata, strata_levels
        As in :func:`csrbook.stats.log_rank.log_rank`.

    Notes
    -----
    Source: Gray, Ann Stat 1988 (rho = 0). R: ``cmprsk::cuminc(ftime, fstatus, group, strata)$Tests``. SAS: ``proc
    lifetest; strata s / group=arm; time t*event(0) / failcode=1``.
    """
    t = times(time)
    codes = causes(event)
    a = binary(arm, "arm")
    same_length(len(t), event=codes, arm=a)
    levels, labels = encode(strata, "strata", len(t), strata_levels)
    score = variance = 0.0
    idle: list[str] = []
    for level, label in enumerate(labels):
        here = levels == level
        reason = _reason(a[here], codes[here], cause)
        if reason != "ok":
            idle.append(f"{label}: {reason}")
            continue
        u, v = _gray(t[here], codes[here], a[here], cause)
        score += u
        variance += v
    whole = _reason(a, codes, cause)
    if whole == "ok" and not variance > 0.0:
        whole = "the statistic has no variance"
    chi2 = score * score / variance if whole == "ok" else math.nan
    own = codes == cause
    return GrayTest(
        chi2=chi2,
        p=chi2_sf(chi2, 1),
        score=score,
        variance=variance,
        n_test=int(a.sum()),
        n_control=int((~a).sum()),
        events_test=int((own & a).sum()),
        events_control=int((own & ~a).sum()),
        uninformative_strata=() if strata is None else tuple(idle),
        status=whole,
    )


def _reason(arm: NDArray[np.bool_], codes: NDArray[np.int64], cause: int) -> str:
    if not len(arm):
        return "no subjects"
    if arm.all() or not arm.any():
        return f"no subjects in the {'control' if arm.all() else 'test'} arm"
    return "ok" if bool((codes == cause).any()) else "no events of the cause"


def _gray(t: NDArray[np.float64], codes: NDArray[np.int64], arm: NDArray[np.bool_], cause: int) -> tuple[float, float]:
    """Score of the test arm and its variance in one stratum.

    The score is, up to terms that vanish, a sum over the two arms of integrals against the martingales of the cause and
    of the competing causes; Gray's variance adds up their squares, with a correction where several events are tied.
    """
    distinct, where = np.unique(t[codes > 0], return_inverse=True)
    events = codes[codes > 0]
    member = arm[codes > 0].astype(np.intp)
    m = len(distinct)
    shape = (2, m)
    own = np.zeros(shape)
    other = np.zeros(shape)
    np.add.at(own, (member[events == cause], where[events == cause]), 1.0)
    np.add.at(other, (member[events != cause], where[events != cause]), 1.0)
    risk = np.stack([np.count_nonzero(~arm) - np.searchsorted(np.sort(t[~arm]), distinct)] * 2).astype(np.float64)
    risk[1] = np.count_nonzero(arm) - np.searchsorted(np.sort(t[arm]), distinct)
    at = risk > 0
    safe = np.where(at, risk, 1.0)
    survival = np.cumprod(1.0 - (own + other) / safe, axis=1)
    before = np.concatenate((np.ones((2, 1)), survival[:, :-1]), axis=1)
    incidence = np.cumsum(before * own / safe, axis=1)
    incidence_before = np.concatenate((np.zeros((2, 1)), incidence[:, :-1]), axis=1)
    scaled = np.where(at, risk / np.where(before > 0, before, 1.0), 0.0)
    total = scaled.sum(axis=0)
    tied = own.sum(axis=0)
    pooled = np.cumsum(np.where(total > 0, tied / np.where(total > 0, total, 1.0), 0.0))
    pooled_before = np.concatenate(([0.0], pooled[:-1]))
    adjusted = scaled * (1.0 - incidence_before)
    score = float((own[1] - tied * adjusted[1] / np.maximum(adjusted.sum(axis=0), 1e-300)).sum())
    # Influence of arm k's processes on the test arm's score: a at the event, c accumulated before it.
    share = scaled[1] / np.where(total > 0, total, 1.0)
    a = np.stack([-scaled[0] * share, scaled[1] * (1.0 - share)])
    left = np.where(1.0 - pooled_before > 0, 1.0 - pooled_before, 1.0)
    c = np.cumsum(a * np.where(total > 0, tied / (np.where(total > 0, total, 1.0) * left), 0.0), axis=1)
    alive = survival > 0
    ratio = np.where(alive, (1.0 - pooled) / np.where(alive, survival, 1.0), 0.0)
    variance = 0.0
    for k in (0, 1):
        t4 = np.where(alive[k], 1.0 - ratio[k], 1.0)
        ties = np.where(tied > 1, 1.0 - (tied - 1.0) / np.where(tied > 1, total * before[k] - 1.0, 1.0), 1.0)
        weight = np.where(at[k] & (tied > 0), ties * before[k] * tied / np.maximum(total * safe[k], 1e-300), 0.0)
        first = a[k] - t4 * c[k]
        end = float(c[k, -1])
        variance += float((weight * (first + end * t4) ** 2).sum())
        ties = np.where(other[k] > 1, 1.0 - (other[k] - 1.0) / np.where(other[k] > 1, safe[k] - 1.0, 1.0), 1.0)
        weight = np.where(alive[k] & at[k], ties * before[k] ** 2 * other[k] / safe[k] ** 2, 0.0)
        variance += float((weight * (ratio[k] * (c[k] - end)) ** 2).sum())
    return score, variance
