"""A binary status of the same subjects at two times: McNemar's test and the difference of the proportions."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import bdtr

from csrbook.stats._checks import confidence_level, count
from csrbook.stats._normal import chi2_sf, z_critical

__all__ = ["McNemar", "mcnemar"]


@dataclass(frozen=True, slots=True)
class McNemar:
    """Paired proportions.

    Attributes
    ----------
    n : int
        Pairs.
    gained, lost : int
        Subjects positive at the second time only, and at the first only.
    first, second : float
        Proportions positive.
    difference, lower, upper : float
        ``second − first`` with Wald limits.
    chi2, p : float
        McNemar's test without continuity correction, 1 degree of freedom.
    p_exact : float
        Two-sided binomial p-value of the discordant pairs.
    status : str
        ``"ok"``, or why there is no test.
    """

    n: int
    gained: int
    lost: int
    first: float
    second: float
    difference: float
    lower: float
    upper: float
    chi2: float
    p: float
    p_exact: float
    confidence: float
    status: str


def mcnemar(both: int, lost: int, gained: int, neither: int, *, confidence: float = 0.95) -> McNemar:
    r"""McNemar's test of equal proportions in pairs.

    .. math:: \chi^2 = \frac{(b - c)^2}{b + c}, \qquad p_{exact} = \min\{1, 2\,P(X \le \min(b, c))\},\
        X \sim Bin(b + c, \tfrac12)

    .. math:: var(\hat p_2 - \hat p_1) = \{b + c - (c - b)^2/n\} / n^2

    with b the pairs that lost the status and c those that gained it.

    Parameters
    ----------
    both, lost, gained, neither : int
        Pairs positive at both times, at the first only, at the second only, at none.
    confidence : float

    Returns
    -------
    McNemar

    Raises
    ------
    StatisticsError
        On counts that are no whole numbers from 0.

    Notes
    -----
    Source: McNemar, Psychometrika 1947; Agresti, Categorical Data Analysis, section 11.1. SAS: ``proc freq; tables
    first*second / agree; exact mcnem``. R: ``mcnemar.test(x, correct = FALSE)``; ``binom.test(c(b, c))`` for the exact
    p-value.

    Examples
    --------
    >>> result = mcnemar(794, 150, 86, 570)
    >>> round(result.chi2, 4), round(result.difference, 4)
    (17.3559, -0.04)
    """
    a, b, c, d = (
        count(value, name) for value, name in ((both, "both"), (lost, "lost"), (gained, "gained"), (neither, "neither"))
    )
    z = z_critical(confidence_level(confidence))
    n, nan = a + b + c + d, math.nan
    if not n:
        return McNemar(0, 0, 0, nan, nan, nan, nan, nan, nan, nan, nan, confidence, "no pairs")
    difference = (c - b) / n
    half = z * math.sqrt(max(b + c - (c - b) ** 2 / n, 0.0)) / n
    if not b + c:
        tail = (nan, nan, nan, confidence, "no pair changed")
        return McNemar(n, 0, 0, (a + b) / n, (a + c) / n, 0.0, nan, nan, *tail)
    chi2 = (b - c) ** 2 / (b + c)
    exact = min(1.0, 2.0 * float(bdtr(min(b, c), b + c, 0.5)))
    return McNemar(
        n=n,
        gained=c,
        lost=b,
        first=(a + b) / n,
        second=(a + c) / n,
        difference=difference,
        lower=max(difference - half, -1.0),
        upper=min(difference + half, 1.0),
        chi2=chi2,
        p=chi2_sf(chi2, 1),
        p_exact=exact,
        confidence=confidence,
        status="ok",
    )
