"""Compares the numbers of two programmers by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csrbook.ard import ARD_COLUMNS, ARD_KEYS
from csrbook.compare.comparison import COLUMNS, Comparison
from csrbook.compare.numbers import Tolerance, agree, percent_difference
from csrbook.compare.printed import prints_differently
from csrbook.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

__all__ = ["compare_ards"]

NAN = float("nan")


def compare_ards(
    production: pd.DataFrame,
    qc: pd.DataFrame,
    *,
    scope: Iterable[str] | None = None,
    tolerance: Tolerance | None = None,
    by_statistic: Mapping[str, Tolerance] | None = None,
) -> Comparison:
    """Compare a QC ARD with the production ARD.

    Parameters
    ----------
    production : DataFrame
        An ARD (:data:`csrbook.ard.ARD_COLUMNS`). Rows with ``unit`` equal to ``text`` and no value are words: they
        are counted, not compared.
    qc : DataFrame
        :data:`csrbook.ard.ARD_KEYS` and ``value`` (NaN where not estimable); further columns are not read.
    scope : iterable of str, optional
        Ids of the outputs that QC claims to recompute in full. Production rows of other outputs are left out. Without
        it every output of either side is in scope.
    tolerance : Tolerance, optional
        For all statistics: relative 1e-8, absolute 1e-10 by default.
    by_statistic : mapping of str to Tolerance, optional
        For single statistics by ``stat_name``; the others keep ``tolerance``.

    Returns
    -------
    Comparison
        It raises nothing by itself; see :meth:`Comparison.require_agreement`.

    Raises
    ------
    ProgramError
        A frame lacks a key column or ``value``.
    """
    general = tolerance or Tolerance()
    special = dict(by_statistic or {})
    _require_columns(production, "production", ARD_COLUMNS)
    _require_columns(qc, "QC", (*ARD_KEYS, "value"))
    outputs = tuple(dict.fromkeys((*production["output_id"], *qc["output_id"]) if scope is None else scope))

    inside = production[production["output_id"].isin(outputs)]
    is_text = inside["unit"].eq("text") & inside["value"].isna()
    first, doubled = _by_key(inside[~is_text])
    second, doubled_in_qc = _by_key(qc)
    doubled |= doubled_in_qc

    rows = []
    for key, left in first.items():
        right = second.get(key)
        limits = special.get(key[-1], general)
        if key in doubled:
            rows.append(_row(key, "duplicated", left["value"], right["value"] if right else NAN, limits, left))
        elif right is None:
            rows.append(_row(key, "missing", left["value"], NAN, limits, left))
        else:
            same = agree(left["value"], right["value"], limits)
            rows.append(_row(key, "matched" if same else "different", left["value"], right["value"], limits, left))
    for key, right in second.items():
        if key not in first:
            verdict = "duplicated" if key in doubled else "extra"
            rows.append(_row(key, verdict, NAN, right["value"], special.get(key[-1], general), {}))
    return Comparison(
        frame=_frame(rows),
        scope=tuple(dict.fromkeys((*outputs, *(row["output_id"] for row in rows)))),
        out_of_scope=len(production) - len(inside),
        texts=int(is_text.sum()),
    )


def _require_columns(frame: pd.DataFrame, side: str, needed: Iterable[str]) -> None:
    absent = [name for name in needed if name not in frame.columns]
    if absent:
        raise ProgramError(
            f"the {side} results have no column {', '.join(absent)}",
            f"columns there: {', '.join(map(str, frame.columns))}",
            "give every key of csrbook.ard.ARD_KEYS and 'value'",
        )


def _by_key(frame: pd.DataFrame) -> tuple[dict[tuple[str, ...], dict[str, Any]], set[tuple[str, ...]]]:
    """First row of each key, and the keys that occur more than once."""
    keys = list(zip(*(frame[name].astype(str) for name in ARD_KEYS), strict=True))
    values = frame["value"].astype("float64").tolist()
    formatted = frame["formatted"].tolist() if "formatted" in frame else [""] * len(frame)
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    doubled: set[tuple[str, ...]] = set()
    for key, value, shown in zip(keys, values, formatted, strict=True):
        if key in found:
            doubled.add(key)
        else:
            found[key] = {"value": value, "formatted": shown}
    return found, doubled


def _row(
    key: tuple[str, ...], verdict: str, production: float, qc: float, limits: Tolerance, left: dict[str, Any]
) -> dict[str, Any]:
    formatted = str(left.get("formatted", ""))
    seen = None
    if verdict in {"matched", "different"}:
        seen = False if production == qc else prints_differently(production, qc, formatted)
    return {
        **dict(zip(ARD_KEYS, key, strict=True)),
        "verdict": verdict,
        "production": production,
        "qc": qc,
        "difference": 0.0 if production == qc else qc - production,
        "percent": 0.0 if production == qc else percent_difference(production, qc),
        "relative_tolerance": limits.relative,
        "absolute_tolerance": limits.absolute,
        "formatted": formatted,
        "prints_differently": {None: "", True: "yes", False: "no"}[seen],
    }


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(COLUMNS))
