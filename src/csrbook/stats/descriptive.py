"""Summary statistics of a continuous variable, as SAS prints them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Description", "describe", "percentile"]


@dataclass(frozen=True, slots=True)
class Description:
    """Summary of the known values; ``n_missing`` counts the NaN. NaN where a statistic does not exist."""

    n: int
    n_missing: int
    mean: float
    sd: float
    median: float
    q1: float
    q3: float
    min: float
    max: float
    status: str


def describe(x: ArrayLike) -> Description:
    """Describe a variable by its number, mean, standard deviation (n − 1), quartiles and range.

    Quartiles follow SAS's default PCTLDEF=5 (:func:`percentile`).

    Notes
    -----
    SAS: ``proc means n nmiss mean std median q1 q3 min max``. R: ``quantile(x, type = 2)`` (R's own default is type 7).

    Examples
    --------
    >>> describe([1, 2, 3, 4]).q1, describe([1, 2, 3, 4, float("nan")]).n_missing
    (1.5, 1)
    """
    values = _values(x)
    known = np.sort(values[~np.isnan(values)])
    n = len(known)
    missing = len(values) - n
    nan = math.nan
    if n == 0:
        return Description(0, missing, nan, nan, nan, nan, nan, nan, nan, "no values")
    mean = float(known.mean())
    return Description(
        n=n,
        n_missing=missing,
        mean=mean,
        sd=float(known.std(ddof=1)) if n > 1 else nan,
        median=_percentile(known, 0.5),
        q1=_percentile(known, 0.25),
        q3=_percentile(known, 0.75),
        min=float(known[0]),
        max=float(known[-1]),
        status="ok" if n > 1 else "one value: no standard deviation",
    )


def percentile(x: ArrayLike, p: float) -> float:
    """Percentile by the empirical distribution with averaging: SAS PCTLDEF=5, R ``quantile(type = 2)``.

    With n values and np = j + g: the mean of the j-th and the (j+1)-th where g is 0, else the (j+1)-th. Missing values
    (NaN) do not count.
    """
    if not 0.0 <= p <= 1.0:
        raise StatisticsError(f"p is {p!r}, not between 0 and 1", "argument 'p'", "give a share like 0.25")
    values = _values(x)
    known = np.sort(values[~np.isnan(values)])
    return _percentile(known, p) if len(known) else math.nan


def _percentile(ordered: NDArray[np.float64], p: float) -> float:
    n = len(ordered)
    position = n * p
    j = math.floor(position + 4.0 * np.finfo(np.float64).eps * n)
    exact = abs(position - j) <= 4.0 * np.finfo(np.float64).eps * n
    upper = ordered[min(j, n - 1)]
    return float((ordered[max(j - 1, 0)] + upper) / 2.0) if exact else float(upper)


def _values(x: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(x)
    if array.ndim != 1 or (array.dtype.kind not in "biuf" and array.size):
        raise StatisticsError(f"x holds {array.dtype} values", "argument 'x'", "give a numeric array of one dimension")
    values = array.astype(np.float64)
    if bool(np.isinf(values).any()):
        raise StatisticsError("x holds infinite values", "argument 'x'", "give NaN where a value is missing")
    return values
