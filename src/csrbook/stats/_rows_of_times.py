"""Risk sets of many data sets that differ in their times: one sort of plain numbers a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.stats._rows import Terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Buffers", "from_keys", "keys", "segments"]

_FLAGS: Final = np.uint64(3)
_EVENT: Final = np.uint64(2)
_TEST: Final = np.uint64(1)


class Buffers:
    """Arrays for chunks of rows, used again and again: asking for memory costs as much as the sums do.

    The terms of one chunk lie in them, until the next one is begun.
    """

    __slots__ = ("died", "earlier", "share", "spread", "test", "work", "x0", "x1")

    def __init__(self, rows: int, n: int) -> None:
        self.test = np.empty((rows, n), dtype=np.int64)
        self.x1, self.x0, self.share, self.spread, self.work = (np.empty((rows, n)) for _ in range(5))
        self.died, self.earlier = np.empty((rows, n), dtype=bool), np.empty((rows, n), dtype=bool)


def segments(codes: NDArray[np.intp]) -> tuple[NDArray[np.intp], list[slice]]:
    """Order of the columns by stratum, and each stratum's piece of that order."""
    sizes = np.bincount(codes)
    ends = np.cumsum(sizes[sizes > 0]).tolist()
    return np.argsort(codes, kind="stable"), [slice(a, b) for a, b in zip([0, *ends], ends, strict=False)]


def keys(time: NDArray[np.float64], event: NDArray[np.bool_], arm: NDArray[Any]) -> NDArray[np.uint64]:
    """Whole numbers that sort by descending time, events behind the censored ones of the same time.

    A time that is not negative sorts as the whole number with the same bits. Its last two bits give way to event and
    arm (boolean, of the shape of ``time`` or one a column), so that one sort of plain numbers does all.
    """
    flag = event.astype(np.uint64)
    flag <<= _TEST
    flag |= arm.astype(np.uint64)
    key = ~(time + 0.0).view(np.uint64)
    key &= ~_FLAGS
    key |= flag
    return key


def from_keys(key: NDArray[np.uint64], pieces: list[slice], buffers: Buffers) -> Terms:
    """Terms of each row of keys; the columns of a stratum lie side by side in ``pieces``. The keys are sorted in place.

    A term stands at its event's place. The risk set of the last of d tied events is all that stands before it and
    itself; those before it, which lack the events behind them, are given Efron's share instead.
    """
    rows, n = key.shape
    test, x1, x0, share, spread, work, died, earlier = (
        getattr(buffers, name)[:rows] for name in ("test", "x1", "x0", "share", "spread", "work", "died", "earlier")
    )
    at_risk = np.empty(n)
    for piece in pieces:
        key[:, piece].sort(axis=1)
        at_risk[piece] = np.arange(1.0, piece.stop - piece.start + 1.0)
    np.bitwise_and(key.view(np.int64), 1, out=test)
    counted = share.view(np.int64)
    for piece in pieces:
        np.cumsum(test[:, piece], axis=1, out=counted[:, piece])
    bits = work.view(np.uint64)
    np.bitwise_and(key, _EVENT, out=bits)
    np.not_equal(bits, 0, out=died)
    np.copyto(x1, counted)
    np.subtract(at_risk, x1, out=x0)
    dead = spread
    np.copyto(dead, died)
    x1 *= dead
    np.subtract(1.0, dead, out=work)
    np.maximum(x0, work, out=x0)
    np.copyto(work, test)
    events_test = np.einsum("ij,ij->i", dead, work)
    flat, before = key.ravel(), earlier.ravel()[:-1]
    np.bitwise_xor(flat[1:], flat[:-1], out=bits.ravel()[:-1])
    np.less_equal(bits.ravel()[:-1], _FLAGS, out=before)
    before &= died.ravel()[:-1]
    for piece in pieces:
        earlier[:, piece.stop - 1] = False
    tied = np.flatnonzero(earlier)
    ties = _share_ties(tied, test.ravel(), x1.ravel(), x0.ravel()) if len(tied) else None
    np.add(x1, x0, out=share)
    np.divide(x1, share, out=share)
    np.subtract(1.0, share, out=spread)
    spread *= share
    if ties is not None:
        # All tied events see the whole risk set, and one hypergeometric variance.
        s, v = share.ravel(), spread.ravel()
        s[tied] = s.take(ties.end).take(ties.group)
        each = v.take(ties.end) * ties.factor
        v[tied] = each.take(ties.group)
        v[ties.end] = each
    return Terms(x1, x0, events_test, events_test - share.sum(axis=1), spread.sum(axis=1), work)


@dataclass(frozen=True, slots=True)
class _Ties:
    """Times with several events: place of the last one, (n − d)/(n − 1), and the time of each of the events before."""

    end: NDArray[np.intp]
    factor: NDArray[np.float64]
    group: NDArray[np.intp]


def _share_ties(
    tied: NDArray[np.intp], test: NDArray[np.int64], x1: NDArray[np.float64], x0: NDArray[np.float64]
) -> _Ties:
    """Give tied events Efron's share, in place; ``tied`` are the places of all but the last of each time."""
    new = np.ones(len(tied), dtype=bool)
    np.not_equal(tied[1:], tied[:-1] + 1, out=new[1:])
    group = np.cumsum(new) - 1
    first = np.flatnonzero(new)
    begin = tied.take(first)
    further = np.append(first[1:], len(tied)) - first
    end = begin + further
    d = further + 1.0
    n1, n0 = x1.take(end), x0.take(end)
    test_share = (n1 - x1.take(begin) + test.take(begin)) / d
    rank = end.take(group) - tied
    x1[tied] = n1.take(group) - rank * test_share.take(group)
    x0[tied] = n0.take(group) - rank * (1.0 - test_share).take(group)
    at_risk = n1 + n0
    return _Ties(end, (at_risk - d) / (at_risk - 1.0), group)
