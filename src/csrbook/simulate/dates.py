"""SAS dates (days since 1 January 1960) as numbers and as ISO 8601 text, without a clock."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["first_of_month", "first_of_year", "iso_text", "last_of_month", "sas_day"]

_EPOCH = dt.date(1960, 1, 1)
_SHIFT = 3653
"""Days from 1960-01-01 to 1970-01-01, NumPy's epoch."""


def sas_day(date: dt.date) -> int:
    """SAS date of a calendar date; 1960-01-01 is 0."""
    return (date - _EPOCH).days


def _calendar(days: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.datetime64]:
    return (np.asarray(days, dtype=np.int64) - _SHIFT).astype("datetime64[D]")


def _sas(dates: NDArray[np.datetime64]) -> NDArray[np.float64]:
    return dates.astype("datetime64[D]").astype(np.int64).astype(np.float64) + _SHIFT


def first_of_month(days: NDArray[np.float64]) -> NDArray[np.float64]:
    """First day of the month in which each (non-missing) day lies."""
    return _sas(_calendar(days).astype("datetime64[M]"))


def last_of_month(days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Last day of the month in which each (non-missing) day lies."""
    following = _calendar(days).astype("datetime64[M]").astype(np.int64) + 1
    return _sas(following.astype("datetime64[M]")) - 1.0


def first_of_year(days: NDArray[np.float64]) -> NDArray[np.float64]:
    """First day of the year in which each (non-missing) day lies."""
    return _sas(_calendar(days).astype("datetime64[Y]"))


def iso_text(days: NDArray[np.float64], precision: NDArray[np.int64] | None = None) -> NDArray[np.object_]:
    """ISO 8601 text of each day; missing days are empty.

    Parameters
    ----------
    days : array of float
        SAS dates, NaN for missing.
    precision : array of int, optional
        0 full date, 1 year and month, 2 year only.
    """
    result = np.full(len(days), "", dtype=object)
    known = np.flatnonzero(~np.isnan(days))
    if not len(known):
        return result
    low = int(days[known].min())
    span = np.arange(low, int(days[known].max()) + 1, dtype=np.int64)
    # one text a calendar day, then looked up: far fewer strings than rows
    texts = np.datetime_as_string(_calendar(span)).astype(object)
    table = np.stack(
        [texts, np.array([t[:7] for t in texts], dtype=object), np.array([t[:4] for t in texts], dtype=object)]
    )
    level = np.zeros(len(known), dtype=np.int64) if precision is None else precision[known]
    result[known] = table[level, days[known].astype(np.int64) - low]
    return result
