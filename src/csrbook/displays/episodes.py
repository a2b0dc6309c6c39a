"""Episodes of an adverse event: weekly prevalence, mean cumulative number and days, and duration, as ARD rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from pydantic import Field

from csrbook.displays.adverse_events import TREATMENT_EMERGENT, read_events
from csrbook.displays.conditions import Condition, Selection
from csrbook.displays.counts import add_counts
from csrbook.displays.estimates import add_number
from csrbook.displays.parameters import Parameters
from csrbook.displays.patient_years import days_at_risk
from csrbook.displays.program import analysis_subjects
from csrbook.stats.kaplan_meier import kaplan_meier
from csrbook.stats.mean_cumulative import mean_cumulative

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.displays.program import Data
    from csrbook.plan.models import Plan

__all__ = ["EpisodeParameters", "Episodes", "add_duration", "add_mean_cumulative", "add_prevalence", "read_episodes"]

WEEK: Final = 7


class Kind(Parameters):
    """A kind of episode: its label in the panels' titles and further conditions."""

    label: str
    where: tuple[Condition, ...] = ()


class EpisodeParameters(Parameters):
    """What the plan row of a chart of episodes may say."""

    name: str
    """Of the event, in a sentence."""
    where: tuple[Condition, ...] = TREATMENT_EMERGENT
    """Records of ADAE that are episodes."""
    kinds: dict[str, Kind] = Field(min_length=1, max_length=2)
    """At most two: each has a panel of prevalence."""
    weeks: int = Field(gt=0)
    ticks: tuple[int, ...]
    """Weeks with a tick."""
    at_risk: tuple[int, ...]
    """Ticks that show the patients at risk."""
    digits: int = 2
    """Of the mean cumulative function."""


@dataclass(frozen=True)
class Episodes:
    """Episodes on treatment; day 1 is the day of the first dose.

    Attributes
    ----------
    groups : Groups
        Columns: the arms.
    sizes : ndarray of int
        Subjects of each arm.
    arm, days : ndarray
        Position of each subject's arm; days that it was observed.
    subject : ndarray of int
        Position of each episode's subject.
    first, last : ndarray of float
        First and last day of each episode; an episode that goes on ends with the observation.
    resolved : ndarray of bool
        Whether the end is known.
    chosen : dict of str to ndarray of bool
        Kinds of episodes by id.
    """

    groups: Groups
    sizes: NDArray[np.int64]
    arm: NDArray[np.intp]
    days: NDArray[np.float64]
    subject: NDArray[np.intp]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    resolved: NDArray[np.bool_]
    chosen: dict[str, NDArray[np.bool_]]


def read_episodes(data: Data, plan: Plan, analysis_set: str, chosen: EpisodeParameters) -> Episodes:
    """Read the episodes of an analysis set.

    Parameters
    ----------
    data, plan
        Locked data; arms, period at risk.
    analysis_set : str
        Id of the set; subjects without a first dose are observed for no day.
    chosen : EpisodeParameters
        Which records are episodes, and their kinds.

    Notes
    -----
    An episode that begins before the first dose begins on day 1; one without an end, or that ends after the time at
    risk, lasts to the end of that (``resolved`` is then false). One that begins after it is left out.
    """
    kinds = {name: kind.where for name, kind in chosen.kinds.items()}
    named = [c.variable for c in (*chosen.where, *(c for kind in kinds.values() for c in kind))]
    events = read_events(data, plan, analysis_set, [*named, "ASTDT", "AENDT"], total=False)
    events = events.where(Selection(events.records, "ADAE")(chosen.where))
    subjects = analysis_subjects(data, plan, analysis_set)
    days = days_at_risk(subjects, plan)
    start = subjects["TRTSDT"].to_numpy(dtype=np.float64)[events.subject]
    first = np.maximum(np.nan_to_num(events.records["ASTDT"].to_numpy(dtype=np.float64) - start + 1.0, nan=1.0), 1.0)
    last = events.records["AENDT"].to_numpy(dtype=np.float64) - start + 1.0
    inside = first <= days[events.subject]
    events, first, last = events.where(inside), first[inside], last[inside]
    until = days[events.subject]
    resolved = last <= until  # false where the end is missing
    select = Selection(events.records, "ADAE")
    return Episodes(
        groups=events.groups,
        sizes=events.sizes,
        arm=events.arms,
        days=days,
        subject=events.subject,
        first=first,
        last=np.maximum(np.where(resolved, last, until), first),
        resolved=resolved,
        chosen={kind: select(conditions) for kind, conditions in kinds.items()},
    )


def add_prevalence(ard: Ard, episodes: Episodes, weeks: int) -> None:
    """Subjects with an episode on at least one day of each week, of those observed on its first day.

    Keys: ``analysis_id`` is ``PREVALENCE`` and the kind (``PREVALENCE.ANY``), ``variable`` ``WEEK``, ``variable_level``
    its number from 1; ``AT_RISK`` holds the denominators.
    """
    groups = episodes.groups
    for week in range(1, weeks + 1):
        begin, end = WEEK * (week - 1) + 1, WEEK * week
        observed = episodes.days >= begin
        at_risk = groups.tally(episodes.arm[observed])
        keys = {"variable": "WEEK", "variable_level": str(week)}
        add_counts(ard, groups, at_risk, None, analysis_id="AT_RISK", **keys)
        during = (episodes.first <= end) & (episodes.last >= begin)
        for kind, chosen in episodes.chosen.items():
            affected = np.zeros(len(episodes.arm), dtype=bool)
            affected[episodes.subject[during & chosen]] = True
            counts = groups.tally(episodes.arm[affected & observed])
            add_counts(ard, groups, counts, at_risk, analysis_id=f"PREVALENCE.{kind}", **keys)


def add_mean_cumulative(ard: Ard, episodes: Episodes, weeks: int, confidence: float, digits: int) -> None:
    """Mean cumulative number of episodes (``MCF.EPISODES``) and of days with one (``MCF.DAYS``) of each arm.

    Every day on which the estimate changes, and the last that anybody was observed on, has ``estimate``, ``lower`` and
    ``upper`` (``variable`` ``DAY``). A day counts once a subject, however many episodes there are on it.
    """
    horizon = float(WEEK * weeks)
    for position, arm in enumerate(episodes.groups.arms):
        members = np.flatnonzero((episodes.arm == position) & (episodes.days > 0))
        place = np.full(len(episodes.arm), -1)
        place[members] = np.arange(len(members))
        here = place[episodes.subject] >= 0
        starts = (place[episodes.subject[here]], episodes.first[here])
        for kind, (who, when) in (("EPISODES", starts), ("DAYS", _days(episodes, place, here))):
            within = when <= horizon
            found = mean_cumulative(episodes.days[members], who[within], when[within], confidence=confidence)
            keys = {
                "analysis_id": f"MCF.{kind}",
                "method": "Mean cumulative function, Lawless-Nadeau",
                "variable": "DAY",
            }
            keys |= {"group1": episodes.groups.variable, "group1_level": arm.id}
            end = [min(found.last, horizon)] if found.n else []
            for day, estimate, _, *limits in found.at(np.union1d(found.time, end)).tolist():
                row = {**keys, "variable_level": f"{day:g}"}
                for name, value in zip(("estimate", "lower", "upper"), (estimate, *limits), strict=True):
                    add_number(ard, name, value, digits, reason="no episode", **row)


def _days(
    episodes: Episodes, place: NDArray[np.intp], here: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Subject and day of every day with an episode, each once."""
    first, last = episodes.first[here].astype(np.int64), episodes.last[here].astype(np.int64)
    length = last - first + 1
    who = np.repeat(place[episodes.subject[here]], length)
    offset = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    pairs = np.unique(np.column_stack([who, np.repeat(first, length) + offset]), axis=0)
    return pairs[:, 0].astype(np.intp), pairs[:, 1].astype(np.float64)


def add_duration(ard: Ard, episodes: Episodes, confidence: float) -> None:
    """Episodes and their median duration in days by Kaplan–Meier (``DURATION``: ``n``, ``median``).

    An episode that goes on is censored. No interval is given: episodes of a subject are not independent.
    """
    length = episodes.last - episodes.first + 1.0
    for kind, chosen in episodes.chosen.items():
        for position, arm in enumerate(episodes.groups.arms):
            here = chosen & (episodes.arm[episodes.subject] == position)
            keys = {"analysis_id": f"DURATION.{kind}", "group1": episodes.groups.variable, "group1_level": arm.id}
            ard.add("n", int(here.sum()), formatted=str(int(here.sum())), method="Count", **keys)
            curve = kaplan_meier(length[here], episodes.resolved[here], confidence=confidence)
            reason = "median duration not reached" if curve.n else "no episode"
            row = {**keys, "method": "Kaplan-Meier", "unit": "days"}
            add_number(ard, "median", curve.quantile(0.5).estimate, 0, reason=reason, **row)
