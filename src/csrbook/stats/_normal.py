"""Tail probabilities and quantiles, from ``scipy.special`` (``scipy.stats`` takes four times as long to import)."""

from __future__ import annotations

import math

from scipy.special import chdtrc, ndtr, ndtri

__all__ = ["chi2_sf", "normal_cdf", "normal_quantile", "two_sided_p", "z_critical"]


def normal_cdf(z: float) -> float:
    """Φ(z)."""
    return float(ndtr(z))


def normal_quantile(p: float) -> float:
    """Φ⁻¹(p)."""
    return float(ndtri(p))


def z_critical(confidence: float) -> float:
    """Return the normal quantile of a two-sided interval: 1.95996… for 0.95."""
    return float(ndtri(0.5 + confidence / 2.0))


def two_sided_p(z: float) -> float:
    """2·Φ(−|z|), NaN where z is NaN."""
    return math.nan if math.isnan(z) else float(2.0 * ndtr(-abs(z)))


def chi2_sf(chi2: float, df: float) -> float:
    """P(χ²_df > chi2), NaN where the statistic does not exist."""
    return math.nan if math.isnan(chi2) or df <= 0 else float(chdtrc(df, chi2))
