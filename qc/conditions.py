"""Conditions of the plan, ``[variable, comparator, value]``, on the records of a dataset."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["holds", "meets"]

COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "EQ": operator.eq,
    "NE": operator.ne,
    "LT": operator.lt,
    "LE": operator.le,
    "GT": operator.gt,
    "GE": operator.ge,
    "IN": lambda column, values: column.isin(values),
    "NOTIN": lambda column, values: ~column.isin(values),
}


def meets(frame: pd.DataFrame, condition: Sequence[Any]) -> pd.Series[bool]:
    """Tell which records meet a condition; a missing number meets ``NE`` and ``NOTIN`` only."""
    variable, comparator, value = condition
    met: pd.Series[bool] = COMPARE[comparator](frame[variable], value)
    return met


def holds(
    frame: pd.DataFrame, where: Iterable[Sequence[Any]] = (), any_of: Iterable[Sequence[Any]] = ()
) -> pd.Series[bool]:
    """Tell which records meet all conditions of ``where`` and, if there are any, at least one of ``any_of``."""
    true = pd.Series(data=True, index=frame.index)
    for condition in where:
        true &= meets(frame, condition)
    alternatives = [meets(frame, condition) for condition in any_of]
    return true & pd.concat(alternatives, axis="columns").any(axis="columns") if alternatives else true
