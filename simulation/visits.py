"""Visits during treatment, and the arrangement of their values by subject, parameter and date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.follow_up import FollowUp

__all__ = ["VisitGrid", "visit_grid"]


@dataclass(frozen=True)
class VisitGrid:
    """One entry a visit, sorted by subject and day; the baseline is week 0."""

    subject: NDArray[np.int64]
    week: NDArray[np.int64]
    day: NDArray[np.int64]
    """From randomisation."""

    @property
    def size(self) -> int:
        """Number of visits."""
        return len(self.subject)

    def keep(self, condition: NDArray[np.bool_]) -> VisitGrid:
        """The visits that meet a condition."""
        return VisitGrid(self.subject[condition], self.week[condition], self.day[condition])

    def baseline(self) -> NDArray[np.int64]:
        """Index of the baseline visit of each visit's subject, −1 where it is missing."""
        own = np.full(int(self.subject.max(initial=-1)) + 1, -1, dtype=np.int64)
        first = np.flatnonzero(self.week == 0)
        own[self.subject[first]] = first
        return own[self.subject]

    def arrange(self, parameters: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Visit and parameter of each row, sorted by subject, parameter and day."""
        count = np.bincount(self.subject, minlength=int(self.subject.max(initial=-1)) + 1)
        start = np.cumsum(count) - count
        place = np.arange(self.size) - start[self.subject]
        row = parameters * start[self.subject] + place
        target = row[:, None] + np.arange(parameters) * count[self.subject][:, None]
        visit = np.empty(self.size * parameters, dtype=np.int64)
        parameter = np.empty(self.size * parameters, dtype=np.int64)
        visit[target] = np.arange(self.size)[:, None]
        parameter[target] = np.arange(parameters)
        return visit, parameter


def visit_grid(rng: np.random.Generator, follow_up: FollowUp, weeks: NDArray[np.int64], early: int = 7) -> VisitGrid:
    """Visits of treated subjects at the given weeks (0 for baseline) while treatment lasts.

    The baseline visit lies up to ``early`` days before the first dose, never after it; the others within three days
    of plan.
    """
    size = len(follow_up.cut)
    jitter = rng.integers(-3, 4, (size, len(weeks)))
    jitter[:, 0] = -rng.integers(0, early + 1, size)
    start = np.where(follow_up.treated, follow_up.start, 0)
    day = start[:, None] + 7 * weeks + jitter
    # a baseline visit comes after consent, which lies at least three days before randomisation
    day[:, 0] = np.maximum(day[:, 0], -3)
    held = follow_up.treated[:, None] & ((weeks == 0) | (day <= np.minimum(follow_up.end, follow_up.last)[:, None]))
    subject, column = np.nonzero(held)
    return VisitGrid(subject, weeks[column], day[subject, column])
