"""Subpopulations of STEPP: overlapping windows over a continuous covariate, and tails that grow to the whole trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import count, numbers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Windows", "sliding_windows", "tail_windows"]


@dataclass(frozen=True, slots=True)
class Windows:
    """Closed intervals [lower, upper] of the covariate, one a subpopulation.

    Attributes
    ----------
    kind : str
        ``"sliding"`` or ``"tail-oriented"``.
    lower, upper : ndarray of float
        The smallest and the largest value of the covariate within each.
    median : ndarray of float
        Median of the covariate within each: where its estimate is drawn.
    n : ndarray of int
        Subjects in each.
    """

    kind: str
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    median: NDArray[np.float64]
    n: NDArray[np.intp]

    def member(self, covariate: ArrayLike) -> NDArray[np.bool_]:
        """Who belongs to each subpopulation, shape (subpopulations, n)."""
        z = numbers(covariate, "covariate")
        inside: NDArray[np.bool_] = (z >= self.lower[:, np.newaxis]) & (z <= self.upper[:, np.newaxis])
        return inside


def sliding_windows(covariate: ArrayLike, *, size: int, overlap: int) -> Windows:
    """Windows of about equal numbers of subjects, each sharing some with the one before.

    The first begins at the smallest value. Each ends at the smallest value that brings it to ``size`` subjects, and the
    next begins at the smallest later value that leaves it no more than ``overlap`` subjects in common. The last ends at
    the largest value and may hold fewer than ``size``. Subjects of equal value are never parted.

    Parameters
    ----------
    covariate : array_like, shape (n,)
    size : int
        Subjects in a window, at least (r2 of R's stepp, n2 in the papers).
    overlap : int
        Subjects that neighbours share, at most (r1, n1); below ``size``.

    Raises
    ------
    StatisticsError
        If ``overlap`` is not below ``size``, or ``size`` is above the number of subjects.

    Notes
    -----
    Source: Bonetti and Gelber, Stat Med 2000 and Biostatistics 2004. R: ``stepp.subpop(stepp.win(type = "sliding", r1 =
    overlap, r2 = size), cov)``. SAS: no procedure; a data step.

    Examples
    --------
    >>> w = sliding_windows([1, 2, 3, 4, 5, 6, 7], size=4, overlap=2)
    >>> w.lower.tolist(), w.upper.tolist()
    ([1.0, 3.0, 5.0], [4.0, 6.0, 7.0])
    """
    z = numbers(covariate, "covariate")
    wanted, shared = count(size, "size"), count(overlap, "overlap")
    _size(wanted, len(z), "size")
    if shared >= wanted:
        raise StatisticsError(
            f"overlap is {shared}, not below size {wanted}",
            "argument 'overlap'",
            "give fewer subjects than in a window",
        )
    distinct, number = np.unique(z, return_counts=True)
    # Subjects up to and with each distinct value, and before it.
    through = np.cumsum(number)
    before = through - number
    begin, end = [0], [int(np.searchsorted(through, wanted))]
    while end[-1] < len(distinct) - 1:
        # Subjects of the last window from a value on: its end less what comes before the value.
        first = int(np.searchsorted(-(through[end[-1]] - before), -shared))
        first = max(first, begin[-1] + 1)
        stop = min(int(np.searchsorted(through, before[first] + wanted)), len(distinct) - 1)
        begin.append(first)
        end.append(stop)
    return _windows("sliding", z, distinct[begin], distinct[end])


def tail_windows(covariate: ArrayLike, *, size: int, tails: int) -> Windows:
    """Subjects up to a value, for rising values; the whole trial in the middle; subjects from a value on.

    The first tail ends at the smallest value that brings it to ``size`` subjects. The others grow towards the whole
    trial in equal numbers of subjects, as far as equal values allow; a tail that would repeat another, or be the whole
    trial, is left out. The upper tails are the lower ones seen from above.

    Parameters
    ----------
    covariate : array_like, shape (n,)
    size : int
        Subjects in the smallest tail, at least.
    tails : int
        Tails on each side.

    Notes
    -----
    Source: Bonetti and Gelber, Stat Med 2000. R: ``stepp.win(type = "tail-oriented", r1 = , r2 = )`` with the ends of
    the lower and the beginnings of the upper tails. SAS: no procedure; a data step.

    Examples
    --------
    >>> w = tail_windows([1, 2, 3, 4, 5, 6], size=2, tails=2)
    >>> w.lower.tolist(), w.upper.tolist()
    ([1.0, 1.0, 1.0, 3.0, 5.0], [2.0, 4.0, 6.0, 6.0, 6.0])
    """
    z = numbers(covariate, "covariate")
    wanted, steps = count(size, "size"), count(tails, "tails")
    _size(wanted, len(z), "size")
    if steps < 1:
        raise StatisticsError(f"tails is {tails!r}", "argument 'tails'", "give a whole number from 1")
    low = _tail_ends(z, wanted, steps)
    high = [-value for value in _tail_ends(-z, wanted, steps)][::-1]
    smallest, largest = float(z.min()), float(z.max())
    lower = [smallest] * (len(low) + 1) + high
    upper = [*low, largest] + [largest] * len(high)
    return _windows("tail-oriented", z, np.array(lower), np.array(upper))


def _tail_ends(z: NDArray[np.float64], size: int, tails: int) -> list[float]:
    distinct, number = np.unique(z, return_counts=True)
    through = np.cumsum(number)
    # In whole numbers, so that no rounding decides on a subject.
    targets = [size + (len(z) - size) * step // tails for step in range(tails)]
    ends = sorted({int(np.searchsorted(through, target)) for target in targets})
    return [float(distinct[end]) for end in ends if end < len(distinct) - 1]


def _windows(kind: str, z: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64]) -> Windows:
    inside = [z[(z >= a) & (z <= b)] for a, b in zip(lower.tolist(), upper.tolist(), strict=True)]
    return Windows(
        kind=kind,
        lower=lower,
        upper=upper,
        median=np.array([float(np.median(part)) for part in inside]),
        n=np.array([len(part) for part in inside], dtype=np.intp),
    )


def _size(size: int, n: int, name: str) -> None:
    if not 1 <= size <= n:
        raise StatisticsError(
            f"{name} is {size}, the covariate has {n} values", f"argument {name!r}", "give a number from 1 to these"
        )
