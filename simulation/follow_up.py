"""What is seen of the latent course: scans attended, treatment periods, new therapy, last contact.

Times are days from randomisation, ``NEVER`` where a thing does not happen or is not seen by the cut-off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csrbook.simulate.columns import choose
from simulation.disease_course import DEATH, NEVER, PROGRESSION, SYMPTOMATIC, Course

if TYPE_CHECKING:
    from csrbook.plan.models import Plan
    from csrbook.simulate.streams import Streams
    from simulation.parameters import Parameters
    from simulation.subjects import Cohort

__all__ = ["CYCLE_DAYS", "REASONS", "FollowUp", "observe"]

REASONS = (
    "PROGRESSIVE DISEASE",
    "ADVERSE EVENT",
    "WITHDRAWAL BY SUBJECT",
    "PHYSICIAN DECISION",
    "LOST TO FOLLOW-UP",
    "DEATH",
    "PROTOCOL DEVIATION",
)
_PD, _AE, _WITHDRAWAL, _PHYSICIAN, _LOST, _DEATH, _DEVIATION = range(7)
CYCLE_DAYS = 21
"""Length of the shortest cycle of the two regimens."""

Days = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class FollowUp:
    """Observed follow-up of each randomised subject."""

    cut: Days
    last: Days
    """Last day known alive, or day of death; nothing is recorded after it."""
    dead: Flags
    lost: Flags
    """Left the study alive before the cut-off."""
    scan: Days
    attended: Flags
    readable: Flags
    """Attended and every target lesion could be read; shape (subjects, scans) like ``scan``."""
    treated: Flags
    start: Days
    end: Days
    """Last day of treatment; of the last known dose where treatment goes on."""
    ongoing: Flags
    reason: Days
    """Index into REASONS; −1 where treatment goes on or never began."""
    partner_stop: Days
    """Day on which the partner drug alone was stopped for an adverse event."""
    new_therapy: Days
    second_progression: Days
    symptomatic: Days
    prohibited: Days
    """Day of prohibited anticancer therapy in the first two cycles."""
    ineligible: Flags
    baseline_scan: Days
    """Not positive."""


def observe(parameters: Parameters, plan: Plan, cohort: Cohort, course: Course, streams: Streams) -> FollowUp:
    """Cut the latent course at the cut-off, at loss and at death, and add what happens around treatment."""
    size = cohort.size
    rng = streams.generator("follow-up", "contact")
    cut = course.cutoff - cohort.day0.astype(np.int64)
    dead = (course.death < course.lost) & (course.death <= cut)
    lost = ~dead & (course.lost <= cut)
    until = np.minimum(cut, np.where(dead, course.death, course.lost))
    attended, readable = _scans(parameters, plan, cohort, course, until, streams)
    last_scan = np.max(np.where(attended, course.scan, 0), axis=1)
    lag = rng.integers(0, 29, size)
    alive = np.maximum(np.maximum(cut - lag, last_scan), np.minimum(cut, 6))
    last = np.where(dead, course.death, np.where(lost, course.lost, alive))

    seen = (course.kind == PROGRESSION) & (course.event <= until) & (course.event < course.lost)
    earlier = rng.random(size) < parameters.follow_up.symptomatic_before_progression
    symptomatic = np.where(
        seen & earlier & (course.event > 60), course.event - rng.integers(7, 36, size), course.deterioration
    )
    symptomatic = np.where(symptomatic <= last, symptomatic, NEVER)
    treated = cohort.actual >= 0
    start = np.where(treated, np.minimum(rng.integers(0, 6, size), np.maximum(last, 0)), NEVER)
    room = np.minimum(np.where(seen, course.event, NEVER), last)
    before = _new_therapy_before(parameters, cohort, course, room, treated, streams)
    end, reason, partner_stop = _treatment(
        parameters, cohort, course, streams, seen, dead, lost, last, start, treated, before, symptomatic
    )
    ongoing = treated & (reason < 0)
    rng = streams.generator("follow-up", "later")
    after = np.where(
        seen & (rng.random(size) < parameters.follow_up.new_therapy_after_progression) & (before == NEVER),
        np.maximum(course.event, np.where(treated, end, 0)) + rng.integers(5, 36, size),
        NEVER,
    )
    new_therapy = np.minimum(before, after)
    new_therapy = np.where((new_therapy <= last) & (new_therapy < course.death), new_therapy, NEVER)
    base = np.maximum(new_therapy, np.where(seen, course.event, 0))
    second = base + np.ceil(rng.beta(2.0, 2.2, size) * np.maximum(course.death - base, 2)).astype(np.int64)
    second = np.where((new_therapy < NEVER) & seen & (second <= last) & (second < course.death), second, NEVER)
    prohibited = start + rng.integers(3, 2 * CYCLE_DAYS, size)
    prohibited = np.where(
        treated & (rng.random(size) < parameters.deviations.prohibited_therapy) & (prohibited < np.minimum(end, room)),
        prohibited,
        NEVER,
    )
    window = (cohort.day0 - cohort.consent).astype(np.int64)
    return FollowUp(
        cut=cut,
        last=last,
        dead=dead,
        lost=lost,
        scan=course.scan,
        attended=attended,
        readable=readable,
        treated=treated,
        start=start,
        end=end,
        ongoing=ongoing,
        reason=reason,
        partner_stop=partner_stop,
        new_therapy=new_therapy,
        second_progression=second,
        symptomatic=symptomatic,
        prohibited=prohibited,
        ineligible=rng.random(size) < parameters.deviations.eligibility,
        baseline_scan=-np.minimum(rng.integers(1, 19, size), window),
    )


def _scans(
    parameters: Parameters, plan: Plan, cohort: Cohort, course: Course, until: Days, streams: Streams
) -> tuple[Flags, Flags]:
    """Scans attended and readable. The first scan and the one that shows progression are never missed."""
    rng, p = streams.generator("follow-up", "scans"), parameters.follow_up
    size, scans = course.scan.shape
    number = np.arange(1, scans + 1)
    interval = 7 * plan.study.scan_interval_weeks
    limit = np.select(
        [course.kind == PROGRESSION, course.kind == SYMPTOMATIC],
        [course.progression_scan, np.maximum(course.deterioration // interval, 1)],
        NEVER,
    )[:, None]
    due = (number <= limit) & (course.scan <= until[:, None]) & (course.scan < course.death[:, None])
    due &= course.scan < course.lost[:, None]
    free = (number > 1) & (number != course.progression_scan[:, None])
    missed = free & (rng.random((size, scans)) < p.missed_scan)
    able = (course.kind == PROGRESSION) & (course.progression_scan >= 5) & (course.event <= until)
    chosen = able & (rng.random(size) < _inflated(p.two_missed_scans.array, able, cohort.arm))
    gap = course.progression_scan[:, None] - number
    missed |= chosen[:, None] & (gap >= 1) & (gap <= 2)
    attended = due & ~missed
    unread = free & course.measurable[:, None] & (rng.random((size, scans)) < p.not_evaluable_scan)
    return attended, attended & ~unread


def _inflated(share: NDArray[np.float64], able: Flags, arm: Days) -> NDArray[np.float64]:
    """Probability among those able that gives the planned share of the arm."""
    possible = np.array([max(float(np.mean(able[arm == a])), 1e-9) if np.any(arm == a) else 1.0 for a in (0, 1)])
    return np.asarray(np.minimum(share / possible, 1.0)[arm])


def _new_therapy_before(
    parameters: Parameters, cohort: Cohort, course: Course, room: Days, treated: Flags, streams: Streams
) -> Days:
    """Day of new anticancer therapy before progression."""
    rng = streams.generator("follow-up", "new therapy")
    able = treated & (room >= 130) & (course.kind != SYMPTOMATIC)
    chosen = able & (
        rng.random(cohort.size) < _inflated(parameters.follow_up.new_therapy_before_progression.array, able, cohort.arm)
    )
    day = 80 + np.floor(rng.random(cohort.size) * np.maximum(room - 25 - 80, 1)).astype(np.int64)
    return np.where(chosen, day, NEVER)


def _treatment(
    parameters: Parameters,
    cohort: Cohort,
    course: Course,
    streams: Streams,
    seen: Flags,
    dead: Flags,
    lost: Flags,
    last: Days,
    start: Days,
    treated: Flags,
    before: Days,
    symptomatic: Days,
) -> tuple[Days, Days, Days]:
    """Last day of treatment, reason, and the day on which the partner drug alone was stopped."""
    rng, p, size = streams.generator("follow-up", "treatment"), parameters.treatment, cohort.size
    arm = np.maximum(cohort.actual, 0)
    ends = np.full((7, size), NEVER, dtype=np.int64)
    ends[_PD] = np.where(seen, course.event + rng.integers(0, 7, size), NEVER)
    ends[_DEATH] = np.where(dead & (course.kind == DEATH), course.event - rng.integers(0, 11, size), NEVER)
    leave = np.where(lost, course.lost - rng.integers(0, 15, size), NEVER)
    ends[_LOST] = np.where(course.withdrew, NEVER, leave)
    ends[_WITHDRAWAL] = np.where(course.withdrew, leave, NEVER)
    switch = np.where(before < NEVER, before - rng.integers(7, 29, size), NEVER)
    ends[_PHYSICIAN] = np.minimum(switch, np.where(symptomatic < NEVER, symptomatic + rng.integers(0, 5, size), NEVER))
    natural = np.minimum(ends.min(axis=0), last)
    able = treated & (natural - start > 40)
    room = np.maximum(natural - start - 20, 1)
    stop = start + 10 + np.floor(room * rng.beta(1.0, 2.0, size)).astype(np.int64)
    chosen = able & (rng.random(size) < _inflated(p.stopped_for_adverse_event.array, able, arm))
    ends[_AE] = np.where(chosen, stop, NEVER)
    other = able & ~chosen & (rng.random(size) < p.stopped_for_other_reason)
    short = able & ~chosen & ~other & (rng.random(size) < parameters.deviations.less_than_one_cycle)
    day = np.where(short, start + rng.integers(3, CYCLE_DAYS - 2, size), stop)
    which = choose(rng, (0.5, 0.4, 0.1), size)
    for index, reason in enumerate((_WITHDRAWAL, _PHYSICIAN, _DEVIATION)):
        ends[reason] = np.where((other | short) & (which == index), np.minimum(ends[reason], day), ends[reason])
    end = ends.min(axis=0)
    reason = np.where(treated & (end < NEVER), np.argmin(ends, axis=0), -1)
    end = np.maximum(np.minimum(end, last), np.where(treated, start, 0))
    able = treated & (end - start > 80)
    alone = start + 25 + np.floor((end - start - 50) * rng.beta(1.0, 2.0, size)).astype(np.int64)
    chosen = able & (reason != _AE) & (rng.random(size) < _inflated(p.partner_stopped_alone.array, able, arm))
    return np.where(treated, end, NEVER), reason, np.where(chosen, alone, NEVER)
