"""Risk sets of many whole-number weightings of one data set: sorted once, added up for each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.stats._rows import Terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Layout", "from_weights", "weight_layout"]

_HALF: Final = 32


@dataclass(frozen=True, slots=True)
class Layout:
    """Subjects sorted by stratum and descending time, and where the event times lie among them.

    ``order`` sorts the subjects. ``event`` holds the places of the events along that order, ``last_event`` the place
    among those of the last one of each event time; ``last`` is the last subject of each event time's risk set.
    ``unit`` is what a subject counts: 1, and above bit 32 a second 1 for the test arm, so that one sum gives both.
    ``strata`` pairs the first subject of each stratum with the stratum's slice of the event times.
    """

    order: NDArray[np.intp]
    unit: NDArray[np.int64]
    event: NDArray[np.intp]
    last_event: NDArray[np.intp]
    last: NDArray[np.intp]
    strata: tuple[tuple[int, slice], ...]


def weight_layout(
    time: NDArray[np.float64], event: NDArray[np.bool_], arm: NDArray[np.bool_], codes: NDArray[np.intp]
) -> Layout:
    """Sort once. At least one event is needed."""
    order = np.lexsort((~event, -time, codes))
    t, s, d = time[order], codes[order], event[order]
    new_stratum = np.concatenate(([True], s[1:] != s[:-1]))
    first = np.flatnonzero(new_stratum | np.concatenate(([True], t[1:] != t[:-1])))
    last = np.append(first[1:], len(t)) - 1
    deaths = np.add.reduceat(d.astype(np.intp), first)
    keep = deaths > 0
    starts = np.flatnonzero(new_stratum)
    bounds = np.searchsorted(first[keep], np.append(starts, len(t))).tolist()
    return Layout(
        order=order,
        unit=1 + (arm[order].astype(np.int64) << _HALF),
        event=np.flatnonzero(d),
        last_event=np.cumsum(deaths)[keep] - 1,
        last=last[keep],
        strata=tuple((b, slice(i, j)) for b, i, j in zip(starts.tolist(), bounds, bounds[1:], strict=False) if j > i),
    )


def from_weights(layout: Layout, weights: NDArray[Any]) -> Terms:
    """Terms of each row of whole-number weights, whose columns are in the layout's order."""
    w = weights.astype(np.int64, copy=False) * layout.unit
    n, n1 = _apart(_at_risk(w, layout))
    d, d1 = _apart(_events(w, layout))
    rows, times = n.shape
    share = n1 / np.maximum(n, 1.0)
    d_share = d * share
    spread = d_share * (1.0 - share) * (n - d) / np.maximum(n - 1.0, 1.0)
    events_test = d1.sum(axis=1)
    score, variance = events_test - d_share.sum(axis=1), spread.sum(axis=1)
    # The first event of a time sees the whole risk set; each further one has a column of its own behind the times'.
    tied = np.flatnonzero(d > 1.5)
    row = tied // times
    d_tied, d1_tied = d.ravel()[tied], d1.ravel()[tied]
    further = d_tied.astype(np.intp) - 1
    in_row = np.bincount(row, weights=further, minlength=rows).astype(np.intp)
    width = times + int(in_row.max(initial=0))
    x1, x0 = np.zeros((rows, width)), np.ones((rows, width))
    some = d > 0.0
    np.multiply(n1, some, out=x1[:, :times])
    np.maximum(n - n1, ~some, out=x0[:, :times])
    of = np.repeat(np.arange(len(tied)), further)
    begin = np.cumsum(further) - further
    rank = np.arange(1, len(of) + 1) - begin[of]
    before_row = np.cumsum(in_row) - in_row
    place = np.arange(len(of)) + (row * width + times - before_row[row])[of]
    n1_tied = n1.ravel()[tied]
    n0_tied = n.ravel()[tied] - n1_tied
    x1.ravel()[place] = n1_tied[of] - rank * (d1_tied / d_tied)[of]
    x0.ravel()[place] = n0_tied[of] - rank * ((d_tied - d1_tied) / d_tied)[of]
    return Terms(x1, x0, events_test, score, variance, np.empty(x1.shape))


def _at_risk(w: NDArray[np.int64], layout: Layout) -> NDArray[np.int64]:
    """Sum over the risk set of each event time."""
    total = np.cumsum(w, axis=1)
    result = total.take(layout.last, axis=1)
    for begin, piece in layout.strata:
        if begin:
            result[:, piece] -= total[:, begin - 1, np.newaxis]
    return result


def _events(w: NDArray[np.int64], layout: Layout) -> NDArray[np.int64]:
    """Sum over the events of each event time."""
    each = w.take(layout.event, axis=1)
    if len(layout.last_event) == len(layout.event):
        return each
    total = np.cumsum(each, axis=1).take(layout.last_event, axis=1)
    return np.diff(total, axis=1, prepend=0)


def _apart(sums: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both arms together, and the test arm."""
    both = sums & ((1 << _HALF) - 1)
    return both.astype(np.float64), (sums >> _HALF).astype(np.float64)
