"""Two looks of a group-sequential test: spending functions, boundaries, conditional power."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["boundaries", "conditional_power"]

SPENDING: dict[str, Callable[[float, float], float]] = {
    "obrien-fleming": lambda t, alpha: 2.0 * float(norm.sf(norm.isf(alpha / 2.0) / math.sqrt(t))),
    "pocock": lambda t, alpha: alpha * math.log1p((math.e - 1.0) * t),
}
"""One-sided level spent up to an information fraction (Lan and DeMets 1983)."""


def boundaries(kind: str, fraction: float, alpha: float) -> dict[str, tuple[float, float]]:
    """Level spent up to the look and to the end, each with the boundary of its statistic.

    Parameters
    ----------
    kind : str
        Name of the spending function.
    fraction : float
        Information fraction of the look; the boundaries are NaN unless it lies between 0 and 1.
    alpha : float
        One-sided level.

    Notes
    -----
    The statistics are normal with correlation ``sqrt(fraction)``; given the first, the final one is normal with that
    times the first as its mean. The final boundary ``c`` solves ``P(Z1 < first, Z2 >= c) = alpha - spent``.
    """
    if not 0.0 < fraction < 1.0:
        return dict.fromkeys(("LOOK", "FINAL"), (math.nan, math.nan))
    spent = SPENDING[kind](fraction, alpha)
    first = float(norm.isf(spent))
    correlation, rest = math.sqrt(fraction), math.sqrt(1.0 - fraction)

    def left_over(c: float) -> float:
        def density(z: float) -> float:
            return float(norm.pdf(z) * norm.sf((c - correlation * z) / rest))

        return float(quad(density, -np.inf, first, epsabs=1e-15, epsrel=1e-13, limit=200)[0]) - (alpha - spent)

    start = float(norm.isf(alpha))
    final = float(brentq(left_over, start - 0.5, start + 5.0, xtol=1e-14, rtol=1e-14))
    return {"LOOK": (spent, first), "FINAL": (SPENDING[kind](1.0, alpha), final)}


def conditional_power(b: float, fraction: float, drift: float, critical: float) -> float:
    """Probability that the final statistic is at least ``critical``, given ``B(fraction) = b``."""
    if math.isnan(b):
        return math.nan
    return float(norm.sf((critical - b - drift * (1.0 - fraction)) / math.sqrt(1.0 - fraction)))
