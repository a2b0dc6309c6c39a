"""Survival estimates on libraries that production does not use: NumPy by hand, statsmodels, scipy.

Everything here follows the statistical analysis plan, section 8, and was programmed without sight of production code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import chi2, norm

__all__ = [
    "CoxEstimate",
    "Limits",
    "LogRank",
    "ProductLimit",
    "RateDifference",
    "cox",
    "log_rank",
    "rate_difference",
    "tied",
]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Labels = NDArray[np.object_]

TIE = math.sqrt(np.finfo(float).eps)
"""A curve within this of a quantile is on it, and times within this part of the longest are tied: as in R."""

GRADIENT = 1e-8
"""A Cox fit whose score is larger has not converged."""


def tied(time: Floats) -> Floats:
    """Give times that differ by rounding errors only the value of the first: two times are tied where their days are.

    R: ``aeqSurv``, which ``survfit`` and ``coxph`` call (``timefix = TRUE``).
    """
    if not len(time):
        return time
    values, position = np.unique(time, return_inverse=True)
    new = np.append(True, np.diff(values) > TIE * values[-1])
    return np.asarray(values[new][np.cumsum(new) - 1][position])


@dataclass(frozen=True)
class Limits:
    """An estimate with its confidence limits; NaN where one does not exist."""

    estimate: float
    lower: float
    upper: float


class ProductLimit:
    """The Kaplan-Meier curve of one group.

    Parameters
    ----------
    time : array of float
        Time to event or censoring.
    event : array of bool
        True for an event.
    confidence : float
        Level of the two-sided, pointwise limits on the scale log(-log S).

    Attributes
    ----------
    time, at_risk, events, censored : array
        The distinct times, the subjects at risk at each of them, and those with an event and censored there.
    survival, greenwood, lower, upper : array
        The curve, Greenwood's sum of d / (n (n - d)) and the limits.

    Notes
    -----
    A subject censored at an event time is at risk at it. R: ``survfit(Surv(time, event) ~ 1, conf.type = "log-log")``;
    SAS: ``PROC LIFETEST CONFTYPE=LOGLOG``.
    """

    def __init__(self, time: Floats, event: Bools, confidence: float = 0.95) -> None:
        time = tied(time)
        self.time = np.unique(time)
        self.at_risk = np.array([np.count_nonzero(time >= t) for t in self.time])
        self.events = np.array([np.count_nonzero((time == t) & event) for t in self.time])
        self.censored = np.array([np.count_nonzero((time == t) & ~event) for t in self.time])
        self.survival = np.cumprod((self.at_risk - self.events) / self.at_risk)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.greenwood = np.cumsum(self.events / (self.at_risk * (self.at_risk - self.events)))
        self.lower, self.upper = self._limits(float(ndtri((1.0 + confidence) / 2.0)))

    def _limits(self, z: float) -> tuple[Floats, Floats]:
        """Limits at each time; NaN before the first event and once nobody survives, where log(-log S) is infinite."""
        inside = (self.survival > 0.0) & (self.survival < 1.0)
        s = np.where(inside, self.survival, 0.5)
        half = z * np.sqrt(np.where(inside, self.greenwood, 0.0)) / np.abs(np.log(s))
        lower = np.where(inside, s ** np.exp(half), np.nan)
        upper = np.where(inside, s ** np.exp(-half), np.nan)
        return lower, upper

    def quantile(self, p: float) -> Limits:
        """Time by which a part ``p`` has had the event, with Brookmeyer-Crowley limits.

        The limits are the times at which the limits of the curve reach ``1 - p``.
        """
        return Limits(self._first(self.survival, p), self._first(self.lower, p), self._first(self.upper, p))

    def _first(self, curve: Floats, p: float) -> float:
        """First time at which a curve is at or below ``1 - p``; the middle of the interval on which it equals that."""
        there = np.flatnonzero(curve <= 1.0 - p + TIE)
        if not len(there):
            return math.nan
        first = there[0]
        if abs(curve[first] - (1.0 - p)) >= TIE:
            return float(self.time[first])
        below = np.flatnonzero(curve < 1.0 - p - TIE)
        end = below[0] if len(below) else len(curve) - 1
        return math.nan if math.isnan(curve[end]) else float((self.time[first] + self.time[end]) / 2.0)

    def at(self, time: float) -> Limits:
        """Survival at a time with its limits; NaN after the last observed time unless the curve has reached zero."""
        if not self._reaches(time):
            return Limits(math.nan, math.nan, math.nan)
        position = self._position(time)
        if position < 0:
            return Limits(1.0, math.nan, math.nan)
        return Limits(float(self.survival[position]), float(self.lower[position]), float(self.upper[position]))

    def standard_error(self, time: float) -> float:
        """Greenwood's standard error of the survival at a time, which is zero where S is 1 and, as its limit, 0."""
        if not self._reaches(time):
            return math.nan
        position = self._position(time)
        if position < 0 or self.survival[position] == 0.0:
            return 0.0
        return float(self.survival[position]) * math.sqrt(self.greenwood[position])

    def _reaches(self, time: float) -> bool:
        """Whether somebody was observed up to a time, or the curve has come down to zero."""
        return len(self.time) > 0 and not (time > self.time[-1] and self.survival[-1] > 0.0)

    def _position(self, time: float) -> int:
        """Index of the last observed time that is not after ``time``; -1 before the first."""
        return int(np.searchsorted(self.time, time, side="right")) - 1


@dataclass(frozen=True)
class RateDifference:
    """Difference of two survival probabilities with Wald limits and the two-sided test of no difference."""

    estimate: float
    lower: float
    upper: float
    z: float
    p: float


def rate_difference(test: ProductLimit, control: ProductLimit, time: float, confidence: float = 0.95) -> RateDifference:
    """Survival of the test arm less that of the control arm at a time, with Greenwood's variances.

    Limits do not go beyond -1 and 1. They and the test are NaN where neither curve has a variance.
    """
    difference = test.at(time).estimate - control.at(time).estimate
    error = math.hypot(test.standard_error(time), control.standard_error(time))
    if not error > 0.0:
        return RateDifference(difference, math.nan, math.nan, math.nan, math.nan)
    half = float(ndtri((1.0 + confidence) / 2.0)) * error
    z = difference / error
    lower, upper = max(difference - half, -1.0), min(difference + half, 1.0)
    return RateDifference(difference, lower, upper, z, 2.0 * float(norm.sf(abs(z))))


@dataclass(frozen=True)
class CoxEstimate:
    """Log hazard ratio and its model-based standard error."""

    log_hazard_ratio: float
    standard_error: float

    def limits(self, confidence: float) -> Limits:
        """Hazard ratio with Wald limits."""
        half = float(ndtri((1.0 + confidence) / 2.0)) * self.standard_error
        b = self.log_hazard_ratio
        return Limits(math.exp(b), math.exp(b - half), math.exp(b + half))

    def z_against(self, hazard_ratio: float) -> float:
        """Wald statistic for the hypothesis that the hazard ratio is ``hazard_ratio``."""
        return (self.log_hazard_ratio - math.log(hazard_ratio)) / self.standard_error

    def p_below(self, hazard_ratio: float) -> float:
        """One-sided p-value against the alternative of a smaller hazard ratio."""
        return float(norm.cdf(self.z_against(hazard_ratio)))

    def p_not_one(self) -> float:
        """Two-sided p-value against the alternative of a hazard ratio other than one."""
        return 2.0 * float(norm.sf(abs(self.z_against(1.0))))


def cox(time: Floats, event: Bools, test: Bools, stratum: Labels) -> CoxEstimate:
    """Hazard ratio of the test arm, stratified, ties by Efron, by statsmodels' ``PHReg``.

    Returns
    -------
    CoxEstimate
        NaN where the partial likelihood has no maximum: no stratum has both arms at risk at an event, or in all such
        strata the events come from one arm alone.

    Raises
    ------
    ArithmeticError
        Newton's iteration stopped before the maximum.

    Notes
    -----
    ``PHReg`` fits by Newton's method and then agrees with R's ``coxph(ties = "efron")`` to 12 digits (tests/qc). The
    score at the solution is checked here, so that a fit that stopped early cannot pass as a result.
    """
    from statsmodels.duration.hazard_regression import PHReg

    time = tied(time)
    if not _has_maximum(time, event, test, stratum):
        return CoxEstimate(math.nan, math.nan)
    model = PHReg(time, test.astype(float)[:, None], status=event.astype(int), strata=stratum, ties="efron")
    fit = model.fit(method="newton", tol=1e-14, maxiter=100, disp=0)
    gradient = float(np.abs(model.score(fit.params)).max())
    if not (gradient < GRADIENT and math.isfinite(fit.bse[0])):
        raise ArithmeticError(f"the Cox model did not converge: score {gradient:.3g}")
    return CoxEstimate(float(fit.params[0]), float(fit.bse[0]))


def _has_maximum(time: Floats, event: Bools, test: Bools, stratum: Labels) -> bool:
    """Whether some event of each arm happens while a subject of the other arm is at risk in the same stratum."""
    seen = set()
    for t, arm, name in zip(time[event], test[event], stratum[event], strict=True):
        if arm not in seen and ((time >= t) & (test != arm) & (stratum == name)).any():
            seen.add(arm)
        if len(seen) == 2:
            return True
    return False


@dataclass(frozen=True)
class LogRank:
    """Chi-square on one degree of freedom and its two-sided p-value."""

    chi_square: float
    p_value: float


def log_rank(time: Floats, event: Bools, test: Bools, stratum: Labels) -> LogRank:
    """Stratified log-rank test by statsmodels' ``survdiff``; NaN where the variance of the statistic is zero."""
    from statsmodels.duration.survfunc import survdiff

    time = tied(time)
    if not _varies(time, event, test, stratum):
        return LogRank(math.nan, math.nan)
    chi_square = float(survdiff(time, event.astype(int), test.astype(int), strata=stratum)[0])
    return LogRank(chi_square, float(chi2.sf(chi_square, 1)))


def _varies(time: Floats, event: Bools, test: Bools, stratum: Labels) -> bool:
    """Whether some event happens in a risk set of both arms that not all leave at once."""
    for name in np.unique(stratum):
        t, e, x = time[stratum == name], event[stratum == name], test[stratum == name]
        for moment in np.unique(t[e]):
            at_risk = t >= moment
            if 0 < x[at_risk].sum() < at_risk.sum() > (e & (t == moment)).sum():
                return True
    return False
