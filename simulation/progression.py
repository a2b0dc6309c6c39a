"""Progression-free survival under each censoring rule, derived from assessments, deaths and intercurrent events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulation.disease_course import NEVER
from simulation.response import NE, PD

if TYPE_CHECKING:
    from csrbook.plan.models import Plan
    from simulation.follow_up import FollowUp

__all__ = [
    "DEVIATION", "LOSS", "MISSED", "NEW_THERAPY", "NO_ASSESSMENT", "ONGOING", "Assessments", "EventTime", "as_event",
    "progression_free_survival", "scheduled_dates",
]  # fmt: skip

EVENT, ONGOING, NO_ASSESSMENT, NEW_THERAPY, MISSED, LOSS, DEVIATION = range(7)
"""Values of CNSR."""
REASONS = {
    ONGOING: "ONGOING AT DATA CUT-OFF",
    NO_ASSESSMENT: "NO ADEQUATE ASSESSMENT",
    NEW_THERAPY: "NEW ANTICANCER THERAPY",
    MISSED: "TWO OR MORE MISSED ASSESSMENTS",
    LOSS: "WITHDRAWAL OR LOST TO FOLLOW-UP",
    DEVIATION: "PROTOCOL DEVIATION",
}
LAST, RANDOMISATION = "LAST ADEQUATE ASSESSMENT", "RANDOMISATION"

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Assessments:
    """One reader's assessments and the deaths; days from randomisation."""

    day: Ints
    clear: Flags
    """Adequate and no progression."""
    progression: Ints
    """Index of the scan of the first progression, −1 for none."""
    sequence: Ints
    """RSSEQ of each assessment."""
    death: Ints

    @classmethod
    def of(cls, follow_up: FollowUp, overall: Ints, progression: Ints, sequence: Ints) -> Assessments:
        """From overall responses."""
        death = np.where(follow_up.dead, follow_up.last, NEVER)
        clear = (overall >= 0) & (overall != NE) & (overall != PD)
        return cls(follow_up.scan, clear, progression, sequence, death)

    def progression_day(self) -> Ints:
        """Day of the first progression, NEVER for none."""
        return np.where(self.progression >= 0, self._at(self.progression), NEVER)

    def last_clear(self, until: Ints) -> Ints:
        """Index of the last clear assessment on or before a day, −1 for none."""
        return np.max(np.where(self.clear & (self.day <= until[:, None]), np.arange(self.day.shape[1]), -1), axis=1)

    def _at(self, index: Ints) -> Ints:
        return self.day[np.arange(len(self.day)), np.maximum(index, 0)]

    def day_or_start(self, index: Ints) -> Ints:
        """Day of an assessment; 0, the day of randomisation, for −1."""
        return np.where(index >= 0, self._at(index), 0)

    def sequence_of(self, index: Ints) -> Floats:
        """RSSEQ of an assessment; NaN for −1."""
        return np.where(index >= 0, self.sequence[np.arange(len(self.day)), np.maximum(index, 0)], np.nan)


@dataclass(frozen=True)
class EventTime:
    """A time-to-event parameter of each subject, days from randomisation."""

    day: Ints
    censor: Ints
    event: Texts
    """EVNTDESC."""
    described: Texts
    """CNSDTDSC."""
    domain: Texts
    variable: Texts
    sequence: Floats
    left: Floats
    right: Floats
    competing: Ints
    start: Ints
    include: Flags


def progression_free_survival(
    plan: Plan,
    seen: Assessments,
    follow_up: FollowUp,
    intercurrent: tuple[tuple[Ints, int], ...] = (),
    *,
    missed: bool = False,
) -> EventTime:
    """Time to progression or death.

    Parameters
    ----------
    intercurrent : tuple of (day, CNSR)
        Events before which the last adequate assessment is the date of censoring, where they come before
        progression and death.
    missed : bool
        Whether an event after two or more missed assessments is censored at the last adequate one before them.

    Notes
    -----
    Two or more assessments are missed where the gap before the event exceeds two intervals and two windows. A death
    without any adequate assessment counts as an event up to that limit, later it is censored at randomisation.
    """
    interval, window = 7 * plan.study.scan_interval_weeks, plan.study.scan_window_days
    limit = 2 * interval + 2 * window
    progressed = seen.progression_day()
    event = np.minimum(progressed, seen.death)
    last = seen.last_clear(event - 1)
    unseen = (last < 0) & (progressed == NEVER)
    happens = (event < NEVER) & ~(unseen & (event > limit))
    code = np.where(happens, EVENT, np.where(unseen, NO_ASSESSMENT, np.where(follow_up.lost, LOSS, ONGOING)))
    index = np.where(unseen, -1, last)
    first = np.full(len(event), NEVER)
    for day, censor in intercurrent:
        earlier = (day < event) & (day < first) & (code != NO_ASSESSMENT)
        index = np.where(earlier, np.minimum(index, seen.last_clear(day)), index)
        code = np.where(earlier, censor, code)
        first = np.where(earlier, day, first)
    if missed:
        code = np.where((code == EVENT) & (event - seen.day_or_start(last) > limit), MISSED, code)
    is_event = code == EVENT
    by_scan = is_event & (progressed <= seen.death)
    died = is_event & ~by_scan
    at = np.where(by_scan, seen.progression, np.where(died, -1, index))
    day = np.where(is_event, event, seen.day_or_start(index))
    from_scan = at >= 0
    text = np.array(["", *(REASONS[c] for c in range(1, 7))], dtype=object)[code]
    return EventTime(
        day=day,
        censor=code,
        event=np.where(by_scan, "PD", np.where(died, "DEATH", text)),
        described=np.where(is_event, "", np.where(from_scan, LAST, RANDOMISATION)).astype(object),
        domain=np.where(from_scan, "ADRS", "ADSL").astype(object),
        variable=np.where(from_scan, "ADT", np.where(died, "DTHDT", "RANDDT")).astype(object),
        sequence=seen.sequence_of(at),
        left=np.where(by_scan, seen.day_or_start(last), day).astype(np.float64),
        right=np.where(is_event, day, np.nan),
        competing=is_event.astype(np.int64),
        start=np.zeros(len(day), dtype=np.int64),
        include=np.ones(len(day), dtype=bool),
    )


def as_event(time: EventTime, day: Ints, text: str, variable: str) -> EventTime:
    """The same, with a further event from ADSL that counts where it comes before progression and death."""
    sooner = (day < NEVER) & np.where(time.censor == EVENT, day < time.day, True)
    number = sooner.astype(np.int64)

    def put(new: object, old: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.where(sooner, new, old)

    return replace(
        time,
        day=np.where(sooner, day, time.day),
        censor=np.where(sooner, EVENT, time.censor),
        event=put(text, time.event),
        described=put("", time.described),
        domain=put("ADSL", time.domain),
        variable=put(variable, time.variable),
        sequence=np.where(sooner, np.nan, time.sequence),
        left=np.where(sooner, day, time.left),
        right=np.where(sooner, day, time.right),
        competing=np.maximum(number, time.competing),
    )


def scheduled_dates(plan: Plan, time: EventTime, seen: Assessments, follow_up: FollowUp) -> EventTime:
    """The same, with each assessment on its scheduled date where that is not after the cut-off or the last contact."""
    from_scan = time.domain == "ADRS"
    interval = 7 * plan.study.scan_interval_weeks
    index = np.argmax(seen.day == time.day[:, None], axis=1)
    planned = (index + 1) * interval
    moved = from_scan & (planned <= np.minimum(follow_up.cut, follow_up.last))
    return replace(
        time, day=np.where(moved, planned, time.day), variable=np.where(moved, "SCHDT", time.variable).astype(object)
    )
