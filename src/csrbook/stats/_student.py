"""Student's t and F tails, from ``scipy.special``."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import fdtrc, stdtr, stdtrit

__all__ = ["LinearEstimate", "f_sf", "linear_estimate", "not_estimable", "t_critical", "t_two_sided_p"]


@dataclass(frozen=True, slots=True)
class LinearEstimate:
    """A linear combination of coefficients with its t interval and test against 0; NaN where ``status`` is not ok."""

    estimate: float
    se: float
    df: float
    lower: float
    upper: float
    t: float
    p: float
    confidence: float
    status: str


def t_two_sided_p(t: float, df: float) -> float:
    """2·P(T_df > |t|), NaN where t is NaN or there is no degree of freedom."""
    return math.nan if math.isnan(t) or not df > 0.0 else float(2.0 * stdtr(df, -abs(t)))


def t_critical(confidence: float, df: float) -> float:
    """Return the t quantile of a two-sided interval."""
    return float(stdtrit(df, 0.5 + confidence / 2.0)) if df > 0.0 else math.nan


def f_sf(f: float, df1: float, df2: float) -> float:
    """P(F > f), NaN where the statistic does not exist."""
    return math.nan if math.isnan(f) or df1 <= 0 or df2 <= 0 else float(fdtrc(df1, df2, f))


def linear_estimate(estimate: float, variance: float, df: float, confidence: float) -> LinearEstimate:
    """Interval and test from an estimate, its variance and its degrees of freedom."""
    if not variance > 0.0 or not df > 0.0:
        reason = "no residual degrees of freedom" if not df > 0.0 else "the estimate has no variance"
        nan = math.nan
        return LinearEstimate(estimate, nan, df, nan, nan, nan, nan, confidence, reason)
    se = math.sqrt(variance)
    half = t_critical(confidence, df) * se
    t = estimate / se
    return LinearEstimate(estimate, se, df, estimate - half, estimate + half, t, t_two_sided_p(t, df), confidence, "ok")


def not_estimable(confidence: float, status: str) -> LinearEstimate:
    """An estimate that does not exist, with the reason."""
    nan = math.nan
    return LinearEstimate(nan, nan, nan, nan, nan, nan, nan, confidence, status)
