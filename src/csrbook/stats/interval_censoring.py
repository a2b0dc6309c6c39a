"""Interval-censored times: Turnbull's estimate of the survival function and score tests of two arms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats._checks import binary, encode, numbers, one_of, probability, same_length
from csrbook.stats._intervals import Innermost, bounds, innermost, mass_covariance, npmle
from csrbook.stats._normal import two_sided_p

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["IntervalScoreTest", "Turnbull", "interval_score_test", "turnbull"]

SCORES: Final = ("sun", "finkelstein")


@dataclass(frozen=True, slots=True)
class Turnbull:
    """Nonparametric maximum likelihood estimate from interval-censored times.

    Attributes
    ----------
    left, right : ndarray
        Innermost intervals (left, right] with mass; an interval with equal ends is that one time.
    mass : ndarray
        Probability of each.
    survival : ndarray
        S after each interval, at ``right``; within an interval S is not determined.
    std_err : ndarray
        Standard error of ``survival``; NaN where ``std_err_status`` gives a reason for it.
    std_err_status : str
        ``"ok"``, or what limits the standard errors: innermost intervals without mass are taken as known to have none;
        where the masses are not unique, there are no standard errors.
    loglik : float
    gap : float
        Largest directional derivative of the mean log-likelihood at the estimate, 0 at the exact maximum.
    n, events : int
        Subjects, and those with a finite right end.
    status : str
        ``"ok"``, or why there is no estimate.
    """

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    mass: NDArray[np.float64]
    survival: NDArray[np.float64]
    std_err: NDArray[np.float64]
    std_err_status: str
    loglik: float
    gap: float
    n: int
    events: int
    status: str

    @property
    def last(self) -> float:
        """Last observed time, after which S may be anything down to 0; infinity where S comes down to 0 itself."""
        if self.status != "ok":
            return math.nan
        return float(self.left[-1]) if math.isinf(self.right[-1]) else math.inf

    def survival_at(self, at: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least and greatest value that S can take at given times; they differ within an interval with mass only."""
        points = numbers(at, "at")
        if self.status != "ok":
            unknown = np.full(len(points), math.nan)
            return unknown, unknown.copy()
        before = np.concatenate(([1.0], self.survival))
        done = np.searchsorted(self.right, points, side="right")
        # An interval has begun after its left end, which it does not hold; an exact time is over at that time.
        begun = np.maximum(np.searchsorted(self.left, points, side="left"), done)
        return before[begun], before[done]

    def quantile(self, p: float = 0.5) -> tuple[float, float]:
        """Ends of the interval in which S comes down to 1 − p; NaN where it does not, infinity where it is open."""
        probability(p, "p")
        if self.status != "ok":
            return math.nan, math.nan
        reached = np.flatnonzero(self.survival <= 1.0 - p + 1e-12)
        if not reached.size:
            return math.nan, math.nan
        return float(self.left[reached[0]]), float(self.right[reached[0]])


@dataclass(frozen=True, slots=True)
class IntervalScoreTest:
    """Score test of two arms with interval-censored times.

    Attributes
    ----------
    z, p : float
        Statistic, above 0 where the test arm has its events earlier, and two-sided p-value.
    score, variance : float
        Sum of the scores of the test arm less their expectation, and its permutation variance.
    n_test, n_control : int
    scores : str
    status : str
        ``"ok"``, or why there is no test.
    """

    z: float
    p: float
    score: float
    variance: float
    n_test: int
    n_control: int
    scores: str
    status: str


def turnbull(left: ArrayLike, right: ArrayLike) -> Turnbull:
    r"""Turnbull's estimate of the survival function from intervals that hold the event.

    .. math:: \max_p \sum_i \log \sum_{j:\, I_j \subseteq (L_i, R_i]} p_j, \qquad p_j \ge 0,\ \sum_j p_j = 1

    over the innermost intervals :math:`I_j`, found by constrained Newton steps and self-consistency until no mass could
    be moved with a gain in the mean log-likelihood above 1e-11. Standard errors come from the observed information of
    the masses above 0,

    .. math:: I_{jk} = \sum_i \frac{\alpha_{ij}\alpha_{ik}}{(\sum_l \alpha_{il} p_l)^2}, \qquad
        \alpha_{ij} = 1\{I_j \subseteq (L_i, R_i]\}

    inverted under :math:`\sum_j p_j = 1`.

    Parameters
    ----------
    left : array_like
        Last time without the event, from 0; 0 where it came before the first assessment.
    right : array_like
        First time with the event; infinity where it was not seen; equal to ``left`` for an exact time.

    Returns
    -------
    Turnbull

    Raises
    ------
    StatisticsError
        On a negative, missing or infinite left end, a missing right end, or a left end after its right end.

    Notes
    -----
    Source: Turnbull, JRSS B 1976; Gentleman and Geyer, Biometrika 1994 (the Kuhn–Tucker conditions); Wang, J Comput
    Graph Stat 2008 (the steps); Sun, The Statistical Analysis of Interval-censored Failure Time Data, 2006 (standard
    errors). SAS: ``proc iclifetest; time (l, r);``. R: ``survfit(Surv(l, r, type = "interval2") ~ 1)``,
    ``interval::icfit``. With right-censored times it is the Kaplan–Meier estimate with Greenwood's standard errors.
    Known differences: R's survfit puts the mass of an interval on its middle and stops its self-consistency at a
    difference of 1e-4 or so; SAS takes its standard errors from multiple imputation. The mass of an interval need not
    be unique; S at the ends of the subjects' intervals is. The standard errors hold for a schedule of assessments that
    the subjects share; they are not to be relied on where assessments are so scattered that many innermost intervals
    have no mass.

    Examples
    --------
    >>> curve = turnbull([0, 1, 1, 4], [2, 3, 3, float("inf")])
    >>> curve.left.tolist(), curve.right.tolist(), curve.survival.round(4).tolist()
    ([1.0, 4.0], [2.0, inf], [0.25, 0.0])
    """
    low, high = bounds(left, right)
    n, events = len(low), int(np.isfinite(high).sum())
    if n == 0:
        empty, status = np.empty(0), "no subjects"
        return Turnbull(empty, empty, empty, empty, empty, status, math.nan, math.nan, n, events, status)
    sets = innermost(low, high)
    mass, gap = npmle(sets)
    total = np.concatenate(([0.0], np.cumsum(mass)))
    loglik = float(np.log(total[sets.last + 1] - total[sets.first]).sum())
    some = mass > 0.0
    std_err, std_err_status = _standard_errors(sets, mass)
    return Turnbull(
        left=sets.left[some],
        right=sets.right[some],
        mass=mass[some],
        survival=_after(mass)[some],
        std_err=std_err,
        std_err_status=std_err_status,
        loglik=loglik,
        gap=gap,
        n=n,
        events=events,
        status="ok" if gap <= 1e-8 else "no convergence",
    )


def interval_score_test(
    left: ArrayLike,
    right: ArrayLike,
    arm: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    scores: str = "sun",
) -> IntervalScoreTest:
    r"""Log-rank type test of two arms with interval-censored times, permutation form.

    With S the pooled estimate of :func:`turnbull` and :math:`\tilde S(t) = \exp\{-\sum_{j \le t} p_j / S(t_{j-1})\}`,
    a subject has the score

    .. math:: c_i = \frac{S(R_i) \log \tilde S(R_i) - S(L_i) \log \tilde S(L_i)}{S(L_i) - S(R_i)}
        \ \text{(Sun)}, \qquad \tilde S = S\ \text{(Finkelstein)}

    with the sign turned so that early events score high, and

    .. math:: z = \frac{\sum_i c_i (a_i - \bar a)}
        {\sqrt{\sum_i (c_i - \bar c)^2 \sum_i (a_i - \bar a)^2 / (n - 1)}}

    numerator and variance summed over strata, each with its own S.

    Parameters
    ----------
    left, right : array_like
        As in :func:`turnbull`.
    arm : array_like
        1 for the test arm, 0 for the control arm.
    strata : array_like, optional
        One label a subject.
    scores : {"sun", "finkelstein"}

    Returns
    -------
    IntervalScoreTest

    Raises
    ------
    StatisticsError
        As :func:`turnbull`, and on an arm other than 0 and 1.

    Notes
    -----
    Source: Sun, Stat Med 1996; Finkelstein, Biometrics 1986; Fay and Shaw, J Stat Softw 2010 (permutation form).
    SAS: ``proc iclifetest; test arm / weight=sun`` or ``weight=finkelstein`` (by multiple imputation of the variance,
    so that its p-value differs a little). R: ``interval::ictest(l, r, arm, scores = "logrank1")`` or ``"logrank2"``.
    Known differences: R's sign depends on the order of the groups. The permutation form asks that the schedule of
    assessments be the same in both arms.
    """
    one_of(scores, "scores", SCORES)
    low, high = bounds(left, right)
    a = binary(arm, "arm")
    same_length(len(low), arm=a)
    codes, _labels = encode(strata, "strata", len(low))
    score = variance = 0.0
    for level in range(int(codes.max()) + 1 if len(codes) else 0):
        here = codes == level
        n = int(here.sum())
        if not bool(np.isfinite(high[here]).any()) or n < 2:
            continue
        c = _scores(low[here], high[here], scores)
        apart = a[here] - a[here].mean()
        score += float(c @ apart)
        variance += float(((c - c.mean()) ** 2).sum() * (apart**2).sum()) / (n - 1)
    n_test, n_control = int(a.sum()), int((~a).sum())
    if n_test + n_control == 0:
        status = "no subjects"
    elif n_test == 0 or n_control == 0:
        status = f"no subjects in the {'test' if n_test == 0 else 'control'} arm"
    elif not bool(np.isfinite(high).any()):
        status = "no events"
    else:
        status = "ok" if variance > 1e-20 else "the statistic has no variance"
    z = score / math.sqrt(variance) if status == "ok" else math.nan
    return IntervalScoreTest(z, two_sided_p(z), score, variance, n_test, n_control, scores, status)


def _after(mass: NDArray[np.float64]) -> NDArray[np.float64]:
    """S after each interval, summed from the end so that it closes on an exact 0."""
    return np.concatenate((np.cumsum(mass[::-1])[::-1][1:], [0.0]))


def _standard_errors(sets: Innermost, mass: NDArray[np.float64]) -> tuple[NDArray[np.float64], str]:
    """Standard error of S after each interval with mass, and what limits it."""
    some = mass > 0.0
    covariance = mass_covariance(sets, mass)
    if covariance is None:
        return np.full(int(some.sum()), math.nan), "the masses are not unique"
    variance = np.diag(np.cumsum(np.cumsum(covariance, axis=0), axis=1))[some]
    std_err = np.sqrt(np.maximum(variance, 0.0))
    std_err[-1] = 0.0  # S is 0 after the last interval, whatever the masses
    none = int((np.diag(covariance) == 0.0).sum()) if len(mass) > 1 else 0
    return std_err, "ok" if none == 0 else f"{none} of {len(mass)} innermost intervals have no mass"


def _scores(low: NDArray[np.float64], high: NDArray[np.float64], scores: str) -> NDArray[np.float64]:
    sets = innermost(low, high)
    mass, _gap = npmle(sets)
    survival = np.concatenate(([1.0], _after(mass)))
    with np.errstate(divide="ignore", invalid="ignore"):
        if scores == "sun":
            hazard = np.cumsum(np.where(survival[:-1] > 0.0, mass / survival[:-1], 0.0))
            term = -survival * np.concatenate(([0.0], hazard))
        else:
            term = np.where(survival > 0.0, survival * np.log(survival), 0.0)
    begin, end = sets.first, sets.last + 1
    result: NDArray[np.float64] = (term[begin] - term[end]) / (survival[begin] - survival[end])
    return result
