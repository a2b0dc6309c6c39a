"""Cox models arm + marker + arm × marker for many markers, or many permutations of one, a column each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

__all__ = ["CHUNK", "Columns", "Layout", "Sums", "interaction_layout"]

# Columns worked on at a time: the arrays of a few hundred subjects stay in the processor's cache.
CHUNK: Final = 64


@dataclass(frozen=True, slots=True)
class Layout:
    """An order of the subjects, and what the terms of the likelihood (the events) need of them.

    The control arm's rows come first. Within an arm the rows hold the longest time of each stratum, then the second
    longest of each, and so on, strata with more subjects first: running sums over all strata at once are then one
    addition of neighbouring rows a rank.

    Attributes
    ----------
    order : ndarray of int
        Subject of each row.
    cells : tuple of ndarray
        Rows of each arm × stratum.
    rows : tuple of (int, int)
        Begin and end of the control arm's and the test arm's rows.
    ranks : tuple of tuple of int
        For each arm, where its second, third, ... ranks begin, counted from its first row.
    last : tuple of ndarray
        For each arm and term, the row of the last subject of the arm at risk, counted from the arm's first; one past
        the end where none is.
    own : tuple of ndarray
        For each arm and term, the row of the event itself; one past the end in the other arm.
    tied, tied_start, tied_group : ndarray of int
        Terms of event times with more than one, where among them each such time begins, and its number.
    efron : bool
    """

    order: NDArray[np.intp]
    cells: tuple[NDArray[np.intp], ...]
    rows: tuple[tuple[int, int], tuple[int, int]]
    ranks: tuple[tuple[int, ...], tuple[int, ...]]
    last: tuple[NDArray[np.intp], NDArray[np.intp]]
    own: tuple[NDArray[np.intp], NDArray[np.intp]]
    tied: NDArray[np.intp]
    tied_start: NDArray[np.intp]
    tied_group: NDArray[np.intp]
    efron: bool

    @property
    def terms(self) -> int:
        """Number of events."""
        return len(self.last[0])


def interaction_layout(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    arm: NDArray[np.bool_],
    codes: NDArray[np.intp],
    ties: str,
) -> Layout:
    """Sort once for all columns. At least one event is needed."""
    events = np.flatnonzero(event)
    events = events[np.lexsort((arm[events], -time[events], codes[events]))]
    control = int((~arm).sum())
    rows = ((0, control), (control, len(time)))
    order, ranks, last, own, cells = [], [], [], [], []
    for side, (start, end) in zip((False, True), rows, strict=True):
        mine = np.flatnonzero(arm == side)
        mine = mine[np.lexsort((-time[mine], codes[mine]))]
        first = np.searchsorted(codes[mine], codes[mine], side="left")
        rank = np.arange(len(mine)) - first
        size = np.bincount(codes[mine], minlength=int(codes.max()) + 1)
        arranged = np.lexsort((codes[mine], -size[codes[mine]], rank))
        row_of = np.empty(len(mine) + 1, dtype=np.intp)
        row_of[arranged], row_of[-1] = np.arange(len(mine)), len(mine)
        # Position by (stratum, falling time) of the last subject of the arm who is still at risk at each term.
        place = np.full(len(events), end - start, dtype=np.intp)
        for level in np.unique(codes[mine]).tolist():
            here = np.flatnonzero(codes[mine] == level)
            cells.append(start + row_of[here])
            at = np.flatnonzero(codes[events] == level)
            count = np.searchsorted(-time[mine[here]], -time[events[at]], side="right")
            place[at] = np.where(count > 0, here[0] + count - 1, end - start)
        position = np.full(len(time), end - start, dtype=np.intp)
        position[mine] = np.arange(len(mine))
        order.append(mine[arranged])
        ranks.append(tuple((1 + np.flatnonzero(np.diff(rank[arranged]))).tolist()))
        last.append(row_of[place])
        own.append(row_of[position[events]])
    new = np.concatenate(([True], (np.diff(time[events]) != 0.0) | (np.diff(codes[events]) != 0)))
    group = np.cumsum(new) - 1
    tied = np.flatnonzero(np.bincount(group)[group] > 1)
    start_of = np.concatenate(([True], np.diff(group[tied]) != 0)) if len(tied) else np.empty(0, dtype=bool)
    return Layout(
        order=np.concatenate(order),
        cells=tuple(cells),
        rows=rows,
        ranks=(ranks[0], ranks[1]),
        last=(last[0], last[1]),
        own=(own[0], own[1]),
        tied=tied,
        tied_start=np.flatnonzero(start_of),
        tied_group=np.cumsum(start_of) - 1,
        efron=ties == "efron",
    )


@dataclass(frozen=True, slots=True)
class Sums:
    """Log-likelihood (columns), score (columns, 3) and information (columns, 3, 3) in α, γ₀, γ₁.

    α is the arm's log hazard ratio at marker 0, γ₀ and γ₁ the slopes of the marker in the control and the test arm; the
    interaction is γ₁ − γ₀.
    """

    loglik: Array
    score: Array
    information: Array


class Columns:
    """Markers (or permutations) in columns, rows sorted as the layout has them.

    Parameters
    ----------
    layout : Layout
    z : ndarray, shape (n, columns)
        Values; 0 where missing.
    known : ndarray of bool, shape (n, columns), optional
        Where a value is known; a subject without one is in no risk set of that column. None: all are known.
    binary : bool
        All values are 0 or 1: then the risk sets are counted once, in four cells.
    """

    __slots__ = ("_cells", "_known", "_layout", "_present", "_share", "_sums", "_work", "_z", "binary")

    def __init__(self, layout: Layout, z: Array, known: NDArray[np.bool_] | None, *, binary: bool) -> None:
        self._layout, self._z, self._known, self.binary = layout, z, known, binary
        # Where every value is known one column of ones says who is at risk for all.
        ones = np.ones((len(z), 1)) if known is None else known.astype(np.float64)
        self._present = None if known is None else self._of_events(ones, 0) + self._of_events(ones, 1)
        self._share = self._shares(np.ones((layout.terms, 1)) if self._present is None else self._present)
        self._sums = np.empty((z.shape[1], 3))
        self._sums[:, 0] = self._of_events(ones, 1).sum(axis=0)
        self._sums[:, 1] = self._of_events(z, 0).sum(axis=0)
        self._sums[:, 2] = self._of_events(z, 1).sum(axis=0)
        self._cells: tuple[tuple[Array, Array], ...] = ()
        # Kept from one evaluation to the next: large new arrays cost more than what is computed in them.
        self._work: tuple[tuple[Array, Array], ...] = ()
        if binary:
            self._cells = tuple(self._four_cells(ones, side) for side in (0, 1))
        else:
            self._work = tuple(
                (np.zeros((end - start + 1, 3, z.shape[1])), np.empty((layout.terms, 3, z.shape[1])))
                for start, end in layout.rows
            )

    def take(self, keep: NDArray[np.intp]) -> Columns:
        """Some of the columns."""
        known = None if self._known is None else self._known[:, keep]
        return Columns(self._layout, self._z[:, keep], known, binary=self.binary)

    def evaluate(self, theta: Array) -> Sums:
        """Likelihood of each column at its (α, γ₀, γ₁), ``theta`` of shape (columns, 3)."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            alpha, slope0, slope1 = np.ascontiguousarray(theta.T)
            if self.binary:
                (plain0, marked0), (plain1, marked1) = self._cells
                mean0, mean1 = marked0 * np.exp(slope0), marked1 * np.exp(alpha + slope1)
                mean_arm = plain1 * np.exp(alpha)
                mean_arm += mean1
                denominator = plain0 + mean0
            else:
                control, test = self._moments(0, slope0, None), self._moments(1, slope1, alpha)
                mean0, mean_arm, mean1 = control[:, 1], test[:, 0], test[:, 1]
                denominator = control[:, 0].copy()
            denominator += mean_arm
            if self._present is not None:
                # A term whose event has no value of the marker does not exist: log 1 = 0, and no share in any mean.
                denominator = np.where(self._present > 0.0, denominator, 1.0)
            inverse = 1.0 / denominator if self._present is None else self._present / denominator
            if self.binary:
                for mean in (mean_arm, mean0, mean1):
                    mean *= inverse
                total = np.column_stack([mean_arm.sum(axis=0), mean0.sum(axis=0), mean1.sum(axis=0)])
                square0, square1 = total[:, 1], total[:, 2]
            else:
                for part in (control, test):
                    part *= inverse[:, np.newaxis, :]
                (_, sum0, square0), (sum_arm, sum1, square1) = control.sum(axis=0), test.sum(axis=0)
                total = np.column_stack([sum_arm, sum0, sum1])
            information = np.empty((len(alpha), 3, 3))
            information[:, 0, 0] = total[:, 0] - _dot(mean_arm, mean_arm)
            information[:, 0, 1] = information[:, 1, 0] = -_dot(mean_arm, mean0)
            information[:, 0, 2] = information[:, 2, 0] = total[:, 2] - _dot(mean_arm, mean1)
            information[:, 1, 1] = square0 - _dot(mean0, mean0)
            information[:, 1, 2] = information[:, 2, 1] = -_dot(mean0, mean1)
            information[:, 2, 2] = square1 - _dot(mean1, mean1)
            loglik = np.einsum("ij,ij->i", theta, self._sums) - np.log(denominator).sum(axis=0)
            return Sums(loglik, self._sums - total, information)

    def _four_cells(self, ones: Array, side: int) -> tuple[Array, Array]:
        """Subjects at risk in an arm at each term with marker 0 and with marker 1, less Efron's share."""
        everyone = self._at_terms(self._part(ones, side)[:, np.newaxis], side)[:, 0]
        marked = self._at_terms(self._part(self._z, side)[:, np.newaxis], side)[:, 0]
        return everyone - marked, marked

    def _moments(self, side: int, slope: Array, alpha: Array | None) -> Array:
        """Weight of the arm's risk set at each term, and first and second moment of the marker in it."""
        start, end = self._layout.rows[side]
        z = self._z[start:end]
        stack, result = self._work[side]
        weight = stack[:-1, 0]
        np.multiply(z, slope, out=weight)
        if alpha is not None:
            weight += alpha
        np.exp(weight, out=weight)
        if self._known is not None:
            weight *= self._known[start:end]
        np.multiply(weight, z, out=stack[:-1, 1])
        np.multiply(stack[:-1, 1], z, out=stack[:-1, 2])
        return self._at_terms(stack, side, result)

    def _part(self, value: Array, side: int) -> Array:
        """Rows of an arm, and a row of zeros for risk sets without it."""
        start, end = self._layout.rows[side]
        return np.concatenate((value[start:end], np.zeros((1, value.shape[1]))))

    def _of_events(self, value: Array, side: int) -> Array:
        """Values of the subjects whose events the terms are, 0 in the terms of the other arm."""
        result: Array = np.take(self._part(value, side), self._layout.own[side], axis=0)
        return result

    def _shares(self, present: Array) -> Array | None:
        """Efron's l/d of the terms of tied times, by the known events of each column."""
        layout = self._layout
        if not (layout.efron and len(layout.tied)):
            return None
        here = present[layout.tied]
        running = np.cumsum(here, axis=0) - here
        deaths = np.add.reduceat(here, layout.tied_start, axis=0)[layout.tied_group]
        rank = running - running[layout.tied_start][layout.tied_group]
        share: Array = rank / np.maximum(deaths, 1.0)
        return share[:, np.newaxis, :]

    def _at_terms(self, stack: Array, side: int, out: Array | None = None) -> Array:
        """Sums of ``stack`` (rows of an arm and one of zeros, sums, columns) over each term's risk set.

        Efron's share of the tied events is taken off. ``stack`` is overwritten by its running sums.
        """
        layout = self._layout
        less = None
        if self._share is not None:
            events = np.take(stack, layout.own[side][layout.tied], axis=0)
            less = np.add.reduceat(events, layout.tied_start, axis=0)[layout.tied_group]
            less *= self._share
        # NumPy's own cumsum along the first axis walks down each column, against the cache's lines.
        before = 0
        start, end = layout.rows[side]
        for first, stop in zip(layout.ranks[side], (*layout.ranks[side][1:], end - start), strict=False):
            stack[first:stop] += stack[before : before + stop - first]
            before = first
        # "clip" writes into ``out`` at once, where the default would fill a copy first; no row is out of bounds.
        result: Array = np.take(stack, layout.last[side], axis=0, out=out, mode="clip")
        if less is not None:
            result[layout.tied] -= less
        return result


def _dot(a: Array, b: Array) -> Array:
    result: Array = np.einsum("ij,ij->j", a, b)
    return result
