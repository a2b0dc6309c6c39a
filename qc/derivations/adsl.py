"""Derives ADSL's derived variables again, from its collected ones and from the other datasets."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from qc.derivations.progression import Rule, progression_free
from qc.derivations.sources import INVESTIGATOR, Sources

if TYPE_CHECKING:
    from csrbook.plan.models import Plan
    from qc.contract import Data

__all__ = ["derive"]

CYCLE_DAYS = 21
"""Shortest time on both drugs that counts as a cycle, in either arm."""

SMALLEST_DIAMETER, SMALLEST_NODE = 10.0, 15.0
"""Measurable at baseline by RECIST 1.1, in mm: longest diameter, and short axis of a lymph node."""


def derive(data: Data, plan: Plan) -> pd.DataFrame:
    """One record a screened subject, with the variables that the plan and other variables define."""
    sources = Sources(data, plan)
    adsl = data.dataset("ADSL").set_index("USUBJID")
    dates, received = _dates(data, adsl), _received(sources, adsl)
    sets = _sets(sources, adsl, dates["TRTSDT"])
    per_protocol = _per_protocol(sources, sets, received, dates["TRTDURD"])
    parts = [_person(adsl), dates, received, _strata(plan, adsl), sets, per_protocol, _ends(sources, adsl)]
    return pd.concat(parts, axis="columns").rename_axis("USUBJID").reset_index()


def _person(adsl: pd.DataFrame) -> pd.DataFrame:
    """Age group, and body measures from height and weight (Mosteller's formula for the surface)."""
    old = adsl["AGE"] >= 65.0
    return pd.DataFrame(
        {
            "AGEGR1": np.where(old, ">=65", "<65"),
            "AGEGR1N": np.where(old, 2.0, 1.0),
            "BMIBL": _rounded(adsl["WEIGHTBL"] / (adsl["HEIGHTBL"] / 100.0) ** 2, 1),
            "BSABL": _rounded(np.sqrt(adsl["HEIGHTBL"] * adsl["WEIGHTBL"] / 3600.0), 2),
        },
        index=adsl.index,
    )


def _rounded(values: pd.Series, digits: int) -> pd.Series:
    """Round half away from zero on the shortest form with 15 digits, as SAS does (plan, section 8.2)."""
    step = Decimal(1).scaleb(-digits)
    return values.map(lambda x: float(Decimal(f"{x:.15g}").quantize(step, ROUND_HALF_UP)), na_action="ignore")


def _dates(data: Data, adsl: pd.DataFrame) -> pd.DataFrame:
    """First and last dose of any drug, and new anticancer therapy."""
    doses = data.dataset("ADEX").groupby("USUBJID").agg(TRTSDT=("ASTDT", "min"), TRTEDT=("AENDT", "max"))
    adcm = data.dataset("ADCM")
    later = adcm[adcm["CMCAT"].eq("SUBSEQUENT ANTICANCER THERAPY")]
    frame = doses.reindex(adsl.index).assign(NACTDT=later.groupby("USUBJID")["ASTDT"].min())
    return frame.assign(TRTDURD=frame["TRTEDT"] - frame["TRTSDT"] + 1.0)


def _received(sources: Sources, adsl: pd.DataFrame) -> pd.DataFrame:
    """Treatment received, by the partner drug of the first dose, and the codes of both treatments."""
    arms = sources.plan.study.arms
    shared = set.intersection(*(set(arm.drugs) for arm in arms))
    partner = {drug: arm.label for arm in arms for drug in arm.drugs if drug not in shared}
    doses = sources.data.dataset("ADEX").sort_values("ASTDT")
    first = doses[doses["PARCAT1"].isin(list(partner))].groupby("USUBJID")["PARCAT1"].first()
    received = first.map(partner).reindex(adsl.index).fillna("")
    codes = {arm.label: float(arm.code) for arm in arms}
    return pd.DataFrame(
        {"TRT01A": received, "TRT01AN": received.map(codes), "TRT01PN": adsl["TRT01P"].map(codes)}, index=adsl.index
    )


def _strata(plan: Plan, adsl: pd.DataFrame) -> pd.DataFrame:
    """Codes of the levels in the plan's order, and the combined stratum."""
    factors = plan.study.strata
    frame = pd.DataFrame(index=adsl.index)
    for factor in factors:
        code = {level: float(position) for position, level in enumerate(factor.levels, start=1)}
        for variable in filter(None, (factor.variable, factor.verified)):
            frame[f"{variable}N"] = adsl[variable].map(code)
    if plan.study.strata_combined is not None:
        joined = adsl[[factor.variable for factor in factors]].agg("/".join, axis="columns")
        frame[plan.study.strata_combined] = joined.where(adsl["RANDDT"].notna(), "")
    return frame


def _sets(sources: Sources, adsl: pd.DataFrame, treated: pd.Series) -> pd.DataFrame:
    """Flags of the analysis sets other than the per-protocol set."""
    randomised = adsl["RANDDT"].notna()
    found = {
        "BMEVLFL": _with_marker(sources),
        "RESEVFL": _measurable(sources),
        "QOLEVFL": _reported(sources),
    }
    flags = {name: randomised & adsl.index.isin(list(subjects)) for name, subjects in found.items()}
    return pd.DataFrame({"ITTFL": randomised, "SAFFL": treated.notna(), **flags}).replace({True: "Y", False: "N"})


def _with_marker(sources: Sources) -> set[str]:
    """Subjects with a valid baseline result of a prespecified biomarker."""
    programme = sources.plan.endpoints.biomarkers
    if programme is None:
        return set()
    adbm = sources.data.dataset("ADBM")
    valid = pd.Series(data=False, index=adbm.index)
    for marker in programme.markers:
        here = adbm["PARAMCD"].eq(marker.parameter) & adbm["AVISIT"].eq(marker.visit)
        valid |= here & adbm["AVALC"].isin([marker.positive, marker.negative])
    return set(adbm.loc[valid, "USUBJID"])


def _measurable(sources: Sources) -> set[str]:
    """Subjects with a measurable target lesion at baseline."""
    adtr = sources.data.dataset("ADTR")
    lesion = adtr["PARAMCD"].eq("LDIAM") & adtr["TRGRP"].eq("TARGET") & adtr["AVISITN"].eq(0.0)
    least = adtr["LNODEFL"].eq("Y").map({True: SMALLEST_NODE, False: SMALLEST_DIAMETER})
    return set(adtr.loc[lesion & (adtr["AVAL"] >= least), "USUBJID"])


def _reported(sources: Sources) -> set[str]:
    """Subjects with the global health status at baseline and at least once afterwards."""
    adqs = sources.data.dataset("ADQS")
    scored = adqs[adqs["PARAMCD"].eq("QL2") & adqs["AVAL"].notna()]
    before = scored["ABLFL"].eq("Y")
    return set(scored.loc[before, "USUBJID"]) & set(scored.loc[scored["AVISITN"] > 0.0, "USUBJID"])


def _per_protocol(sources: Sources, sets: pd.DataFrame, received: pd.DataFrame, days: pd.Series) -> pd.DataFrame:
    """Flag of the per-protocol set and the first reason for exclusion that applies.

    Progression, death and the data cut-off excuse a short treatment, a death before the first assessment was due a
    missing assessment.
    """
    study = sources.plan.study
    randomised = sets["ITTFL"].eq("Y")
    who = sources.who.reindex(sets.index)
    due = 7 * (study.scan_interval_weeks or 0) + (study.scan_window_days or 0)
    died_early = who["DTHDT"] - who["RANDDT"] <= due
    excused = who["EOTSTT"].eq("ONGOING") | who["DCTREAS"].isin(["PROGRESSIVE DISEASE", "DEATH"])
    assessed = sets.index.isin(sources.scans(INVESTIGATOR)["USUBJID"])
    reasons: dict[str, Any] = {
        "NO STUDY TREATMENT RECEIVED": sets["SAFFL"].eq("N"),
        "RANDOMISED TREATMENT NOT RECEIVED": received["TRT01AN"].ne(received["TRT01PN"]),
        "KEY ELIGIBILITY CRITERIA NOT MET": _deviated(sources, "KEY ELIGIBILITY CRITERION NOT MET", sets.index),
        "LESS THAN ONE CYCLE OF THE RANDOMISED TREATMENT": days.lt(CYCLE_DAYS) & ~excused,
        "NO ADEQUATE POST-BASELINE TUMOUR ASSESSMENT": ~assessed & ~died_early,
        "PROHIBITED ANTICANCER THERAPY IN CYCLES 1-2": _deviated(sources, "PROHIBITED ANTICANCER THERAPY", sets.index),
    }
    reason = pd.Series(
        np.select([*reasons.values()], [np.array(text) for text in reasons], default=""), index=sets.index
    )
    inside = randomised & reason.eq("")
    return pd.DataFrame({"PPROTFL": np.where(inside, "Y", "N"), "PPEXRS": reason.where(randomised, "")})


def _deviated(sources: Sources, deviation: str, subjects: pd.Index) -> pd.Series:
    """Tell who has a deviation that excludes from the per-protocol set."""
    addv = sources.data.dataset("ADDV")
    chosen = addv["DVDECOD"].eq(deviation) & addv["PPEXFL"].eq("Y")
    return pd.Series(subjects.isin(addv.loc[chosen, "USUBJID"]), index=subjects)


def _ends(sources: Sources, adsl: pd.DataFrame) -> pd.DataFrame:
    """Death, ends of treatment and of the study, and the data cut-off: the date of the last planned event."""
    treated = adsl["TRTSDT"].notna()
    one, other = adsl["EOT1STT"], adsl["EOT2STT"]
    ongoing = one.eq("ONGOING") | other.eq("ONGOING")
    completed = one.eq("COMPLETED") & other.eq("COMPLETED")
    status = np.select([~treated, ongoing, completed], ["", "ONGOING", "COMPLETED"], default="DISCONTINUED")
    left = np.where(adsl["EOSDT"].notna(), "DISCONTINUED", "ONGOING")
    cut = sources.plan.study.data_cut
    survival = progression_free(sources, Rule("PFSINV"))
    events = survival.loc[survival["CNSR"].eq(0), "ADT"].sort_values()
    date = events.iloc[cut.events - 1] if len(events) >= cut.events else np.nan
    return pd.DataFrame(
        {
            "DTHFL": np.where(adsl["DTHDT"].notna(), "Y", ""),
            "EOTSTT": status,
            "EOSSTT": np.where(adsl["RANDDT"].notna(), left, ""),
            cut.variable: date,
        },
        index=adsl.index,
    )
