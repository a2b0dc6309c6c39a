"""The interval in which each event came: dates of ADTTE to months from randomisation, for interval-censored methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.program import Data

__all__ = ["EventIntervals", "event_intervals"]

_DATES: Final = ("USUBJID", "PARAMCD", "STARTDT", "INTLDT", "INTRDT")


@dataclass(frozen=True)
class EventIntervals:
    """Ends of the intervals of ``times``, in months.

    Attributes
    ----------
    times : EventTimes
        The subjects with an interval.
    left, right : ndarray
        Last time known without the event and first time with it; equal for an exact time, ``right`` infinite where no
        event was seen.
    warnings : tuple of str
        Subjects left out, as sentences.
    """

    times: EventTimes
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    warnings: tuple[str, ...]

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Whether the event has an exact time (a death)."""
        same: NDArray[np.bool_] = self.left == self.right
        return same

    @property
    def bounded(self) -> NDArray[np.bool_]:
        """Whether the event came within an interval that has an end (a progression)."""
        found: NDArray[np.bool_] = np.isfinite(self.right) & ~self.exact
        return found


def event_intervals(data: Data, times: EventTimes, days_per_month: float, dataset: str = "ADTTE") -> EventIntervals:
    """Intervals from ``INTLDT`` (last assessment without) and ``INTRDT`` (first with the event).

    The day of randomisation is day 1, as in ``AVAL``. An event that was not seen at an assessment has the same date at
    both ends. A left end at the day of randomisation becomes 0: the event may have come at any time before the first
    assessment.

    Parameters
    ----------
    data : Data
        Locked data.
    times : EventTimes
        Subjects, arms, strata and statuses.
    days_per_month : float
    dataset : str

    Raises
    ------
    DataError
        Where the dates of the intervals are missing for all subjects.
    """
    frame = data.dataset(dataset, list(_DATES))
    frame = frame[frame["PARAMCD"] == times.parameter].set_index("USUBJID").reindex(list(times.subject))
    if len(frame) and frame["INTLDT"].isna().all():
        raise DataError(
            f"no record of {times.parameter} has the date of the last assessment without the event",
            f"dataset {dataset}, INTLDT",
            "deliver INTLDT and INTRDT, or take the output out of the catalogue",
        )
    start, first, last = (frame[name].to_numpy(dtype=np.float64) for name in ("STARTDT", "INTLDT", "INTRDT"))
    exact = first == last
    left = np.where(exact | (first > start), (first - start + 1.0) / days_per_month, 0.0)
    right = np.where(times.event, (last - start + 1.0) / days_per_month, np.inf)
    unusable = np.isnan(left) | np.isnan(right) | np.isnan(start) | (left > right) | (exact & (left <= 0.0))
    warnings: tuple[str, ...] = ()
    if count := int(unusable.sum()):
        word = "1 subject" if count == 1 else f"{count} subjects"
        warnings = (f"{word} without a usable interval of the event (INTLDT, INTRDT) left out.",)
    keep = ~unusable
    return EventIntervals(times.where(keep), left[keep], right[keep], warnings)
