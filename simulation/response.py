"""Responses by RECIST 1.1, derived from the lesions as measured.

References
----------
Eisenhauer et al. (2009), European Journal of Cancer 45: 228-247, tables 1 and 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulation.disease_course import NEVER
from simulation.lesions import NODE, NODE_LIMIT, Lesions

if TYPE_CHECKING:
    from csrbook.plan.models import Plan
    from csrbook.simulate.streams import Streams
    from simulation.follow_up import FollowUp
    from simulation.parameters import Parameters

__all__ = [
    "CONFIRMATION_DAYS",
    "CR",
    "NE",
    "NON",
    "PD",
    "PR",
    "RESPONSES",
    "SD",
    "Response",
    "derive_response",
    "read_independently",
]

RESPONSES = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE")
CR, PR, SD, NON, PD, NE = range(6)
NONE = -1
CONFIRMATION_DAYS = 28

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Visits:
    """Responses at each scan, shape (subjects, scans); codes index RESPONSES, −1 where there is none."""

    day: Ints
    sums: Ints
    """Sum of diameters; −1 where it was not measured."""
    nadir: Ints
    """Smallest sum before the scan, the baseline included."""
    base: Ints
    """Sum of diameters at baseline, shape (subjects,)."""
    target: Ints
    non_target: Ints
    new: Flags
    overall: Ints
    used: Flags
    """On or before the first progression and before new anticancer therapy."""
    progression: Ints
    """Index of the scan of the first progression, −1 for none; shape (subjects,)."""

    @property
    def adequate(self) -> Flags:
        """Assessments with an overall response other than NE."""
        return (self.overall >= 0) & (self.overall != NE)

    def progression_day(self) -> Ints:
        """Day of the first progression, NEVER for none."""
        return _day_at(self.day, self.progression)


@dataclass(frozen=True)
class Response(Visits):
    """Responses at each scan and over all of them; those over all have shape (subjects,)."""

    best: Ints
    best_at: Ints
    """Index of the scan that gives the best response; −1 for none."""
    confirmed_best: Ints
    confirmed_at: Ints
    benefit: Flags
    response: Ints
    """Index of the scan of the first confirmed response; −1 for none."""

    @property
    def responder(self) -> Flags:
        """Subjects with a confirmed complete or partial response."""
        return self.response >= 0


def _day_at(day: Ints, index: Ints) -> Ints:
    return np.where(index >= 0, day[np.arange(len(day)), np.maximum(index, 0)], NEVER)


def _first(condition: Flags) -> Ints:
    """Index of the first scan that meets a condition, −1 where none does."""
    return np.where(condition.any(axis=1), condition.argmax(axis=1), -1)


def _targets(lesions: Lesions, attended: Flags) -> tuple[Ints, Ints, Ints, Ints]:
    """Sum, nadir, baseline sum and response of the target lesions."""
    present = lesions.location >= 0
    base = np.where(present, lesions.baseline, 0).sum(axis=1)
    here = present[:, None, :]
    measured = attended & present.any(axis=1)[:, None] & np.all(~here | (lesions.size >= 0), axis=2)
    sums = np.where(measured, np.where(here, lesions.size, 0).sum(axis=2), -1)
    running = np.minimum.accumulate(np.where(measured, sums, NEVER), axis=1)
    nadir = np.minimum(base[:, None], np.concatenate([np.full((len(base), 1), NEVER), running[:, :-1]], axis=1))
    node = (lesions.location == NODE)[:, None, :]
    normal = np.all(~here | np.where(node, lesions.size < NODE_LIMIT, lesions.size == 0), axis=2)
    # whole numbers keep the 20 % and 30 % limits exact
    grown = (5 * sums >= 6 * nadir) & (sums - nadir >= 5)
    response = np.select([normal, grown, 10 * sums <= 7 * base[:, None]], [CR, PD, PR], SD)
    response = np.where(measured, response, np.where(attended & present.any(axis=1)[:, None], NE, NONE))
    return sums, nadir, base, response


def _non_targets(lesions: Lesions) -> Ints:
    state = lesions.non_target
    seen = (state >= 0).any(axis=2)
    response = np.where((state == 2).any(axis=2), PD, np.where((state == 1).any(axis=2), NON, CR))
    return np.where(seen, response, NONE)


def derive_response(plan: Plan, lesions: Lesions, follow_up: FollowUp) -> Response:
    """Overall response at each scan, best response with and without confirmation, and clinical benefit.

    Confirmation: the next adequate assessment, at least 28 days later, is a response again. Stable disease, or
    neither complete response nor progression, counts from one scan interval less the window after randomisation;
    clinical benefit is a confirmed response, or no progression at an assessment three scan intervals less the
    window after randomisation.
    """
    attended, day = follow_up.attended, follow_up.scan
    sums, nadir, base, target = _targets(lesions, attended)
    non_target, new = _non_targets(lesions), lesions.new_location >= 0
    measurable = (lesions.location >= 0).any(axis=1)[:, None]
    with_targets = np.where((target == CR) & (non_target == NON), PR, target)
    overall = np.where(measurable, with_targets, np.where(non_target == NONE, NE, non_target))
    overall = np.where((target == PD) | (non_target == PD) | new, PD, overall)
    overall = np.where(attended, overall, NONE)
    progression = _first(overall == PD)
    until = np.where(progression >= 0, progression, day.shape[1])[:, None]
    used = attended & (np.arange(day.shape[1]) <= until) & (day < follow_up.new_therapy[:, None])
    visits = Visits(day, sums, nadir, base, target, non_target, new, overall, used, progression)
    return _best(plan, visits)


def _best(plan: Plan, visits: Visits) -> Response:
    """Add what is derived over visits."""
    interval, window = 7 * plan.study.scan_interval_weeks, plan.study.scan_window_days
    day, overall = visits.day, np.where(visits.used, visits.overall, NONE)
    adequate = visits.used & visits.adequate
    following, following_day = np.full(len(day), NONE), np.zeros(len(day), dtype=np.int64)
    complete, response = np.zeros_like(adequate), np.zeros_like(adequate)
    for scan in range(day.shape[1] - 1, -1, -1):
        later = following_day - day[:, scan] >= CONFIRMATION_DAYS
        complete[:, scan] = (overall[:, scan] == CR) & (following == CR) & later
        response[:, scan] = np.isin(overall[:, scan], (CR, PR)) & np.isin(following, (CR, PR)) & later
        following = np.where(adequate[:, scan], overall[:, scan], following)
        following_day = np.where(adequate[:, scan], day[:, scan], following_day)
    long_enough = day + 1 >= interval - window
    stable = np.isin(overall, (CR, PR, SD)) & long_enough
    steps = [complete, response, stable, (overall == NON) & long_enough, overall == PD]
    confirmed, confirmed_at = _rank(steps)
    best, best_at = _rank([overall == CR, overall == PR, (overall == SD) & long_enough, *steps[3:]])
    lasting = np.isin(overall, (CR, PR, SD, NON)) & (day + 1 >= 3 * interval - window)
    return Response(
        **{name: getattr(visits, name) for name in visits.__dataclass_fields__},
        best=best,
        best_at=best_at,
        confirmed_best=confirmed,
        confirmed_at=confirmed_at,
        benefit=(confirmed <= PR) | lasting.any(axis=1),
        response=_first(response | complete),
    )


def _rank(steps: list[Flags]) -> tuple[Ints, Ints]:
    """First of the ranked conditions that any visit meets (NE where none does), and the first visit that meets it."""
    best, at = np.full(len(steps[0]), NE), np.full(len(steps[0]), -1)
    for code in range(len(steps) - 1, -1, -1):
        index = _first(steps[code])
        best, at = np.where(index >= 0, code, best), np.where(index >= 0, index, at)
    return best, at


def read_independently(
    parameters: Parameters, investigator: Response, follow_up: FollowUp, streams: Streams
) -> tuple[Ints, Ints]:
    """Overall responses by the blinded independent review of the same scans, and the scan of its first progression.

    Reviewers disagree with the investigator on the event status of ``1 − agreement`` of the subjects, equally often
    in either direction, so that the numbers of events are alike; a part of the progressions on which they agree is
    seen one scan earlier.
    """
    p, rng = parameters.tumour_response, streams.generator("response", "independent")
    size, scans = investigator.overall.shape
    number = np.arange(scans)
    event = investigator.progression >= 0
    count = follow_up.attended.sum(axis=1)
    disagree = (1.0 - p.independent_agreement) / 2.0
    # Whose progression is missed and who dies later has an event all the same.
    share = float(np.mean(event & ~follow_up.dead)) if size else 0.5
    miss = min(disagree / max(share, 1e-9), 1.0)
    add = min(disagree / max(float(np.mean(~event & (count >= 2))), 1e-9), 1.0)
    draw, timing, pick = rng.random(size), rng.random(size), rng.random(size)
    previous = np.max(np.where(follow_up.attended & (number < investigator.progression[:, None]), number, -1), axis=1)
    earlier = (timing > p.independent_same_date) & (previous >= 0)
    agreed = np.where(earlier, previous, investigator.progression)
    order = np.cumsum(follow_up.attended, axis=1) - 1
    chosen = np.floor(pick * count).astype(np.int64)
    extra = (follow_up.attended & (order == chosen[:, None])).argmax(axis=1)
    progression = np.where(event, np.where(draw < miss, -1, agreed), np.where((draw < add) & (count >= 2), extra, -1))

    downgraded, upgraded = rng.random(size) < 0.08, rng.random(size) < 0.04
    overall = investigator.overall.copy()
    measurable = (investigator.base > 0)[:, None]
    overall = np.where(overall == PD, np.where(measurable, SD, NON), overall)
    overall = np.where(downgraded[:, None] & (overall == PR), SD, overall)
    overall = np.where(upgraded[:, None] & (overall == SD), PR, overall)
    after = (progression >= 0)[:, None] & (number >= progression[:, None])
    return np.where(follow_up.attended & after, PD, overall), progression
