"""Progression-free survival under each rule of the plan (endpoints, section 7.5), from ADSL, ADRS, ADTR and ADDV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from qc.derivations.sources import INVESTIGATOR, Sources, earliest

if TYPE_CHECKING:
    from csrbook.plan.models import Study

__all__ = ["RULES", "Rule", "Stop", "progression_free"]

WEEK = 7
THERAPY = "NEW ANTICANCER THERAPY"
DEVIATION = "PROTOCOL DEVIATION"


@dataclass(frozen=True)
class Stop:
    """A date after which nothing counts: time is censored at the last adequate assessment until it."""

    variable: str
    code: int
    text: str


@dataclass(frozen=True)
class Rule:
    """What counts in one parameter.

    Attributes
    ----------
    parameter : str
        ``PARAMCD``.
    reader : str
        Parameter of ADRS with the overall response.
    event : tuple of str or None
        Variable of ADSL whose date is an event besides progression and death, and the event's description.
    stops : tuple of Stop
        Of equal dates the first named decides.
    missed : bool
        Censor before progression or death that follows two or more missed assessments.
    scheduled : bool
        Date assessments on the scheduled day.
    ends : str or None
        Parameter of ADRS whose first progression ends the assessments.
    death_after : bool
        Count a death after that end as an event.
    """

    parameter: str
    reader: str = INVESTIGATOR
    event: tuple[str, str] | None = None
    stops: tuple[Stop, ...] = ()
    missed: bool = False
    scheduled: bool = False
    ends: str | None = None
    death_after: bool = True


NEW_THERAPY = Stop("NACTDT", 3, THERAPY)

RULES = (
    Rule("PFSINV"),
    Rule("PFSBICR", reader="OVRBICR", ends=INVESTIGATOR),
    Rule("PFSPP", stops=(Stop("DEVDT", 6, DEVIATION), Stop("CROSSDT", 6, DEVIATION), NEW_THERAPY)),
    Rule("PFSFDA", stops=(NEW_THERAPY,), missed=True),
    Rule("PFSNACT", event=("NACTDT", THERAPY)),
    Rule("PFSMISS", missed=True),
    Rule("PFSSCH", scheduled=True),
    Rule("PFSSYMP", event=("SYMPDT", "SYMPTOMATIC DETERIORATION")),
)


def progression_free(sources: Sources, rule: Rule) -> pd.DataFrame:
    """One record a randomised subject: ``ADT``, ``CNSR``, descriptions, and the interval that holds the event."""
    who, study = sources.who, sources.plan.study
    events = _events(sources, rule)
    stops = _stops(who, events, rule)
    scans = sources.scans(rule.reader)
    # The last assessment that counts: until the stop, before the event, or of all.
    limit = stops["DATE"].where(stops["DATE"].notna(), events["DATE"] - 1.0).fillna(np.inf)
    last = scans[scans["ADT"] <= scans["USUBJID"].map(limit)].groupby("USUBJID").last().reindex(who.index)
    seen = last["ADT"].fillna(who["RANDDT"])

    event = events["DATE"].notna()
    assessed = pd.Series(who.index.isin(scans["USUBJID"]), index=who.index)
    late = event & (events["DATE"] - seen > missed_days(study)) & rule.missed
    reasons: list[tuple[Any, float, Any]] = [
        (~event & ~assessed, 2, "NO ADEQUATE ASSESSMENT"),
        *((stops["NAME"].eq(stop.variable), stop.code, stop.text) for stop in rule.stops),
        (late, 4, "TWO OR MORE MISSED ASSESSMENTS"),
        (event, 0, events["NAME"]),
        (_ended(sources, rule).notna(), 1, "NO FURTHER ASSESSMENT AFTER INVESTIGATOR PD"),
        (who["LEFT"], 5, "WITHDRAWAL OR LOST TO FOLLOW-UP"),
    ]
    conditions = [condition for condition, _, _ in reasons]
    codes = [number for _, number, _ in reasons]
    code = pd.Series(np.select(conditions, codes, default=1.0), index=who.index)
    descriptions = [text for _, _, text in reasons]
    texts = np.select(conditions, descriptions, default="ONGOING AT DATA CUT-OFF")

    happened = code.eq(0)
    at_scan = events["NAME"].eq("PD")
    frame = pd.DataFrame(
        {
            "STARTDT": who["RANDDT"],
            "ADT": events["DATE"].where(happened, seen),
            "CNSR": code,
            "EVNTDESC": texts,
            "CNSDTDSC": np.where(last["ADT"].notna(), "LAST ADEQUATE ASSESSMENT", "RANDOMISATION"),
            "INTLDT": seen.where(~happened | at_scan, events["DATE"]),
            "INTRDT": events["DATE"].where(happened),
            "COMPEV": happened.astype(float),
        }
    )
    frame.loc[happened, "CNSDTDSC"] = ""
    return _scheduled(sources, rule, frame, happened & ~at_scan) if rule.scheduled else frame


def missed_days(study: Study) -> int:
    """Two intervals and two windows: a longer gap holds two or more missed assessments."""
    return 2 * (_interval(study) + (study.scan_window_days or 0))


def _interval(study: Study) -> int:
    return WEEK * (study.scan_interval_weeks or 0)


def _events(sources: Sources, rule: Rule) -> pd.DataFrame:
    """First event of each subject; without a baseline assessment only a death within two intervals counts."""
    who = sources.who
    dates = {"PD": sources.progression(rule.reader)}
    if rule.event is not None:
        variable, text = rule.event
        dates[text] = who[variable].where(who["BASELINE"])
    soon = who["DTHDT"] - who["RANDDT"] <= 2 * _interval(sources.plan.study)
    death = who["DTHDT"].where(who["BASELINE"] | soon)
    if not rule.death_after:
        death = death.where(_ended(sources, rule).isna())
    return earliest({**dates, "DEATH": death})


def _ended(sources: Sources, rule: Rule) -> pd.Series:
    """Date of the progression that ended the assessments."""
    return sources.progression(rule.ends) if rule.ends else pd.Series(np.nan, index=sources.who.index)


def _stops(who: pd.DataFrame, events: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """First stop before the event; on the same day the event comes first."""
    before = {stop.variable: who[stop.variable].mask(who[stop.variable] >= events["DATE"]) for stop in rule.stops}
    return earliest(before or {"": pd.Series(np.nan, index=who.index)})


def _scheduled(sources: Sources, rule: Rule, frame: pd.DataFrame, exact: pd.Series) -> pd.DataFrame:
    """Date assessments on their scheduled day, unless there is none or it is later than the last contact."""
    scans = sources.scans(rule.reader).set_index(["USUBJID", "ADT"])["SCHDT"]
    planned = scans.reindex(pd.MultiIndex.from_arrays([frame.index, frame["ADT"]]))
    day = pd.Series(planned.to_numpy(), index=frame.index)
    known = day.notna() & ~(day > sources.last_contact) & ~exact
    return frame.assign(ADT=day.where(known, frame["ADT"]))
