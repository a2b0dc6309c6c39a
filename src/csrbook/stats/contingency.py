"""Two-by-two tables over strata: Cochran–Mantel–Haenszel, pooled odds ratio, risk ratio and risk difference, Fisher."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, confidence_level, count_tables, encode, same_length
from csrbook.stats._normal import chi2_sf, z_critical

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Cmh", "Estimate", "Fisher", "cmh", "cmh_from_data", "fisher_exact", "two_by_two"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with its limits; ``se`` is on the scale of the limits' symmetry (the log for ratios)."""

    estimate: float
    lower: float
    upper: float
    se: float
    status: str


@dataclass(frozen=True, slots=True)
class Cmh:
    """Cochran–Mantel–Haenszel analysis of k two-by-two tables.

    Attributes
    ----------
    chi2, p : float
        Test of conditional independence (1 df, without continuity correction unless asked for).
    odds_ratio, lower, upper : float
        Mantel–Haenszel odds ratio with limits by Robins, Breslow and Greenland.
    risk_ratio, risk_difference : Estimate
        Mantel–Haenszel risk ratio (Greenland–Robins) and risk difference (Sato).
    breslow_day, breslow_day_p : float
        Test of homogeneous odds ratios (k − 1 df over the strata with information), and with Tarone's correction:
    breslow_day_tarone, breslow_day_tarone_p : float
    breslow_day_df : int
    n : int
    uninformative_strata : tuple of str
        Strata without one of the arms, or without any or without other than events.
    status : str
    """

    chi2: float
    p: float
    odds_ratio: float
    lower: float
    upper: float
    risk_ratio: Estimate
    risk_difference: Estimate
    breslow_day: float
    breslow_day_p: float
    breslow_day_tarone: float
    breslow_day_tarone_p: float
    breslow_day_df: int
    n: int
    uninformative_strata: tuple[str, ...]
    confidence: float
    status: str


@dataclass(frozen=True, slots=True)
class Fisher:
    """Fisher's exact test of a two-by-two table (two-sided p-value; sample odds ratio)."""

    p: float
    odds_ratio: float
    status: str


def cmh(
    tables: ArrayLike, *, confidence: float = 0.95, correct: bool = False, labels: tuple[str, ...] | None = None
) -> Cmh:
    r"""Cochran–Mantel–Haenszel test and pooled effects over strata.

    .. math:: \chi^2 = \frac{(\sum_s (a_s - n_{1s} m_{1s}/N_s))^2}
        {\sum_s n_{1s} n_{0s} m_{1s} m_{0s} / (N_s^2 (N_s - 1))}, \qquad
        OR = \frac{\sum a_s d_s / N_s}{\sum b_s c_s / N_s}

    Parameters
    ----------
    tables : array_like, shape (k, 2, 2)
        For each stratum rows test, control and columns event, no event. One table may be given alone.
    confidence : float
    correct : bool
        Take 1/2 off the absolute deviation where it is at least 1/2 (R's default and R's rule; SAS has none).
    labels : tuple of str, optional
        Names of the strata; by default their numbers from 1.

    Notes
    -----
    Source: Mantel and Haenszel 1959; Robins, Breslow and Greenland 1986; Greenland and Robins 1985; Sato 1989; Breslow
    and Day 1980; Tarone 1985. SAS: ``proc freq; tables s*a*y / cmh riskdiff(common)``. R:
    ``mantelhaen.test(x, correct = FALSE)``, ``DescTools::BreslowDayTest``.
    """
    x = count_tables(tables, two_by_two=True)
    confidence_level(confidence)
    names = labels if labels is not None else tuple(str(i + 1) for i in range(len(x)))
    same_length(len(x), labels=names)
    a, b, c, d = x[:, 0, 0], x[:, 0, 1], x[:, 1, 0], x[:, 1, 1]
    n1, n0, m1, m0 = a + b, c + d, a + c, b + d
    total = n1 + n0
    useful = (n1 > 0) & (n0 > 0) & (m1 > 0) & (m0 > 0)
    nan = math.nan
    none = Estimate(nan, nan, nan, nan, "not estimable")
    z = z_critical(confidence)
    chi2 = odds = lower = upper = nan
    status = "ok" if bool(useful.any()) else _why(n1, n0, m1, m0)
    if status == "ok":
        k = useful
        deviation = abs(float((a[k] - n1[k] * m1[k] / total[k]).sum()))
        variance = float((n1 * n0 * m1 * m0)[k] @ (1.0 / (total[k] ** 2 * (total[k] - 1.0))))
        chi2 = (deviation - (0.5 if correct and deviation >= 0.5 else 0.0)) ** 2 / variance
        odds, lower, upper = _odds_ratio(x[k], z)
    both = (n1 > 0) & (n0 > 0)
    df = int(useful.sum()) - 1
    day, tarone = _breslow_day(x[useful], odds) if df > 0 and 0.0 < odds < math.inf else (nan, nan)
    return Cmh(
        chi2=chi2,
        p=chi2_sf(chi2, 1),
        odds_ratio=odds,
        lower=lower,
        upper=upper,
        risk_ratio=_risk_ratio(x[both], z) if bool(both.any()) else none,
        risk_difference=_risk_difference(x[both], z) if bool(both.any()) else none,
        breslow_day=day,
        breslow_day_p=chi2_sf(day, df),
        breslow_day_tarone=tarone,
        breslow_day_tarone_p=chi2_sf(tarone, df),
        breslow_day_df=max(df, 0),
        n=int(total.sum()),
        uninformative_strata=tuple(
            f"{names[i]}: {_why(n1[i : i + 1], n0[i : i + 1], m1[i : i + 1], m0[i : i + 1])}"
            for i in np.flatnonzero(~useful).tolist()
        ),
        confidence=confidence,
        status=status,
    )


def cmh_from_data(
    response: ArrayLike, arm: ArrayLike, strata: ArrayLike | None = None, *, confidence: float = 0.95
) -> Cmh:
    """:func:`cmh` from one response (0/1), arm (1 test, 0 control) and stratum a subject."""
    tables, labels = two_by_two(response, arm, strata)
    return cmh(tables, confidence=confidence, labels=labels)


def two_by_two(
    response: ArrayLike, arm: ArrayLike, strata: ArrayLike | None = None
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Tables (k, 2, 2) of arm (test, control) by response (yes, no) and the names of the strata.

    Notes
    -----
    SAS: ``proc freq; tables s*a*y;``. R: ``table(arm, response, strata)``.
    """
    y = binary(response, "response")
    a = binary(arm, "arm")
    same_length(len(y), arm=a)
    codes, labels = encode(strata, "strata", len(y))
    cell = codes * 4 + np.where(a, 0, 2) + np.where(y, 0, 1)
    tables = np.bincount(cell, minlength=4 * len(labels)).reshape(len(labels), 2, 2).astype(np.float64)
    return tables, labels if strata is not None else ("all",)


def fisher_exact(table: ArrayLike) -> Fisher:
    """Fisher's exact test of a two-by-two table, two-sided by the sum of the probabilities not above the observed one.

    Source: Fisher 1935. SAS: ``proc freq; exact fisher``. R: ``fisher.test`` (whose odds ratio is the conditional one).
    """
    x = count_tables(table, two_by_two=True)
    if len(x) != 1:
        raise StatisticsError(f"table has {len(x)} strata", "argument 'table'", "give one two-by-two table")
    (a, b), (c, d) = x[0].tolist()
    if a + b == 0 or c + d == 0:
        return Fisher(math.nan, math.nan, f"no subjects in the {'test' if a + b == 0 else 'control'} arm")
    from scipy.stats import fisher_exact as exact  # slow to import, and the main path never needs it

    p = float(exact(x[0].astype(np.int64)).pvalue)
    odds = a * d / (b * c) if b * c > 0 else (math.inf if a * d > 0 else math.nan)
    return Fisher(p, odds, "ok")


def _why(n1: NDArray[np.float64], n0: NDArray[np.float64], m1: NDArray[np.float64], m0: NDArray[np.float64]) -> str:
    if not n1.any() and not n0.any():
        return "no subjects"
    if not n1.any() or not n0.any():
        return f"no subjects in the {'test' if not n1.any() else 'control'} arm"
    if not m1.any() or not m0.any():
        return "no events" if not m1.any() else "events in all subjects"
    return "no stratum with both arms and both outcomes"


def _odds_ratio(x: NDArray[np.float64], z: float) -> tuple[float, float, float]:
    """Mantel–Haenszel odds ratio, limits by the variance of Robins, Breslow and Greenland."""
    a, b, c, d = x[:, 0, 0], x[:, 0, 1], x[:, 1, 0], x[:, 1, 1]
    n = a + b + c + d
    p, q, r, s = (a + d) / n, (b + c) / n, a * d / n, b * c / n
    top, bottom = float(r.sum()), float(s.sum())
    if top == 0.0 or bottom == 0.0:
        return (math.inf if top > 0.0 else (0.0 if bottom > 0.0 else math.nan)), math.nan, math.nan
    variance = (
        float(p @ r) / (2.0 * top * top)
        + float(p @ s + q @ r) / (2.0 * top * bottom)
        + float(q @ s) / (2.0 * bottom * bottom)
    )
    half = z * math.sqrt(variance)
    odds = top / bottom
    return odds, odds * math.exp(-half), odds * math.exp(half)


def _risk_ratio(x: NDArray[np.float64], z: float) -> Estimate:
    """Mantel–Haenszel risk ratio, variance by Greenland and Robins."""
    a, c = x[:, 0, 0], x[:, 1, 0]
    n1, n0 = x[:, 0].sum(axis=1), x[:, 1].sum(axis=1)
    n = n1 + n0
    top, bottom = float((a * n0 / n).sum()), float((c * n1 / n).sum())
    if top == 0.0 or bottom == 0.0:
        ratio = math.inf if top > 0.0 else (0.0 if bottom > 0.0 else math.nan)
        return Estimate(ratio, math.nan, math.nan, math.nan, "no events in an arm")
    se = math.sqrt(float(((n1 * n0 * (a + c) - a * c * n) / n**2).sum()) / (top * bottom))
    ratio = top / bottom
    return Estimate(ratio, ratio * math.exp(-z * se), ratio * math.exp(z * se), se, "ok")


def _risk_difference(x: NDArray[np.float64], z: float) -> Estimate:
    """Mantel–Haenszel risk difference, variance by Sato (consistent for few large and for many small strata)."""
    a, c = x[:, 0, 0], x[:, 1, 0]
    n1, n0 = x[:, 0].sum(axis=1), x[:, 1].sum(axis=1)
    n = n1 + n0
    weight = float((n1 * n0 / n).sum())
    difference = float(((a * n0 - c * n1) / n).sum()) / weight
    p = (n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2.0) / n**2
    q = (a * (n0 - c) + c * (n1 - a)) / (2.0 * n)
    variance = (difference * float(p.sum()) + float(q.sum())) / weight**2
    if not variance > 0.0:
        return Estimate(difference, math.nan, math.nan, math.nan, "the estimate has no variance")
    se = math.sqrt(variance)
    return Estimate(difference, difference - z * se, difference + z * se, se, "ok")


def _breslow_day(x: NDArray[np.float64], odds: float) -> tuple[float, float]:
    """Breslow–Day statistic and the same with Tarone's correction."""
    a, n1, n0 = x[:, 0, 0], x[:, 0].sum(axis=1), x[:, 1].sum(axis=1)
    m1 = x[:, :, 0].sum(axis=1)
    # Expected count e: e (n0 − m1 + e) = odds (n1 − e)(m1 − e).
    second, first, constant = 1.0 - odds, n0 - m1 + odds * (n1 + m1), -odds * n1 * m1
    root = np.sqrt(np.maximum(first**2 - 4.0 * second * constant, 0.0))
    # This form of the root is stable at odds = 1, and is the one that lies between the bounds.
    e = -2.0 * constant / (first + root)
    with np.errstate(divide="ignore"):
        variance = 1.0 / (1.0 / e + 1.0 / (n1 - e) + 1.0 / (m1 - e) + 1.0 / (n0 - m1 + e))
    statistic = float(((a - e) ** 2 / variance).sum())
    return statistic, statistic - float((a - e).sum()) ** 2 / float(variance.sum())
