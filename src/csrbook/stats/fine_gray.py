"""Fine and Gray's model of the subdistribution hazard of one cause."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.stats._checks import confidence_level, matrix, same_length, times
from csrbook.stats._normal import two_sided_p, z_critical
from csrbook.stats.competing_risks import causes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["FineGray", "fine_gray"]


@dataclass(frozen=True, slots=True)
class FineGray:
    """Log subdistribution hazard ratios with their robust covariance.

    ``hr``, ``lower``, ``upper``, ``z`` and ``p`` are arrays, one value for each covariate; NaN where ``status`` is not
    ``"ok"``.
    """

    coef: NDArray[np.float64]
    cov: NDArray[np.float64]
    hr: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    z: NDArray[np.float64]
    p: NDArray[np.float64]
    loglik_null: float
    loglik: float
    n: int
    events: int
    competing: int
    confidence: float
    status: str


@dataclass(frozen=True, slots=True)
class _Sets:
    """Subjects in ascending time, and for each distinct time of the cause what its weighted risk set is made of."""

    x: NDArray[np.float64]
    time: NDArray[np.float64]
    own: NDArray[np.bool_]
    competing: NDArray[np.bool_]
    censored: NDArray[np.bool_]
    inverse_g: NDArray[np.float64]
    event_time: NDArray[np.float64]
    deaths: NDArray[np.float64]
    g: NDArray[np.float64]
    start: NDArray[np.intp]


def fine_gray(time: ArrayLike, event: ArrayLike, x: ArrayLike, *, cause: int = 1, confidence: float = 0.95) -> FineGray:
    r"""Proportional subdistribution hazards: subjects with a competing event stay at risk with falling weights.

    .. math:: S_0(t) = \sum_i w_i(t) e^{x_i'\beta}, \qquad w_i(t) = 1\{T_i \ge t\} +
        1\{T_i < t, \text{competing}\}\,\hat G(t^-)/\hat G(T_i^-)

    with :math:`\hat G` the Kaplan–Meier curve of the censoring times.

    Parameters
    ----------
    time : array_like
        Times, not negative.
    event : array_like
        0 for a censored time, 1, 2, … for the causes.
    x : array_like, shape (n, p)
        Covariates; one may be given as a vector.
    cause : int
    confidence : float

    Notes
    -----
    Source: Fine and Gray, JASA 1999. The covariance is theirs, with the part that comes of estimating G. Ties as by
    Breslow. R: ``cmprsk::crr(ftime, fstatus, cov1)``. SAS: ``proc phreg; model t*event(0)=x / eventcode=1``.
    Known differences: ``survival::finegray`` with ``coxph`` takes Efron's ties by default and leaves out the part of
    the variance that comes of G.
    """
    t = times(time)
    codes = causes(event)
    same_length(len(t), event=codes)
    covariates = matrix(x, "x", len(t))
    z_limit = z_critical(confidence_level(confidence))
    own, competing = codes == cause, (codes != cause) & (codes > 0)
    p = covariates.shape[1]
    cov = np.full((p, p), math.nan)
    coef = np.full(p, math.nan)
    null = loglik = math.nan
    if not bool(own.any()):
        status = "no events of the cause" if len(t) else "no subjects"
    else:
        centre, scale = covariates.mean(axis=0), covariates.std(axis=0)
        constant = np.flatnonzero(scale <= 1e-12 * np.maximum(np.abs(centre), 1e-300))
        if constant.size:
            status = f"covariate {', '.join(map(str, constant.tolist()))} is constant"
        else:
            sets = _sets(t, own, competing, (covariates - centre) / scale)
            beta, null, loglik, status = _newton(sets)
            if status == "ok":
                coef = beta / scale
                cov = _robust(sets, beta) / np.outer(scale, scale)
    se = np.sqrt(np.diag(cov))
    z = coef / se
    with np.errstate(over="ignore"):
        hr, lower, upper = np.exp(coef), np.exp(coef - z_limit * se), np.exp(coef + z_limit * se)
    return FineGray(
        coef=coef,
        cov=cov,
        hr=hr,
        lower=lower,
        upper=upper,
        z=z,
        p=np.array([two_sided_p(value) for value in z.tolist()]),
        loglik_null=null,
        loglik=loglik,
        n=len(t),
        events=int(own.sum()),
        competing=int(competing.sum()),
        confidence=confidence,
        status=status,
    )


def _sets(
    t: NDArray[np.float64], own: NDArray[np.bool_], competing: NDArray[np.bool_], x: NDArray[np.float64]
) -> _Sets:
    order = np.argsort(t, kind="stable")
    t, own, competing, x = t[order], own[order], competing[order], x[order]
    censored = ~own & ~competing
    distinct, where = np.unique(t, return_inverse=True)
    n_risk = len(t) - np.concatenate(([0], np.cumsum(np.bincount(where))[:-1]))
    curve = np.cumprod(1.0 - np.bincount(where[censored], minlength=len(distinct)) / n_risk)
    before = np.concatenate(([1.0], curve[:-1]))
    event_time, deaths = np.unique(t[own], return_counts=True)
    g_own = before[where]
    return _Sets(
        x=x,
        time=t,
        own=own,
        competing=competing,
        censored=censored,
        inverse_g=np.where(g_own > 0.0, 1.0 / np.where(g_own > 0.0, g_own, 1.0), 0.0),
        event_time=event_time,
        deaths=deaths.astype(np.float64),
        g=before[np.searchsorted(distinct, event_time)],
        start=np.searchsorted(t, event_time, side="left"),
    )


def _over_risk_sets(sets: _Sets, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted sum of one row a subject over the risk set of each event time."""
    total = np.cumsum(value[::-1], axis=0)[::-1]
    stay = np.where(sets.competing, sets.inverse_g, 0.0)[:, np.newaxis] * value
    gone = np.vstack([np.zeros((1, value.shape[1])), np.cumsum(stay, axis=0)])
    result: NDArray[np.float64] = total[sets.start] + sets.g[:, np.newaxis] * gone[sets.start]
    return result


def _evaluate(
    sets: _Sets, beta: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Log-likelihood, score, information; and at each event time S0 and the mean of x."""
    eta = sets.x @ beta
    top = float(eta.max())
    weight = np.exp(eta - top)
    p = sets.x.shape[1]
    pairs = [(j, k) for j in range(p) for k in range(j + 1)]
    first = _over_risk_sets(sets, weight[:, np.newaxis] * np.column_stack([np.ones(len(eta)), sets.x]))
    s0, mean = first[:, 0], first[:, 1:] / first[:, :1]
    information = np.empty((p, p))
    for j, k in pairs:
        second = _over_risk_sets(sets, (weight * sets.x[:, j] * sets.x[:, k])[:, np.newaxis])[:, 0] / s0
        information[j, k] = information[k, j] = float(np.dot(sets.deaths, second - mean[:, j] * mean[:, k]))
    loglik = float((eta[sets.own] - top).sum() - np.dot(sets.deaths, np.log(s0)))
    score = sets.x[sets.own].sum(axis=0) - sets.deaths @ mean
    return loglik, score, information, s0, mean


def _newton(sets: _Sets) -> tuple[NDArray[np.float64], float, float, str]:
    beta = np.zeros(sets.x.shape[1])
    loglik, score, information, *_ = _evaluate(sets, beta)
    null = loglik
    if float(np.linalg.eigvalsh(information)[0]) < 1e-11 * len(sets.event_time):
        return beta, null, math.nan, "a covariate is a combination of others"
    for _ in range(60):
        if float(np.linalg.eigvalsh(information)[0]) < 1e-8:
            break
        step = np.linalg.solve(information, score)
        longest = float(np.abs(step).max())
        if longest <= 1e-9 * max(1.0, float(np.abs(beta).max())):
            beta = beta + step
            return beta, null, _evaluate(sets, beta)[0], "ok"
        step *= min(1.0, 5.0 / longest)
        for _ in range(30):
            trial = _evaluate(sets, beta + step)
            if math.isfinite(trial[0]) and trial[0] >= loglik - 1e-10 * (1.0 + abs(loglik)):
                break
            step /= 2.0
        beta = beta + step
        loglik, score, information, *_ = trial
    return beta, null, math.nan, "monotone likelihood"


def _robust(sets: _Sets, beta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fine and Gray's sandwich: residuals η of the weighted score plus ψ, what each censoring does to G."""
    _, _, information, s0, mean = _evaluate(sets, beta)
    eta = sets.x @ beta
    weight = np.exp(eta - float(eta.max()))
    hazard = sets.deaths / s0
    steps = hazard[:, np.newaxis] * np.column_stack([np.ones(len(hazard)), mean])
    # Cumulative hazard (and that times the mean of x) up to a time, and the part after it weighted by G.
    upto = np.vstack([np.zeros((1, steps.shape[1])), np.cumsum(steps, axis=0)])
    weighted = sets.g[:, np.newaxis] * steps
    after = np.vstack([np.cumsum(weighted[::-1], axis=0)[::-1], np.zeros((1, steps.shape[1]))])
    position = np.searchsorted(sets.event_time, sets.time, side="right")
    stay = np.where(sets.competing, sets.inverse_g, 0.0)
    seen = upto[position] + stay[:, np.newaxis] * after[position]
    influence = -weight[:, np.newaxis] * (sets.x * seen[:, :1] - seen[:, 1:])
    influence[sets.own] += sets.x[sets.own] - mean[np.searchsorted(sets.event_time, sets.time[sets.own])]
    influence += _censoring_influence(sets, weight * stay, after)
    bread = np.linalg.inv(information)
    result: NDArray[np.float64] = bread @ (influence.T @ influence) @ bread
    return result


def _censoring_influence(sets: _Sets, stay: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """ψ_i = ∫ q(u)/π(u) dM^c_i(u), M^c the martingale of the censoring times."""
    moments = stay[:, np.newaxis] * np.column_stack([np.ones(len(stay)), sets.x])
    gone = np.vstack([np.zeros((1, moments.shape[1])), np.cumsum(moments, axis=0)])
    censor_time, number = np.unique(sets.time[sets.censored], return_counts=True)
    p = sets.x.shape[1]
    if not len(censor_time):
        return np.zeros((len(stay), p))
    # A censoring at u changes the weights of those with a competing event before u, at the event times from u on.
    before = gone[np.searchsorted(sets.time, censor_time, side="left")]
    rest = after[np.searchsorted(sets.event_time, censor_time, side="left")]
    q = before[:, 1:] * rest[:, :1] - before[:, :1] * rest[:, 1:]
    n_risk = (len(stay) - np.searchsorted(sets.time, censor_time, side="left")).astype(np.float64)
    share = q / n_risk[:, np.newaxis]
    compensator = np.vstack([np.zeros((1, p)), np.cumsum(share * (number / n_risk)[:, np.newaxis], axis=0)])
    result = -compensator[np.searchsorted(censor_time, sets.time, side="right")]
    result[sets.censored] += share[np.searchsorted(censor_time, sets.time[sets.censored])]
    return result
