"""Interval-censored times: their arguments, Turnbull's innermost intervals, and the likelihood's maximum over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import same_length, tie_times

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Innermost", "bounds", "innermost", "mass_covariance", "npmle"]

# The maximum is reached when no mass could be moved with a gain above this share of the subjects.
_GAP: Final = 1e-11
# A mass that could be 0 within that gap (the gap grows with its square).
_NO_MASS: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Innermost:
    """Turnbull's innermost intervals (``left``, ``right``], and the run of them, first to last, within each subject's.

    An interval with ``left`` equal to ``right`` is that one time.
    """

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    first: NDArray[np.intp]
    last: NDArray[np.intp]


def bounds(left: ArrayLike, right: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return checked ends of (left, right]: left finite from 0, right at or after it, infinite where censored."""
    ends = []
    for name, value in (("left", left), ("right", right)):
        array = np.asarray(value)
        if array.ndim != 1 or not (array.dtype.kind in "biuf" or (array.dtype.kind == "O" and array.size == 0)):
            raise StatisticsError(f"{name} is no vector of numbers", f"argument {name!r}", "give one number a subject")
        ends.append(array.astype(np.float64))
    low, high = ends
    same_length(len(low), right=high)
    for name, bad, todo in (
        ("left", ~np.isfinite(low), "give 0 where the event came before the first assessment"),
        ("left", low < 0.0, "correct the dates that the times come from"),
        ("right", np.isnan(high), "give infinity where the event was not seen"),
    ):
        if bool(bad.any()):
            position = int(np.flatnonzero(bad)[0])
            value = (low if name == "left" else high)[position]
            raise StatisticsError(f"{name} holds {value:g}", f"argument {name!r}, position {position}", todo)
    finite = np.isfinite(high)
    tied = tie_times(np.concatenate((low, high[finite])))
    low, high = tied[: len(low)], high.copy()
    high[finite] = tied[len(low) :]
    reversed_ends = np.flatnonzero(low > high)
    if reversed_ends.size:
        position = int(reversed_ends[0])
        raise StatisticsError(
            f"left is {low[position]:g}, after right, which is {high[position]:g}",
            f"arguments 'left' and 'right', position {position}",
            "an event lies after the last assessment without it and not after the first with it",
        )
    return low, high


def innermost(low: NDArray[np.float64], high: NDArray[np.float64]) -> Innermost:
    """Innermost intervals: from a left end to a right end with no other end between them.

    At one time the ends come in the order: left end of an exact time, right end, left end that is not included.
    """
    rank = {value: 3 * i for i, value in enumerate(np.unique(np.concatenate((low, high))).tolist())}
    exact = low == high
    start = np.array([rank[v] for v in low.tolist()], dtype=np.int64) + np.where(exact, 0, 2)
    stop = np.array([rank[v] for v in high.tolist()], dtype=np.int64) + 1
    keys = np.concatenate((np.unique(start), np.unique(stop)))
    is_start = np.arange(len(keys)) < len(np.unique(start))
    order = np.argsort(keys, kind="stable")
    keys, is_start = keys[order], is_start[order]
    here = np.flatnonzero(is_start[:-1] & ~is_start[1:])
    opening, closing = keys[here], keys[here + 1]
    value = np.array(list(rank))
    return Innermost(
        left=value[opening // 3],
        right=value[closing // 3],
        first=np.searchsorted(opening, start, side="left"),
        last=np.searchsorted(closing, stop, side="right") - 1,
    )


def npmle(sets: Innermost, *, iterations: int = 1000) -> tuple[NDArray[np.float64], float]:
    """Mass of each innermost interval at the maximum, and the gap of the Kuhn–Tucker conditions there.

    Newton steps under the constraints (nonnegative least squares, with the line search on the likelihood), a few steps
    of self-consistency between them. With D_j the derivative of the log-likelihood in mass j, the log-likelihood is at
    most max_j D_j − n below its maximum.
    """
    from scipy.optimize import nnls

    n, m = len(sets.first), len(sets.left)
    # Subjects with the same run of intervals are one row with a weight.
    pairs, weight = np.unique(np.column_stack((sets.first, sets.last)), axis=0, return_counts=True)
    first, last = pairs[:, 0], pairs[:, 1]
    w = weight.astype(np.float64)
    column = np.arange(m)
    mass = np.full(m, 1.0 / m)
    gap = np.inf
    for _ in range(iterations):
        for _ in range(5):
            mass = mass * _gradient(mass, first, last, w) / n
            mass /= mass.sum()
        gradient = _gradient(mass, first, last, w)
        gap = float(gradient.max()) / n - 1.0
        if gap <= _GAP:
            break
        chance = _chance(mass, first, last)
        # Only intervals that have mass or would gain from some are in the step.
        free = np.flatnonzero((mass > 1e-14) | (gradient > n * (1.0 - 1e-3)))
        member = (column[free] >= first[:, np.newaxis]) & (column[free] <= last[:, np.newaxis])
        root = np.sqrt(w)
        slope = root[:, np.newaxis] * member / chance[:, np.newaxis]
        heavy = float(np.sqrt(n)) * 1e3
        target, _residual = nnls(
            np.vstack((slope, np.full(len(free), heavy))), np.concatenate((2.0 * root, [heavy])), maxiter=50 * m
        )
        aim = np.zeros(m)
        aim[free] = target / target.sum()
        mass = _line_search(mass, aim, first, last, w)
    mass[mass < 1e-13] = 0.0
    mass /= mass.sum()
    return mass, gap


def mass_covariance(sets: Innermost, mass: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Inverse of the observed information of the masses under the constraint that they sum to one.

    Intervals without mass are taken to have none (rows and columns of 0), as are those with less than the maximum is
    known to; None where the information is singular, so that the masses are not unique.
    """
    some = np.flatnonzero(mass > _NO_MASS)
    member = (some >= sets.first[:, np.newaxis]) & (some <= sets.last[:, np.newaxis])
    slope = member / _chance(mass, sets.first, sets.last)[:, np.newaxis]
    # The last mass is one less the others.
    free = np.vstack((np.eye(len(some) - 1), -np.ones((1, len(some) - 1))))
    information = (slope @ free).T @ (slope @ free)
    size = np.sqrt(np.diag(information))
    result = np.zeros((len(mass), len(mass)))
    if not len(size):
        return result
    if not bool((size > 0.0).all()):
        return None
    scaled = information / np.outer(size, size)
    if float(np.linalg.eigvalsh(scaled)[0]) < 1e-10:
        return None
    result[np.ix_(some, some)] = free @ (np.linalg.inv(scaled) / np.outer(size, size)) @ free.T
    return result


def _chance(mass: NDArray[np.float64], first: NDArray[np.intp], last: NDArray[np.intp]) -> NDArray[np.float64]:
    total = np.concatenate(([0.0], np.cumsum(mass)))
    result: NDArray[np.float64] = np.maximum(total[last + 1] - total[first], 1e-300)
    return result


def _gradient(
    mass: NDArray[np.float64], first: NDArray[np.intp], last: NDArray[np.intp], w: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Σ over the subjects that may lie in interval j of 1 / their chance."""
    share = w / _chance(mass, first, last)
    m = len(mass)
    step = np.bincount(first, weights=share, minlength=m + 1) - np.bincount(last + 1, weights=share, minlength=m + 1)
    result: NDArray[np.float64] = np.cumsum(step)[:m]
    return result


def _line_search(
    mass: NDArray[np.float64],
    aim: NDArray[np.float64],
    first: NDArray[np.intp],
    last: NDArray[np.intp],
    w: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Halve the step towards ``aim`` until the likelihood does not fall."""
    start = float(w @ np.log(_chance(mass, first, last)))
    part = 1.0
    for _ in range(40):
        trial = (1.0 - part) * mass + part * aim
        if float(w @ np.log(_chance(trial, first, last))) >= start:
            return trial
        part /= 2.0
    return mass
