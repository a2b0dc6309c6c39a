"""Newton's method for the Cox model with a binary covariate, on counts by event time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from csrbook.stats._counts import ArmCounts

__all__ = ["ArmFit", "fit_arm", "likelihood"]


@dataclass(frozen=True, slots=True)
class ArmFit:
    """Estimate, information at it, and the tests' ingredients."""

    log_hr: float
    se: float
    loglik_null: float
    loglik: float
    score_chi2: float
    status: str


@dataclass(frozen=True, slots=True)
class _Terms:
    """The partial log-likelihood at β, its score and information there, and the score's limits."""

    loglik: Callable[[float], float]
    evaluate: Callable[[float], tuple[float, float]]
    score_at_minus_infinity: float
    score_at_plus_infinity: float


def fit_arm(counts: ArmCounts, ties: str) -> ArmFit:
    """Fit log h = log h0 + β·arm from counts at the event times.

    The score falls from ``score_at_minus_infinity`` to ``score_at_plus_infinity``; the estimate is finite if and only
    if the first is above 0 and the second below 0.
    """
    terms = _exact_terms(counts) if ties == "exact" else _product_terms(counts, ties)
    null = terms.loglik(0.0)
    score, information = terms.evaluate(0.0)
    nan = math.nan
    if not information > 0.0:
        return ArmFit(nan, nan, null, nan, nan, "no information on the hazard ratio")
    score_chi2 = score * score / information
    if terms.score_at_minus_infinity <= 0.5 or terms.score_at_plus_infinity >= -0.5:
        return ArmFit(nan, nan, null, nan, score_chi2, "monotone likelihood")
    beta = 0.0
    low, high = -math.inf, math.inf
    for _ in range(100):
        step = score / information if information > 0.0 else math.copysign(2.0, score)
        if abs(step) <= 1e-9 * max(abs(beta), 1.0):
            # Newton doubles the digits: after this last step the error is far below rounding.
            beta += step
            if abs(step) > 1e-12:
                information = terms.evaluate(beta)[1]
            return ArmFit(beta, 1.0 / math.sqrt(information), null, terms.loglik(beta), score_chi2, "ok")
        if score > 0.0:
            low = beta
        else:
            high = beta
        # A step over the bracket or of more than 2 means that Newton's parabola is far from the curve.
        new = beta + min(max(step, -2.0), 2.0)
        beta = new if low < new < high else (low + high) / 2.0
        score, information = terms.evaluate(beta)
    return ArmFit(nan, nan, null, nan, score_chi2, "no convergence")


def likelihood(counts: ArmCounts, ties: str) -> Callable[[float], float]:
    """Partial log-likelihood as a function of β."""
    terms = _exact_terms(counts) if ties == "exact" else _product_terms(counts, ties)
    return terms.loglik


def _product_terms(counts: ArmCounts, ties: str) -> _Terms:
    """Build Efron's or Breslow's likelihood: a product of terms e^β/(x0 + x1 e^β), one for each event.

    Under Efron the l-th of d tied events sees the risk set less l/d of the tied events.
    """
    n1, n0, d1, d0 = counts.at_risk_test, counts.at_risk_control, counts.events_test, counts.events_control
    d = (d1 + d0).astype(np.int64)
    if ties == "efron":
        row = np.repeat(np.arange(len(d)), d)
        rank = np.arange(len(row)) - np.repeat(np.cumsum(d) - d, d)
        share = rank / d[row]
        x1, x0, weight = n1[row] - share * d1[row], n0[row] - share * d0[row], np.ones(len(row))
    else:
        x1, x0, weight = n1, n0, d.astype(np.float64)
    events_test = float(d1.sum())
    certain = float(np.dot(weight, x0 <= 0.0))
    possible = float(np.dot(weight, x1 > 0.0))
    offset = 0.0
    both = (x1 > 0.0) & (x0 > 0.0)
    if not both.all():
        # Terms with one arm only are constant: β for the test arm, 0 for the control arm, besides log x.
        offset = float(np.dot(weight[~both], np.log((x1 + x0)[~both])))
        x1, x0, weight = x1[both], x0[both], weight[both]
    odds = x1 / x0
    log_x0 = float(np.dot(weight, np.log(x0)))

    def loglik(beta: float) -> float:
        log_sum = float(np.dot(weight, np.log1p(odds * math.exp(beta))))
        return beta * (events_test - certain) - log_sum - log_x0 - offset

    def evaluate(beta: float) -> tuple[float, float]:
        a = odds * math.exp(beta)
        p = a / (1.0 + a)
        return events_test - certain - float(np.dot(weight, p)), float(np.dot(weight, p * (1.0 - p)))

    return _Terms(loglik, evaluate, events_test - certain, events_test - possible)


def _exact_terms(counts: ArmCounts) -> _Terms:
    """Build the exact conditional likelihood: d1 of d events by Fisher's noncentral hypergeometric law."""
    n1, n0, d1, d0 = counts.at_risk_test, counts.at_risk_control, counts.events_test, counts.events_control
    d = d1 + d0
    low, high = np.maximum(0.0, d - n0), np.minimum(n1, d)
    size = (high - low).astype(np.int64) + 1
    row = np.repeat(np.arange(len(d)), size)
    start = np.cumsum(size) - size
    k = low[row] + (np.arange(len(row)) - start[row])
    weight = _log_choose(n1[row], k) + _log_choose(n0[row], d[row] - k)
    events_test = float(d1.sum())

    def terms(beta: float) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        log_term = weight + beta * k
        top = np.maximum.reduceat(log_term, start)
        term = np.exp(log_term - top[row])
        return term, np.add.reduceat(term, start), top

    def loglik(beta: float) -> float:
        _, total, top = terms(beta)
        return beta * events_test - float((top + np.log(total)).sum())

    def evaluate(beta: float) -> tuple[float, float]:
        term, total, _ = terms(beta)
        mean = np.add.reduceat(term * k, start) / total
        spread = np.add.reduceat(term * (k - mean[row]) ** 2, start) / total
        return events_test - float(mean.sum()), float(spread.sum())

    return _Terms(loglik, evaluate, events_test - float(low.sum()), events_test - float(high.sum()))


def _log_choose(n: NDArray[np.float64], k: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return result
