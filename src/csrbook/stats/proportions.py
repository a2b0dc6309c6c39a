"""Proportions: Clopper–Pearson and Wilson limits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import betaincinv

from csrbook.stats._checks import confidence_level, count
from csrbook.stats._normal import z_critical

__all__ = ["Proportion", "clopper_pearson", "wilson"]


@dataclass(frozen=True, slots=True)
class Proportion:
    """x of n, with limits at level ``confidence``; NaN where n is 0."""

    x: int
    n: int
    estimate: float
    lower: float
    upper: float
    confidence: float
    method: str
    status: str


def clopper_pearson(x: int, n: int, *, confidence: float = 0.95) -> Proportion:
    r"""Exact (Clopper–Pearson) limits of a proportion.

    The lower limit is the α/2 quantile of Beta(x, n−x+1), the upper one the 1−α/2 quantile of Beta(x+1, n−x).

    Notes
    -----
    Source: Clopper and Pearson, Biometrika 1934. SAS: ``proc freq; tables y / binomial(exact)``. R: ``binom.test``.

    Examples
    --------
    >>> limits = clopper_pearson(10, 100)
    >>> round(limits.lower, 6), round(limits.upper, 6)
    (0.049005, 0.176223)
    """
    total, events = _counts(x, n)
    half = (1.0 - confidence_level(confidence)) / 2.0
    if total == 0:
        return Proportion(0, 0, math.nan, math.nan, math.nan, confidence, "Clopper-Pearson", "no subjects")
    lower = 0.0 if events == 0 else float(betaincinv(events, total - events + 1, half))
    upper = 1.0 if events == total else float(betaincinv(events + 1, total - events, 1.0 - half))
    return Proportion(events, total, events / total, lower, upper, confidence, "Clopper-Pearson", "ok")


def wilson(x: int, n: int, *, confidence: float = 0.95) -> Proportion:
    r"""Wilson's score limits of a proportion, without continuity correction.

    .. math:: \frac{2x + z^2 \mp z\sqrt{z^2 + 4x(1 - x/n)}}{2(n + z^2)}

    Notes
    -----
    Source: Wilson, JASA 1927; Newcombe, Stat Med 1998 (method 3). SAS: ``proc freq; tables y / binomial(wilson)``.
    R: ``prop.test(x, n, correct = FALSE)``.
    """
    total, events = _counts(x, n)
    z = z_critical(confidence_level(confidence))
    if total == 0:
        return Proportion(0, 0, math.nan, math.nan, math.nan, confidence, "Wilson", "no subjects")
    centre = 2.0 * events + z * z
    spread = z * math.sqrt(z * z + 4.0 * events * (1.0 - events / total))
    size = 2.0 * (total + z * z)
    lower = 0.0 if events == 0 else (centre - spread) / size
    upper = 1.0 if events == total else (centre + spread) / size
    return Proportion(events, total, events / total, lower, upper, confidence, "Wilson", "ok")


def _counts(x: int, n: int) -> tuple[int, int]:
    total = count(n, "n")
    return total, count(x, "x", maximum=total)
