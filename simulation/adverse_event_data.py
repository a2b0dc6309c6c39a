"""ADAE from the drawn events: dates with imputation, seriousness, outcome and occurrence flags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csrbook.simulate.columns import choose, flag, sequence_within, text
from csrbook.simulate.dates import first_of_month, first_of_year, iso_text, last_of_month
from simulation.adverse_events import ACTIONS, UNCHANGED, EventRows, Vocabulary
from simulation.disease_course import NEVER
from simulation.frame import Base, relative_day

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.simulate.streams import Streams
    from simulation.follow_up import FollowUp
    from simulation.parameters import Parameters

__all__ = ["QUERIES", "EventSources", "adverse_event_dataset"]

QUERIES = ("DIARRHOEA", "HAND-FOOT SYNDROME", "MYELOSUPPRESSION", "HEPATOTOXICITY", "LVEF DECREASED")
OUTCOMES = (
    "RECOVERED/RESOLVED",
    "RECOVERING/RESOLVING",
    "NOT RECOVERED/NOT RESOLVED",
    "RECOVERED/RESOLVED WITH SEQUELAE",
    "FATAL",
    "UNKNOWN",
)
SERIOUS = np.array([0.0, 0.004, 0.02, 0.16, 0.75, 1.0])
"""Probability that an event is serious, by grade."""
FULL, TO_MONTH, TO_YEAR = 0, 1, 2

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EventSources:
    """First treatment-emergent event of grade 3 or more on treatment, by query: day and AESEQ of each subject."""

    day: dict[str, Ints]
    """From randomisation; NEVER for none."""
    sequence: dict[str, Floats]


def adverse_event_dataset(
    base: Base,
    parameters: Parameters,
    vocabulary: Vocabulary,
    follow_up: FollowUp,
    rows: EventRows,
    window: int,
    streams: Streams,
) -> tuple[pd.DataFrame, EventSources]:
    """ADAE, and the source records of the times to severe diarrhoea and hand-foot syndrome."""
    rng = streams.generator("adverse events", "records")
    start_precision, end_precision = _precision(rng, parameters, follow_up, rows)
    randomised = base.date("RANDDT")
    first_dose, last_dose = base.date("TRTSDT"), base.date("TRTEDT")
    actual_start = randomised[rows.subject] + rows.onset
    actual_end = np.where(rows.end < NEVER, randomised[rows.subject] + rows.end, np.nan)
    start = _impute_start(actual_start, start_precision, first_dose[rows.subject])
    end = _impute_end(actual_end, end_precision, randomised[rows.subject] + follow_up.last[rows.subject])

    # the imputed dates decide the order, so that AESEQ follows ASTDT
    order = np.lexsort((np.arange(len(start)), start, rows.subject))
    rows, start, end = rows.take(order), start[order], end[order]
    actual_start, actual_end = actual_start[order], actual_end[order]
    start_precision, end_precision = start_precision[order], end_precision[order]
    subject = rows.subject
    sequence = sequence_within(subject)
    emergent = (start >= first_dose[subject]) & (start <= last_dose[subject] + window)
    soc = vocabulary.class_of[rows.term]
    names = len(vocabulary.names)
    flags = _occurrence_flags(subject, soc, rows, emergent, names)
    codes = _queries(vocabulary)[rows.term]
    frame = base.frame(
        subject,
        {
            "AESEQ": sequence,
            "AETERM": _reported(vocabulary, rows),
            "AELLT": text(vocabulary.names, rows.term),
            "AEDECOD": text(vocabulary.names, rows.term),
            "AEBODSYS": text(vocabulary.classes, soc),
            "AESTDTC": iso_text(actual_start, start_precision),
            "ASTDT": start,
            "ASTDTF": text(("", "D", "M"), start_precision),
            "AEENDTC": iso_text(actual_end, end_precision),
            "AENDT": end,
            "AENDTF": text(("", "D", "M"), end_precision),
            "ASTDY": relative_day(start, first_dose[subject]),
            "AENDY": relative_day(end, first_dose[subject]),
            "ADURN": end - start + 1.0,
            "AETOXGR": text("012345", rows.grade),
            "ATOXGR": text("012345", rows.grade),
            "ATOXGRN": rows.grade.astype(np.float64),
            **_seriousness(rng, rows),
            "AREL": text(("NOT RELATED", "RELATED"), rows.related.any(axis=1).astype(np.int64)),
            "AREL1": text(("NOT RELATED", "RELATED"), rows.related[:, 0].astype(np.int64)),
            "AREL2": text(("NOT RELATED", "RELATED"), rows.related[:, 1].astype(np.int64)),
            "AEACN1": text(ACTIONS, rows.action[:, 0]),
            "AEACN2": text(ACTIONS, rows.action[:, 1]),
            "AEOUT": text(OUTCOMES, _outcome(rng, rows, end)),
            "TRTEMFL": flag(emergent),
            **flags,
            **{f"CQ{i + 1:02d}NAM": text((name,), np.where(codes == i, 0, -1)) for i, name in enumerate(QUERIES)},
        },
    )
    return frame, _sources(rows, start - randomised[subject], sequence, emergent, codes, follow_up)


def _precision(
    rng: np.random.Generator, parameters: Parameters, follow_up: FollowUp, rows: EventRows
) -> tuple[Ints, Ints]:
    """How much of each date was collected; only mild events on treatment that changed no dose have partial dates."""
    share = parameters.adverse_events.partial_date
    plain = (rows.grade <= 2) & (rows.action == UNCHANGED).all(axis=1)
    plain &= (rows.onset >= follow_up.start[rows.subject]) & (rows.onset <= follow_up.end[rows.subject])
    level = 1 + choose(rng, (0.93, 0.07), len(plain))
    start = np.where(plain & (rng.random(len(plain)) < share), level, FULL)
    ended = plain & (rows.end < NEVER) & (rng.random(len(plain)) < share)
    return start, np.where(ended, TO_MONTH, FULL)


def _impute_start(actual: Floats, precision: Ints, first_dose: Floats) -> Floats:
    """The earliest day that the collected part allows, but not before the first dose."""
    earliest = np.select(
        [precision == TO_MONTH, precision == TO_YEAR], [first_of_month(actual), first_of_year(actual)], actual
    )
    return np.where(precision > FULL, np.maximum(earliest, first_dose), actual)


def _impute_end(actual: Floats, precision: Ints, last: Floats) -> Floats:
    """The last day of the month, but not after the last contact."""
    partial = np.flatnonzero(precision > FULL)
    end = actual.copy()
    end[partial] = np.minimum(last_of_month(actual[partial]), last[partial])
    return end


def _queries(vocabulary: Vocabulary) -> Ints:
    """Query of each term, −1 for none."""
    codes = [QUERIES.index(term.query) if term.query else -1 for term in vocabulary.terms]
    return np.array(codes + [-1] * (len(vocabulary.names) - len(codes)), dtype=np.int64)


def _reported(vocabulary: Vocabulary, rows: EventRows) -> NDArray[np.object_]:
    """Verbatim terms: the preferred term, or in half the records another wording where there is one."""
    wordings = [(name, *term.reported) for name, term in zip(vocabulary.names, vocabulary.terms, strict=False)]
    wordings += [(name,) for name in vocabulary.names[len(wordings) :]]
    count = np.array([len(w) for w in wordings], dtype=np.int64)
    start = np.cumsum(count) - count
    others = count[rows.term] - 1
    pick = np.where(rows.verbatim < 0.5, 0, 1 + np.floor((rows.verbatim - 0.5) * 2 * others)).astype(np.int64)
    return text([w for group in wordings for w in group], start[rows.term] + np.minimum(pick, others))


def _seriousness(rng: np.random.Generator, rows: EventRows) -> dict[str, NDArray[np.generic]]:
    """Seriousness and its criteria; every serious event meets at least one."""
    size = len(rows.grade)
    serious = rng.random(size) < SERIOUS[rows.grade]
    death = rows.grade == 5
    hospital = serious & (rng.random(size) < 0.85)
    threat = serious & (rows.grade == 4) & (rng.random(size) < 0.4)
    important = serious & ~death & ~hospital & ~threat
    none = np.zeros(size, dtype=bool)
    return {
        "AESER": flag(serious, "N"),
        "AESDTH": flag(death, "N"),
        "AESHOSP": flag(hospital, "N"),
        "AESLIFE": flag(threat, "N"),
        "AESDISAB": flag(none, "N"),
        "AESCONG": flag(none, "N"),
        "AESMIE": flag(important, "N"),
    }


def _outcome(rng: np.random.Generator, rows: EventRows, end: Floats) -> Ints:
    over = choose(rng, (0.985, 0.0, 0.0, 0.01, 0.0, 0.005), len(end))
    running = choose(rng, (0.0, 0.35, 0.63, 0.0, 0.0, 0.02), len(end))
    return np.where(rows.grade == 5, OUTCOMES.index("FATAL"), np.where(np.isnan(end), running, over))


def _occurrence_flags(
    subject: Ints, soc: Ints, rows: EventRows, emergent: Flags, names: int
) -> dict[str, NDArray[np.generic]]:
    """First occurrences among treatment-emergent records, which are sorted by subject and date."""
    index = np.flatnonzero(emergent)

    def first(group: Ints, order: Ints) -> NDArray[np.object_]:
        ordered = index[order]
        _, position = np.unique(group[ordered], return_index=True)
        marked = np.zeros(len(subject), dtype=bool)
        marked[ordered[position]] = True
        return flag(marked)

    in_order = np.arange(len(index))
    worst_first = np.lexsort((in_order, -rows.grade[index]))
    return {
        "AOCCFL": first(subject, in_order),
        "AOCCSFL": first(subject * (int(soc.max(initial=0)) + 1) + soc, in_order),
        "AOCCPFL": first(subject * names + rows.term, in_order),
        "AOCCPIFL": first(subject * names + rows.term, worst_first),
    }


def _sources(
    rows: EventRows, day: Floats, sequence: Floats, emergent: Flags, codes: Ints, follow_up: FollowUp
) -> EventSources:
    days, sequences = {}, {}
    for code, name in enumerate(QUERIES[:2]):
        found = np.flatnonzero(emergent & (codes == code) & (rows.grade >= 3) & (day <= follow_up.end[rows.subject]))
        _, position = np.unique(rows.subject[found], return_index=True)
        chosen = found[position]
        days[name] = np.full(len(follow_up.cut), NEVER, dtype=np.int64)
        sequences[name] = np.full(len(follow_up.cut), np.nan)
        days[name][rows.subject[chosen]] = day[chosen].astype(np.int64)
        sequences[name][rows.subject[chosen]] = sequence[chosen]
    return EventSources(days, sequences)
