"""Part "intervals": interval-censored times, Turnbull, the score tests, and the Weibull models."""

from __future__ import annotations

from typing import Final

import numpy as np

from csrbook.stats.interval_censoring import interval_score_test, turnbull
from csrbook.stats.weibull import weibull, weibull_arm
from tools.crosscheck.datasets import named, stream, table
from tools.crosscheck.quantities import Case, Data, Part, Quantity, Result, result

QUANTITIES: Final = (
    Quantity("turnbull", "Turnbull's S after each left end, all subjects", 1e-3, 1e-6),
    Quantity("turnbull_loglik", "its log-likelihood", 1.0),
    Quantity("turnbull_se", "its standard errors (observed information)", 1e-3, 1e-5),
    Quantity("sun", "Sun's test of the arms, z²", 1e-3, 1e-6),
    Quantity("finkelstein", "Finkelstein's test, z²", 1e-3, 1e-6),
    Quantity("weibull_coef", "Weibull AFT: intercept, arm, x1, log scale", "weibull_se", 1e-7),
    Quantity("weibull_se", "their standard errors", 1e-12, 1e-6),
    Quantity("weibull_loglik", "its log-likelihood", 1.0, 1e-9),
    Quantity("weibull_hr", "Weibull PH: log HR of the arm and its standard error", 1e-3, 1e-6),
)


def cases(count: int) -> list[Case]:
    """Breast cosmesis (Finkelstein and Wolfe 1985), 6-MP as right-censored times, and ``count`` random sets."""
    cosmesis = table("cosmesis")
    n = len(cosmesis["left"])
    cosmesis["right"] = np.where(np.isnan(cosmesis["right"]), np.inf, cosmesis["right"])
    first = {**cosmesis, "x1": np.arange(1.0, n + 1) % 7}
    gehan = named("gehan").data
    second = {
        "left": gehan["time"],
        "right": np.where(gehan["event"] == 1, gehan["time"], np.inf),
        "arm": gehan["arm"],
        "x1": gehan["x1"],
    }
    drawn = [Case(f"intervals {i + 1}", _random(i)) for i in range(count)]
    return [Case("cosmesis", first, named=True), Case("gehan", second, named=True), *drawn]


def _random(index: int) -> Data:
    """Visits every 6 to 12 weeks, some exact times, some events before the first visit."""
    generator = stream(2, index)
    n = (15, 30, 40)[index % 3]
    arm = (generator.random(n) < 0.5).astype(np.float64)
    x1 = np.round(generator.standard_normal(n), 2)
    shape = (0.8, 1.0, 1.6, 2.5)[index % 4]
    time = 12.0 * np.exp(-0.5 * arm + 0.2 * x1) * generator.weibull(shape, n)
    step, end = np.round(generator.uniform(1.5, 3.0, n), 1), np.round(generator.uniform(10.0, 30.0, n), 1)
    if index % 2:  # one schedule for all
        step, end = np.full(n, 3.0), np.full(n, 24.0)
    left = np.minimum(np.floor(time / step) * step, end)
    right = (np.floor(time / step) + 1.0) * step
    right[right > end] = np.inf
    if index % 4 == 2:
        exact = (generator.random(n) < 0.2) & np.isfinite(right)
        left[exact] = right[exact] = np.round(time[exact], 2) + 0.01
    return {"left": np.round(left, 2), "right": np.round(right, 2), "arm": arm, "x1": x1}


def ours(data: Data) -> dict[str, Result]:
    """Every quantity of a data set."""
    left, right, arm = data["left"], data["right"], data["arm"]
    curve = turnbull(left, right)
    at = np.unique(left)
    found = {
        "turnbull": result(curve.survival_at(at)[0], curve.status),
        "turnbull_loglik": result(curve.loglik, curve.status),
        # A mass of almost 0 is one on either side of nothing.
        "turnbull_se": result(
            curve.std_err[curve.mass > 1e-7], "ok" if np.isfinite(curve.std_err).all() else curve.std_err_status
        ),
    }
    for scores in ("sun", "finkelstein"):
        test = interval_score_test(left, right, arm, scores=scores)
        found[scores] = result(test.z**2, test.status)
    fit = weibull(left, right, np.column_stack([arm, data["x1"]]))
    found["weibull_coef"] = result([fit.intercept, fit.aft_coef, fit.log_scale], fit.status)
    found["weibull_se"] = result([fit.intercept_se, fit.aft_se, fit.log_scale_se], fit.status)
    found["weibull_loglik"] = result(fit.loglik, fit.status)
    effect = weibull_arm(left, right, arm)
    return found | {"weibull_hr": result([effect.log_hr, effect.se], effect.status)}


PART: Final = Part("intervals", "Interval-censored times", ("survival",), QUANTITIES, cases, ours, most=30, kept=10)
