"""Logistic regression: adjusted odds ratios, and standardised (g-computed) risks, differences and ratios."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.special import expit

from csrbook.stats._cell_design import adjustments, arms_and_control, dependent_columns
from csrbook.stats._checks import binary, confidence_level
from csrbook.stats._normal import two_sided_p, z_critical
from csrbook.stats.contingency import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Logistic", "LogisticContrast", "StandardisedRisk", "logistic"]

_MAX_ITERATIONS: Final = 50
# A linear predictor beyond this is a probability within 6e-6 of 0 or 1: a reason to look for separation.
_EXTREME: Final = 12.0


@dataclass(frozen=True, slots=True)
class StandardisedRisk:
    """Mean predicted risk of all subjects had they been in this arm; ``n`` and ``events`` are the arm's own."""

    arm: str
    n: int
    events: int
    risk: Estimate


@dataclass(frozen=True, slots=True)
class LogisticContrast:
    """An arm against the control: conditional odds ratio, marginal risk difference and ratio, with p-values (Wald)."""

    arm: str
    control: str
    odds_ratio: Estimate
    odds_ratio_p: float
    risk_difference: Estimate
    risk_difference_p: float
    risk_ratio: Estimate
    risk_ratio_p: float


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fitted model; the first coefficients are the log odds of the arms at the covariates' means."""

    risks: tuple[StandardisedRisk, ...]
    contrasts: tuple[LogisticContrast, ...]
    names: tuple[str, ...]
    coefficients: NDArray[np.float64]
    vcov: NDArray[np.float64]
    loglik: float
    iterations: int
    n: int
    events: int
    confidence: float
    status: str


@dataclass(frozen=True, slots=True)
class _Fit:
    beta: NDArray[np.float64]
    vcov: NDArray[np.float64]
    loglik: float
    iterations: int
    status: str


def logistic(
    response: ArrayLike,
    arm: ArrayLike,
    *,
    covariates: Mapping[str, ArrayLike] | None = None,
    factors: Mapping[str, ArrayLike] | None = None,
    arms: Sequence[Any] | None = None,
    control: Any = None,
    confidence: float = 0.95,
) -> Logistic:
    r"""Logistic regression of a binary response on arm, covariates and factors.

    .. math:: \hat\pi_a = \frac1n \sum_i \hat p_{ai}, \quad \hat p_{ai} = \mathrm{expit}(\hat\alpha_a + x_i^T\hat\beta)

    .. math:: \mathrm{var}(\hat\pi_a - \hat\pi_b) = (g_a - g_b)^T \hat V (g_a - g_b), \quad
        g_a = \frac1n \sum_i \hat p_{ai}(1 - \hat p_{ai}) (e_a, x_i)

    Parameters
    ----------
    response : array_like
        1 for an event, 0 for none.
    arm : array_like
        One label a subject.
    covariates, factors : mapping of str to array_like, optional
        Numeric covariates and categorical factors by name.
    arms : sequence, optional
        Levels in order; by default the sorted ones found.
    control : optional
        The arm to compare with; by default the last.
    confidence : float

    Returns
    -------
    Logistic
        ``status`` names complete or quasi-complete separation, with the columns of a direction in which the likelihood
        rises for ever; nothing is estimated then.

    Notes
    -----
    Source: Ge et al., Drug Information Journal 2011; Freedman 2008; FDA guidance on adjusting for covariates, 2023;
    Albert and Anderson 1984 (separation, found here by linear programming, as Konis 2007 does). The limits of risk and
    risk difference are symmetric, those of the ratios symmetric on the log scale; the standard errors take the
    covariates as they are in the trial, not as a sample of a population. SAS: ``proc logistic; class arm sex / param =
    ref; model y(event='1') = arm base sex``, macro ``%margins``. R: ``glm(y ~ arm + base + sex, binomial)``,
    ``marginaleffects::avg_comparisons``.

    Known differences: R's ``glm`` stops at a relative change of the deviance of 1e-8 (``epsilon``), and warns rather
    than stops under separation; SAS prints estimates with a warning.

    Examples
    --------
    >>> fit = logistic([1] * 30 + [0] * 20 + [1] * 20 + [0] * 30, ["T"] * 50 + ["C"] * 50, arms=["T", "C"])
    >>> contrast = fit.contrasts[0]
    >>> round(contrast.risk_difference.estimate, 4), round(contrast.risk_difference.se, 6)
    (0.2, 0.09798)
    >>> round(contrast.odds_ratio.estimate, 4)
    2.25
    """
    y = binary(response, "response").astype(np.float64)
    n = len(y)
    codes, labels, reference = arms_and_control(arm, n, arms, control)
    confidence_level(confidence)
    found = adjustments(n, covariates, factors, "observed", None)
    extra = np.hstack([np.empty((n, 0)), *(a.columns for a in found)])
    counts = np.bincount(codes, minlength=len(labels))
    events = np.bincount(codes, weights=y, minlength=len(labels)).astype(np.int64)
    present = np.flatnonzero(counts)
    x = np.hstack(((codes[:, None] == present).astype(np.float64), extra))
    names = tuple(labels[a] for a in present.tolist()) + tuple(label for a in found for label in a.labels)
    fit = _fit(x, y, names)
    z = z_critical(confidence)
    ok = fit.status == "ok"
    risk, gradient = np.full(len(labels), math.nan), np.zeros((len(labels), x.shape[1]))
    for column, a in enumerate(present.tolist() if ok else []):
        had = np.hstack((np.zeros((n, len(present))), extra))
        had[:, column] = 1.0
        p = expit(had @ fit.beta)
        risk[a] = p.mean()
        gradient[a] = (p * (1.0 - p)) @ had / n

    def reason(*which: int) -> str:
        return next((f"no subjects in {labels[a]}" for a in which if not counts[a]), fit.status)

    def spread(vector: NDArray[np.float64]) -> float:
        return math.sqrt(float(vector @ fit.vcov @ vector))

    risks = []
    for a, label in enumerate(labels):
        why = reason(a)
        value = _plain(float(risk[a]), spread(gradient[a]), z) if why == "ok" else _none(why)
        risks.append(StandardisedRisk(label, int(counts[a]), int(events[a]), value))
    contrasts = []
    for a, label in enumerate(labels):
        if a == reference:
            continue
        why = reason(a, reference)
        nothing = _none(why)
        if why != "ok":
            contrasts.append(
                LogisticContrast(label, labels[reference], nothing, math.nan, nothing, math.nan, nothing, math.nan)
            )
            continue
        vector = np.zeros(x.shape[1])
        vector[np.searchsorted(present, a)], vector[np.searchsorted(present, reference)] = 1.0, -1.0
        odds, se_odds = float(vector @ fit.beta), spread(vector)
        difference, se = float(risk[a] - risk[reference]), spread(gradient[a] - gradient[reference])
        ratio = math.log(risk[a] / risk[reference])
        se_ratio = spread(gradient[a] / risk[a] - gradient[reference] / risk[reference])
        contrasts.append(
            LogisticContrast(
                arm=label,
                control=labels[reference],
                odds_ratio=_ratio(odds, se_odds, z),
                odds_ratio_p=two_sided_p(odds / se_odds),
                risk_difference=_plain(difference, se, z),
                risk_difference_p=two_sided_p(difference / se),
                risk_ratio=_ratio(ratio, se_ratio, z),
                risk_ratio_p=two_sided_p(ratio / se_ratio),
            )
        )
    total = int(y.sum())
    tail = (fit.loglik, fit.iterations, n, total, confidence, fit.status)
    return Logistic(tuple(risks), tuple(contrasts), names, fit.beta, fit.vcov, *tail)


def _fit(x: NDArray[np.float64], y: NDArray[np.float64], names: tuple[str, ...]) -> _Fit:
    """Newton's method with the step halved until the likelihood does not fall."""
    n, p = x.shape
    nothing = (np.full(p, math.nan), np.full((p, p), math.nan), math.nan, 0)
    dependent = dependent_columns(x) if n else []
    if not n or dependent:
        return _Fit(*nothing, f"singular design: {', '.join(names[j] for j in dependent)}" if n else "no subjects")
    if not y.any() or y.all():
        return _Fit(*nothing, "no events" if not y.any() else "events in all subjects")
    scale = np.sqrt((x**2).mean(axis=0))
    u = x / scale
    beta = np.zeros(p)
    eta, converged, iterations = u @ beta, False, 0
    loglik = _loglik(eta, y)
    for iteration in range(1, _MAX_ITERATIONS + 1):
        iterations = iteration
        prob = expit(eta)
        weight = prob * (1.0 - prob)
        try:
            step = np.linalg.solve((u * weight[:, None]).T @ u, u.T @ (y - prob))
        except np.linalg.LinAlgError:
            break
        decrement = float(step @ (u.T @ (y - prob)))
        fraction = 1.0
        while fraction > 1e-8 and not _loglik(u @ (beta + fraction * step), y) >= loglik - 1e-10 * (1.0 - loglik):
            fraction /= 2.0
        beta = beta + fraction * step
        eta = u @ beta
        loglik = _loglik(eta, y)
        if abs(decrement) < 1e-14:
            converged = True
            break
    if not converged or float(np.abs(eta).max()) > _EXTREME:
        separated = _separation(u, y, names)
        if separated:
            return _Fit(*nothing, separated)
        if not converged:
            return _Fit(*nothing, f"no convergence in {_MAX_ITERATIONS} iterations")
    prob = expit(eta)
    vcov = np.linalg.inv((u * (prob * (1.0 - prob))[:, None]).T @ u) / np.outer(scale, scale)
    return _Fit(beta / scale, (vcov + vcov.T) / 2.0, loglik, iterations, "ok")


def _loglik(eta: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    return float(y @ eta - np.logaddexp(0.0, eta).sum())


def _separation(u: NDArray[np.float64], y: NDArray[np.float64], names: tuple[str, ...]) -> str:
    """Look for a direction in which no subject's likelihood falls and some subject's rises."""
    from scipy.optimize import linprog  # slow to import, and seldom needed

    signed = np.where(y > 0.0, 1.0, -1.0)[:, None] * u
    result = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(y)), bounds=(-1.0, 1.0), method="highs")
    if result.x is None or not -float(result.fun) > 1e-6:
        return ""
    # Complete separation: the smallest gain can be above 0, too.
    smallest = np.column_stack((-signed, np.ones(len(y))))
    target = np.append(np.zeros(u.shape[1]), -1.0)
    least = linprog(target, A_ub=smallest, b_ub=np.zeros(len(y)), bounds=(-1.0, 1.0), method="highs")
    kind = "complete" if least.x is not None and -float(least.fun) > 1e-9 else "quasi-complete"
    return f"{kind} separation: {', '.join(names[j] for j in np.flatnonzero(np.abs(result.x) > 1e-9).tolist())}"


def _plain(estimate: float, se: float, z: float) -> Estimate:
    return Estimate(estimate, estimate - z * se, estimate + z * se, se, "ok")


def _ratio(log_estimate: float, se: float, z: float) -> Estimate:
    bounds = (math.exp(log_estimate - z * se), math.exp(log_estimate + z * se))
    return Estimate(math.exp(log_estimate), *bounds, se, "ok")


def _none(status: str) -> Estimate:
    nan = math.nan
    return Estimate(nan, nan, nan, nan, status)
