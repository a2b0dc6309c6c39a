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
        """When the hazard since ``start`` (a subject each) has grown by ``more`` (a row each); whether by an event."""


@dataclass(frozen=True, slots=True)
class StepDraws:
    """Kaplan–Meier curves: steps of −log S at ``time``, known up to ``end`` of each row."""

    time: NDArray[np.float64]
    hazard: NDArray[np.float64]
    end: NDArray[np.float64]

    def times(
        self, start: NDArray[np.float64], more: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The first step at which −log S has grown by ``more``, else the end of the curve, censored."""
        rows, k = self.hazard.shape
        before = np.concatenate((np.zeros((rows, 1)), self.hazard), axis=1)
        done = np.searchsorted(self.time, start, side="right")
        at = before[:, done]
        with np.errstate(invalid="ignore"):
            target = at + more
        low = np.broadcast_to(done, more.shape).copy()
        high = np.full(more.shape, k)
        padded = np.concatenate((self.hazard, np.full((rows, 1), np.inf)), axis=1)
        while bool((low < high).any()):
            middle = (low + high) // 2
            reached = np.take_along_axis(padded, middle, axis=1) >= target
            high = np.where(reached & (low < high), middle, high)
            low = np.where(reached, low, np.minimum(middle + 1, high))
        # Where the curve came down to 0 before the censoring it says nothing on later times.
        event = (low < k) & np.isfinite(at)
        last = np.maximum(start, np.where(np.isfinite(at), self.end[:, np.newaxis], start))
        step = np.concatenate((self.time, [0.0]))[low]
        return np.where(event, step, last), event


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
        steps = self.rate[:, :-1] * np.diff(self.cut)
        at_cut = np.concatenate((np.zeros((rows, 1)), np.cumsum(steps, axis=1)), axis=1)
        piece = np.searchsorted(self.cut, start, side="right") - 1
        target = at_cut[:, piece] + self.rate[:, piece] * (start - self.cut[piece]) + more
        where = np.zeros(more.shape, dtype=np.intp)
        for j in range(1, pieces):
            where += at_cut[:, j : j + 1] < target
        rate = np.take_along_axis(self.rate, where, axis=1)
        rest = target - np.take_along_axis(at_cut, where, axis=1)
        with np.errstate(divide="ignore"):
            event = rate > 0.0
            return np.where(event, self.cut[where] + rest / np.where(event, rate, 1.0), np.inf), event


def kaplan_meier_draws(
    time: NDArray[np.float64], event: NDArray[np.bool_], generator: np.random.Generator | None, rows: int
) -> StepDraws:
    """Curves of bootstrap samples of the subjects, or, without a generator, the curve of the subjects in every row."""
    n = len(time)
    order = np.argsort(time, kind="stable")
    t, d = time[order], event[order]
    if generator is None:
        weight = np.ones((rows, n))
    else:
        draws = generator.integers(0, n, size=(rows, n)) + n * np.arange(rows)[:, np.newaxis]
        weight = np.bincount(draws.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)
    at = np.unique(t[d])
    first = np.searchsorted(t, at, side="left")
    behind = np.concatenate((np.cumsum(weight[:, ::-1], axis=1)[:, ::-1], np.zeros((rows, 1))), axis=1)
    risk = behind[:, first]
    died = np.concatenate((np.zeros((rows, 1)), np.cumsum(weight * d, axis=1)), axis=1)
    deaths = died[:, np.searchsorted(t, at, side="right")] - died[:, first]
    with np.errstate(divide="ignore"):
        step = -np.log1p(-np.where(risk > 0.0, deaths / np.maximum(risk, 1.0), 0.0))
    last = n - 1 - np.argmax(weight[:, ::-1] > 0.0, axis=1)
    return StepDraws(at, np.cumsum(step, axis=1), t[last])


def piecewise_draws(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    cut: NDArray[np.float64],
    generator: np.random.Generator | None,
    rows: int,
) -> PiecewiseDraws:
    """Rates drawn from Gamma(events, follow-up), or, without a generator, events over follow-up in every row."""
    upper = np.concatenate((cut[1:], [np.inf]))
    follow_up = np.clip(time[:, np.newaxis] - cut, 0.0, upper - cut).sum(axis=0)
    # An event at a cut belongs to the piece that ends there.
    piece = np.maximum(np.searchsorted(cut, time[event], side="left") - 1, 0)
    events = np.bincount(piece, minlength=len(cut)).astype(np.float64)
    exposure = np.where(follow_up > 0.0, follow_up, 1.0)
    if generator is None:
        return PiecewiseDraws(cut, np.broadcast_to(events / exposure, (rows, len(cut))))
    return PiecewiseDraws(cut, generator.standard_gamma(events, size=(rows, len(cut))) / exposure)
