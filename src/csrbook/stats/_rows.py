"""Many two-arm Cox fits and log-rank tests at once, one a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RowFits", "Terms", "from_times", "from_weights", "solve", "weight_layout"]


@dataclass(frozen=True, slots=True)
class Terms:
    """Efron's terms of each row, padded with terms that say nothing (``x1`` 0, ``x0`` 1), and log-rank sums.

    ``events_test`` counts the test arm's events, ``score`` and ``variance`` are those of the log-rank test.
    """

    x1: NDArray[np.float64]
    x0: NDArray[np.float64]
    events_test: NDArray[np.float64]
    score: NDArray[np.float64]
    variance: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RowFits:
    """One value a row; NaN where the estimate is infinite or the test has no variance."""

    log_hr: NDArray[np.float64]
    se: NDArray[np.float64]
    log_rank_z: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Layout:
    """Subjects sorted by stratum and descending time, once for all rows, and where the event times lie among them."""

    order: NDArray[np.intp]
    arm: NDArray[np.float64]
    event: NDArray[np.intp]
    group_first_event: NDArray[np.intp]
    last: NDArray[np.intp]
    before: NDArray[np.intp]


def solve(terms: Terms) -> RowFits:
    """Newton's method on all rows; a row that has converged stays where it is.

    The score of a row falls with β from ``events_test`` − (terms with the test arm only) to ``events_test`` − (terms
    with the test arm at all); the estimate is finite if and only if the first is above 0 and the second below 0.
    """
    x1, x0 = terms.x1, terms.x0
    certain = np.count_nonzero(x0 <= 0.0, axis=1)
    possible = np.count_nonzero(x1 > 0.0, axis=1)
    finite = (terms.events_test - certain > 0.5) & (terms.events_test - possible < -0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.where(x0 > 0.0, x1 / x0, np.inf)[finite]
        z = np.where(terms.variance > 0.0, terms.score / np.sqrt(terms.variance), np.nan)
    target = terms.events_test[finite]
    beta = np.zeros(len(target))
    information = np.ones(len(target))
    low, high = np.full(len(target), -np.inf), np.full(len(target), np.inf)
    active = np.arange(len(target))
    for _ in range(100):
        part = odds if len(active) == len(odds) else odds[active]
        with np.errstate(invalid="ignore"):
            a = part * np.exp(beta[active])[:, np.newaxis]
            p = np.where(np.isinf(a), 1.0, a / (1.0 + a))
        mass = p.sum(axis=1)
        score = target[active] - mass
        curvature = np.maximum(mass - np.einsum("ij,ij->i", p, p), 1e-300)
        information[active] = curvature
        step = score / curvature
        done = np.abs(step) <= 1e-9 * np.maximum(np.abs(beta[active]), 1.0)
        low[active] = np.where(score > 0.0, beta[active], low[active])
        high[active] = np.where(score > 0.0, high[active], beta[active])
        new = beta[active] + np.where(done, step, np.clip(step, -2.0, 2.0))
        with np.errstate(invalid="ignore"):
            outside = ~done & ((new <= low[active]) | (new >= high[active]))
            new = np.where(outside, (low[active] + high[active]) / 2.0, new)
        beta[active] = new
        active = active[~done]
        if not len(active):
            break
    log_hr = np.full(len(finite), np.nan)
    se = np.full(len(finite), np.nan)
    beta[active] = np.nan
    log_hr[finite] = beta
    se[finite] = np.where(np.isnan(beta), np.nan, 1.0 / np.sqrt(information))
    return RowFits(log_hr, se, z)


def weight_layout(
    time: NDArray[np.float64], event: NDArray[np.bool_], arm: NDArray[np.bool_], codes: NDArray[np.intp]
) -> Layout:
    """Sort once. At least one event is needed."""
    order = np.lexsort((~event, -time, codes))
    t, s, d = time[order], codes[order], event[order]
    new_stratum = np.concatenate(([True], s[1:] != s[:-1]))
    first = np.flatnonzero(new_stratum | np.concatenate(([True], t[1:] != t[:-1])))
    ends = np.concatenate((first[1:], [len(t)]))
    deaths = np.add.reduceat(d.astype(np.intp), first)
    keep = deaths > 0
    stratum_start = np.flatnonzero(new_stratum)
    begin = stratum_start[np.searchsorted(stratum_start, first[keep], side="right") - 1]
    return Layout(
        order=order,
        arm=arm[order].astype(np.float64),
        event=np.flatnonzero(d),
        group_first_event=(np.cumsum(deaths) - deaths)[keep],
        last=ends[keep],
        before=begin,
    )


def from_weights(layout: Layout, weights: NDArray[Any]) -> Terms:
    """Terms of each row of whole-number weights (columns in the subjects' own order)."""
    w = weights[:, layout.order].astype(np.float64)
    w1 = w * layout.arm
    zero = np.zeros((len(w), 1))
    total = np.concatenate((zero, np.cumsum(w, axis=1)), axis=1)
    test = np.concatenate((zero, np.cumsum(w1, axis=1)), axis=1)
    n = total[:, layout.last] - total[:, layout.before]
    n1 = test[:, layout.last] - test[:, layout.before]
    d = np.add.reduceat(w[:, layout.event], layout.group_first_event, axis=1)
    d1 = np.add.reduceat(w1[:, layout.event], layout.group_first_event, axis=1)
    score, variance = _log_rank(n, n1, d, d1)
    some = d > 0.0
    x1, x0 = np.where(some, n1, 0.0), np.where(some, n - n1, 1.0)
    # The first event of a time sees the whole risk set; each further one a column of its own, filled from the left.
    row, group = np.nonzero(d > 1.5)
    further = d[row, group].astype(np.intp) - 1
    r, g = np.repeat(row, further), np.repeat(group, further)
    share = (np.arange(len(r)) - np.repeat(np.cumsum(further) - further, further) + 1.0) / d[r, g]
    in_row = np.bincount(r, minlength=len(w))
    width = int(in_row.max()) if len(r) else 0
    more1, more0 = np.zeros((len(w), width)), np.ones((len(w), width))
    column = np.arange(len(r)) - np.repeat(np.cumsum(in_row) - in_row, in_row)
    more1[r, column] = n1[r, g] - share * d1[r, g]
    more0[r, column] = (n - n1)[r, g] - share * (d - d1)[r, g]
    return Terms(np.hstack([x1, more1]), np.hstack([x0, more0]), d1.sum(axis=1), score, variance)


def from_times(
    time: NDArray[np.float64], event: NDArray[np.bool_], arm: NDArray[np.bool_], codes: NDArray[np.intp]
) -> Terms:
    """Terms of rows that differ in their times, events and arms; ``codes`` holds one stratum a column.

    A time that is not negative sorts as the whole number with the same bits. Its last two bits give way to event and
    arm, so that one sort of plain numbers does all.
    """
    rows, n = time.shape
    by_stratum = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes)
    sizes = sizes[sizes > 0]
    key = (time[:, by_stratum] + 0.0).view(np.uint64) & np.uint64(0xFFFFFFFFFFFFFFFC)
    key |= (event[:, by_stratum].astype(np.uint64) << np.uint64(1)) | arm[:, by_stratum].astype(np.uint64)
    ends = np.cumsum(sizes)
    for start, end in zip((ends - sizes).tolist(), ends.tolist(), strict=True):
        key[:, start:end].sort(axis=1)
    flat = key.ravel()
    test = (flat & np.uint64(1)).astype(np.intp)
    died = ((flat >> np.uint64(1)) & np.uint64(1)).astype(np.intp)
    stamp = flat >> np.uint64(2)
    new = np.empty(len(flat), dtype=bool)
    new[1:] = stamp[1:] != stamp[:-1]
    segment = (np.arange(rows)[:, np.newaxis] * n + (ends - sizes)).ravel()
    new[segment] = True
    first = np.flatnonzero(new)
    d = np.add.reduceat(died, first)
    d1 = np.add.reduceat(died & test, first)
    some = d > 0
    first, d, d1 = first[some], d[some], d1[some]
    # At risk: from the first subject of this time to the end of the segment (one stratum of one row).
    before = np.concatenate(([0], np.cumsum(test)))
    place = np.searchsorted(segment, first, side="right") - 1
    stop = np.concatenate((segment[1:], [len(flat)]))[place]
    risk, risk1 = stop - first, before[stop] - before[first]
    row = first // n
    risk_share = risk1 / risk
    score = np.bincount(row, weights=d1 - d * risk_share, minlength=rows)
    spread = d * risk_share * (1.0 - risk_share) * (risk - d) / np.maximum(risk - 1, 1)
    variance = np.bincount(row, weights=spread, minlength=rows)
    group = np.repeat(np.arange(len(d)), d)
    share = (np.arange(len(group)) - np.repeat(np.cumsum(d) - d, d)) / d[group]
    term_row = row[group]
    in_row = np.bincount(term_row, minlength=rows)
    column = np.arange(len(group)) - np.repeat(np.cumsum(in_row) - in_row, in_row)
    width = int(in_row.max()) if len(group) else 0
    x1, x0 = np.zeros((rows, width)), np.ones((rows, width))
    at = term_row * width + column
    x1.ravel()[at] = risk1[group] - share * d1[group]
    x0.ravel()[at] = (risk - risk1)[group] - share * (d - d1)[group]
    events_test = np.bincount(row, weights=d1, minlength=rows)
    return Terms(x1, x0, events_test.astype(np.float64), score.astype(np.float64), variance.astype(np.float64))


def _log_rank(
    n: NDArray[np.float64], n1: NDArray[np.float64], d: NDArray[np.float64], d1: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    share = n1 / np.maximum(n, 1.0)
    score = (d1 - d * share).sum(axis=1)
    variance = (d * share * (1.0 - share) * (n - d) / np.maximum(n - 1.0, 1.0)).sum(axis=1)
    return score, variance
