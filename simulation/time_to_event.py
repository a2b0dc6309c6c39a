"""ADTTE: seventeen time-to-event parameters, each with its censoring and the record that gave its date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulation.disease_course import NEVER
from simulation.frame import MERGED, Base
from simulation.lesions import BRAIN, Lesions
from simulation.progression import (
    DEVIATION,
    LAST,
    LOSS,
    NEW_THERAPY,
    NO_ASSESSMENT,
    ONGOING,
    RANDOMISATION,
    REASONS,
    Assessments,
    EventTime,
    as_event,
    progression_free_survival,
    scheduled_dates,
)

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.plan.models import Plan
    from simulation.adverse_event_data import EventSources
    from simulation.follow_up import FollowUp
    from simulation.questionnaires import Deterioration
    from simulation.response import Response
    from simulation.tumour import ResponseRows

__all__ = ["PARAMETERS", "Sources", "event_time_dataset"]

# In the order of PARAMN.
PARAMETERS = {
    "PFSINV": "Progression-Free Survival by Investigator",
    "PFSPP": "Progression-Free Survival, Per-Protocol Estimand",
    "PFSBICR": "Progression-Free Survival by Independent Review",
    "PFSFDA": "Progression-Free Survival, FDA Censoring",
    "PFSNACT": "Progression-Free Survival, New Anticancer Therapy as Event",
    "PFSMISS": "Progression-Free Survival, Missed Assessments Censored",
    "PFSSCH": "Progression-Free Survival by Scheduled Dates",
    "PFSSYMP": "Progression-Free Survival, Symptomatic Deterioration as Event",
    "OS": "Overall Survival",
    "DOR": "Duration of Response",
    "TTR": "Time to Response",
    "TTF": "Time to Treatment Failure",
    "PFS2": "Time to Second Progression or Death",
    "CNSPD": "Time to Central Nervous System Progression",
    "TTDQL2": "Time to Deterioration of Global Health Status",
    "TTDIAR": "Time to First Diarrhoea of Grade >=3",
    "TTHFS": "Time to First Hand-Foot Syndrome of Grade >=3",
}
COMPETING = "COMPETING EVENT"
MERGED_HERE = (*MERGED, "STRAT1R", "STRAT2R", "STRATAR", "BMEVLFL")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Sources:
    """Records of other datasets that ADTTE refers to."""

    responses: ResponseRows
    lesions: Ints
    """TRSEQ of the new lesion at each scan."""
    events: EventSources
    deterioration: Deterioration
    therapies: Floats
    """CMSEQ of the first new anticancer therapy."""
    questionnaire: Flags
    """Subjects of the Patient-Reported-Outcomes Set."""
    deviation: Ints
    """Day of the first important deviation."""


def _build(size: int, columns: list[tuple[object, ...]]) -> EventTime:
    """Event times from conditions in falling priority.

    Each entry is (condition, day, CNSR, EVNTDESC, CNSDTDSC, SRCDOM, SRCVAR, SRCSEQ, COMPEV); the last must hold for
    everyone.
    """
    conditions = [np.asarray(column[0], dtype=bool) for column in columns]

    def pick(position: int, kind: type) -> NDArray[np.generic]:
        return np.select(conditions, [np.broadcast_to(np.asarray(c[position], dtype=kind), size) for c in columns])

    missing = np.full(size, np.nan)
    return EventTime(
        day=pick(1, np.int64), censor=pick(2, np.int64), event=pick(3, object), described=pick(4, object),
        domain=pick(5, object), variable=pick(6, object), sequence=pick(7, np.float64), left=missing, right=missing,
        competing=pick(8, np.int64), start=np.zeros(size, dtype=np.int64), include=np.ones(size, dtype=bool),
    )  # fmt: skip


def event_time_dataset(
    base: Base,
    plan: Plan,
    follow_up: FollowUp,
    lesions: Lesions,
    response: Response,
    review: Ints,
    reviewed_progression: Ints,
    sources: Sources,
) -> pd.DataFrame:
    """ADTTE, derived from the other datasets' records."""
    investigator = Assessments.of(follow_up, response.overall, response.progression, sources.responses.investigator)
    independent = Assessments.of(follow_up, review, reviewed_progression, sources.responses.independent)
    primary = progression_free_survival(plan, investigator, follow_up)
    therapy, symptomatic = follow_up.new_therapy, follow_up.symptomatic
    after = "NO FURTHER ASSESSMENT AFTER INVESTIGATOR PD"
    by_investigator = np.where(
        (response.progression >= 0) & (reviewed_progression < 0), response.progression_day(), NEVER
    )
    times = {
        "PFSINV": primary,
        "PFSPP": progression_free_survival(
            plan, investigator, follow_up, ((sources.deviation, DEVIATION), (therapy, NEW_THERAPY))
        ),
        "PFSBICR": _reviewed(plan, independent, follow_up, by_investigator, after),
        "PFSFDA": progression_free_survival(plan, investigator, follow_up, ((therapy, NEW_THERAPY),), missed=True),
        "PFSNACT": as_event(
            primary,
            np.where(therapy < investigator.progression_day(), therapy, NEVER),
            "NEW ANTICANCER THERAPY",
            "NACTDT",
        ),
        "PFSMISS": progression_free_survival(plan, investigator, follow_up, missed=True),
        "PFSSCH": scheduled_dates(plan, primary, investigator, follow_up),
        "PFSSYMP": as_event(primary, symptomatic, "SYMPTOMATIC DETERIORATION", "SYMPDT"),
        "OS": _overall_survival(follow_up),
        "DOR": _duration(primary, response),
        "TTR": _to_response(investigator, response),
        "TTF": _failure(investigator, follow_up),
        "PFS2": _second_progression(follow_up, sources.therapies),
        "CNSPD": _brain(primary, investigator, lesions, sources.lesions, response),
        "TTDQL2": _deterioration(follow_up, sources),
        "TTDIAR": _toxicity(follow_up, sources.events, "DIARRHOEA", "GRADE >=3 DIARRHOEA"),
        "TTHFS": _toxicity(follow_up, sources.events, "HAND-FOOT SYNDROME", "GRADE >=3 HAND-FOOT SYNDROME"),
    }
    return _frame(base, plan, times)


def _reviewed(plan: Plan, seen: Assessments, follow_up: FollowUp, by_investigator: Ints, text: str) -> EventTime:
    """By independent review; assessments end with a progression that only the investigator saw, but a death counts."""
    stop = np.where(seen.death < NEVER, NEVER, by_investigator)
    stopped = stop < NEVER
    time = progression_free_survival(plan, seen, follow_up, ((stop, ONGOING),))
    return replace(time, event=np.where(stopped & (time.censor == ONGOING), text, time.event).astype(object))


def _overall_survival(follow_up: FollowUp) -> EventTime:
    code = np.where(follow_up.lost, LOSS, ONGOING)
    reason = np.array(["", *(REASONS[c] for c in range(1, 7))], dtype=object)[code]
    everyone = np.ones(len(code), dtype=bool)
    return _build(
        len(code),
        [
            (follow_up.dead, follow_up.last, 0, "DEATH", "", "ADSL", "DTHDT", np.nan, 1),
            (everyone, follow_up.last, code, reason, "LAST KNOWN ALIVE", "ADSL", "LSTALVDT", np.nan, 0),
        ],
    )


def _duration(primary: EventTime, response: Response) -> EventTime:
    missing = np.full(len(primary.day), np.nan)
    start = response.day[np.arange(len(missing)), np.maximum(response.response, 0)]
    return replace(primary, start=start, include=response.responder, left=missing, right=missing)


def _to_response(seen: Assessments, response: Response) -> EventTime:
    day = seen.day_or_start(response.response)
    everyone = np.ones(len(day), dtype=bool)
    time = _build(
        len(day), [(everyone, day, 0, "CONFIRMED RESPONSE", "", "ADRS", "ADT", seen.sequence_of(response.response), 1)]
    )
    return replace(time, include=response.responder)


def _failure(seen: Assessments, follow_up: FollowUp) -> EventTime:
    """Progression, death or the end of treatment for any reason, whichever comes first."""
    stopped = np.where(follow_up.treated & ~follow_up.ongoing, follow_up.end, NEVER)
    progressed = seen.progression_day()
    everyone = np.ones(len(stopped), dtype=bool)
    first = np.minimum(np.minimum(stopped, progressed), seen.death)
    fails = first < NEVER
    return _build(
        len(stopped),
        [
            (~follow_up.treated, np.zeros_like(stopped), 0, "TREATMENT NOT STARTED", "", "ADSL", "RANDDT", np.nan, 1),
            (fails & (progressed == first), first, 0, "PD", "", "ADRS", "ADT", seen.sequence_of(seen.progression), 1),
            (fails & (seen.death == first), first, 0, "DEATH", "", "ADSL", "DTHDT", np.nan, 1),
            (fails, first, 0, "END OF TREATMENT", "", "ADSL", "TRTEDT", np.nan, 1),
            (everyone, follow_up.end, ONGOING, REASONS[ONGOING], "LAST KNOWN DOSE", "ADSL", "TRTEDT", np.nan, 0),
        ],
    )


def _second_progression(follow_up: FollowUp, therapies: Floats) -> EventTime:
    code = np.where(follow_up.lost, LOSS, ONGOING)
    reason = np.array(["", *(REASONS[c] for c in range(1, 7))], dtype=object)[code]
    everyone, second = np.ones(len(code), dtype=bool), follow_up.second_progression
    return _build(
        len(code),
        [
            (second < NEVER, second, 0, "PD ON SUBSEQUENT THERAPY", "", "ADCM", "AENDT", therapies, 1),
            (follow_up.dead, follow_up.last, 0, "DEATH", "", "ADSL", "DTHDT", np.nan, 1),
            (everyone, follow_up.last, code, reason, "LAST KNOWN ALIVE", "ADSL", "LSTALVDT", np.nan, 0),
        ],
    )


def _brain(primary: EventTime, seen: Assessments, lesions: Lesions, numbers: Ints, response: Response) -> EventTime:
    """A new lesion in the brain; progression elsewhere and death compete."""
    at = np.maximum(response.progression, 0)
    rows = np.arange(len(at))
    brain = (response.progression >= 0) & (lesions.new_location[rows, at] == BRAIN)
    event, died = primary.censor == 0, primary.event == "DEATH"
    everyone, p = np.ones(len(at), dtype=bool), primary
    return _build(
        len(at),
        [
            (brain, seen.progression_day(), 0, "CNS PROGRESSION", "", "ADTR", "ADT", numbers[rows, at], 1),
            (event & died, p.day, ONGOING, "DEATH", COMPETING, "ADSL", "DTHDT", np.nan, 2),
            (event, p.day, ONGOING, "PD OUTSIDE THE CNS", COMPETING, "ADRS", "ADT", p.sequence, 2),
            (everyone, p.day, p.censor, p.event, p.described, p.domain, p.variable, p.sequence, 0),
        ],
    )


def _deterioration(follow_up: FollowUp, sources: Sources) -> EventTime:
    """A fall of the global health status by ten points or more; death without it competes."""
    d = sources.deterioration
    code = np.where(follow_up.lost, LOSS, ONGOING)
    reason = np.array(["", *(REASONS[c] for c in range(1, 7))], dtype=object)[code]
    none = d.last == NEVER
    time = _build(
        len(code),
        [
            (d.day < NEVER, d.day, 0, "DETERIORATION", "", "ADQS", "ADT", d.sequence, 1),
            (follow_up.dead, follow_up.last, ONGOING, "DEATH", COMPETING, "ADSL", "DTHDT", np.nan, 2),
            (
                none,
                np.zeros_like(code),
                NO_ASSESSMENT,
                REASONS[NO_ASSESSMENT],
                RANDOMISATION,
                "ADSL",
                "RANDDT",
                np.nan,
                0,
            ),
            (~none, d.last, code, reason, LAST, "ADQS", "ADT", d.last_sequence, 0),
        ],
    )
    return replace(time, include=sources.questionnaire)


def _toxicity(follow_up: FollowUp, events: EventSources, query: str, text: str) -> EventTime:
    """First event of grade 3 or more on treatment; the end of treatment competes."""
    day, everyone = events.day[query], np.ones(len(follow_up.cut), dtype=bool)
    end = np.where(follow_up.treated, follow_up.end, 0)
    time = _build(
        len(day),
        [
            (day < NEVER, day, 0, text, "", "ADAE", "ASTDT", events.sequence[query], 1),
            (~follow_up.ongoing, end, ONGOING, "END OF TREATMENT", COMPETING, "ADSL", "TRTEDT", np.nan, 2),
            (everyone, end, ONGOING, REASONS[ONGOING], "LAST KNOWN DOSE", "ADSL", "TRTEDT", np.nan, 0),
        ],
    )
    return replace(time, include=follow_up.treated)


def _frame(base: Base, plan: Plan, times: dict[str, EventTime]) -> pd.DataFrame:
    """Stack the parameters: subject by parameter in the order of PARAMCD, so that the rows are sorted by key."""
    codes = sorted(times)
    numbers = {code: position + 1.0 for position, code in enumerate(PARAMETERS)}

    def stack(name: str) -> NDArray[np.generic]:
        return np.stack([getattr(times[code], name) for code in codes], axis=1)

    include = stack("include")
    subject, parameter = np.nonzero(include)
    origin = base.date("RANDDT")[subject]
    start, day = origin + stack("start")[include], origin + stack("day")[include]
    return base.frame(
        subject,
        {
            "PARAMCD": np.array(codes, dtype=object)[parameter],
            "PARAM": np.array([PARAMETERS[code] for code in codes], dtype=object)[parameter],
            "PARAMN": np.array([numbers[code] for code in codes])[parameter],
            "STARTDT": start,
            "ADT": day,
            "AVAL": (day - start + 1.0) / plan.study.days_per_month,
            "CNSR": stack("censor")[include].astype(np.float64),
            "EVNTDESC": stack("event")[include],
            "CNSDTDSC": stack("described")[include],
            "SRCDOM": stack("domain")[include],
            "SRCVAR": stack("variable")[include],
            "SRCSEQ": stack("sequence")[include],
            "INTLDT": origin + stack("left")[include],
            "INTRDT": origin + stack("right")[include],
            "COMPEV": stack("competing")[include].astype(np.float64),
        },
        MERGED_HERE,
    )
