"""Many two-arm Cox fits and log-rank tests at once, one a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RowFits", "Terms", "chunk", "nothing", "solve", "together"]

# Newton's steps before the rows that are left are fitted with care.
_QUICK: Final = 8
# Length of the last step: Newton doubles the digits, so that the error is far below rounding after it.
_SETTLED: Final = 1e-10
# Information above which an estimate is finite for sure, once the score is 0.
_CERTAIN: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Terms:
    """Efron's terms x1 e^β / (x1 e^β + x0) of each row's score, and the log-rank test's sums.

    Where a row has fewer terms than others it is filled with terms that say nothing (``x1`` 0, ``x0`` above 0).
    ``events_test`` counts the test arm's events, ``score`` and ``variance`` are those of the log-rank test. ``work`` is
    an array of the shape of ``x1`` to work in.
    """

    x1: NDArray[np.float64]
    x0: NDArray[np.float64]
    events_test: NDArray[np.float64]
    score: NDArray[np.float64]
    variance: NDArray[np.float64]
    work: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RowFits:
    """One value a row; NaN where the estimate is infinite or the test has no variance."""

    log_hr: NDArray[np.float64]
    se: NDArray[np.float64]
    log_rank_z: NDArray[np.float64]


def chunk(n: int) -> int:
    """Rows of ``n`` subjects to work on at a time: enough to keep NumPy busy, few enough to stay near the processor."""
    return max(1, min(64, 2**20 // max(n, 1)))


def solve(terms: Terms) -> RowFits:
    """Newton's method on all rows, from the one-step estimate of the log-rank test.

    Rows that do not settle at once, or settle where there is hardly any information, are fitted with care.
    """
    x1, x0, target, work = terms.x1, terms.x0, terms.events_test, terms.work
    # A row without an estimate may run to infinity on the way, and is then doubtful.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        beta = np.where(terms.variance > 0.0, terms.score / terms.variance, 0.0)
        z = np.where(terms.variance > 0.0, terms.score / np.sqrt(terms.variance), np.nan)
        information, unsettled = np.zeros(len(target)), np.ones(len(target), dtype=bool)
        for _ in range(_QUICK):
            score, curvature = _score(x1, x0, target, beta, work)
            # A row that has settled stays where it is, whatever rows it is together with.
            step = unsettled * (score / curvature)
            beta += step
            information = np.where(unsettled, curvature, information)
            unsettled &= ~(np.abs(step) <= _SETTLED)
            if not unsettled.any():
                break
    doubtful = np.flatnonzero(unsettled | ~(information > _CERTAIN))
    if len(doubtful):
        beta[doubtful], information[doubtful] = _careful(x1[doubtful], x0[doubtful], target[doubtful])
    return RowFits(beta, 1.0 / np.sqrt(information), z)


def _score(
    x1: NDArray[np.float64],
    x0: NDArray[np.float64],
    target: NDArray[np.float64],
    beta: NDArray[np.float64],
    work: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Score and information at β, one a row; ``work`` is overwritten."""
    np.multiply(x0, np.exp(-beta)[:, np.newaxis], out=work)
    work += x1
    np.divide(x1, work, out=work)
    mass = work.sum(axis=1)
    return target - mass, mass - np.einsum("ij,ij->i", work, work)


def _careful(
    x1: NDArray[np.float64], x0: NDArray[np.float64], target: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Estimates and informations by Newton's method within a bracket; NaN where there are none.

    The score of a row falls with β from the test arm's events less the terms with the test arm only to those events
    less the terms with the test arm at all; the estimate is finite if and only if the first is above 0 and the second
    below 0.
    """
    beta, information = np.full(len(target), np.nan), np.full(len(target), np.nan)
    only, some = np.count_nonzero(x0 <= 0.0, axis=1), np.count_nonzero(x1, axis=1)
    for row in np.flatnonzero((target - only > 0.5) & (target - some < -0.5)).tolist():
        at = slice(row, row + 1)
        b, low, high = 0.0, -np.inf, np.inf
        work = np.empty((1, x1.shape[1]))
        for _ in range(100):
            score, curvature = (float(value[0]) for value in _score(x1[at], x0[at], target[at], np.array([b]), work))
            # Without information the step is a long one.
            step = score / max(curvature, 1e-300)
            if abs(step) <= _SETTLED * max(abs(b), 1.0):
                beta[row], information[row] = b + step, curvature
                break
            low, high = (b, high) if score > 0.0 else (low, b)
            new = b + min(max(step, -2.0), 2.0)
            # A step over the bracket means that Newton's parabola is far from the curve.
            b = new if low < new < high else (low + high) / 2.0
    return beta, information


def nothing(rows: int) -> RowFits:
    """Rows without any estimate."""
    nan = np.full(rows, np.nan)
    return RowFits(nan, nan, nan)


def together(parts: list[RowFits]) -> RowFits:
    """Rows of all parts, in their order."""
    if not parts:
        return nothing(0)
    return RowFits(
        log_hr=np.concatenate([part.log_hr for part in parts]),
        se=np.concatenate([part.se for part in parts]),
        log_rank_z=np.concatenate([part.log_rank_z for part in parts]),
    )
