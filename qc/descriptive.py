"""Descriptive statistics as the plan defines them (section 8.2), and the columns and rows of a table of them.

Quartiles average the two neighbours where the product of n and the share is a whole number, and else take the next
value: R ``quantile(type = 2)``, SAS ``PCTLDEF=5``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from qc.contract import named, share, size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from csrbook.plan.models import Plan
    from qc.contract import Row

__all__ = [
    "TOTAL",
    "as_text",
    "column_rows",
    "columns",
    "count_rows",
    "describe",
    "describe_rows",
    "levels",
    "missing_rows",
    "quantile",
]

TOTAL = "TOTAL"
"""Name of the column of all arms together."""


def quantile(values: Any, share_below: float) -> float:
    """Quantile of the known values by the plan's definition; NaN where there are none."""
    known = _known(values)
    return float(np.quantile(known, share_below, method="averaged_inverted_cdf")) if len(known) else math.nan


def describe(values: Any) -> dict[str, float]:
    """``n``, ``mean``, ``sd`` (divisor n − 1), ``median``, ``q1``, ``q3``, ``min``, ``max`` of the known values.

    A statistic that too few values give is NaN. Sums are exact before their one rounding.
    """
    known = _known(values)
    n = len(known)
    mean = math.fsum(known) / n if n else math.nan
    variance = math.fsum((known - mean) ** 2) / (n - 1) if n > 1 else math.nan
    return {
        "n": float(n),
        "mean": mean,
        "sd": math.sqrt(variance),
        "median": quantile(known, 0.5),
        "q1": quantile(known, 0.25),
        "q3": quantile(known, 0.75),
        "min": float(known.min()) if n else math.nan,
        "max": float(known.max()) if n else math.nan,
    }


def _known(values: Any) -> NDArray[np.float64]:
    given = np.asarray(values, dtype=float)
    return np.compress(~np.isnan(given), given)


def as_text(values: pd.Series) -> pd.Series:
    """Levels of a variable as text, ``""`` where it is missing; a whole number has no decimal point."""
    if pd.api.types.is_numeric_dtype(values):
        return values.map(lambda value: "" if math.isnan(value) else f"{value:.15g}").astype(object)
    return values.fillna("")


def levels(values: pd.Series, declared: Iterable[str] = ()) -> list[str]:
    """Levels that the plan declares, then those that only the data hold; missing is no level."""
    found = pd.unique(as_text(values))
    return list(dict.fromkeys([*declared, *(level for level in found if level)]))


def columns(plan: Plan, adsl: pd.DataFrame, *, total: bool = True) -> dict[str, pd.Series]:
    """Who stands in each column of a table: the arms by their id and, unless unwanted, all together."""
    arms = {arm.id: adsl["ARM"].eq(arm.id) for arm in plan.study.arms}
    return {**arms, TOTAL: pd.Series(True, index=adsl.index)} if total else arms


def column_rows(plan: Plan, analysis_set: str, who: Mapping[str, pd.Series]) -> Iterator[Row]:
    """``N`` of each column."""
    for column, inside in who.items():
        yield size(plan, analysis_set, column, int(inside.sum()))


def describe_rows(
    keys: Row, values: pd.Series, who: Mapping[str, pd.Series], statistics: Callable[[Any], dict[str, float]] = describe
) -> Iterator[Row]:
    """Descriptive statistics of a variable in each column."""
    for column, inside in who.items():
        row = {"method": "Descriptive statistics", **keys, "group1_level": column}
        yield from named(row, statistics(values[inside]))


def count_rows(keys: Row, condition: pd.Series, who: Mapping[str, pd.Series]) -> Iterator[Row]:
    """Number and percentage of a column's subjects that meet a condition."""
    for column, inside in who.items():
        row = {"method": "Count and percentage", **keys, "group1_level": column}
        yield from share(row, int((condition & inside).sum()), int(inside.sum()))


def missing_rows(keys: Row, values: pd.Series, who: Mapping[str, pd.Series]) -> Iterator[Row]:
    """Number of a column's subjects without a value; no percentage."""
    missing = as_text(values).eq("")
    for column, inside in who.items():
        yield {
            **keys,
            "method": "Count",
            "group1_level": column,
            "variable_level": "MISSING",
            "stat_name": "n",
            "value": float((missing & inside).sum()),
        }
