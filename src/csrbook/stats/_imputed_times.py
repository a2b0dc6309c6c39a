"""Draws of the event times of censored subjects, from the hazard of their arm and stratum after the censoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Curves", "PiecewiseDraws", "StepDraws", "kaplan_meier_draws", "piecewise_draws"]


class Curves(Protocol):
    """Cumulative hazards of one arm and stratum, one a row."""

    def times(
        self, start: NDArray[np.float64], more: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """When the hazard since ``start`` has grown by ``more``; whether by an event.

        ``start`` has a value a subject, the last axis of ``more`` too; the axis before it are the rows of the curves.
        """


@dataclass(frozen=True, slots=True)
class StepDraws:
    """Kaplan–Meier curves: steps of −log S at ``time``, known up to ``end`` of each row.

    Rows of ``hazard`` are filled with infinity to one less than a power of two, for the search.
    """

    time: NDArray[np.float64]
    hazard: NDArray[np.float64]
    end: NDArray[np.float64]

    def times(
        self, start: NDArray[np.float64], more: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The first step at which −log S has grown by ``more``, else the end of the curve, censored."""
        rows, width = self.hazard.shape
        done = np.searchsorted(self.time, start, side="right")
        at = np.where(done > 0, self.hazard.take(done - 1, axis=1, mode="clip"), 0.0)
        known = np.isfinite(at)
        target = at + more
        flat = self.hazard.ravel()
        begin = width * np.arange(rows)[:, np.newaxis]
        # All searches at once, each step of half the length of the one before.
        place = np.broadcast_to(begin, more.shape).copy()
        step = (width + 1) // 2
        while step:
            place += step * (flat.take(place + (step - 1)) < target)
            step //= 2
        reached = np.maximum(place - begin, done)
        # Where the curve came down to 0 before the censoring it says nothing on later times.
        event = known & (reached < len(self.time))
        last = np.maximum(start, np.where(known, self.end[:, np.newaxis], start))
        return np.where(event, np.append(self.time, 0.0).take(reached, mode="clip"), last), event


@dataclass(frozen=True, slots=True)
class PiecewiseDraws:
    """Constant hazards ``rate`` between ``cut`` (from 0), the last one without end."""

    cut: NDArray[np.float64]
    rate: NDArray[np.float64]

    def times(
        self, start: NDArray[np.float64], more: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """When the cumulative hazard has grown by ``more``; infinity, censored, where it never does."""
        rows, pieces = self.rate.shape
        at_cut = np.zeros((rows, pieces))
        np.cumsum(self.rate[:, :-1] * np.diff(self.cut), axis=1, out=at_cut[:, 1:])
        piece = np.searchsorted(self.cut, start, side="right") - 1
        target = at_cut[:, piece] + self.rate[:, piece] * (start - self.cut[piece]) + more
        where = np.zeros(more.shape, dtype=np.intp)
        for j in range(1, pieces):
            where += at_cut[:, j : j + 1] < target
        place = where + pieces * np.arange(rows)[:, np.newaxis]
        rate = self.rate.ravel().take(place)
        rest = target - at_cut.ravel().take(place)
        event = rate > 0.0
        return np.where(event, self.cut.take(where) + rest / np.where(event, rate, 1.0), np.inf), event


def kaplan_meier_draws(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    generator: np.random.Generator | None,
    rows: int,
    drawn: int = 0,
) -> StepDraws:
    """Curves of bootstrap samples of the subjects, or, without a generator, the curve of the subjects in every row.

    With ``drawn`` above ``rows`` as many are drawn and the first ones used.
    """
    n = len(time)
    order = np.argsort(time, kind="stable")
    t, d = time[order], event[order]
    if generator is None:
        weight = np.ones((rows, n), dtype=np.int64)
    else:
        draws = generator.integers(0, n, size=(max(rows, drawn), n))[:rows] + n * np.arange(rows)[:, np.newaxis]
        weight = np.bincount(draws.ravel(), minlength=rows * n).reshape(rows, n)
    died = t[d]
    at = died[np.append(True, died[1:] != died[:-1])] if len(died) else died
    before = np.concatenate((np.zeros((rows, 1), dtype=np.int64), np.cumsum(weight, axis=1)), axis=1)
    risk = n - before.take(np.searchsorted(t, at, side="left"), axis=1)
    dead = np.cumsum(weight.take(np.flatnonzero(d), axis=1), axis=1)
    deaths = np.diff(dead.take(np.searchsorted(died, at, side="right") - 1, axis=1), axis=1, prepend=0)
    survival = np.cumprod(1.0 - deaths / np.maximum(risk, 1), axis=1)
    hazard = np.full((rows, (1 << max(len(at).bit_length(), 1)) - 1), np.inf)
    with np.errstate(divide="ignore"):
        np.negative(np.log(survival), out=hazard[:, : len(at)])
    last = n - 1 - np.argmax(weight[:, ::-1] > 0, axis=1)
    return StepDraws(at, hazard, t[last])


def piecewise_draws(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    cut: NDArray[np.float64],
    generator: np.random.Generator | None,
    rows: int,
    drawn: int = 0,
) -> PiecewiseDraws:
    """Rates drawn from Gamma(events, follow-up), or, without a generator, events over follow-up in every row.

    With ``drawn`` above ``rows`` as many are drawn and the first ones used.
    """
    upper = np.concatenate((cut[1:], [np.inf]))
    follow_up = np.clip(time[:, np.newaxis] - cut, 0.0, upper - cut).sum(axis=0)
    # An event at a cut belongs to the piece that ends there.
    piece = np.maximum(np.searchsorted(cut, time[event], side="left") - 1, 0)
    events = np.bincount(piece, minlength=len(cut)).astype(np.float64)
    exposure = np.where(follow_up > 0.0, follow_up, 1.0)
    if generator is None:
        return PiecewiseDraws(cut, np.broadcast_to(events / exposure, (rows, len(cut))))
    return PiecewiseDraws(cut, generator.standard_gamma(events, size=(max(rows, drawn), len(cut)))[:rows] / exposure)
