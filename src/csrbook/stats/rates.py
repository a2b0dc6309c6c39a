"""Incidence rates: Garwood's exact limits, difference and ratio of two rates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, gammaincinv, gammaln

from csrbook.stats._checks import confidence_level, count, one_of, positive
from csrbook.stats._normal import two_sided_p, z_critical
from csrbook.stats._roots import falling_root

__all__ = ["Rate", "RateContrast", "garwood", "rate_difference", "rate_ratio"]


@dataclass(frozen=True, slots=True)
class Rate:
    """Events per unit of exposure, times ``per``, with exact limits."""

    events: int
    exposure: float
    per: float
    estimate: float
    lower: float
    upper: float
    confidence: float
    status: str


@dataclass(frozen=True, slots=True)
class RateContrast:
    """Difference or ratio of two rates, test over control, with limits and two-sided p-value of no difference."""

    estimate: float
    lower: float
    upper: float
    p: float
    confidence: float
    method: str
    status: str


def garwood(events: int, exposure: float = 1.0, *, per: float = 1.0, confidence: float = 0.95) -> Rate:
    r"""Exact (Garwood) limits of a Poisson rate.

    .. math:: \tfrac12\chi^2_{2x,\,\alpha/2}, \qquad \tfrac12\chi^2_{2x+2,\,1-\alpha/2}

    divided by the exposure.

    Parameters
    ----------
    events : int
    exposure : float
        Time at risk, such as patient-years; above 0.
    per : float
        Unit of the rate: 100 for events per 100 patient-years.
    confidence : float

    Notes
    -----
    Source: Garwood, Biometrika 1936. SAS: ``quantile('chisq', ...)/2`` in a data step; ``proc stdrate``. R:
    ``poisson.test(x, T)$conf.int``.

    Examples
    --------
    >>> limits = garwood(10)
    >>> round(limits.lower, 4), round(limits.upper, 4)
    (4.7954, 18.3904)
    """
    x = count(events, "events")
    unit = positive(per, "per") / positive(exposure, "exposure")
    half = (1.0 - confidence_level(confidence)) / 2.0
    lower = 0.0 if x == 0 else float(gammaincinv(x, half))
    upper = float(gammaincinv(x + 1, 1.0 - half))
    return Rate(x, float(exposure), float(per), x * unit, lower * unit, upper * unit, confidence, "ok")


def rate_difference(
    events_test: int,
    exposure_test: float,
    events_control: int,
    exposure_control: float,
    *,
    per: float = 1.0,
    method: str = "score",
    confidence: float = 0.95,
) -> RateContrast:
    r"""Difference of two Poisson rates.

    ``score``: Miettinen and Nurminen's limits, the differences δ at which

    .. math:: \frac{\hat\lambda_1 - \hat\lambda_0 - \delta}{\sqrt{\tilde\lambda_1/T_1 + \tilde\lambda_0/T_0}}

    with the estimates restricted to :math:`\lambda_1-\lambda_0=\delta` equals the normal quantiles. ``wald``: the
    unrestricted variance :math:`x_1/T_1^2 + x_0/T_0^2`.

    Notes
    -----
    Source: Miettinen and Nurminen, Stat Med 1985, section 3. R: ``lrstat::mnRateDiffCI``, ``ratesci::scoreci(distrib =
    "poi", skew = FALSE)``. SAS: ``proc stdrate; refdata`` gives Wald limits.
    """
    one_of(method, "method", ("score", "wald"))
    x1, t1, x0, t0 = _counts(events_test, exposure_test, events_control, exposure_control)
    unit = positive(per, "per")
    z_limit = z_critical(confidence_level(confidence))
    difference = x1 / t1 - x0 / t0
    if x1 + x0 == 0 and method == "wald":
        nan = math.nan
        return RateContrast(0.0, nan, nan, nan, confidence, method, "no events")
    if method == "wald":
        se = math.sqrt(x1 / t1**2 + x0 / t0**2)
        limits = (difference - z_limit * se, difference + z_limit * se)
        p = two_sided_p(difference / se)
        return RateContrast(difference * unit, limits[0] * unit, limits[1] * unit, p, confidence, method, "ok")

    def score(delta: float) -> float:
        control = _restricted(x1, t1, x0, t0, delta)
        variance = max(control + delta, 0.0) / t1 + control / t0
        gap = difference - delta
        if variance <= 0.0:
            return 0.0 if gap == 0.0 else math.copysign(math.inf, gap)
        return gap / math.sqrt(variance)

    # No limit is further away than the exact limits of either rate at a far higher level allow.
    reach = 2.0 * (z_limit + 2.0) ** 2 * (1.0 / t1 + 1.0 / t0) + 4.0 * (x1 / t1 + x0 / t0)
    lower = falling_root(score, z_limit, difference - reach, difference)
    upper = falling_root(score, -z_limit, difference, difference + reach)
    p = two_sided_p(score(0.0)) if x1 + x0 > 0 else math.nan
    return RateContrast(difference * unit, lower * unit, upper * unit, p, confidence, method, "ok")


def rate_ratio(
    events_test: int,
    exposure_test: float,
    events_control: int,
    exposure_control: float,
    *,
    method: str = "exact",
    confidence: float = 0.95,
) -> RateContrast:
    r"""Ratio of two Poisson rates.

    ``exact``: given :math:`x_1 + x_0`, :math:`x_1` is binomial with probability :math:`\pi = T_1 R/(T_1 R + T_0)`. The
    Clopper–Pearson limits of π give those of R, and the binomial test its p-value (sum of the probabilities not above
    the observed one). ``wald``: :math:`\log R \pm z\sqrt{1/x_1+1/x_0}`.

    Notes
    -----
    Source: Przyborowski and Wilenski, Biometrika 1940. R: ``poisson.test(c(x1, x0), c(T1, T0))``. SAS: ``proc stdrate;
    effect=ratio`` gives Wald limits.
    """
    one_of(method, "method", ("exact", "wald"))
    x1, t1, x0, t0 = _counts(events_test, exposure_test, events_control, exposure_control)
    confidence_level(confidence)
    n = x1 + x0
    nan = math.nan
    if n == 0:
        return RateContrast(nan, nan, nan, nan, confidence, method, "no events")
    ratio = (x1 / t1) / (x0 / t0) if x0 else math.inf
    if method == "wald":
        if x1 == 0 or x0 == 0:
            arm = "test" if x1 == 0 else "control"
            return RateContrast(ratio, nan, nan, nan, confidence, method, f"no events in the {arm} arm")
        se = math.sqrt(1.0 / x1 + 1.0 / x0)
        half = z_critical(confidence) * se
        log = math.log(ratio)
        return RateContrast(
            ratio, math.exp(log - half), math.exp(log + half), two_sided_p(log / se), confidence, method, "ok"
        )
    half = (1.0 - confidence) / 2.0
    low = float(betaincinv(x1, x0 + 1, half)) if x1 else 0.0
    high = float(betaincinv(x1 + 1, x0, 1.0 - half)) if x0 else 1.0
    lower = low / (1.0 - low) * t0 / t1
    upper = high / (1.0 - high) * t0 / t1 if high < 1.0 else math.inf
    return RateContrast(ratio, lower, upper, _binomial_p(x1, n, t1 / (t1 + t0)), confidence, method, "ok")


def _restricted(x1: int, t1: float, x0: int, t0: float, delta: float) -> float:
    """Maximum likelihood estimate of the control rate where the test rate is ``delta`` more."""
    total = t1 + t0
    linear = total * delta - x1 - x0
    root = math.sqrt(max(linear * linear + 4.0 * total * x0 * delta, 0.0))
    return max((root - linear) / (2.0 * total), 0.0, -delta)


def _binomial_p(x: int, n: int, share: float) -> float:
    """Two-sided exact binomial test, as ``binom.test`` in R."""
    k = np.arange(n + 1)
    log = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + k * math.log(share) + (n - k) * math.log1p(-share)
    probability = np.exp(log)
    return min(1.0, float(probability[probability <= probability[x] * (1.0 + 1e-7)].sum()))


def _counts(
    events_test: int, exposure_test: float, events_control: int, exposure_control: float
) -> tuple[int, float, int, float]:
    return (
        count(events_test, "events_test"),
        positive(exposure_test, "exposure_test"),
        count(events_control, "events_control"),
        positive(exposure_control, "exposure_control"),
    )
