"""Cox model with a gamma frailty of the group, by penalised partial likelihood and the integrated likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import chi2

from qc.cox_newton import RiskSets, risk_sets
from qc.survival import CoxEstimate, cox

__all__ = ["GammaFrailty", "gamma_frailty"]

Floats = NDArray[np.float64]

SMALLEST, LARGEST, POINTS = 1e-6, 1e3, 37
"""Variances between which the maximum is looked for, and in how many; below the first the variance is taken as 0."""

SCORE = 1e-10
"""A maximum is taken as found where the score is smaller."""

ITERATIONS = 100


@dataclass(frozen=True)
class GammaFrailty:
    """Hazard ratio given the frailty, variance of the frailty, and the likelihood-ratio test that it is 0."""

    arm: CoxEstimate
    variance: float
    groups: int
    chi_square: float
    p: float


@dataclass(frozen=True)
class _Fit:
    """Maximum of the penalised likelihood, and the integrated likelihood there with its slope over log variance."""

    coefficients: Floats
    covariance: Floats
    integrated: float
    slope: float


class _Model:
    """Penalised partial likelihood of the arm and the groups for any variance of the frailty."""

    def __init__(self, risk: RiskSets, design: Floats, events: Floats, start: float) -> None:
        self.risk = risk
        self.design = design
        self.own = design[risk.subject].sum(axis=0)
        self.events = events
        self.start = np.r_[start, np.zeros(len(events))]

    def partial(self, coefficients: Floats) -> tuple[float, Floats, Floats]:
        """Log partial likelihood, score and information."""
        hazard = self.risk.weight * np.exp(self.design @ coefficients)
        whole = hazard.sum(axis=1)
        part = hazard / whole[:, None]
        mean = part @ self.design
        information = (self.design.T * part.sum(axis=0)) @ self.design - mean.T @ mean
        return float(self.own @ coefficients - np.log(whole).sum()), self.own - mean.sum(axis=0), information

    def fit(self, log_variance: float) -> _Fit:
        """Maximise for one variance."""
        precision = math.exp(-log_variance)
        coefficients = self.start
        for _ in range(ITERATIONS):
            likelihood, score, information = self.partial(coefficients)
            log_frailty = coefficients[1:]
            slope = score.copy()
            slope[1:] -= precision * np.expm1(log_frailty)
            curvature = information + np.diag(np.r_[0.0, precision * np.exp(log_frailty)])
            if np.abs(slope).max() < SCORE:
                break
            coefficients = coefficients + np.clip(np.linalg.solve(curvature, slope), -1.0, 1.0)
        else:
            raise ArithmeticError(f"the frailty model did not converge at a variance of {math.exp(log_variance):.3g}")
        covariance = np.linalg.inv(curvature)
        moves = covariance[1:, 1:] @ -np.expm1(log_frailty)
        terms, terms_by_precision = _gamma_terms(self.events, precision)
        integrated = likelihood + precision * float(log_frailty.sum()) + terms
        by_precision = float(score[1:] @ moves + precision * moves.sum() + log_frailty.sum()) + terms_by_precision
        return _Fit(coefficients, covariance, integrated, -precision * by_precision)


def _gamma_terms(events: Floats, v: float) -> tuple[float, float]:
    """Sum over the groups of ``d + v log(v/(v+d)) + log G(v+d) - log G(v) - d log(v+d)``, and its slope over ``v``.

    The differences of gamma functions are written as sums over the events, which do not cancel for a large ``v``.
    """
    value = slope = 0.0
    for d in events.astype(int):
        before = np.arange(d)
        value += d - v * math.log1p(d / v) + float(np.log1p((before - d) / (v + d)).sum())
        slope += float((1.0 / (v + before)).sum()) - math.log1p(d / v)
    return value, slope


def gamma_frailty(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, group: ArrayLike, stratum: ArrayLike
) -> GammaFrailty:
    """Fit the model.

    Parameters
    ----------
    time, event, arm, group, stratum : array_like, shape (n,)
        ``arm`` is 1 for the test arm.

    Notes
    -----
    With ``w`` the logarithm of the frailties and ``v`` the precision, ``l(b, w) + v sum(w - exp w)`` is maximised; the
    variance is the root of the derivative of the integrated likelihood (Therneau, Grambsch and Pankratz 2003), which
    follows from that of the maximum: ``dw/dv`` is the inverse of the information times ``1 - exp w``.
    R: ``coxph(Surv(time, event) ~ arm + strata(s) + frailty(group, sparse = FALSE))``, standard error ``sqrt(var)``.
    """
    t, d, x = np.asarray(time, dtype=float), np.asarray(event, dtype=bool), np.asarray(arm, dtype=float)
    label = np.asarray(stratum, dtype=object)
    names, number = np.unique(np.asarray(group, dtype=str), return_inverse=True)
    plain = cox(t, d, x.astype(bool), label)
    if math.isnan(plain.log_hazard_ratio) or len(names) < 2:
        return GammaFrailty(CoxEstimate(math.nan, math.nan), math.nan, len(names), math.nan, math.nan)
    design = np.column_stack([x, number[:, None] == np.arange(len(names))]).astype(float)
    events = np.bincount(number, d, minlength=len(names)).astype(float)
    model = _Model(risk_sets(t, d, stratum=label.astype(str)), design, events, plain.log_hazard_ratio)

    fit, variance = _most_likely(model)
    without = model.partial(model.start)[0]
    if fit is None or fit.integrated <= without:
        return GammaFrailty(plain, 0.0, len(names), 0.0, 1.0)
    error = math.sqrt(fit.covariance[0, 0])
    chi_square = 2.0 * (fit.integrated - without)
    p = 0.5 * float(chi2.sf(chi_square, 1))
    return GammaFrailty(CoxEstimate(float(fit.coefficients[0]), error), variance, len(names), chi_square, p)


def _most_likely(model: _Model) -> tuple[_Fit | None, float]:
    """Find the variance that maximises the integrated likelihood; no fit where that falls from 0 on."""
    grid = np.linspace(math.log(SMALLEST), math.log(LARGEST), POINTS)
    slopes = np.array([model.fit(logarithm).slope for logarithm in grid])
    best: tuple[_Fit | None, float] = (None, 0.0)
    for at in np.flatnonzero((slopes[:-1] > 0.0) & (slopes[1:] <= 0.0)):
        top = brentq(lambda x: model.fit(x).slope, grid[at], grid[at + 1], xtol=1e-14, rtol=1e-14)
        found = model.fit(top)
        if best[0] is None or found.integrated > best[0].integrated:
            best = found, math.exp(top)
    return best
