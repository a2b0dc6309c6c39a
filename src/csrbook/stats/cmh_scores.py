"""Cochran–Mantel–Haenszel statistics of R × C tables over strata: general association, row mean scores, correlation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import count_tables, encode, numbers, one_of, same_length
from csrbook.stats._normal import chi2_sf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["CmhScores", "CmhTest", "cmh_scores", "cmh_scores_from_data"]

SCORES: Final = ("table", "rank", "ridit", "modridit")


@dataclass(frozen=True, slots=True)
class CmhTest:
    """A χ² statistic with its degrees of freedom; NaN where ``status`` is not ok."""

    chi2: float
    df: int
    p: float
    status: str


@dataclass(frozen=True, slots=True)
class CmhScores:
    """The three statistics.

    Attributes
    ----------
    general_association : CmhTest
        Rows and columns as names: (R − 1)(C − 1) degrees of freedom.
    row_mean_scores : CmhTest
        Columns with scores: R − 1 degrees of freedom. Modified ridits and two rows: van Elteren's test.
    correlation : CmhTest
        Rows and columns with scores: 1 degree of freedom.
    n : int
    uninformative_strata : tuple of str
        Strata that add nothing, each with its reason.
    """

    general_association: CmhTest
    row_mean_scores: CmhTest
    correlation: CmhTest
    n: int
    scores: str
    uninformative_strata: tuple[str, ...]
    status: str


def cmh_scores(
    tables: ArrayLike,
    *,
    scores: str = "table",
    row_scores: ArrayLike | None = None,
    column_scores: ArrayLike | None = None,
    labels: tuple[str, ...] | None = None,
) -> CmhScores:
    r"""Test rows against columns, controlling for strata.

    .. math:: Q = G^T V^{-1} G, \quad G = \sum_h B_h(n_h - m_h), \quad V = \sum_h B_h \frac{N_h^2}{N_h - 1}
        \big[(D_{p_{h\cdot}} - p_{h\cdot}p_{h\cdot}^T) \otimes (D_{p_{\cdot h}} - p_{\cdot h}p_{\cdot h}^T)\big] B_h^T

    Parameters
    ----------
    tables : array_like, shape (k, R, C)
        Counts of each stratum. One table may be given alone.
    scores : {"table", "rank", "ridit", "modridit"}
        ``table`` takes ``row_scores`` and ``column_scores``, or 1, 2, …; the others are made from the margins of each
        stratum: midranks, midranks over N, midranks over N + 1 (standardised midranks).
    row_scores, column_scores : array_like, optional
        For ``table`` only.
    labels : tuple of str, optional
        Names of the strata; by default their numbers from 1.

    Notes
    -----
    Source: Landis, Heyman and Koch 1978; van Elteren 1960. SAS: ``proc freq; tables s*a*y / cmh scores=modridit`` (for
    text variables SAS's table scores are 1, 2, …, for numbers their values). R: ``mantelhaen.test`` (general
    association), ``coin::cmh_test``, ``coin::lbl_test``.

    Known differences: a row or column that is empty in all strata takes no degree of freedom, as in SAS; R's
    ``mantelhaen.test`` stops there. R's ``coin::wilcox_test(y ~ a | s)`` ranks within strata without dividing by N + 1.

    Examples
    --------
    >>> result = cmh_scores([[16, 11], [5, 20]])
    >>> round(result.general_association.chi2, 4), round(result.correlation.chi2, 4)
    (8.1504, 8.1504)
    """
    x = count_tables(tables)
    one_of(scores, "scores", SCORES)
    names = labels if labels is not None else tuple(str(i + 1) for i in range(len(x)))
    same_length(len(x), labels=names)
    rows, columns = x.shape[1:]
    given = (_given(row_scores, "row_scores", rows, scores), _given(column_scores, "column_scores", columns, scores))
    per_row, per_column = x.sum(axis=2), x.sum(axis=1)
    total = per_row.sum(axis=1)
    useful = ((per_row > 0).sum(axis=1) > 1) & ((per_column > 0).sum(axis=1) > 1)
    dull = tuple(f"{names[h]}: {_why(per_row[h], per_column[h])}" for h in np.flatnonzero(~useful).tolist())
    if not useful.any():
        overall = _why(per_row.sum(axis=0), per_column.sum(axis=0))
        status = overall or "no stratum with two rows and two columns"
        none = CmhTest(math.nan, 0, math.nan, status)
        return CmhScores(none, none, none, int(total.sum()), scores, dull, status)
    use_rows, use_columns = per_row.sum(axis=0) > 0, per_column.sum(axis=0) > 0
    # All but one of the rows in use; the last follows from the others.
    row_names = np.eye(rows)[use_rows][:-1]
    column_names = np.eye(columns)[use_columns][:-1]
    sums: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for h in np.flatnonzero(useful).tolist():
        n = float(total[h])
        p, q = per_row[h] / n, per_column[h] / n
        excess = x[h] - n * np.outer(p, q)
        spread_rows, spread_columns = np.diag(p) - np.outer(p, p), np.diag(q) - np.outer(q, q)
        row_score = _scores(per_row[h], scores, given[0])[None]
        column_score = _scores(per_column[h], scores, given[1])[None]
        pairs = ((row_names, column_names), (row_names, column_score), (row_score, column_score))
        for index, (a, b) in enumerate(pairs):
            g = (a @ excess @ b.T).reshape(-1)
            v = n * n / (n - 1.0) * np.kron(a @ spread_rows @ a.T, b @ spread_columns @ b.T)
            if len(sums) <= index:
                sums.append((g, v))
            else:
                sums[index] = (sums[index][0] + g, sums[index][1] + v)
    tests = [_quadratic(g, v) for g, v in sums]
    return CmhScores(tests[0], tests[1], tests[2], int(total.sum()), scores, dull, "ok")


def cmh_scores_from_data(
    row: ArrayLike,
    column: ArrayLike,
    strata: ArrayLike | None = None,
    *,
    row_levels: Sequence[Any] | None = None,
    column_levels: Sequence[Any] | None = None,
    scores: str = "table",
    row_scores: ArrayLike | None = None,
    column_scores: ArrayLike | None = None,
) -> CmhScores:
    """:func:`cmh_scores` from one row level (arm), column level (response) and stratum a subject.

    Levels are in the order given, else sorted; give ``column_levels`` for an ordered response.
    """
    n = len(np.asarray(row))
    rows, row_labels = encode(row, "row", n, row_levels)
    columns, column_labels = encode(column, "column", n, column_levels)
    codes, labels = encode(strata, "strata", n)
    shape = (len(labels), len(row_labels), len(column_labels))
    if min(shape[1:]) < 2:
        name = "row" if shape[1] < 2 else "column"
        raise StatisticsError(f"{name} has fewer than two levels", f"argument {name!r}", "give two levels or more")
    tables = np.zeros(shape)
    np.add.at(tables, (codes, rows, columns), 1.0)
    return cmh_scores(
        tables,
        scores=scores,
        row_scores=row_scores,
        column_scores=column_scores,
        labels=labels if strata is not None else ("all",),
    )


def _given(value: ArrayLike | None, name: str, size: int, kind: str) -> NDArray[np.float64]:
    if value is None:
        return np.arange(1.0, size + 1.0)
    if kind != "table":
        raise StatisticsError(
            f"{name} and scores={kind!r} are given", f"argument {name!r}", "give scores='table' or leave it out"
        )
    scores = numbers(value, name)
    if len(scores) != size or len(np.unique(scores)) < 2:
        raise StatisticsError(
            f"{name} is {scores.tolist()}", f"argument {name!r}", f"give {size} scores that are not all the same"
        )
    return scores


def _scores(margin: NDArray[np.float64], kind: str, given: NDArray[np.float64]) -> NDArray[np.float64]:
    if kind == "table":
        return given
    midrank = np.cumsum(margin) - (margin - 1.0) / 2.0
    n = float(margin.sum())
    return np.asarray(midrank / {"rank": 1.0, "ridit": n, "modridit": n + 1.0}[kind])


def _quadratic(g: NDArray[np.float64], v: NDArray[np.float64]) -> CmhTest:
    """GᵀV⁻G with the rank of V as degrees of freedom (a row may occur only where it says nothing)."""
    diagonal = np.diagonal(v)
    keep = diagonal > 1e-12 * max(float(diagonal.max()), 1e-300)
    if not float(diagonal.max()) > 0.0:
        return CmhTest(math.nan, 0, math.nan, "the scores do not vary within strata")
    scale = np.sqrt(diagonal[keep])
    r, z = v[np.ix_(keep, keep)] / np.outer(scale, scale), g[keep] / scale
    df = int(np.linalg.matrix_rank(r, tol=1e-9 * len(r), hermitian=True))
    chi2 = float(z @ np.linalg.pinv(r, rcond=1e-9, hermitian=True) @ z)
    return CmhTest(chi2, df, chi2_sf(chi2, df), "ok")


def _why(rows: NDArray[np.float64], columns: NDArray[np.float64]) -> str:
    if not rows.any():
        return "no subjects"
    if int((rows > 0).sum()) < 2:
        return "subjects in one row only"
    return "subjects in one column only" if int((columns > 0).sum()) < 2 else ""
