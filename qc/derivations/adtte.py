"""Derives every time to an event again, from all datasets but ADTTE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from qc.derivations.progression import RULES, progression_free
from qc.derivations.sources import INVESTIGATOR, Sources, earliest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from csrbook.plan.models import Plan
    from qc.contract import Data

__all__ = ["COLUMNS", "derive"]

COLUMNS = [
    "USUBJID",
    "PARAMCD",
    "STARTDT",
    "ADT",
    "AVAL",
    "CNSR",
    "EVNTDESC",
    "CNSDTDSC",
    "INTLDT",
    "INTRDT",
    "COMPEV",
]

ONGOING = "ONGOING AT DATA CUT-OFF"
GONE = "WITHDRAWAL OR LOST TO FOLLOW-UP"
COMPETING = "COMPETING EVENT"
DETERIORATION_POINTS = 10.0
SEVERE = 3.0
TOXICITIES = {"TTDIAR": "CQ01NAM", "TTHFS": "CQ02NAM"}
"""Variable of ADAE that names the events of special interest, in the order of the plan's section 15.2."""


def derive(data: Data, plan: Plan) -> pd.DataFrame:
    """One record a subject and parameter, with what the plan defines of it.

    ``COMPEV`` is 1 for the event, 2 for one that competes, 0 for neither. ``INTLDT`` and ``INTRDT``, for the
    parameters of progression-free survival, are the last assessment without and the first with the event; they are
    equal where the date is exact, and a censored time has no right limit.
    """
    sources = Sources(data, plan)
    survival = {rule.parameter: progression_free(sources, rule) for rule in RULES}
    primary = survival["PFSINV"]
    parameters = {
        **survival,
        "OS": _overall(sources),
        "DOR": _duration(sources, primary),
        "TTR": _response(sources),
        "TTF": _failure(sources),
        "PFS2": _second(sources),
        "CNSPD": _nervous_system(sources, primary),
        "TTDQL2": _deterioration(sources),
        **{parameter: _toxicity(sources, variable) for parameter, variable in TOXICITIES.items()},
    }
    blank: dict[str, Any] = {"CNSDTDSC": "", "INTLDT": np.nan, "INTRDT": np.nan}
    frames = [
        frame.assign(**{name: value for name, value in blank.items() if name not in frame}, PARAMCD=parameter)
        for parameter, frame in parameters.items()
    ]
    records = pd.concat(frames).rename_axis("USUBJID").reset_index()
    days = records["ADT"] - records["STARTDT"] + 1.0
    return records.assign(AVAL=days / plan.study.days_per_month)[COLUMNS]


def _timed(
    sources: Sources,
    events: Mapping[str, pd.Series],
    censored: pd.Series,
    described: str,
    competing: Mapping[str, pd.Series] | None = None,
) -> pd.DataFrame:
    """Time from randomisation to the first of several events, else of the competing ones, else to a last date."""
    who = sources.who
    rivals = competing or {}
    first = earliest({**events, **rivals}).reindex(who.index)
    happened, rivalled = first["NAME"].isin(list(events)), first["NAME"].isin(list(rivals))
    code = np.select([happened, rivalled, who["LEFT"]], [0.0, 1.0, 5.0], default=1.0)
    reason = pd.Series(np.where(who["LEFT"], GONE, ONGOING), index=who.index)
    return pd.DataFrame(
        {
            "STARTDT": who["RANDDT"],
            "ADT": first["DATE"].fillna(censored),
            "CNSR": code,
            "EVNTDESC": first["NAME"].where(happened | rivalled, reason),
            "CNSDTDSC": np.select([happened, rivalled], ["", COMPETING], default=described),
            "COMPEV": np.select([happened, rivalled], [1.0, 2.0], default=0.0),
        },
        index=who.index,
    )


def _overall(sources: Sources) -> pd.DataFrame:
    """To death; censored when last known alive, at the latest at the data cut-off."""
    return _timed(sources, {"DEATH": sources.who["DTHDT"]}, sources.last_contact, "LAST KNOWN ALIVE")


def _second(sources: Sources) -> pd.DataFrame:
    """To progression on the first subsequent therapy, or death."""
    adcm = sources.data.dataset("ADCM")
    later = adcm[adcm["CMCAT"].eq("SUBSEQUENT ANTICANCER THERAPY")]
    first = later[later["ASTDT"].eq(later.groupby("USUBJID")["ASTDT"].transform("min"))]
    ended = first[first["CMENRSN"].eq("PROGRESSIVE DISEASE")].groupby("USUBJID")["AENDT"].min()
    events = {"PD ON SUBSEQUENT THERAPY": ended, "DEATH": sources.who["DTHDT"]}
    return _timed(sources, events, sources.last_contact, "LAST KNOWN ALIVE")


def _response(sources: Sources) -> pd.DataFrame:
    """To the first confirmed response, in subjects who have one."""
    response = sources.confirmed_response()
    frame = _timed(sources, {"CONFIRMED RESPONSE": response}, response, "")
    return frame[response.notna()]


def _duration(sources: Sources, primary: pd.DataFrame) -> pd.DataFrame:
    """From the first confirmed response to the event or censoring of progression-free survival."""
    response = sources.confirmed_response().dropna()
    ended = primary.drop(columns=["INTLDT", "INTRDT"])
    return ended.loc[response.index].assign(STARTDT=response)


def _failure(sources: Sources) -> pd.DataFrame:
    """To progression, death or the end of all treatment; who never began treatment fails on the first day."""
    who = sources.who
    events = {
        "PD": sources.progression(INVESTIGATOR),
        "DEATH": who["DTHDT"],
        "END OF TREATMENT": who["TRTEDT"].where(_off_treatment(who)),
        "TREATMENT NOT STARTED": who["RANDDT"].where(who["TRTSDT"].isna()),
    }
    frame = _timed(sources, events, who["TRTEDT"], "LAST KNOWN DOSE")
    return frame.assign(CNSR=frame["CNSR"].clip(upper=1.0))


def _nervous_system(sources: Sources, primary: pd.DataFrame) -> pd.DataFrame:
    """As progression-free survival, but only a progression in the brain is the event; any other competes."""
    adtr = sources.data.dataset("ADTR")
    new = adtr["TRGRP"].eq("NEW") & adtr["AVALC"].eq("PRESENT")
    grown = adtr["AVALC"].eq("UNEQUIVOCAL PROGRESSION")
    brain = adtr[adtr["TRLOC"].eq("BRAIN") & (new | grown)].groupby("USUBJID")["ADT"].min().reindex(primary.index)
    event = primary["CNSR"].eq(0)
    inside = brain.notna() & ~(brain > primary["ADT"])
    elsewhere = event & ~inside
    frame = primary.drop(columns=["INTLDT", "INTRDT"]).assign(
        ADT=brain.where(inside, primary["ADT"]),
        CNSR=primary["CNSR"].mask(inside, 0.0).mask(elsewhere, 1.0),
        COMPEV=np.select([inside, elsewhere], [1.0, 2.0], default=0.0),
    )
    frame["EVNTDESC"] = np.select(
        [inside, elsewhere & primary["EVNTDESC"].eq("PD")],
        ["CNS PROGRESSION", "PD OUTSIDE THE CNS"],
        default=primary["EVNTDESC"],
    )
    frame["CNSDTDSC"] = np.select([inside, elsewhere], ["", COMPETING], default=primary["CNSDTDSC"])
    return frame


def _deterioration(sources: Sources) -> pd.DataFrame:
    """To the first fall of the global health status by ten points, in the set for patient-reported outcomes."""
    adqs = sources.data.dataset("ADQS")
    status = adqs[adqs["PARAMCD"].eq("QL2") & adqs["CHG"].notna()]
    fall = status[status["CHG"] <= -DETERIORATION_POINTS].groupby("USUBJID")["ADT"].min()
    last = status.groupby("USUBJID")["ADT"].max()
    who = sources.who
    frame = _timed(
        sources,
        {"DETERIORATION": fall},
        last.reindex(who.index),
        "LAST ADEQUATE ASSESSMENT",
        {"DEATH": who["DTHDT"]},
    )
    return frame[who["QOLEVFL"].eq("Y")]


def _toxicity(sources: Sources, variable: str) -> pd.DataFrame:
    """To the first such treatment-emergent event of grade 3 or worse; the end of treatment competes."""
    adae = sources.data.dataset("ADAE")
    events = adae[adae[variable].ne("") & adae["ATOXGRN"].ge(SEVERE) & adae["TRTEMFL"].eq("Y")]
    name = f"GRADE >=3 {adae.loc[adae[variable].ne(''), variable].iloc[0]}" if len(events) else "EVENT"
    who = sources.who
    first = events.groupby("USUBJID")["ASTDT"].min().reindex(who.index)
    frame = _timed(
        sources,
        {name: first.mask(first > who["TRTEDT"])},
        who["TRTEDT"],
        "LAST KNOWN DOSE",
        {"END OF TREATMENT": who["TRTEDT"].where(_off_treatment(who))},
    )
    return frame[who["SAFFL"].eq("Y")]


def _off_treatment(who: pd.DataFrame) -> pd.Series:
    """Tell who ended all study treatment."""
    return who["EOTSTT"].isin(["COMPLETED", "DISCONTINUED"])
