"""Difference of two proportions: Miettinen–Nurminen (plain, stratified), Newcombe, Farrington–Manning."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from csrbook.errors import StatisticsError
from csrbook.stats._checks import confidence_level, count, numbers, one_of, same_length
from csrbook.stats._normal import normal_cdf, two_sided_p, z_critical
from csrbook.stats._roots import falling_root
from csrbook.stats.proportions import wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "FarringtonManning",
    "RiskDifference",
    "farrington_manning",
    "miettinen_nurminen",
    "miettinen_nurminen_stratified",
    "newcombe",
]


@dataclass(frozen=True, slots=True)
class RiskDifference:
    """Proportion in the test arm less that in the control arm.

    ``z`` and ``p`` (two-sided) test a difference of 0 by the same method; NaN where the method has no test, or both
    arms have the same extreme proportion.
    """

    difference: float
    lower: float
    upper: float
    z: float
    p: float
    confidence: float
    method: str
    status: str


@dataclass(frozen=True, slots=True)
class FarringtonManning:
    """Score test of H0: difference ≤ margin; ``p`` is one-sided, small where the difference is above the margin."""

    difference: float
    margin: float
    z: float
    p: float
    restricted_test: float
    restricted_control: float
    status: str


def miettinen_nurminen(x1: int, n1: int, x0: int, n0: int, *, confidence: float = 0.95) -> RiskDifference:
    r"""Score limits of a risk difference, after Miettinen and Nurminen.

    The limits are the differences δ at which the score statistic

    .. math:: Z(\delta) = \frac{\hat p_1 - \hat p_0 - \delta}
        {\sqrt{\left(\tilde p_1(1-\tilde p_1)/n_1 + \tilde p_0(1-\tilde p_0)/n_0\right) N/(N-1)}}

    with the maximum likelihood estimates under :math:`p_1 - p_0 = \delta` equals the normal quantiles.

    Parameters
    ----------
    x1, n1 : int
        Responders and subjects, test arm.
    x0, n0 : int
        The same, control arm.
    confidence : float

    Notes
    -----
    Source: Miettinen and Nurminen, Stat Med 1985; without N/(N−1) it is Mee's interval. SAS: ``proc freq; tables a*y /
    riskdiff(cl=mn)``. R: ``DescTools::BinomDiffCI(method = "mn")``.

    Examples
    --------
    >>> result = miettinen_nurminen(56, 70, 48, 80)
    >>> round(result.lower, 4), round(result.upper, 4)
    (0.0528, 0.3382)
    """
    return miettinen_nurminen_stratified([x1], [n1], [x0], [n0], confidence=confidence)


def miettinen_nurminen_stratified(
    x1: ArrayLike,
    n1: ArrayLike,
    x0: ArrayLike,
    n0: ArrayLike,
    *,
    weights: str = "mantel-haenszel",
    confidence: float = 0.95,
) -> RiskDifference:
    r"""Miettinen–Nurminen limits of a common risk difference over strata.

    .. math:: Z(\delta) = \frac{\sum w_s(\hat p_{1s} - \hat p_{0s} - \delta)}{\sqrt{\sum w_s^2 \tilde V_s(\delta)}}

    with each stratum's variance restricted to the common difference and inflated by its own N/(N−1). A stratum without
    one of the arms has weight 0 and is named in the status.

    Parameters
    ----------
    x1, n1, x0, n0 : array_like of int
        Responders and subjects of the test and the control arm, one a stratum.
    weights : {"mantel-haenszel", "miettinen-nurminen"}
        :math:`w_s = n_{1s} n_{0s}/(n_{1s}+n_{0s})`, or Miettinen and Nurminen's own, which depend on δ:
        :math:`w_s = 1/\{\bar p_1(1-\bar p_1)/(\bar p_0(1-\bar p_0)\,n_{1s}) + 1/n_{0s}\}` with
        :math:`\bar p_j` the w-weighted means of the restricted estimates (iterated). ``difference`` and ``z`` use the
        same weights, at the difference itself and at 0.
    confidence : float

    Notes
    -----
    Source: Miettinen and Nurminen 1985; Greenland and Robins 1985 for the Mantel–Haenszel weights. R:
    ``ratesci::scoreci(stratified = TRUE, skew = FALSE, weighting = "MH")`` or ``"MN"``; ``lrstat::mnRiskDiffCI`` (MH).
    SAS: ``proc freq; tables s*a*y / riskdiff(common)`` gives summary score limits instead, which average the limits of
    the strata and differ in the third digit.
    """
    one_of(weights, "weights", ("mantel-haenszel", "miettinen-nurminen"))
    strata = [(a, b, c, d) for a, b, c, d in zip(*_strata(x1, n1, x0, n0), strict=True)]
    z_limit = z_critical(confidence_level(confidence))
    used = [s for s in strata if s[1] > 0 and s[3] > 0]
    empty = [str(i + 1) for i, s in enumerate(strata) if s[1] == 0 or s[3] == 0]
    nan = math.nan
    named = "Mantel-Haenszel" if weights == "mantel-haenszel" else "Miettinen-Nurminen"
    method = "Miettinen-Nurminen" if len(strata) == 1 else f"Miettinen-Nurminen, {named} weights"
    if not used:
        arm = "test" if all(s[1] == 0 for s in strata) else "control"
        return RiskDifference(nan, nan, nan, nan, nan, confidence, method, f"no subjects in the {arm} arm")
    fixed = [n1 * n0 / (n1 + n0) for _, n1, _, n0 in used]
    fixed = [w / math.fsum(fixed) for w in fixed]

    def score(delta: float) -> float:
        restricted = [restricted_estimates(*s, delta) for s in used]
        weight = fixed if weights == "mantel-haenszel" or len(used) == 1 else _own_weights(used, restricted, fixed)
        gap = math.fsum(w * (a / b - c / d) for w, (a, b, c, d) in zip(weight, used, strict=True)) - delta
        variance = math.fsum(
            w * w * (p1 * (1.0 - p1) / s[1] + p0 * (1.0 - p0) / s[3]) * _inflation(s[1] + s[3])
            for w, s, (p1, p0) in zip(weight, used, restricted, strict=True)
        )
        if variance <= 0.0:
            return 0.0 if abs(gap) < 1e-12 else math.copysign(math.inf, gap)
        return gap / math.sqrt(variance)

    difference = math.fsum(w * (a / b - c / d) for w, (a, b, c, d) in zip(fixed, used, strict=True))
    if weights != "mantel-haenszel" and len(used) > 1:
        difference = falling_root(score, 0.0, -1.0, 1.0)
    lower = falling_root(score, z_limit, -1.0, difference)
    upper = falling_root(score, -z_limit, difference, 1.0)
    z = score(0.0)
    z = z if math.isfinite(z) and any(0 < a + c < b + d for a, b, c, d in used) else nan
    status = f"no subjects in an arm of stratum {', '.join(empty)}" if empty else "ok"
    return RiskDifference(difference, lower, upper, z, two_sided_p(z), confidence, method, status)


def newcombe(x1: int, n1: int, x0: int, n0: int, *, confidence: float = 0.95) -> RiskDifference:
    r"""Newcombe's hybrid score limits of a risk difference (Wilson limits of each arm, no continuity correction).

    .. math:: \hat\delta - \sqrt{(\hat p_1 - l_1)^2 + (u_0 - \hat p_0)^2}, \quad
        \hat\delta + \sqrt{(u_1 - \hat p_1)^2 + (\hat p_0 - l_0)^2}

    Notes
    -----
    Source: Newcombe, Stat Med 1998;17:873 (method 10). SAS: ``riskdiff(cl=newcombe)``. R:
    ``DescTools::BinomDiffCI(method = "score")``.
    """
    ((a, b, c, d),) = zip(*_strata([x1], [n1], [x0], [n0]), strict=True)
    nan = math.nan
    if b == 0 or d == 0:
        arm = "test" if b == 0 else "control"
        return RiskDifference(nan, nan, nan, nan, nan, confidence, "Newcombe", f"no subjects in the {arm} arm")
    test, control = wilson(a, b, confidence=confidence), wilson(c, d, confidence=confidence)
    difference = test.estimate - control.estimate
    lower = difference - math.hypot(test.estimate - test.lower, control.upper - control.estimate)
    upper = difference + math.hypot(test.upper - test.estimate, control.estimate - control.lower)
    return RiskDifference(difference, max(lower, -1.0), min(upper, 1.0), nan, nan, confidence, "Newcombe", "ok")


def farrington_manning(x1: int, n1: int, x0: int, n0: int, *, margin: float) -> FarringtonManning:
    r"""Farrington–Manning score test of non-inferiority of a proportion.

    Tests H0: p1 − p0 ≤ margin against p1 − p0 > margin; ``margin`` is negative for non-inferiority of a good outcome.
    The variance is that of Miettinen and Nurminen without N/(N−1).

    Notes
    -----
    Source: Farrington and Manning, Stat Med 1990. SAS: ``proc freq; tables a*y / riskdiff(noninf method=fm margin=)``,
    whose margin is a positive number. R: ``gsDesign::testBinomial(x1, x0, n1, n0, delta0 = margin, adj = 0)``;
    ``DescTools::BinomDiffCI(method = "mee")`` gives the margins at which it is on its critical value.
    """
    ((a, b, c, d),) = zip(*_strata([x1], [n1], [x0], [n0]), strict=True)
    if not isinstance(margin, (int, float)) or not -1.0 < margin < 1.0:
        raise StatisticsError(f"margin is {margin!r}", "argument 'margin'", "give a difference between -1 and 1")
    nan = math.nan
    if b == 0 or d == 0:
        arm = "test" if b == 0 else "control"
        return FarringtonManning(nan, margin, nan, nan, nan, nan, f"no subjects in the {arm} arm")
    test, control = restricted_estimates(a, b, c, d, margin)
    difference = a / b - c / d
    variance = test * (1.0 - test) / b + control * (1.0 - control) / d
    if variance <= 0.0:
        return FarringtonManning(difference, margin, nan, nan, test, control, "the statistic has no variance")
    z = (difference - margin) / math.sqrt(variance)
    return FarringtonManning(difference, margin, z, normal_cdf(-z), test, control, "ok")


def restricted_estimates(x1: int, n1: int, x0: int, n0: int, delta: float) -> tuple[float, float]:
    """Maximum likelihood estimates of two proportions that differ by ``delta``.

    The root of the likelihood cubic in p0 that lies in the unit square, in trigonometric form (Miettinen and Nurminen
    1985, appendix), then polished by Newton's method on the cubic.
    """
    n = n1 + n0
    c3 = float(n)
    c2 = (n1 + 2 * n0) * delta - n - (x1 + x0)
    c1 = (n0 * delta - n - 2 * x0) * delta + x1 + x0
    c0 = x0 * delta * (1.0 - delta)
    q = (c2 / (3.0 * c3)) ** 3 - c1 * c2 / (6.0 * c3 * c3) + c0 / (2.0 * c3)
    square = (c2 / (3.0 * c3)) ** 2 - c1 / (3.0 * c3)
    p = math.copysign(math.sqrt(max(square, 0.0)), q)
    ratio = q / p**3 if p != 0.0 else 0.0
    angle = (math.pi + math.acos(min(max(ratio, -1.0), 1.0))) / 3.0
    low, high = max(0.0, -delta), min(1.0, 1.0 - delta)
    control = min(max(2.0 * p * math.cos(angle) - c2 / (3.0 * c3), low), high)
    for _ in range(3):
        slope = (3.0 * c3 * control + 2.0 * c2) * control + c1
        if abs(slope) < 1e-9:
            break
        polished = control - (((c3 * control + c2) * control + c1) * control + c0) / slope
        if not low <= polished <= high or abs(polished - control) > 1e-5:
            break
        control = polished
    # On a bound two roots meet, and only half of their digits are known.
    for bound in (low, high):
        if abs(control - bound) < 1e-6 and _likelihood(x1, n1, x0, n0, delta, bound) >= _likelihood(
            x1, n1, x0, n0, delta, control
        ):
            control = bound
    return min(max(control + delta, 0.0), 1.0), control


def _likelihood(x1: int, n1: int, x0: int, n0: int, delta: float, control: float) -> float:
    """Log-likelihood of two proportions that differ by ``delta``."""
    total = 0.0
    test = min(max(control + delta, 0.0), 1.0)
    for number, p in ((x1, test), (n1 - x1, 1.0 - test), (x0, control), (n0 - x0, 1.0 - control)):
        if number:
            total += number * math.log(p) if p > 0.0 else -math.inf
    return total


def _own_weights(
    strata: list[tuple[int, int, int, int]], restricted: list[tuple[float, float]], start: list[float]
) -> list[float]:
    """Miettinen and Nurminen's weights, iterated from the Mantel–Haenszel ones; those where an arm's mean is 0 or 1."""
    weight = start
    for _ in range(200):
        test = math.fsum(w * p1 for w, (p1, _) in zip(weight, restricted, strict=True))
        control = math.fsum(w * p0 for w, (_, p0) in zip(weight, restricted, strict=True))
        if not (0.0 < test < 1.0 and 0.0 < control < 1.0):
            return start
        ratio = test * (1.0 - test) / (control * (1.0 - control))
        new = [1.0 / (ratio / n1 + 1.0 / n0) for _, n1, _, n0 in strata]
        new = [w / math.fsum(new) for w in new]
        if max(abs(a - b) for a, b in zip(new, weight, strict=True)) < 1e-15:
            return new
        weight = new
    return weight


def _inflation(n: int) -> float:
    return n / (n - 1.0) if n > 1 else 1.0


def _strata(*columns: ArrayLike) -> tuple[list[int], list[int], list[int], list[int]]:
    """Check counts by stratum: whole numbers, responders not above their subjects."""
    names = ("x1", "n1", "x0", "n0")
    arrays: list[NDArray[np.float64]] = [numbers(c, name) for c, name in zip(columns, names, strict=True)]
    same_length(len(arrays[0]), **dict(zip(names, arrays, strict=True)))
    n1 = [count(v, "n1") for v in arrays[1].tolist()]
    n0 = [count(v, "n0") for v in arrays[3].tolist()]
    x1 = [count(v, "x1", maximum=m) for v, m in zip(arrays[0].tolist(), n1, strict=True)]
    x0 = [count(v, "x0", maximum=m) for v, m in zip(arrays[2].tolist(), n0, strict=True)]
    return x1, n1, x0, n0
