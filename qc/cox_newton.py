"""Cox models by Newton's method in plain NumPy, from the definition of the partial likelihood.

:func:`fit` takes any covariates, strata, weights and covariates or weights that change with time, and gives influences
for a robust standard error. :func:`fit_arms` fits an arm (0 or 1) in very many data sets at once. Ties are Efron's,
unless Breslow's are asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["CoxFit", "RiskSets", "derivatives", "fit", "fit_arms", "risk_sets", "schoenfeld_residuals", "scores"]

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
Covariates = ArrayLike | Callable[[Floats], Floats]

SCORE = 1e-9
"""A maximum is taken as found where the score is smaller,"""

STEP = 1e-9
"""and Newton's next step moves no log hazard by more than this: on the way to infinity it stays at about 1."""

SPREAD = 30.0
"""Log hazards that differ by more than this are on their way to infinity."""

ITERATIONS = 60
BLOCK = 4096
"""Data sets that :func:`fit_arms` holds in memory at a time."""


@dataclass(frozen=True)
class RiskSets:
    """One row for each event, the l-th of d events tied at a time in a stratum.

    ``weight[e, i]`` is the weight of subject i in the sum over the risk set: 0 where it is not at risk, and 1 - l/d of
    its own for a subject with one of the tied events (Efron). ``own`` is the weight of the event, ``mean`` the mean
    of the weights of its tie, ``tie`` the row of the first event of its tie.
    """

    weight: Floats
    subject: Integers
    time: Floats
    own: Floats
    mean: Floats
    tie: Integers


@dataclass(frozen=True)
class CoxFit:
    """Coefficients, inverse of the observed information, log partial likelihood there and at 0, influences by subject.

    All are NaN where the likelihood has no maximum.
    """

    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    null_log_likelihood: float
    influence: Floats

    @property
    def errors(self) -> Floats:
        """Model-based standard errors."""
        return np.sqrt(np.diag(self.covariance))

    def robust_covariance(self, cluster: ArrayLike | None = None) -> Floats:
        """Sandwich of Lin and Wei: the influences, summed over clusters, times themselves."""
        summed = self.influence
        if cluster is not None:
            _, number = np.unique(np.asarray(cluster), return_inverse=True)
            summed = np.array([np.bincount(number, column) for column in self.influence.T], dtype=float).T
        return summed.T @ summed

    @property
    def robust_errors(self) -> Floats:
        """Robust standard errors, each subject a cluster."""
        return np.sqrt(np.diag(self.robust_covariance()))


def risk_sets(
    time: ArrayLike,
    event: ArrayLike,
    *,
    stratum: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    breslow: bool = False,
) -> RiskSets:
    """Lay out the risk sets of all events.

    Parameters
    ----------
    time, event : array_like, shape (n,)
    stratum : array_like, shape (n,), optional
    weight : array_like, shape (n,) or (times, n), optional
        Weights that change with time have a row for each distinct event time of all strata, ascending.
    breslow : bool
        Leave the tied events at risk for one another.
    """
    t, happened = np.asarray(time, dtype=float), np.asarray(event, dtype=bool)
    group = np.zeros(len(t)) if stratum is None else np.unique(np.asarray(stratum), return_inverse=True)[1]
    moments = np.unique(t[happened])
    given = np.ones(len(t)) if weight is None else np.asarray(weight, dtype=float)
    at_moment = np.broadcast_to(given, (len(moments), len(t)))

    subject = np.flatnonzero(happened)
    subject = subject[np.lexsort((subject, t[subject], group[subject]))]
    when, where = t[subject], group[subject]
    tied = (when[:, None] == when) & (where[:, None] == where)
    count = tied.sum(axis=1)
    order = np.tril(tied, -1).sum(axis=1)

    weights = at_moment[np.searchsorted(moments, when)]
    own = weights[np.arange(len(subject)), subject]
    inside = (t >= when[:, None]) & (group == where[:, None])
    dying = happened & (t == when[:, None]) & inside
    thinned = weights * inside
    if not breslow:
        thinned *= 1.0 - dying * (order / count)[:, None]
    mean = (tied @ own) / count
    first = np.arange(len(subject)) - order
    return RiskSets(thinned, subject, when, own, mean, first)


def fit(
    time: ArrayLike,
    event: ArrayLike,
    x: Covariates,
    *,
    stratum: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    breslow: bool = False,
) -> CoxFit:
    """Fit a Cox model.

    Parameters
    ----------
    time, event, stratum, weight, breslow
        As in :func:`risk_sets`.
    x : array_like of shape (n,) or (n, p), or a function
        A function gives the covariates at the event times t that it is called with, shape (times, n, p).

    Notes
    -----
    R: ``coxph(Surv(time, event) ~ x + strata(stratum), weights = weight, robust = TRUE)``.
    """
    risk = risk_sets(time, event, stratum=stratum, weight=weight, breslow=breslow)
    values = _covariates(risk, x)
    p = values.shape[-1]
    beta = np.zeros(p)
    missing = np.full(p, math.nan), np.full((p, p), math.nan), math.nan, math.nan
    nothing = CoxFit(*missing, np.full((values.shape[1], p), math.nan))
    if not len(risk.subject):
        return nothing
    null, score, information = derivatives(risk, values, beta)
    likelihood = null
    for _ in range(ITERATIONS):
        if _singular(information) or np.ptp(values @ beta) > SPREAD:
            return nothing
        step = np.linalg.solve(information, score)
        if np.abs(score).max() < SCORE and np.ptp(values @ step) < STEP:
            break
        for _ in range(ITERATIONS):
            reached, score, information = derivatives(risk, values, beta + step)
            if reached >= likelihood - 1e-10 * abs(likelihood):
                break
            step /= 2.0
        beta, likelihood = beta + step, reached
    else:
        raise ArithmeticError(f"the Cox model did not converge: score {np.abs(score).max():.3g}")
    covariance: Floats = np.linalg.inv(information).astype(float)
    return CoxFit(beta, covariance, likelihood, null, scores(risk, values, beta) @ covariance)


def scores(risk: RiskSets, x: Covariates, beta: ArrayLike) -> Floats:
    """Give each subject's share of the score at ``beta``, shape (n, p).

    An event counts its covariates less their mean in the risk set, averaged over its tie; being at risk counts minus
    the part of the hazard of each event.
    """
    values = _covariates(risk, x)
    share: Floats = _shares(risk, values, np.asarray(beta, dtype=float))[0]
    centre = np.einsum("ei,eip->ep", share, np.broadcast_to(values, (len(share), *values.shape[1:])))
    size = np.bincount(risk.tie, minlength=len(share))[risk.tie]
    tied_centre = np.zeros_like(centre)
    np.add.at(tied_centre, risk.tie, centre)
    result: Floats = -np.einsum("ei,eip->ip", risk.mean[:, None] * share, values - centre[:, None, :])
    here = _at_events(risk, values) - tied_centre[risk.tie] / size[:, None]
    np.add.at(result, risk.subject, risk.own[:, None] * here)
    return result


def schoenfeld_residuals(
    time: ArrayLike, event: ArrayLike, x: ArrayLike, beta: ArrayLike, *, stratum: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Give the events' times, ascending, and their covariates less the mean in the risk set, averaged over the tie."""
    risk = risk_sets(time, event, stratum=stratum)
    values = _covariates(risk, x)
    centre = _shares(risk, values, np.asarray(beta, dtype=float))[0] @ values[0]
    residuals = _at_events(risk, values) - np.array([centre[risk.tie == tie].mean(axis=0) for tie in risk.tie])
    order = np.argsort(risk.time, kind="stable")
    return risk.time[order], residuals[order]


def _covariates(risk: RiskSets, x: Covariates) -> Floats:
    """Covariates in the shape (1 or events, n, p)."""
    if callable(x):
        return x(risk.time)
    values = np.asarray(x, dtype=float)
    table = values[:, None] if values.ndim == 1 else values
    return table if table.ndim == 3 else table[None]


def _at_events(risk: RiskSets, values: Floats) -> Floats:
    """Covariates of the subject with the event, shape (events, p)."""
    chosen: Floats = values[np.arange(len(risk.subject)) if len(values) > 1 else 0, risk.subject]
    return chosen


def _shares(risk: RiskSets, values: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """Parts of each event's hazard that the subjects of its risk set bear, and the logarithm of the sum."""
    eta = values @ beta
    top = eta.max() if eta.size else 0.0
    hazard = risk.weight * np.exp(eta - top)
    whole = hazard.sum(axis=1)
    return hazard / whole[:, None], np.log(whole) + top


def derivatives(risk: RiskSets, x: Covariates, beta: Floats) -> tuple[float, Floats, Floats]:
    """Give the log partial likelihood, the score and the observed information at ``beta``."""
    values = _covariates(risk, x)
    share, logarithm = _shares(risk, values, beta)
    mine = _at_events(risk, values)
    centre = np.einsum("ei,eip->ep", share, np.broadcast_to(values, (len(share), *values.shape[1:])))
    weighted = risk.mean[:, None] * share
    if len(values) == 1:
        weighted = weighted.sum(axis=0, keepdims=True)
    square = np.einsum("eip,eiq->pq", weighted[:, :, None] * values, values)
    likelihood = float(risk.own @ (mine @ beta) - risk.mean @ logarithm)
    score = risk.own @ mine - risk.mean @ centre
    return likelihood, score, square - (risk.mean[:, None] * centre).T @ centre


def _singular(information: Floats) -> bool:
    """Whether a covariate has no information or is a combination of others."""
    diagonal = np.diag(information)
    if not (np.isfinite(information).all() and (diagonal > 1e-12).all()):
        return True
    root = np.sqrt(diagonal)
    return bool(np.linalg.eigvalsh(information / np.outer(root, root))[0] < 1e-10)


def fit_arms(time: ArrayLike, event: ArrayLike, arm: ArrayLike, stratum: ArrayLike) -> tuple[Floats, Floats]:
    """Log hazard ratio of arm 1 to arm 0 and its standard error in each of many data sets.

    Parameters
    ----------
    time, event, arm, stratum : array_like, shape (data sets, n) or (n,)
        At least one has a row for each data set; strata are numbers.

    Returns
    -------
    tuple of array
        NaN where the events with both arms at risk come from one arm only.
    """
    shape = np.broadcast_shapes(*(np.atleast_2d(item).shape for item in (time, event, arm, stratum)))
    columns = [np.broadcast_to(item, shape) for item in (time, event, arm, stratum)]
    blocks = [_fit_block(*(item[at : at + BLOCK] for item in columns)) for at in range(0, shape[0], BLOCK)]
    log_hazard_ratio, error = (np.concatenate(part) for part in zip(*blocks, strict=True))
    return log_hazard_ratio, error


def _fit_block(time: Floats, event: Floats, arm: Floats, stratum: Floats) -> tuple[Floats, Floats]:
    """Newton's method for all data sets of a block together."""
    row, in_arm, test, control = _events_at_risk(time, event, arm, stratum)
    count = len(time)

    def total(of_events: Floats | NDArray[np.bool_]) -> Floats:
        return np.bincount(row, of_events, minlength=count).astype(float)

    both = (test > 0.0) & (control > 0.0)
    estimable = (total(both & in_arm) > 0) & (total(both & ~in_arm) > 0)
    beta, observed = np.zeros(count), total(in_arm)
    for _ in range(ITERATIONS):
        hazard = test * np.exp(beta)[row]
        share = hazard / (hazard + control)
        information = total(share * (1.0 - share))
        score = np.where(estimable, observed - total(share), 0.0)
        if np.abs(score).max(initial=0.0) < SCORE:
            break
        beta += np.clip(np.divide(score, information, out=np.zeros(count), where=estimable), -1.0, 1.0)
    else:
        raise ArithmeticError(f"a Cox model did not converge: score {np.abs(score).max():.3g}")
    error = np.divide(1.0, np.sqrt(information), out=np.full(count, math.nan), where=estimable)
    return np.where(estimable, beta, math.nan), error


def _events_at_risk(
    time: Floats, event: Floats, arm: Floats, stratum: Floats
) -> tuple[Integers, NDArray[np.bool_], Floats, Floats]:
    """Data set, arm, and numbers at risk in either arm of each event, less Efron's part of the tied events."""
    order = np.lexsort((time, stratum), axis=-1)
    t, d, x, s = (np.take_along_axis(item, order, axis=-1) for item in (time, event, arm, stratum))
    n = t.shape[1]
    place = np.arange(n)
    first_of_stratum = np.ones(t.shape, dtype=bool)
    first_of_stratum[:, 1:] = s[:, 1:] != s[:, :-1]
    first_of_tie = first_of_stratum.copy()
    first_of_tie[:, 1:] |= t[:, 1:] != t[:, :-1]

    row, at = np.nonzero(d)
    begin = np.maximum.accumulate(np.where(first_of_tie, place, 0), axis=1)[row, at]
    end_of_tie = _next_start(first_of_tie)[row, at]
    end_of_stratum = _next_start(first_of_stratum)[row, at]
    arms, deaths, arm_deaths = _sums_before(x), _sums_before(d), _sums_before(d * x)

    at_risk = arms[row, end_of_stratum] - arms[row, begin]
    before = deaths[row, begin]
    tied = deaths[row, end_of_tie] - before
    tied_in_arm = arm_deaths[row, end_of_tie] - arm_deaths[row, begin]
    part = (deaths[row, at] - before) / tied
    others = end_of_stratum - begin - at_risk
    return row, x[row, at].astype(bool), at_risk - part * tied_in_arm, others - part * (tied - tied_in_arm)


def _next_start(first: NDArray[np.bool_]) -> Integers:
    """Position at which the next group begins, the length of the row after the last one."""
    n = first.shape[1]
    start = np.where(first, np.arange(n), n)
    following = np.full(first.shape, n)
    following[:, :-1] = np.minimum.accumulate(start[:, :0:-1], axis=1)[:, ::-1]
    return following


def _sums_before(values: Floats) -> NDArray[np.int64]:
    """Sum of the values before each position, and of all values as the last column."""
    sums = np.zeros((values.shape[0], values.shape[1] + 1), dtype=np.int64)
    np.cumsum(values, axis=1, dtype=np.int64, out=sums[:, 1:])
    return sums
