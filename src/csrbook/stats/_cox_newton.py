"""Newton–Raphson for the Cox partial likelihood with several covariates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats._cox_exact import evaluate_exact
from csrbook.stats._risk_sets import risk_sets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from csrbook.stats._risk_sets import RiskSets

    Array: TypeAlias = NDArray[np.float64]

__all__ = [
    "Moments",
    "Newton",
    "cumulative",
    "evaluate",
    "information",
    "maximise",
    "moments",
    "newton",
    "weighted_information",
]


# Information for a covariate in units of its standard deviation below which its estimate is taken as infinite: a
# standard error of 10,000 standard deviations.
_FLAT: Final = 1e-8


@dataclass(frozen=True, slots=True)
class Newton:
    """Result of :func:`newton`; coefficients are on the scale of the covariates."""

    coef: NDArray[np.float64]
    cov: NDArray[np.float64]
    loglik_null: float
    loglik: float
    score_chi2: float
    iterations: int
    status: str


@dataclass(frozen=True, slots=True)
class Moments:
    """What the risk sets say at some β: one row for each term of the likelihood, sums by group.

    ``weight`` is each subject's exp(x'β) on the scale of its stratum, ``mean`` the weighted mean of x over the risk set
    of each term and ``denominator`` that set's total weight.
    """

    eta: NDArray[np.float64]
    weight: NDArray[np.float64]
    mean: NDArray[np.float64]
    denominator: NDArray[np.float64]


def moments(sets: RiskSets, x: NDArray[np.float64], beta: NDArray[np.float64]) -> Moments:
    """Weights and means over the risk sets at ``beta``; ``x`` is sorted by ``sets.order``."""
    eta = x @ beta
    # The likelihood does not change when a constant is taken off within a stratum; this keeps exp() in range.
    top = np.full(int(sets.stratum[-1]) + 1, -np.inf)
    np.maximum.at(top, sets.stratum, eta)
    eta = eta - top[sets.stratum]
    w = np.exp(eta)
    wx = w[:, np.newaxis] * x
    d = sets.event
    s0 = _risk_sum(sets, w[:, np.newaxis])[:, 0]
    s1 = _risk_sum(sets, wx)
    groups = len(sets.last)
    tied0 = np.bincount(sets.group[d], weights=w[d], minlength=groups)
    tied1 = np.column_stack([np.bincount(sets.group[d], weights=wx[d, j], minlength=groups) for j in range(x.shape[1])])
    denominator = s0[sets.row] - sets.share * tied0[sets.row]
    mean = (s1[sets.row] - sets.share[:, np.newaxis] * tied1[sets.row]) / denominator[:, np.newaxis]
    return Moments(eta, w, mean, denominator)


def information(sets: RiskSets, x: NDArray[np.float64], at: Moments) -> NDArray[np.float64]:
    """Information of the partial likelihood.

    With A_i the sum, over the terms at which subject i is at risk, of 1/S0 (less Efron's share where i is one of the
    tied events), the information is X'diag(w A)X − Σ x̄x̄', two matrix products instead of an n × p × p array.
    """
    groups = len(sets.last)
    inverse = 1.0 / at.denominator
    hazard: NDArray[np.float64] = np.bincount(sets.row, weights=inverse, minlength=groups).astype(np.float64)
    less = np.bincount(sets.row, weights=sets.share * inverse, minlength=groups)
    a = cumulative(sets, hazard)[sets.group] - np.where(sets.event, less[sets.group], 0.0)
    result: NDArray[np.float64] = x.T @ ((at.weight * a)[:, np.newaxis] * x) - at.mean.T @ at.mean
    return result


def evaluate(
    sets: RiskSets, x: NDArray[np.float64], beta: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Log-likelihood, score and information at ``beta``; ``x`` is sorted by ``sets.order``."""
    # Far from the maximum a risk set's weight may underflow to 0; the caller steps back from what is not finite.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        at = moments(sets, x, beta)
        loglik = float(at.eta[sets.event].sum() - np.log(at.denominator).sum())
        score = x[sets.event].sum(axis=0) - at.mean.sum(axis=0)
        return loglik, score, information(sets, x, at)


def weighted_information(
    sets: RiskSets, x: NDArray[np.float64], at: Moments, factors: Sequence[NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    """Informations with each term multiplied by a factor, one for each of ``factors``.

    Each term's covariance is formed before it is weighted. In the form of :func:`information` a late risk set of one
    arm only, whose variance is 0, would leave the rounding of a large weight, and cost the test of a change with time
    half its digits where the hazard ratio is extreme.
    """
    p = x.shape[1]
    d, groups = sets.event, len(sets.last)
    result = [np.empty((p, p)) for _ in factors]
    for j in range(p):
        for k in range(j + 1):
            product = at.weight * x[:, j] * x[:, k]
            whole = _risk_sum(sets, product[:, np.newaxis])[:, 0]
            tied = np.bincount(sets.group[d], weights=product[d], minlength=groups)
            second = (whole[sets.row] - sets.share * tied[sets.row]) / at.denominator
            covariance = second - at.mean[:, j] * at.mean[:, k]
            for total, factor in zip(result, factors, strict=True):
                total[j, k] = total[k, j] = float(factor @ covariance)
    return result


def _risk_sum(sets: RiskSets, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum over each group's risk set.

    The sums start anew in each stratum: taking what came before off a running total would leave the rounding of another
    stratum's large weights in a late risk set's small ones.
    """
    total = _restarting_sum(value, sets.stratum_start[sets.groups_of_stratum])
    result: NDArray[np.float64] = total[sets.last]
    return result


def cumulative(sets: RiskSets, hazard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cumulative hazard up to each group's time, within its stratum (groups run from late to early)."""
    starts = len(hazard) - np.append(sets.groups_of_stratum[1:], len(hazard))
    return _restarting_sum(hazard[::-1], starts[::-1])[::-1]


def _restarting_sum(value: NDArray[np.float64], starts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Cumulative sum along the first axis that starts anew at each of ``starts``."""
    sizes = np.diff(starts, append=len(value))
    widest = int(sizes.max(initial=0))
    result: NDArray[np.float64]
    if len(starts) > 16 and len(starts) * widest <= 4 * len(value):
        # Many strata of about one size (matched sets): one row each, instead of a step of Python each.
        row = np.repeat(np.arange(len(starts)), sizes)
        column = np.arange(len(value)) - np.repeat(starts, sizes)
        padded = np.zeros((len(starts), widest, *value.shape[1:]))
        padded[row, column] = value
        result = np.cumsum(padded, axis=1)[row, column]
        return result
    result = np.empty_like(value)
    for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
        np.cumsum(value[start : start + size], axis=0, out=result[start : start + size])
    return result


def newton(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    x: NDArray[np.float64],
    codes: NDArray[np.intp],
    ties: str,
    *,
    iterations: int = 60,
) -> Newton:
    """Maximise the partial likelihood of one time a subject."""
    sets = risk_sets(time, event, codes, ties)
    if x.shape[1] == 0:
        empty = np.zeros((len(time), 1))
        loglik = (evaluate_exact if ties == "exact" else evaluate)(sets, empty, np.zeros(1))[0]
        return Newton(np.empty(0), np.empty((0, 0)), loglik, loglik, 0.0, 0, "ok")
    if ties == "exact":
        return maximise(lambda z, beta: evaluate_exact(sets, z, beta), x[sets.order], iterations)
    return maximise(lambda z, beta: evaluate(sets, z, beta), x[sets.order], iterations)


def maximise(
    evaluate_at: Callable[[Array, Array], tuple[float, Array, Array]], x: NDArray[np.float64], iterations: int = 60
) -> Newton:
    """Maximise a concave log-likelihood given by its value, score and information at scaled covariates and β.

    Covariates are centred and scaled first; the step is halved while the likelihood falls.
    """
    p = x.shape[1]
    nan = math.nan
    centre = x.mean(axis=0)
    scale = x.std(axis=0)
    constant = np.flatnonzero(scale <= 1e-12 * np.maximum(np.abs(centre), 1e-300))
    scale = np.where(scale > 0.0, scale, 1.0)
    z = (x - centre) / scale
    beta = np.zeros(p)
    loglik, score, curvature = evaluate_at(z, beta)
    null = loglik
    none = (np.full(p, nan), np.full((p, p), nan), null)
    singular = _singular(curvature)
    if constant.size or singular.size:
        which = sorted({*constant.tolist(), *singular.tolist()})
        reason = f"covariate {_names(which)} is constant within strata or a combination of others"
        return Newton(*none, nan, nan, 0, reason)
    score_chi2 = float(score @ np.linalg.solve(curvature, score))
    for iteration in range(1, iterations + 1):
        # On a monotone ridge the steps stay near one while the curvature goes to nothing, or out of range.
        if not np.isfinite(curvature).all() or float(np.linalg.eigvalsh(curvature)[0]) < _FLAT:
            break
        step = np.linalg.solve(curvature, score)
        longest = float(np.abs(step).max())
        if not math.isfinite(longest):
            break
        if longest <= 1e-9 * max(1.0, float(np.abs(beta).max())):
            # Newton doubles the digits: after this last step the error is far below rounding.
            beta = beta + step
            loglik, _, curvature = evaluate_at(z, beta)
            cov = np.linalg.inv(curvature) / np.outer(scale, scale)
            return Newton(beta / scale, cov, null, loglik, score_chi2, iteration, "ok")
        step *= min(1.0, 5.0 / longest)
        for _ in range(30):
            trial = evaluate_at(z, beta + step)
            if math.isfinite(trial[0]) and trial[0] >= loglik - 1e-10 * (1.0 + abs(loglik)):
                break
            step /= 2.0
        beta = beta + step
        loglik, score, curvature = trial
    away = np.flatnonzero(np.abs(beta) > 0.5 * np.abs(beta).max()).tolist()
    return Newton(*none, nan, score_chi2, iterations, f"monotone likelihood in covariate {_names(away)}")


def _singular(information: NDArray[np.float64]) -> NDArray[np.intp]:
    """Positions of covariates in the null space of the information, if it has one."""
    size = np.sqrt(np.maximum(np.diag(information), 0.0))
    if not bool((size > 0.0).all()):
        return np.flatnonzero(~(size > 0.0))
    values, vectors = np.linalg.eigh(information / np.outer(size, size))
    if values[0] > 1e-11:
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(np.abs(vectors[:, 0]) > 1e-6)


def _names(positions: list[int]) -> str:
    return ", ".join(str(position) for position in positions)
