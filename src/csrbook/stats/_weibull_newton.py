"""Newton's method for Weibull proportional hazards with exact, left-, interval- and right-censored times."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float64]

__all__ = ["WeibullNewton", "weibull_newton"]


@dataclass(frozen=True, slots=True)
class WeibullNewton:
    """Parameters: for each stratum the intercept a and log shape κ (a_0, κ_0, a_1, ...), then the coefficients β.

    The cumulative hazard is exp(a + x'β + e^κ log t).
    """

    theta: NDArray[np.float64]
    cov: NDArray[np.float64]
    loglik: float
    iterations: int
    status: str


@dataclass(frozen=True, slots=True)
class _Ends:
    """Logarithms of the ends of the intervals, with which of them there are."""

    exact: NDArray[np.bool_]
    has_left: NDArray[np.bool_]
    has_right: NDArray[np.bool_]
    log_left: NDArray[np.float64]
    log_right: NDArray[np.float64]


def weibull_newton(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    x: NDArray[np.float64],
    codes: NDArray[np.intp],
    *,
    iterations: int = 100,
) -> WeibullNewton:
    """Maximise the likelihood; ``x`` holds p covariates, ``codes`` strata 0..k-1, each with an event.

    Times are scaled by their geometric mean and covariates centred and scaled, so that units do not matter.
    """
    n, p = x.shape
    k = int(codes.max()) + 1
    exact = low == high
    has_left, has_right = low > 0.0, np.isfinite(high)
    log_left = np.where(has_left, np.log(np.where(has_left, low, 1.0)), 0.0)
    log_right = np.where(has_right, np.log(np.where(has_right & (high > 0.0), high, 1.0)), 0.0)
    unit = float(np.concatenate((log_left[has_left], log_right[has_right])).mean())
    ends = _Ends(exact, has_left, has_right, log_left - unit, log_right - unit)
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 1e-12 * np.maximum(np.abs(centre), 1e-300), scale, 1.0)
    z = (x - centre) / scale
    design = np.zeros((n, 2 * k + p))
    design[np.arange(n), 2 * codes] = 1.0
    design[:, 2 * k :] = z
    theta = _start(low, high, codes, k, p, unit)
    loglik, score, curvature = _evaluate(theta, ends, design, codes)
    nothing = (np.full(2 * k + p, math.nan), np.full((2 * k + p, 2 * k + p), math.nan))
    for iteration in range(1, iterations + 1):
        if not (math.isfinite(loglik) and bool(np.isfinite(curvature).all())):
            break
        values, vectors = np.linalg.eigh(curvature)
        if float(values[-1]) <= 0.0:
            break
        # Away from the maximum the curvature may not be positive: then go up along its axes.
        floor = np.maximum(np.abs(values), 1e-8 * float(np.abs(values).max()))
        step = vectors @ ((vectors.T @ score) / floor)
        longest = float(np.abs(step).max())
        if longest <= 1e-9:
            if float(values[0]) <= 1e-10 * float(values[-1]):
                return WeibullNewton(*nothing, loglik, iteration, "the information is singular")
            theta = theta + step
            loglik, _, curvature = _evaluate(theta, ends, design, codes)
            back = _back(theta, centre, scale, unit, k)
            result = back @ theta
            result[: 2 * k : 2] = theta[: 2 * k : 2] - np.exp(theta[1 : 2 * k : 2]) * unit
            result[: 2 * k : 2] -= float(centre / scale @ theta[2 * k :])
            cov = back @ np.linalg.inv(curvature) @ back.T
            # The density of an exact time t has a factor 1/t, which the scaling took out.
            return WeibullNewton(result, cov, loglik - unit * int(exact.sum()), iteration, "ok")
        step *= min(1.0, 3.0 / longest)
        for _ in range(40):
            trial = _evaluate(theta + step, ends, design, codes)
            if math.isfinite(trial[0]) and trial[0] >= loglik - 1e-12 * (1.0 + abs(loglik)):
                break
            step /= 2.0
        theta = theta + step
        loglik, score, curvature = trial
        if float(np.abs(theta).max()) > 50.0:
            break
    return WeibullNewton(*nothing, loglik, iterations, "no finite maximum of the likelihood")


def _back(
    theta: NDArray[np.float64], centre: NDArray[np.float64], scale: NDArray[np.float64], unit: float, k: int
) -> NDArray[np.float64]:
    """Derivative of the parameters for times and covariates as given in those for scaled ones."""
    back = np.diag(np.concatenate((np.ones(2 * k), 1.0 / scale)))
    intercepts = np.arange(0, 2 * k, 2)
    back[intercepts, intercepts + 1] = -np.exp(theta[intercepts + 1]) * unit
    back[np.ix_(intercepts, np.arange(2 * k, len(theta)))] = -centre / scale
    return back


def _start(
    low: NDArray[np.float64], high: NDArray[np.float64], codes: NDArray[np.intp], k: int, p: int, unit: float
) -> NDArray[np.float64]:
    """Exponential model without covariates: events over follow-up, to the middle of each interval."""
    seen = np.isfinite(high)
    follow_up = np.where(seen, (low + np.where(seen, high, 0.0)) / 2.0, low) * math.exp(-unit)
    events = np.bincount(codes, weights=seen.astype(np.float64), minlength=k)
    time = np.bincount(codes, weights=follow_up, minlength=k)
    theta = np.zeros(2 * k + p)
    theta[0 : 2 * k : 2] = np.log(events / np.maximum(time, 1e-300))
    return theta


def _evaluate(
    theta: NDArray[np.float64], ends: _Ends, design: NDArray[np.float64], codes: NDArray[np.intp]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Log-likelihood, score and observed information.

    With H the cumulative hazard and u the gradient of log H, an interval gives −H_L + log(1 − e^−Δ), Δ = H_R − H_L,
    an exact time log h − H, a right-censored one −H_L.
    """
    k2 = 2 * (int(codes.max()) + 1)
    shape = np.exp(theta[1:k2:2])[codes]
    linear = design @ theta
    column = 2 * codes + 1
    row = np.arange(len(codes))

    def hazard(log_time: NDArray[np.float64], there: NDArray[np.bool_]) -> tuple[Vector, Vector, Vector]:
        slope = shape * log_time
        with np.errstate(over="ignore"):
            h = np.where(there, np.exp(linear + slope), 0.0)
        u = design.copy()
        u[row, column] = slope
        return h, slope, u

    h_left, s_left, u_left = hazard(ends.log_left, ends.has_left)
    h_right, s_right, u_right = hazard(ends.log_right, ends.has_right)
    exact, censored = ends.exact, ~ends.has_right
    between = ~exact & ~censored
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        delta = np.where(between, h_right - h_left, 1.0)
        log_between = np.where(between, np.log(-np.expm1(-delta)), 0.0)
        w = np.where(between, 1.0 / np.expm1(delta), 0.0)
        log_hazard = np.where(exact, np.log(shape) + linear + s_left - ends.log_left, 0.0)
        loglik = float((log_hazard - h_left + log_between).sum())
        # dℓ/dH_L and dℓ/dH_R
        c_left, c_right = -1.0 - w, w
        score = (c_left * h_left) @ u_left + (c_right * h_right) @ u_right
        info = -_outer(u_left, c_left * h_left) - _outer(u_right, c_right * h_right)
        # d²u/dκ² = dη/dκ
        bend = -(c_left * h_left * s_left + c_right * h_right * s_right)
        d_delta = h_right[:, np.newaxis] * u_right - h_left[:, np.newaxis] * u_left
        info = info + _outer(d_delta, w * (1.0 + w))
        score = score + exact.astype(np.float64) @ u_left
        bend = bend - np.where(exact, s_left, 0.0)
    extra = np.bincount(codes, weights=bend, minlength=k2 // 2)
    at = np.arange(1, k2, 2)
    info[at, at] += extra
    score[at] += np.bincount(codes, weights=exact.astype(np.float64), minlength=k2 // 2)
    return loglik, score, info


def _outer(u: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = u.T @ (weight[:, np.newaxis] * u)
    return result
