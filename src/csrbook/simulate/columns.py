"""Columns of simulated datasets: text from codes, rows from counts, sequence numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["choose", "flag", "sequence_within", "text"]


def text(levels: Sequence[str], codes: NDArray[np.int64]) -> NDArray[np.object_]:
    """Text of each code; −1 gives blank.

    Every row points at one of a few string objects: 50,000 subjects cost eight bytes a cell.
    """
    return np.array([*levels, ""], dtype=object)[codes]


def flag(condition: NDArray[np.bool_], false: str = "") -> NDArray[np.object_]:
    """``Y`` where the condition holds, elsewhere blank (or ``N``)."""
    return np.array([false, "Y"], dtype=object)[condition.astype(np.int64)]


def choose(rng: np.random.Generator, probabilities: Sequence[float], size: int | tuple[int, ...]) -> NDArray[np.int64]:
    """Indices drawn with the given probabilities (normalised), by inversion: one uniform number a draw."""
    edges = np.cumsum(np.asarray(probabilities, dtype=np.float64))
    draws = np.searchsorted(edges[:-1] / edges[-1], rng.random(size), side="right")
    return np.asarray(draws, dtype=np.int64)


def sequence_within(subject: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sequence number 1, 2, … within each subject of rows that are sorted by subject."""
    rows = np.arange(len(subject))
    first = np.r_[True, subject[1:] != subject[:-1]] if len(subject) else np.zeros(0, dtype=bool)
    start = np.maximum.accumulate(np.where(first, rows, 0))
    return (rows - start + 1).astype(np.float64)
