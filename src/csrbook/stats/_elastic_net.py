"""Elastic-net Cox regression: proximal Newton steps over a working set, each solved to the last digit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._cox_newton import cumulative, evaluate, moments
from csrbook.stats._risk_sets import RiskSets, risk_sets

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

__all__ = ["PenalisedProblem", "loglik_at", "mixing", "penalised_problem", "penalty_path", "solve_path"]

# A gradient may exceed its bound by this share of it before its covariate joins the model.
_SLACK: Final = 1e-9
# A Newton step below this leaves an error of its square.
_CLOSE: Final = 1e-7


@dataclass(frozen=True, slots=True)
class PenalisedProblem:
    """Sorted data with covariates in units of their standard deviation, and those units (1 where constant)."""

    sets: RiskSets
    x: Array
    scale: Array

    @property
    def n(self) -> int:
        """Subjects."""
        return len(self.x)


def penalised_problem(
    time: Array, event: NDArray[np.bool_], x: Array, codes: NDArray[np.intp], ties: str
) -> PenalisedProblem:
    """Sort and scale once for a whole path."""
    sets = risk_sets(time, event, codes, ties)
    centre, scale = x.mean(axis=0), x.std(axis=0)
    varies = scale > 1e-12 * np.maximum(np.abs(centre), 1e-300)
    scale = np.where(varies, scale, 1.0)
    return PenalisedProblem(sets, np.where(varies, (x - centre) / scale, 0.0)[sets.order], scale)


def loglik_at(sets: RiskSets, score: Array) -> float:
    """Partial log-likelihood at linear predictors in the order of ``sets``."""
    at = moments(sets, score[:, np.newaxis], np.ones(1))
    return float(at.eta[sets.event].sum() - np.log(at.denominator).sum())


def penalty_path(problem: PenalisedProblem, steps: int, l1_ratio: float) -> Array:
    """Penalties from the largest of use downwards, evenly on the log scale."""
    if steps < 2:
        raise StatisticsError(f"steps is {steps}", "argument 'steps'", "give a whole number from 2")
    lowest = 1e-4 if l1_ratio == 0.0 else 0.05 if problem.x.shape[1] > problem.n else 0.01
    result: Array = _largest_penalty(problem, l1_ratio) * lowest ** (np.arange(steps) / (steps - 1))
    return result


def mixing(value: float) -> float:
    """Return α from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 <= value <= 1.0:
        raise StatisticsError(f"l1_ratio is {value!r}", "argument 'l1_ratio'", "give a number from 0 to 1")
    return float(value)


def _largest_penalty(problem: PenalisedProblem, l1_ratio: float) -> float:
    """Smallest penalty at which all coefficients are 0; for a ridge, glmnet's stand-in of 1,000 times the gradient."""
    gradient = _gradient(problem, np.zeros(problem.n))
    # A little more, so that no rounding lets the first covariate in.
    return (1.0 + 1e-9) * float(np.abs(gradient).max(initial=0.0)) / max(l1_ratio, 1e-3)


def solve_path(problem: PenalisedProblem, penalties: Array, l1_ratio: float) -> Array:
    """Coefficients (of scaled covariates) at each penalty, from large to small; shape (penalties, p).

    Each solution starts the next. The strong rules choose the covariates that are looked at; the gradients of all are
    checked afterwards, and who breaks the bound joins.
    """
    p = problem.x.shape[1]
    beta = np.zeros(p)
    result = np.empty((len(penalties), p))
    gradient = _gradient(problem, np.zeros(problem.n))
    before = float(penalties[0]) if len(penalties) else 0.0
    for k, penalty in enumerate(penalties.tolist()):
        l1, l2 = penalty * l1_ratio, penalty * (1.0 - l1_ratio)
        working = (beta != 0.0) | (np.abs(gradient) >= l1_ratio * (2.0 * penalty - before))
        while True:
            which = np.flatnonzero(working)
            if len(which):
                beta[which] = _proximal_newton(problem.sets, problem.x[:, which], beta[which], l1, l2)
            gradient = _gradient(problem, problem.x[:, which] @ beta[which])
            broken = ~working & (np.abs(gradient) > l1 * (1.0 + _SLACK) + 1e-12)
            if not bool(broken.any()):
                break
            working |= broken
        result[k] = beta
        before = penalty
    return result


def _gradient(problem: PenalisedProblem, score: Array) -> Array:
    """Gradient of the log-likelihood over n for every covariate: X'(martingale residuals)/n."""
    sets = problem.sets
    at = moments(sets, score[:, np.newaxis], np.ones(1))
    groups = len(sets.last)
    inverse = 1.0 / at.denominator
    hazard: Array = np.bincount(sets.row, weights=inverse, minlength=groups).astype(np.float64)
    less = np.bincount(sets.row, weights=sets.share * inverse, minlength=groups)
    expected = at.weight * (cumulative(sets, hazard)[sets.group] - np.where(sets.event, less[sets.group], 0.0))
    result: Array = problem.x.T @ (sets.event - expected) / problem.n
    return result


def _proximal_newton(sets: RiskSets, x: Array, beta: Array, l1: float, l2: float) -> Array:
    """Minimise −ℓ(β)/n + l1·|β|₁ + l2/2·|β|² over the columns of x."""
    n = len(x)

    def penalty(b: Array) -> float:
        return l1 * float(np.abs(b).sum()) + 0.5 * l2 * float(b @ b)

    loglik, score, information = evaluate(sets, x, beta)
    value = -loglik / n + penalty(beta)
    for _ in range(100):
        curvature = information / n
        target = _quadratic(curvature + l2 * np.eye(len(beta)), curvature @ beta + score / n, l1, beta)
        step = target - beta
        if float(np.abs(step).max()) <= _CLOSE * max(1.0, float(np.abs(target).max())):
            return target
        for _ in range(40):
            trial = beta + step
            loglik, score, information = evaluate(sets, x, trial)
            new = -loglik / n + penalty(trial)
            if np.isfinite(new) and new <= value + 1e-13 * (1.0 + abs(value)):
                break
            step = step / 2.0
        beta, value = trial, new
    return beta


def _quadratic(a: Array, b: Array, l1: float, start: Array) -> Array:
    """Minimise ½β'aβ − b'β + l1·|β|₁: sweeps over the coordinates find the signs, a linear system the values."""
    beta = start.copy()
    if l1 == 0.0:
        return np.linalg.solve(a + 1e-14 * np.trace(a) * np.eye(len(a)), b)
    diagonal = np.diagonal(a)
    product = a @ beta
    for _ in range(500):
        largest = 0.0
        for j in np.flatnonzero(diagonal > 0.0).tolist():
            partial = b[j] - product[j] + diagonal[j] * beta[j]
            new = np.sign(partial) * max(abs(partial) - l1, 0.0) / diagonal[j]
            change = new - beta[j]
            if change != 0.0:
                beta[j] = new
                product += change * a[j]
                largest = max(largest, abs(change))
        exact = _with_signs(a, b, l1, np.sign(beta))
        if exact is not None:
            return exact
        if largest <= 1e-14 * max(1.0, float(np.abs(beta).max())):
            break
    return beta


def _with_signs(a: Array, b: Array, l1: float, sign: Array) -> Array | None:
    """Solution if the coefficients had these signs; None if it has not, or if a coefficient at 0 would leave it."""
    active = np.flatnonzero(sign)
    result = np.zeros(len(b))
    if len(active):
        try:
            result[active] = np.linalg.solve(a[np.ix_(active, active)], b[active] - l1 * sign[active])
        except np.linalg.LinAlgError:
            return None
    at_zero = sign == 0.0
    rest = np.abs(b - a @ result)[at_zero]
    fits = bool((np.sign(result) == sign).all()) and bool((rest <= l1 * (1.0 + _SLACK)).all())
    return result if fits else None
