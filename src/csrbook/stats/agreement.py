"""Agreement of two raters: Cohen's kappa, simple and weighted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import confidence_level, encode, numbers, one_of, same_length
from csrbook.stats._normal import two_sided_p, z_critical

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Kappa", "kappa", "kappa_from_ratings"]

ROUNDING: Final = 1e-14
"""A variance no greater is a difference of equal terms: one rater gives one level only."""

WEIGHTS: Final = ("simple", "linear", "quadratic")


@dataclass(frozen=True, slots=True)
class Kappa:
    """Kappa with its limits, and the test that it is 0.

    Attributes
    ----------
    estimate, se, lower, upper : float
        The standard error is the one for limits (not that under the null hypothesis).
    se_null, z, p : float
        Standard error, statistic and two-sided p-value under the hypothesis of agreement by chance alone.
    observed, expected : float
        Agreement (weighted) that was observed, and by chance.
    """

    estimate: float
    se: float
    lower: float
    upper: float
    se_null: float
    z: float
    p: float
    observed: float
    expected: float
    n: int
    weights: str
    confidence: float
    status: str


def kappa(
    table: ArrayLike, *, weights: str = "simple", scores: ArrayLike | None = None, confidence: float = 0.95
) -> Kappa:
    r"""Cohen's kappa of a square table of two raters.

    .. math:: \hat\kappa = \frac{P_o - P_e}{1 - P_e}, \quad P_o = \sum w_{ij}p_{ij}, \quad
        P_e = \sum w_{ij}p_{i\cdot}p_{\cdot j}

    .. math:: var(\hat\kappa) = \frac{\sum p_{ij}(w_{ij} - (\bar w_{i\cdot} + \bar w_{\cdot j})(1 - \hat\kappa))^2 -
        (\hat\kappa - P_e(1 - \hat\kappa))^2}{n(1 - P_e)^2}

    Parameters
    ----------
    table : array_like, shape (k, k)
        Counts; rows the first rater, columns the second, both in the same order of categories.
    weights : {"simple", "linear", "quadratic"}
        None, Cicchetti–Allison's :math:`1 - |c_i - c_j| / (c_k - c_1)`, Fleiss–Cohen's
        :math:`1 - (c_i - c_j)^2 / (c_k - c_1)^2`.
    scores : array_like, optional
        The :math:`c_i`, ascending; by default 1, 2, …
    confidence : float

    Notes
    -----
    Source: Cohen 1960, 1968; Fleiss, Cohen and Everitt 1969. SAS: ``proc freq; tables a*b / agree(wt=ca)`` (its
    default; ``wt=fc`` for quadratic weights) prints ``se`` as ASE with the limits κ ± z ASE; ``test kappa wtkap`` adds
    ``se_null`` as the ASE under H0, Z = κ over it, and its p-values. R: ``psych::cohen.kappa``; ``vcd::Kappa`` (whose
    standard error is this one). The limits are not cut at 1. Known differences: SAS has no kappa where a category was
    used by one rater only, as its table is not square then (a zero weight keeps the category), and prints no weighted
    kappa of two categories, where it is the simple one.

    Examples
    --------
    >>> result = kappa([[20, 5], [10, 15]])
    >>> round(result.estimate, 4), round(result.observed, 2), round(result.expected, 2)
    (0.4, 0.7, 0.5)
    """
    x = _square(table)
    one_of(weights, "weights", WEIGHTS)
    z_limit = z_critical(confidence_level(confidence))
    w = _weights(len(x), weights, scores)
    n = float(x.sum())
    nan = math.nan
    if n == 0.0:
        return Kappa(nan, nan, nan, nan, nan, nan, nan, nan, nan, 0, weights, confidence, "no subjects")
    p = x / n
    row, column = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float((w * p).sum()), float(row @ w @ column)
    if not 1.0 - expected > 1e-12:
        status = "all ratings in one category"
        return Kappa(nan, nan, nan, nan, nan, nan, nan, observed, expected, int(n), weights, confidence, status)
    estimate = (observed - expected) / (1.0 - expected)
    means = (w @ column)[:, None] + (row @ w)[None, :]
    unit = n * (1.0 - expected) ** 2
    variance = float((p * (w - means * (1.0 - estimate)) ** 2).sum()) - (estimate - expected * (1.0 - estimate)) ** 2
    null = float((np.outer(row, column) * (w - means) ** 2).sum()) - expected**2
    se, se_null = (math.sqrt(v / unit) if v > ROUNDING else 0.0 for v in (variance, null))
    z = estimate / se_null if null > ROUNDING else nan
    return Kappa(
        estimate=estimate,
        se=se,
        lower=estimate - z_limit * se,
        upper=estimate + z_limit * se,
        se_null=se_null,
        z=z,
        p=two_sided_p(z),
        observed=observed,
        expected=expected,
        n=int(n),
        weights=weights,
        confidence=confidence,
        status="ok" if null > 1e-14 else "a rater used one category only",
    )


def kappa_from_ratings(
    first: ArrayLike,
    second: ArrayLike,
    *,
    levels: Sequence[Any] | None = None,
    weights: str = "simple",
    scores: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Kappa:
    """:func:`kappa` from the two ratings of each subject; give ``levels`` in order for weighted kappa."""
    a, b = np.asarray(first), np.asarray(second)
    same_length(len(a), second=b)
    if levels is None:
        # Each by itself first, so that an error names the argument at fault.
        encode(a, "first", len(a))
        encode(b, "second", len(b))
        if (a.dtype.kind in "biuf") != (b.dtype.kind in "biuf"):
            raise StatisticsError("one rating is text and one a number", "argument 'second'", "code both alike")
        levels = sorted({*a.tolist(), *b.tolist()})
    values = [int(v) if isinstance(v, float) and v.is_integer() else v for v in levels]
    one, labels = encode(a, "first", len(a), values)
    two, _ = encode(b, "second", len(a), values)
    table = np.zeros((len(labels), len(labels)))
    np.add.at(table, (one, two), 1.0)
    return kappa(table, weights=weights, scores=scores, confidence=confidence)


def _square(table: ArrayLike) -> NDArray[np.float64]:
    x = np.asarray(table)
    if x.dtype.kind not in "biuf" or x.ndim != 2 or x.shape[0] != x.shape[1] or not x.size:
        raise StatisticsError(
            f"table has shape {x.shape} and {x.dtype} values", "argument 'table'", "give a square table of counts"
        )
    x = x.astype(np.float64)
    if not bool(np.isfinite(x).all()) or bool((x < 0).any()) or bool((x != np.floor(x)).any()):
        raise StatisticsError("table holds values that are no counts", "argument 'table'", "give whole numbers from 0")
    return x


def _weights(size: int, kind: str, scores: ArrayLike | None) -> NDArray[np.float64]:
    if kind == "simple":
        if scores is not None:
            raise StatisticsError(
                "scores are given for simple kappa", "argument 'scores'", "ask for linear or quadratic weights"
            )
        return np.eye(size)
    c = np.arange(1.0, size + 1.0) if scores is None else numbers(scores, "scores")
    if len(c) != size or bool((np.diff(c) <= 0.0).any()):
        raise StatisticsError(f"scores are {c.tolist()}", "argument 'scores'", f"give {size} ascending scores")
    if size == 1:
        return np.ones((1, 1))
    distance = np.abs(c[:, None] - c[None, :]) / (c[-1] - c[0])
    return np.asarray(1.0 - (distance if kind == "linear" else distance**2))
