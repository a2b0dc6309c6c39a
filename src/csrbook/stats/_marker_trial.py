"""The sorted data of :mod:`csrbook.stats.marker_interactions`, and its permutations block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats._interaction_newton import fit_pair
from csrbook.stats._interaction_rows import CHUNK, Columns, Layout, interaction_layout

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BLOCK", "MarkerTrial", "permute", "sorted_trial"]

# Permutations that share a stream of random numbers: a task.
BLOCK: Final = 256
# Rise of the log-likelihood, doubled, at which Newton's method stops on permuted data.
_NEAR: Final = 1e-8
# Two statistics are equal within this: a permutation that changes nothing must count.
_EQUAL: Final = 1e-6


@dataclass(frozen=True, slots=True)
class MarkerTrial:
    """Sorted data of all markers: values (0 where missing) scaled for the fit, and what is known of them."""

    layout: Layout
    z: NDArray[np.float64]
    known: NDArray[np.bool_]
    complete: NDArray[np.bool_]
    binary: NDArray[np.bool_]
    log_hr: NDArray[np.float64]

    def columns(self, which: NDArray[np.intp]) -> Columns:
        """Markers of one kind as columns."""
        known = None if bool(self.complete[which].all()) else self.known[:, which]
        return Columns(self.layout, self.z[:, which], known, binary=bool(self.binary[which[0]]))

    def permuted(self, marker: int, places: NDArray[np.intp]) -> Columns:
        """One marker with its values moved to the subjects of ``places``, shape (n, permutations)."""
        known = None if self.complete[marker] else self.known[:, marker][places]
        return Columns(self.layout, self.z[:, marker][places], known, binary=bool(self.binary[marker]))


def sorted_trial(
    t: NDArray[np.float64],
    d: NDArray[np.bool_],
    a: NDArray[np.bool_],
    codes: NDArray[np.intp],
    values: NDArray[np.float64],
    known: NDArray[np.bool_],
    two: NDArray[np.bool_],
    ties: str,
) -> tuple[MarkerTrial, NDArray[np.float64]]:
    """Sort the data; continuous markers are centred and scaled. Returned beside: the unit of each column."""
    number = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, values, 0.0)
    centre = filled.sum(axis=0) / number
    spread_of = np.sqrt((np.where(known, values - centre, 0.0) ** 2).sum(axis=0) / number)
    spread_of = np.where(spread_of > 0.0, spread_of, 1.0)
    z = np.where(two, filled, np.where(known, (values - centre) / spread_of, 0.0))
    layout = interaction_layout(t, d, a, codes, ties)
    order = layout.order
    complete: NDArray[np.bool_] = np.asarray(known.all(axis=0))
    trial = MarkerTrial(layout, z[order], known[order], complete, two, np.zeros(values.shape[1]))
    return trial, spread_of


def permute(
    trial: MarkerTrial, observed: NDArray[np.float64], order: NDArray[np.intp], seed: int, block: tuple[int, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Counts of a block: statistics not below the observed one, and successive maxima not below it."""
    number, size = block
    generator = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(number,))))
    n = len(trial.z)
    places = np.repeat(np.arange(n)[:, np.newaxis], BLOCK, axis=1)
    for cell in trial.layout.cells:
        places[cell] = generator.permuted(places[cell], axis=0)
    places = places[:, :size]
    statistic = np.empty((len(order), size))
    for row, marker in enumerate(order.tolist()):
        for first in range(0, size, CHUNK):
            piece = places[:, first : first + CHUNK]
            width = piece.shape[1]
            pair = fit_pair(trial.permuted(marker, piece), width, gain=_NEAR, arm=float(trial.log_hr[marker]))
            statistic[row, first : first + width] = pair.chi2
    limit = (observed - _EQUAL * (1.0 + observed))[:, np.newaxis]
    largest = np.maximum.accumulate(statistic[::-1], axis=0)[::-1]
    return (statistic >= limit).sum(axis=1), (largest >= limit).sum(axis=1)
