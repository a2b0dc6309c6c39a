"""Adverse events: which, when, how bad, and what was done about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csrbook.simulate.binaries import shared_frailty_binaries
from csrbook.simulate.columns import choose
from simulation.disease_course import DEATH, NEVER, Course
from simulation.follow_up import REASONS, FollowUp

if TYPE_CHECKING:
    from csrbook.simulate.streams import Streams
    from simulation.parameters import AdverseEventTerm, Parameters
    from simulation.subjects import Cohort

__all__ = ["ACTIONS", "EventRows", "Vocabulary", "draw_events", "fatal_subjects"]

ACTIONS = ("DOSE NOT CHANGED", "DOSE REDUCED", "DRUG INTERRUPTED", "DRUG WITHDRAWN", "NOT APPLICABLE")
UNCHANGED, REDUCED, INTERRUPTED, WITHDRAWN, NOT_APPLICABLE = range(5)
INTERRUPTION = np.array([0.0, 0.01, 0.08, 0.45, 0.60, 0.0])
"""Probability that a drug is interrupted, by grade."""

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Vocabulary:
    """Preferred terms with their classes: those of the parameters first, then the fatal ones."""

    terms: tuple[AdverseEventTerm, ...]
    names: tuple[str, ...]
    classes: tuple[str, ...]
    class_of: Ints

    @classmethod
    def of(cls, parameters: Parameters) -> Vocabulary:
        """The vocabulary of the parameters."""
        p = parameters.adverse_events
        pairs = [(soc, term) for soc, terms in p.terms.items() for term in terms]
        known = {term.term for _, term in pairs}
        fatal = [(soc, name) for soc, names in p.fatal_terms.items() for name in names if name not in known]
        classes = tuple(sorted({soc for soc, _ in [*pairs, *fatal]}))
        return cls(
            terms=tuple(term for _, term in pairs),
            names=(*(term.term for _, term in pairs), *(name for _, name in fatal)),
            classes=classes,
            class_of=np.array([classes.index(soc) for soc, _ in [*pairs, *fatal]], dtype=np.int64),
        )


@dataclass(frozen=True)
class EventRows:
    """Adverse events, one entry a record, not yet sorted."""

    subject: Ints
    term: Ints
    grade: Ints
    onset: Ints
    end: Ints
    """NEVER while it goes on."""
    related: Flags
    """Shape (records, 2): pyrotinib, partner drug."""
    action: Ints
    """Shape (records, 2), index into ACTIONS."""
    verbatim: NDArray[np.float64]
    """Uniform draw that chooses the reported term."""

    def take(self, index: NDArray[np.generic]) -> EventRows:
        """Records by index or condition."""
        return EventRows(**{name: getattr(self, name)[index] for name in self.__dataclass_fields__})


def fatal_subjects(parameters: Parameters, course: Course, follow_up: FollowUp, window: int, streams: Streams) -> Flags:
    """Deaths without progression, on treatment or soon after it, that an adverse event caused."""
    chosen = (
        streams.generator("adverse events", "fatal").random(len(follow_up.cut)) < parameters.adverse_events.fatal_share
    )
    soon = follow_up.treated & (course.death - follow_up.end <= window)
    return chosen & soon & follow_up.dead & (course.kind == DEATH)


def draw_events(
    parameters: Parameters,
    vocabulary: Vocabulary,
    cohort: Cohort,
    course: Course,
    follow_up: FollowUp,
    fatal: Flags,
    window: int,
    streams: Streams,
) -> EventRows:
    """All adverse events of the randomised subjects."""
    during = _during_treatment(parameters, vocabulary, cohort, follow_up, window, streams)
    during = _act(parameters, cohort, follow_up, during, streams)
    outside = _outside_treatment(parameters, vocabulary, cohort, follow_up, window, streams)
    deadly = _fatal(vocabulary, parameters, course, follow_up, fatal, streams)
    parts = (during, outside, deadly)
    rows = EventRows(
        **{name: np.concatenate([getattr(p, name) for p in parts]) for name in during.__dataclass_fields__}
    )
    end = np.where(rows.end > follow_up.last[rows.subject], NEVER, rows.end)
    order = np.lexsort((np.arange(len(end)), rows.onset, rows.subject))
    return replace(rows, end=end).take(order)


def _occurrence(
    parameters: Parameters, vocabulary: Vocabulary, cohort: Cohort, follow_up: FollowUp, streams: Streams
) -> tuple[Flags, Flags]:
    """Whether each subject has each term at all, and at grade 3 or more; shape (subjects, terms)."""
    p, rng = parameters.adverse_events, streams.generator("adverse events", "occurrence")
    arm = np.maximum(cohort.actual, 0)
    total = np.array([term.any for term in vocabulary.terms])
    severe = np.array([term.severe for term in vocabulary.terms])
    size, number = cohort.size, len(vocabulary.terms)
    forced = np.zeros((size, number), dtype=bool)
    for group in sorted(p.severe_groups):
        members = [i for i, term in enumerate(vocabulary.terms) if term.group == group]
        weight = np.array([vocabulary.terms[i].weight for i in members])
        rate = p.severe_groups[group].array
        has = rng.random(size) < rate[arm]
        forced[np.flatnonzero(has), np.array(members)[choose(rng, weight.tolist(), size)][has]] = True
        share = weight[:, None] / weight.sum() * rate
        # what the group forces on a member is taken off its own rate, so that the rate of any grade stays
        total[members] = (total[members] - share) / (1.0 - share)
    occurs = shared_frailty_binaries(rng, np.clip(total.T[arm], 1e-9, 1 - 1e-9), p.shared_frailty) & (total.T[arm] > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        given = np.where(total > 0, severe / total, 0.0)
    bad = occurs & (rng.random((size, number)) < given.T[arm])
    # a treatment stopped for an adverse event needs one: the first term is the commonest
    stopped = (follow_up.reason == REASONS.index("ADVERSE EVENT")) | (follow_up.partner_stop < NEVER)
    occurs[:, 0] |= stopped & ~occurs.any(axis=1)
    treated = follow_up.treated[:, None]
    return (occurs | forced) & treated, (bad | forced) & treated


def _during_treatment(
    parameters: Parameters, vocabulary: Vocabulary, cohort: Cohort, follow_up: FollowUp, window: int, streams: Streams
) -> EventRows:
    """Events between the first dose and the end of the treatment-emergent window."""
    p = parameters.adverse_events
    occurs, severe = _occurrence(parameters, vocabulary, cohort, follow_up, streams)
    rng = streams.generator("adverse events", "episodes")
    subject, term = np.nonzero(occurs)
    onset_mean = np.array([t.onset for t in vocabulary.terms])[term]
    more = np.array([t.more for t in vocabulary.terms])[term]
    start = follow_up.start[subject]
    length = np.minimum(follow_up.end[subject] + window, follow_up.last[subject]) - start + 1.0
    # exponential onset truncated to the window: whoever has the event has it while it counts
    first = -onset_mean * np.log1p(-rng.random(len(subject)) * -np.expm1(-length / onset_mean))
    count = 1 + rng.poisson(np.where(length > 21, more, 0.0))
    worst = np.floor(rng.random(len(subject)) * count).astype(np.int64)
    pair = np.repeat(np.arange(len(subject)), count)
    place = np.arange(len(pair)) - (np.cumsum(count) - count)[pair]
    further = first[pair] + rng.random(len(pair)) * (length - first)[pair]
    onset = start[pair] + np.floor(np.where(place == 0, first[pair], further)).astype(np.int64)
    bad = severe[subject, term][pair] & (place == worst[pair])
    subject, term = subject[pair], term[pair]
    with_4 = np.isin(vocabulary.class_of, [vocabulary.classes.index(c) for c in p.grade_4_classes])[term]
    mild = 1 + (rng.random(len(pair)) < p.grade_2)
    grade = np.where(bad, 3 + (with_4 & (rng.random(len(pair)) < p.grade_4)), mild)
    median = np.array([t.days for t in vocabulary.terms])[term]
    end = onset + np.floor(rng.exponential(size=len(pair)) * median / np.log(2.0)).astype(np.int64)
    return EventRows(
        subject=subject,
        term=term,
        grade=grade.astype(np.int64),
        onset=onset,
        end=end,
        related=_relation(rng, vocabulary, term, cohort.actual[subject]),
        action=np.zeros((len(pair), 2), dtype=np.int64),
        verbatim=rng.random(len(pair)),
    )


def _relation(rng: np.random.Generator, vocabulary: Vocabulary, term: Ints, actual: Ints) -> Flags:
    pyrotinib = np.array([t.related[0] for t in vocabulary.terms])[term]
    partner = np.array([t.related[1] for t in vocabulary.terms])[term]
    in_test = np.array([t.related[1] if t.related_in_test is None else t.related_in_test for t in vocabulary.terms])[
        term
    ]
    probability = np.stack([pyrotinib, np.where(actual == 0, in_test, partner)], axis=1)
    return rng.random(probability.shape) < probability


def _best_of(subject: Ints, score: NDArray[np.float64], able: Flags) -> Ints:
    """Index of the able record with the greatest score of each subject that has one."""
    rows = np.flatnonzero(able)
    rows = rows[np.lexsort((score[rows], subject[rows]))]
    last = np.r_[subject[rows][1:] != subject[rows][:-1], True] if len(rows) else np.zeros(0, dtype=bool)
    return rows[last]


def _act(parameters: Parameters, cohort: Cohort, follow_up: FollowUp, rows: EventRows, streams: Streams) -> EventRows:
    """Interruptions, reductions and withdrawals of each drug, in agreement with the treatment periods."""
    rng, p = streams.generator("adverse events", "actions"), parameters.treatment
    subject, onset, end = rows.subject, rows.onset.copy(), rows.end.copy()
    action = np.where(rng.random((len(subject), 2)) < INTERRUPTION[rows.grade][:, None], INTERRUPTED, UNCHANGED)
    score = rows.grade + 0.5 * rows.related.sum(axis=1) + rng.random(len(subject))
    shift = rng.integers(1, 11, len(subject))

    stopped = follow_up.reason[subject] == REASONS.index("ADVERSE EVENT")
    partner_stop = follow_up.partner_stop[subject]
    for able, day, drugs in ((stopped, follow_up.end[subject], (0, 1)), (partner_stop < NEVER, partner_stop, (1,))):
        chosen = _best_of(subject, score + 0.8 * rows.related[:, drugs[-1]], able)
        moved = np.maximum(day[chosen] - shift[chosen], follow_up.start[subject[chosen]])
        end[chosen] = np.maximum(end[chosen] - onset[chosen] + moved, day[chosen])
        onset[chosen] = moved
        for drug in drugs:
            action[chosen, drug] = WITHDRAWN
    taken = (action == WITHDRAWN).any(axis=1)
    ends = np.stack([follow_up.end[subject], np.minimum(follow_up.end[subject], partner_stop)], axis=1)
    for drug, rate in enumerate((p.pyrotinib_reduced, p.partner_reduced)):
        able = ~taken & (onset < ends[:, drug] - 7)
        has = np.zeros(cohort.size, dtype=bool)
        has[subject[able]] = True
        arm = np.maximum(cohort.actual, 0)
        possible = np.array([max(float(np.mean(has[arm == a])), 1e-9) if np.any(arm == a) else 1.0 for a in (0, 1)])
        flagged = rng.random(cohort.size) < np.minimum(rate.array / possible, 1.0)[arm]
        second = flagged & (rng.random(cohort.size) < 0.2)
        for wanted in (flagged, second):
            free = able & wanted[subject] & (action[:, drug] != REDUCED)
            action[_best_of(subject, score + rows.related[:, drug], free), drug] = REDUCED
    late = onset[:, None] > ends
    action = np.where(late & (action != WITHDRAWN), NOT_APPLICABLE, action)
    return replace(rows, onset=onset, end=end, action=action)


def _outside_treatment(
    parameters: Parameters, vocabulary: Vocabulary, cohort: Cohort, follow_up: FollowUp, window: int, streams: Streams
) -> EventRows:
    """Mild events between consent and the first dose, and after the treatment-emergent window."""
    rng, p, size = streams.generator("adverse events", "outside"), parameters.adverse_events, cohort.size
    plain = np.array([i for i, term in enumerate(vocabulary.terms) if not term.query], dtype=np.int64)
    treated = follow_up.treated
    earliest = -(cohort.day0 - cohort.consent).astype(np.int64)
    start = np.where(treated, follow_up.start, 1)
    before = np.flatnonzero(treated & (rng.random(size) < p.before_treatment))
    before_day = earliest[before] + np.floor(rng.random(len(before)) * (start - earliest)[before]).astype(np.int64)
    room = np.minimum(follow_up.last, follow_up.end + 150) - (follow_up.end + window)
    after = np.flatnonzero(treated & ~follow_up.ongoing & (room > 1) & (rng.random(size) < p.after_treatment))
    after_day = (
        follow_up.end[after] + window + 1 + np.floor(rng.random(len(after)) * (room[after] - 1)).astype(np.int64)
    )
    subject, onset = np.concatenate([before, after]), np.concatenate([before_day, after_day])
    rows = len(subject)
    return EventRows(
        subject=subject,
        term=plain[rng.integers(0, len(plain), rows)],
        grade=1 + (rng.random(rows) < p.grade_2).astype(np.int64),
        onset=onset,
        end=onset + np.floor(rng.exponential(12.0, rows)).astype(np.int64),
        related=np.zeros((rows, 2), dtype=bool),
        action=np.full((rows, 2), NOT_APPLICABLE),
        verbatim=rng.random(rows),
    )


def _fatal(
    vocabulary: Vocabulary, parameters: Parameters, course: Course, follow_up: FollowUp, fatal: Flags, streams: Streams
) -> EventRows:
    """The adverse events that led to death: grade 5, ending on the day of death."""
    rng, subject = streams.generator("adverse events", "fatal events"), np.flatnonzero(fatal)
    codes = [vocabulary.names.index(n) for names in parameters.adverse_events.fatal_terms.values() for n in names]
    rows = len(subject)
    death = course.death[subject]
    return EventRows(
        subject=subject,
        term=np.array(codes, dtype=np.int64)[rng.integers(0, len(codes), rows)],
        grade=np.full(rows, 5, dtype=np.int64),
        onset=np.maximum(death - rng.integers(0, 9, rows), follow_up.start[subject]),
        end=death,
        related=np.stack([rng.random(rows) < 0.1, np.zeros(rows, dtype=bool)], axis=1),
        action=np.full((rows, 2), NOT_APPLICABLE),
        verbatim=rng.random(rows),
    )
