"""Arguments of the statistical functions, checked once and in one way.

Every function of :mod:`csrbook.stats` takes plain arrays (NumPy, lists, pandas Series). A value that no analysis could
mean (a negative time, a NaN, text where numbers belong) is refused with a :class:`~csrbook.errors.StatisticsError` that
names the argument; nothing is dropped in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from csrbook.errors import StatisticsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "binary",
    "confidence_level",
    "count",
    "count_tables",
    "encode",
    "entry_times",
    "matrix",
    "numbers",
    "numbers_or_missing",
    "one_of",
    "positive",
    "probability",
    "same_length",
    "tie_times",
    "times",
    "two_arm_times",
]

# Two times closer than this share of the mean distinct time are one time: binary fractions of days over 30.4375 or
# 365.25 can differ in the last bits although the dates are equal. The same constant as R's survival::aeqSurv.
_TIE = float(np.sqrt(np.finfo(np.float64).eps))
# Levels of a factor that are whole numbers no further apart than this are counted, not sorted.
_COUNTED = 256


def numbers(value: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return a one-dimensional array of finite float64, or raise an error that names the argument."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" and not (array.dtype.kind == "O" and array.size == 0):
        raise StatisticsError(
            f"{name} holds {array.dtype} values, not numbers", f"argument {name!r}", "give a numeric array"
        )
    if array.ndim != 1:
        raise StatisticsError(
            f"{name} has {array.ndim} dimensions, not one", f"argument {name!r}", "give one value a subject"
        )
    result = array.astype(np.float64)
    finite = np.isfinite(result)
    if not finite.all():
        bad = np.flatnonzero(~finite)
        raise StatisticsError(
            f"{name} holds {bad.size} missing or infinite value(s)",
            f"argument {name!r}, position {int(bad[0])}",
            "decide on missing values before the analysis; they are not dropped here",
        )
    return result


def numbers_or_missing(value: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return a one-dimensional array of finite float64 or NaN, for what a function leaves out and counts itself."""
    array = np.asarray(value)
    known = ~np.isnan(array) if array.ndim == 1 and array.dtype.kind == "f" else np.ones(array.shape, dtype=bool)
    result = np.full(array.shape, np.nan)
    result[known] = numbers(array[known] if array.ndim == 1 else array, name)
    return result


def times(value: ArrayLike, name: str = "time") -> NDArray[np.float64]:
    """Return finite, non-negative times, with float ties made exact (:func:`tie_times`)."""
    result = numbers(value, name)
    if result.size and result.min() < 0.0:
        negative = np.flatnonzero(result < 0.0)
        raise StatisticsError(
            f"{name} holds {negative.size} negative value(s)",
            f"argument {name!r}, position {int(negative[0])}",
            "correct the dates that the times come from",
        )
    return tie_times(result)


def entry_times(entry: ArrayLike, time: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return times and entry times, ties between them made exact; each entry must lie before its time."""
    t, e = times(time), times(entry, "entry")
    same_length(len(t), entry=e)
    both = tie_times(np.concatenate((t, e)))
    t, e = both[: len(t)], both[len(t) :]
    never = np.flatnonzero(e >= t)
    if never.size:
        position = int(never[0])
        raise StatisticsError(
            f"entry is {e[position]:g}, not before the time {t[position]:g}",
            f"argument 'entry', position {position}",
            "a subject is at risk after its entry; leave out who was never at risk",
        )
    return t, e


def tie_times(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make times that differ by rounding error only equal, so that they count as ties.

    R: ``survival::aeqSurv`` (its ``timefix``), which has an absolute tolerance of 1.5e-8 besides the relative one; this
    one is relative only, so that the unit of time does not matter.
    """
    if value.size < 2:
        return value
    ascending = np.sort(value)
    gap = ascending[1:] - ascending[:-1]
    # No mean is above the largest time: mostly nothing is as near as that.
    if not ((gap > 0.0) & (gap <= _TIE * ascending[-1])).any():
        return value
    distinct = np.append(ascending[:1], ascending[1:][gap > 0.0])
    tied = np.diff(distinct) <= _TIE * float(np.mean(distinct))
    if not bool(tied.any()):
        return value
    cuts = distinct[np.concatenate(([True], ~tied))]
    tied_values: NDArray[np.float64] = cuts[np.searchsorted(cuts, value, side="right") - 1]
    return tied_values


def binary(value: ArrayLike, name: str) -> NDArray[np.bool_]:
    """Return an array of 0 and 1 (or booleans) as booleans."""
    given = np.asarray(value)
    if given.ndim == 1 and given.dtype.kind in "biuf":
        one: NDArray[np.bool_] = given == 1
        # A missing value is neither and takes the way of every wrong one.
        if bool((one | (given == 0)).all()):
            return one
    array = numbers(given, name)
    other = np.flatnonzero((array != 0.0) & (array != 1.0))
    if other.size:
        raise StatisticsError(
            f"{name} holds the value {array[other[0]]:g}; only 0 and 1 are known",
            f"argument {name!r}, position {int(other[0])}",
            "code the values as 0 and 1",
        )
    result: NDArray[np.bool_] = array == 1.0
    return result


def two_arm_times(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the times (:func:`times`), events and arms (:func:`binary`) of a comparison, one of each a subject."""
    t = times(time)
    d = binary(event, "event")
    a = binary(arm, "arm")
    same_length(len(t), event=d, arm=a)
    return t, d, a


def encode(
    value: ArrayLike | None, name: str, n: int, levels: Sequence[Any] | None = None
) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Return codes 0..k-1 and labels of a factor (a stratum, a marker); one level where ``value`` is None.

    Text in object arrays is accepted here, since a stratum is a name; blank text and None are missing and refused. With
    ``levels`` the order is theirs, a level without subjects stays in the labels, and a value outside them is refused.
    """
    if value is None:
        return np.zeros(n, dtype=np.intp), ("",)
    array = np.asarray(value)
    if array.ndim != 1:
        raise StatisticsError(
            f"{name} has {array.ndim} dimensions, not one",
            f"argument {name!r}",
            "combine several factors to one label a subject",
        )
    same_length(n, **{name: array})
    keys: list[Any]
    if array.dtype.kind in "biuf":
        values = numbers(array, name)
        if levels is None:
            distinct, codes = _levels(values)
            return codes.astype(np.intp), tuple(f"{value:g}" for value in distinct)
        keys = [int(v) if v.is_integer() else v for v in values.tolist()]
    else:
        keys = array.tolist()
        for position, key in enumerate(keys):
            if not isinstance(key, str) or not key.strip():
                raise StatisticsError(
                    f"{name} holds {key!r}, which is no level",
                    f"argument {name!r}, position {position}",
                    "give text or a number a subject; a missing level is not dropped here",
                )
    if levels is None:
        known = sorted(set(keys))
    else:
        known = list(levels)
        unknown = [key for key in keys if key not in set(known)]
        if unknown:
            raise StatisticsError(
                f"{name} holds the unknown level {unknown[0]!r}",
                f"argument {name!r}",
                f"known levels are {known}",
            )
    index = {key: code for code, key in enumerate(known)}
    codes = np.fromiter((index[key] for key in keys), dtype=np.intp, count=len(keys))
    return codes, tuple(str(key) for key in known)


def _levels(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Distinct values in order and the place of each value among them; whole numbers near each other are counted."""
    low = values.min() if values.size else 0.0
    from_low = values - low
    if values.size and from_low.max() < _COUNTED:
        whole = from_low.astype(np.intp)
        if (whole + low == values).all():
            present = np.bincount(whole).nonzero()[0]
            place = np.empty(_COUNTED, dtype=np.intp)
            place[present] = np.arange(len(present))
            return present + low, place[whole]
    distinct, codes = np.unique(values, return_inverse=True)
    return distinct, codes.astype(np.intp)


def matrix(value: ArrayLike, name: str, n: int) -> NDArray[np.float64]:
    """Return a finite n × p float64 matrix; one column may be given as a vector."""
    array = np.asarray(value)
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2 or array.shape[0] != n:
        raise StatisticsError(
            f"{name} has shape {array.shape}, not ({n}, number of covariates)",
            f"argument {name!r}",
            "give one row a subject",
        )
    columns = [numbers(array[:, j], name) for j in range(array.shape[1])]
    return np.column_stack(columns) if columns else np.empty((n, 0))


def same_length(n: int, **arrays: Any) -> None:
    """Refuse arrays whose length is not ``n``."""
    for name, array in arrays.items():
        if len(array) != n:
            raise StatisticsError(
                f"{name} has {len(array)} values, but there are {n} subjects",
                f"argument {name!r}",
                "give one value a subject",
            )


def probability(value: float, name: str) -> float:
    """Return a number strictly between 0 and 1."""
    if not isinstance(value, (int, float, np.floating)) or isinstance(value, bool) or not 0.0 < value < 1.0:
        raise StatisticsError(
            f"{name} is {value!r}, not between 0 and 1", f"argument {name!r}", "give a number like 0.95"
        )
    return float(value)


def confidence_level(value: float) -> float:
    """Return a confidence level strictly between 0 and 1 (0.95, never 95)."""
    return probability(value, "confidence")


def one_of(value: str, name: str, allowed: tuple[str, ...]) -> str:
    """Return one of the allowed words."""
    if value not in allowed:
        raise StatisticsError(f"{name} is {value!r}", f"argument {name!r}", f"one of {', '.join(allowed)}")
    return value


def count(value: float, name: str, *, maximum: float | None = None) -> int:
    """Return a whole number from 0, not above ``maximum``."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise StatisticsError(f"{name} is {value!r}, not a count", f"argument {name!r}", "give a whole number")
    if not np.isfinite(value) or value < 0 or value != int(value):
        raise StatisticsError(f"{name} is {value!r}, not a count", f"argument {name!r}", "give a whole number from 0")
    if maximum is not None and value > maximum:
        raise StatisticsError(
            f"{name} is {value:g}, more than the {maximum:g} subjects", f"argument {name!r}", "check the denominator"
        )
    return int(value)


def positive(value: float, name: str) -> float:
    """Return a finite number above 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise StatisticsError(f"{name} is {value!r}, not a number", f"argument {name!r}", "give a number above 0")
    if not np.isfinite(value) or value <= 0:
        raise StatisticsError(f"{name} is {value!r}, not above 0", f"argument {name!r}", "give a finite number above 0")
    return float(value)


def count_tables(tables: ArrayLike, *, two_by_two: bool = False) -> NDArray[np.float64]:
    """Return contingency tables of shape (strata, rows, columns); one table may be given as a matrix."""
    x = np.asarray(tables)
    if x.dtype.kind not in "biuf":
        raise StatisticsError(f"tables hold {x.dtype} values", "argument 'tables'", "give counts")
    x = x.astype(np.float64)
    if x.ndim == 2:
        x = x[np.newaxis]
    if x.ndim != 3 or min(x.shape[1:]) < 2 or (two_by_two and x.shape[1:] != (2, 2)) or len(x) == 0:
        size = "2 rows and 2 columns" if two_by_two else "two rows and two columns or more"
        raise StatisticsError(f"tables have shape {x.shape}", "argument 'tables'", f"give tables of {size}")
    if not bool(np.isfinite(x).all()) or bool((x < 0).any()) or bool((x != np.floor(x)).any()):
        raise StatisticsError("tables hold values that are no counts", "argument 'tables'", "give whole numbers from 0")
    return x
