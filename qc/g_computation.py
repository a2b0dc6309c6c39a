"""Marginal effect of the arm by g-computation: a Cox model with covariates, averaged over all subjects.

Efron's partial likelihood and hazard, by their definition.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq, linprog

from qc.cox_newton import RiskSets, risk_sets

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Standardised", "bootstrap_errors", "standardise"]

SCORE = 1e-10
ITERATIONS = 100
SINGULAR = 1e-10
SPREAD = 20.0
"""Log hazards of two subjects that differ by more may be on their way to infinity."""

ABOVE_NOTHING = 1e-7
INFINITE = 30.0

LOST = 0.05
"""Part of the bootstrap samples that may be without an estimate."""


@dataclass(frozen=True)
class Standardised:
    """Survival at the landmarks and restricted mean under control and under test, and the marginal log hazard ratio."""

    survival: Floats
    restricted_mean: Floats
    log_hazard_ratio: float

    @property
    def effects(self) -> Floats:
        """Log hazard ratio, difference of the restricted means, differences of survival."""
        means, rates = self.restricted_mean, self.survival
        return np.concatenate([[self.log_hazard_ratio, means[1] - means[0]], rates[1] - rates[0]])


def standardise(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, covariates: ArrayLike, landmarks: ArrayLike, horizon: float
) -> Standardised:
    """Standardise the model of arm and covariates over the covariates of all subjects.

    Returns
    -------
    Standardised
        NaN where the model has no finite estimate.

    Notes
    -----
    ``S_a(t)`` is the mean of ``exp(-H(t) exp(b a + x'c))`` over all subjects. The marginal hazard ratio solves the
    estimating equation of a Cox model with the arm alone in a population in which the arms keep their shares and
    survive as ``S_1`` and ``S_0``, all seen until the horizon. R: ``stdReg::stdCoxph`` for the curves.
    """
    t, d, a = np.asarray(time, dtype=float), np.asarray(event, dtype=bool), np.asarray(arm, dtype=float)
    design = np.column_stack([a, np.asarray(covariates, dtype=float)])
    risk = risk_sets(t, d)
    beta = _coefficients(risk, design)
    months = np.atleast_1d(np.asarray(landmarks, dtype=float))
    if beta is None:
        return Standardised(np.full((2, len(months)), math.nan), np.full(2, math.nan), math.nan)
    moments = np.unique(risk.time)
    jumps = np.bincount(np.searchsorted(moments, risk.time), 1.0 / (risk.weight @ np.exp(design @ beta)))
    hazard = np.cumsum(jumps)
    relative = [np.exp(design[:, 1:] @ beta[1:] + beta[0] * level) for level in (0.0, 1.0)]
    curves = np.array([np.exp(-np.outer(hazard, each)).mean(axis=1) for each in relative])
    whole = np.column_stack([np.ones(2), curves])

    at = np.searchsorted(moments, months, side="right")
    inside = moments <= horizon
    steps = np.diff(np.r_[0.0, moments[inside], horizon])
    area = whole[:, : len(steps)] @ steps
    share = a.mean()
    return Standardised(whole[:, at], area, _marginal(whole[:, : len(steps)], share))


def bootstrap_errors(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    covariates: ArrayLike,
    landmarks: ArrayLike,
    horizon: float,
    *,
    replicates: int,
    seed: int,
) -> Floats:
    """Standard deviations of the effects over bootstrap samples of subjects; samples without an estimate are left out.

    Each sample has a random stream of its own, Philox with the seed and the number of the sample.
    """
    t, d, a = np.asarray(time, dtype=float), np.asarray(event, dtype=bool), np.asarray(arm, dtype=float)
    x = np.asarray(covariates, dtype=float)
    effects = []
    for number in range(replicates):
        stream = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(number,))))
        drawn = stream.integers(0, len(t), size=len(t))
        found = standardise(t[drawn], d[drawn], a[drawn], x[drawn], landmarks, horizon)
        if not math.isnan(found.log_hazard_ratio):
            effects.append(found.effects)
    if len(effects) < max(2.0, (1.0 - LOST) * replicates):
        return np.full(2 + np.size(landmarks), math.nan)
    return np.asarray(np.std(np.array(effects), axis=0, ddof=1))


def _coefficients(risk: RiskSets, design: Floats) -> Floats | None:
    """Maximise the partial likelihood by Newton's method; none where a coefficient is infinite or undetermined."""
    beta = np.zeros(design.shape[1])
    likelihood, score, information = _derivatives(risk, design, beta)
    scale = np.sqrt(np.maximum(np.diag(information), 0.0))
    if scale.min() <= SINGULAR or np.linalg.eigvalsh(information / np.outer(scale, scale))[0] < SINGULAR:
        return None
    doubtful = True
    for _ in range(ITERATIONS):
        scale = np.sqrt(np.maximum(np.diag(information), 0.0))
        if scale.min() <= SINGULAR:
            return None
        if np.abs(score / scale).max() < SCORE:
            return beta
        step = np.linalg.solve(information, score)
        step /= max(1.0, float(np.ptp(design @ step)) / SPREAD)
        if doubtful and np.ptp(design @ (beta + step)) > SPREAD:
            if _rises_for_ever(risk, design):
                return None
            doubtful = False
        for _ in range(ITERATIONS):
            reached = _derivatives(risk, design, beta + step)
            if reached[0] >= likelihood - 1e-10 * abs(likelihood):
                break
            step /= 2.0
        beta = beta + step
        likelihood, score, information = reached
    return None


def _derivatives(risk: RiskSets, design: Floats, beta: Floats) -> tuple[float, Floats, Floats]:
    """Log partial likelihood, score and information."""
    linear = design @ beta
    hazard = np.exp(linear - linear.max())
    whole = risk.weight @ hazard
    mean = risk.weight @ (design * hazard[:, None]) / whole[:, None]
    weight = hazard * ((1.0 / whole) @ risk.weight)
    likelihood = float((linear[risk.subject] - linear.max() - np.log(whole)).sum())
    return likelihood, (design[risk.subject] - mean).sum(axis=0), (design.T * weight) @ design - mean.T @ mean


def _rises_for_ever(risk: RiskSets, design: Floats) -> bool:
    """Whether there are coefficients for which each event has the greatest risk of its risk set, by linear programming.

    The likelihood then rises along them without end.
    """
    rows = [design[i] - design[weight > 0.0] for i, weight in zip(risk.subject, risk.weight, strict=True)]
    ahead = np.unique(np.vstack(rows), axis=0)
    best = linprog(-ahead.sum(axis=0), A_ub=-ahead, b_ub=np.zeros(len(ahead)), bounds=(-1.0, 1.0))
    return bool(-best.fun > ABOVE_NOTHING)


def _marginal(survival: Floats, share: float) -> float:
    """Log hazard ratio of the arm alone, from the curves at 0 and at each event time, control first."""
    # From where a curve is 0 nobody of that arm is at risk.
    survival = survival[:, (survival > 0.0).all(axis=0)]
    before, after = survival[:, :-1], survival[:, 1:]
    living = before * np.array([[1.0 - share], [share]])
    failing = living * np.log(before / after)

    if not (failing.sum(axis=1) > 0.0).all():
        return math.nan

    def score(beta: float) -> float:
        tested = living[1] * math.exp(beta)
        return float((failing[1] - failing.sum(axis=0) * tested / (tested + living[0])).sum())

    return float(brentq(score, -INFINITE, INFINITE, xtol=1e-14, rtol=1e-14))
