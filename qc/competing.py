"""Competing risks by definition in NumPy: cumulative incidence, Gray's test, Fine and Gray's model.

Event codes are 0 for a censored time, 1 for the event, 2 and above for events that compete with it. All follows the
papers named; the comparisons in ``tests/qc/test_competing.py`` are with R's ``cmprsk``. :func:`competing_risks` gives
the numbers that every table of competing risks has.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtri
from scipy.stats import chi2

from qc.contract import Row, named, share
from qc.survival import Bools, CoxEstimate, Floats, Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from csrbook.plan.models import Plan

__all__ = ["CumulativeIncidence", "GrayTest", "Integers", "competing_risks", "fine_gray", "gray_test"]

Integers = NDArray[np.int64]

WIDEST = 50.0
"""Log hazard ratios beyond this are taken as infinite."""


class Counts(NamedTuple):
    """What happens at each of a list of times in one group."""

    at_risk: Floats
    events: Floats
    competing: Floats

    @classmethod
    def of(cls, time: Floats, event: Integers, moments: Floats) -> Counts:
        """Count the subjects with a time at or after each moment, and those with each kind of event at it."""
        here = time[:, None] == moments
        return cls(
            np.sum(time[:, None] >= moments, axis=0).astype(float),
            np.sum(here & (event == 1)[:, None], axis=0).astype(float),
            np.sum(here & (event > 1)[:, None], axis=0).astype(float),
        )

    def curves(self) -> tuple[Floats, ...]:
        """Survival free of any event and incidence of the event: before the moments, and at them."""
        fraction = np.divide(
            self.events + self.competing, self.at_risk, where=self.at_risk > 0.0, out=np.zeros_like(self.at_risk)
        )
        survival = np.cumprod(1.0 - fraction)
        before = np.concatenate([[1.0], survival])[:-1]
        jumps = np.divide(before * self.events, self.at_risk, where=self.at_risk > 0.0, out=np.zeros_like(before))
        incidence = np.cumsum(jumps)
        return before, np.asarray(survival), incidence - jumps, incidence


def _hypergeometric(d: Floats, n: Floats) -> Floats:
    """Factor of the variance for ``d`` simultaneous events of ``n`` at risk: 1 - (d - 1) / (n - 1)."""
    return np.where(d > 1.0, 1.0 - (d - 1.0) / np.where(d > 1.0, n - 1.0, 1.0), 1.0)


class CumulativeIncidence:
    r"""Aalen-Johansen estimate of the incidence of the event in one group.

    Notes
    -----
    The variance is Aalen's: the increments of the cause-specific hazards are independent, with the variance
    :math:`d (n - d) / \{n^2 (n - 1)\}`, and pass through the derivatives of the estimate by them. R:
    ``cmprsk::cuminc``; SAS: ``PROC LIFETEST`` with ``FAILCODE=1 ERROR=AALEN CONFTYPE=LOGLOG``.
    """

    def __init__(self, time: Floats, event: Integers, confidence: float = 0.95) -> None:
        self.last = float(time.max()) if len(time) else -math.inf
        self.time = np.unique(time[event > 0])
        self.counts = Counts.of(time, event, self.time)
        self.before, self.survival, _, self.incidence = self.counts.curves()
        self.z = float(ndtri((1.0 + confidence) / 2.0))

    def estimate(self, time: float) -> float:
        """Incidence up to a time; NaN after the last observed time."""
        if time > self.last:
            return math.nan
        return float(self.incidence[self.time <= time][-1]) if (self.time <= time).any() else 0.0

    def variance(self, time: float) -> float:
        """Variance of the incidence up to a time."""
        past = self.time <= time
        n, d, c = (x[past] for x in self.counts)
        before, survival = self.before[past], self.survival[past]
        left = self.estimate(time) - self.incidence[past]
        falls = np.divide(left, survival, where=survival > 0.0, out=np.zeros_like(left))
        by_event = before * (1.0 - falls)
        by_competing = before * falls
        terms = by_event**2 * _hypergeometric(d, n) * d + by_competing**2 * _hypergeometric(c, n) * c
        return float(np.sum(terms / n**2))

    def at(self, time: float) -> Limits:
        """Incidence up to a time with limits on the scale log(-log); no limits where it is 0 or 1."""
        f = self.estimate(time)
        if math.isnan(f) or not 0.0 < f < 1.0:
            return Limits(f, math.nan, math.nan)
        half = self.z * math.sqrt(self.variance(time)) / abs(f * math.log(f))
        return Limits(f, f ** math.exp(half), f ** math.exp(-half))


class GrayTest(NamedTuple):
    """Chi-square on one degree of freedom and its two-sided p-value."""

    chi_square: float
    p_value: float


def gray_test(time: Floats, event: Integers, test: Bools) -> GrayTest:
    r"""Gray's test of equal cumulative incidence of the event in two arms, with rho = 0 (Gray 1988).

    Notes
    -----
    The statistic sums :math:`d_1 - d R_1 / R` over the times of the event, :math:`R_k = n_k (1 - F_k^-) / S_k^-`. As
    a sum of martingales of each arm it has the integrands ``a + (1 - (1 - F) / S) (c_end - c)`` for the event and
    ``(1 - F) / S (c_end - c)`` for those that compete, where F is the common incidence, ``a`` the weight of an
    increment and ``c`` its compensator up to the time. R: ``cmprsk::cuminc``.
    """
    moments = np.unique(time[event > 0])
    if not len(moments):
        return GrayTest(math.nan, math.nan)
    arms = [Counts.of(time[test == arm], event[test == arm], moments) for arm in (True, False)]
    curves = [counts.curves() for counts in arms]
    events = arms[0].events + arms[1].events
    # Both are 0 for an arm of which nobody is at risk, whose survival may be 0 there.
    ratio = [
        np.divide(k.at_risk, c[0], where=k.at_risk > 0.0, out=np.zeros_like(moments))
        for k, c in zip(arms, curves, strict=True)
    ]
    exposed = [r * (1.0 - c[2]) for r, c in zip(ratio, curves, strict=True)]
    score = float(np.sum(arms[0].events - events * exposed[0] / (exposed[0] + exposed[1])))

    whole = ratio[0] + ratio[1]
    common = np.cumsum(events / whole)
    hazard = events / (whole * (1.0 - (common - events / whole)))
    pooled = ratio[0] * ratio[1] / whole
    variance = 0.0
    for sign, counts, (before, survival, _, _) in zip((1.0, -1.0), arms, curves, strict=True):
        n, alive = counts.at_risk, survival > 0.0
        weight = sign * pooled
        gone = np.cumsum(weight * hazard)
        to_come = gone[-1] - gone
        left = np.divide(1.0 - common, survival, where=alive, out=np.zeros_like(n))
        ties = np.where(events > 1.0, 1.0 - (events - 1.0) / np.where(events > 1.0, whole * before - 1.0, 1.0), 1.0)
        at = n > 0.0
        of_event = ties[at] * before[at] * events[at] / (whole[at] * n[at])
        variance += float(np.sum((weight + (1.0 - left) * to_come)[at] ** 2 * of_event))
        here = alive & at
        d = counts.competing[here]
        of_competing = _hypergeometric(d, n[here]) * before[here] ** 2 * d / n[here] ** 2
        variance += float(np.sum((left * to_come)[here] ** 2 * of_competing))
    if not variance > 0.0:
        return GrayTest(math.nan, math.nan)
    return GrayTest(score**2 / variance, float(chi2.sf(score**2 / variance, 1)))


def fine_gray(time: Floats, event: Integers, test: Bools) -> CoxEstimate:
    r"""Subdistribution hazard ratio of the test arm (Fine and Gray 1999), ties by Breslow, with their covariance.

    Returns
    -------
    CoxEstimate
        NaN where the likelihood has no maximum.

    Notes
    -----
    After a competing event at :math:`T_i` a subject stays at risk with the weight :math:`G(t^-) / G(T_i^-)`, G the
    Kaplan-Meier curve of the censoring times of all subjects. The score is solved by bracketing. R: ``cmprsk::crr``.
    """
    moments = np.unique(time[event == 1])
    x = test.astype(float)
    weight = _weights(time, event, moments)
    events = np.array([np.sum((time == t) & (event == 1)) for t in moments], dtype=float)
    of_test = np.array([np.sum((time == t) & (event == 1) & test) for t in moments], dtype=float)
    risk = x @ weight, (1.0 - x) @ weight
    if not (np.any(of_test * risk[1] > 0.0) and np.any((events - of_test) * risk[0] > 0.0)):
        return CoxEstimate(math.nan, math.nan)

    def mean(beta: float) -> Floats:
        """Mean of the arm among those at risk."""
        return risk[0] / (risk[0] + risk[1] * math.exp(-beta))

    beta = float(brentq(lambda b: np.sum(of_test - events * mean(b)), -WIDEST, WIDEST, xtol=1e-15, rtol=1e-15))
    information = float(np.sum(events * mean(beta) * (1.0 - mean(beta))))
    gap = x[:, None] - mean(beta)
    happened = (time[:, None] == moments) & (event == 1)[:, None]
    baseline = events / (risk[0] * math.exp(beta) + risk[1])
    compensator = gap * weight * np.exp(beta * x)[:, None] * baseline
    residual = np.sum(np.where(happened, gap, 0.0) - compensator, axis=1)
    residual += _through_censoring(time, event, moments, compensator)
    return CoxEstimate(beta, math.sqrt(float(np.sum(residual**2))) / information)


def _censoring(time: Floats, event: Integers) -> tuple[Floats, Floats, Floats]:
    """Times of censoring with the Nelson-Aalen increments of the censoring hazard, and subjects at risk then."""
    moments = np.unique(time[event == 0])
    at_risk = np.array([np.sum(time >= t) for t in moments], dtype=float)
    censored = np.array([np.sum((time == t) & (event == 0)) for t in moments], dtype=float)
    return moments, censored / at_risk, at_risk


def _weights(time: Floats, event: Integers, moments: Floats) -> Floats:
    """Weight in the risk set of each subject (row) at each moment (column)."""
    censor, hazard, _ = _censoring(time, event)
    free = np.concatenate([[1.0], np.cumprod(1.0 - hazard)])

    def curve(t: Floats) -> Floats:
        """Probability of no censoring before a time."""
        return free[np.searchsorted(censor, t, side="left")]

    stays = (event > 1)[:, None] & (time[:, None] < moments)
    kept = np.divide(curve(moments)[None, :], curve(time)[:, None], where=stays, out=np.zeros(stays.shape))
    return np.where(stays, kept, (time[:, None] >= moments).astype(float))


def _through_censoring(time: Floats, event: Integers, moments: Floats, compensator: Floats) -> Floats:
    r"""Contribution of each subject to the score through the estimate of the censoring curve.

    :math:`\int q(u) / n(u)\, dM_i^c(u)`, where q(u) takes the subjects whose competing event was before u and the
    moments at or after u.
    """
    censor, hazard, at_risk = _censoring(time, event)
    competed = (event > 1) & (time < censor[:, None])
    effect = np.sum((competed.astype(float) @ compensator) * (moments >= censor[:, None]), axis=1) / at_risk
    jumps = (time[:, None] == censor) & (event == 0)[:, None]
    return np.asarray(jumps @ effect - (time[:, None] >= censor) @ (effect * hazard))


def competing_risks(
    frame: pd.DataFrame, members: pd.DataFrame, plan: Plan, keys: Row, landmarks: Iterable[float]
) -> Iterator[Row]:
    """Counts by kind and reason, incidence at months in percent, Gray's test and the subdistribution hazard ratio.

    Parameters
    ----------
    frame : DataFrame
        ``ARM``, ``AVAL``, ``COMPEV`` and ``EVNTDESC`` of the subjects with a record of the parameter.
    members : DataFrame
        All subjects of the analysis set with their ``ARM``: the denominators.
    plan : Plan
        Arms and confidence level.
    keys : Row
        What all rows share: dataset, analysis set, names of the groups and the parameter.
    landmarks : iterable of float
        Months.
    """
    frame = frame.assign(CODE=frame["COMPEV"].astype("int64"))
    for arm in plan.study.arms:
        whole = int(members["ARM"].eq(arm.id).sum())
        yield from _one_arm(frame, arm.id, whole, plan.study.confidence, {**keys, "group1_level": arm.id}, landmarks)
    control = plan.study.arm("control")
    for test in plan.study.test_arms:
        pair = frame[frame["ARM"].isin([test.id, control.id])]
        yield from _comparison(*_arrays(pair), pair["ARM"].eq(test.id).to_numpy(), plan.study.confidence, keys, test.id)


def _arrays(frame: pd.DataFrame) -> tuple[Floats, Integers]:
    """Times and event codes."""
    return frame["AVAL"].to_numpy(np.float64), frame["CODE"].to_numpy(np.int64)


def _one_arm(
    frame: pd.DataFrame, arm: str, whole: int, confidence: float, keys: Row, landmarks: Iterable[float]
) -> Iterator[Row]:
    """Count the kinds, and the reasons that any arm has; give the incidence at months."""
    here = frame["ARM"].eq(arm)
    kinds = {"EVENT": frame["CODE"].eq(1), "COMPETING": frame["CODE"].gt(1), "CENSORED": frame["CODE"].eq(0)}
    for kind, chosen in kinds.items():
        row = {**keys, "analysis_id": kind, "method": "Count and percentage"}
        yield from share(row, int((here & chosen).sum()), whole)
        for reason in sorted(frame.loc[chosen, "EVNTDESC"].unique()):
            count = int((here & chosen & frame["EVNTDESC"].eq(reason)).sum())
            yield from share({**row, "variable": "EVNTDESC", "variable_level": reason}, count, whole)
    curve = CumulativeIncidence(*_arrays(frame[here]), confidence)
    for month in landmarks:
        row = {**keys, "analysis_id": "INCIDENCE", "method": "Aalen-Johansen, log-log"}
        row |= {"variable": "MONTH", "variable_level": f"{month:g}"}
        at = curve.at(float(month))
        yield from named(row, {name: 100.0 * getattr(at, name) for name in ("estimate", "lower", "upper")})


def _comparison(time: Floats, event: Integers, test: Bools, confidence: float, keys: Row, arm: str) -> Iterator[Row]:
    """Gray's test and the subdistribution hazard ratio of a test arm to control."""
    gray, ratio = gray_test(time, event, test), fine_gray(time, event, test)
    row = {**keys, "group1_level": arm}
    yield from named({**row, "analysis_id": "GRAY", "method": "Gray"}, {"chi2": gray.chi_square, "p": gray.p_value})
    limits = ratio.limits(confidence)
    numbers = {"hr": limits.estimate, "lower": limits.lower, "upper": limits.upper, "p": ratio.p_not_one()}
    yield from named({**row, "analysis_id": "FINE_GRAY", "method": "Fine-Gray"}, numbers)
