"""Rules of ADAE and ADEX: grades, dates, treatment emergence, occurrence flags, causality, exposure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .rule import Broken, each, rule, same

__all__ = ["RULES"]

HAND_FOOT = "CQ02NAM"
HAND_FOOT_DRUG = "CAPECITABINE"
OCCURRENCES = {
    "AOCCFL": [],
    "AOCCSFL": ["AEBODSYS"],
    "AOCCPFL": ["AEBODSYS", "AEDECOD"],
    "AOCCPIFL": ["AEBODSYS", "AEDECOD"],
}
"""Within a subject, the level at which each flag marks one record."""


@rule(
    "R44",
    "A grade is 1 to 5; an event of grade 5 is fatal, a fatal event is of grade 5, and its subject died.",
    {"ADSL": "DTHFL", "ADAE": "ATOXGR AEOUT AESDTH"},
    schema={"ADAE": "ATOXGR ATOXGRN"},
)
def grade_5_is_fatal(data: Any) -> Broken:
    adae = data["ADAE"]
    fatal = adae.AEOUT == "FATAL"
    yield "ADAE", ((adae.ATOXGR == "5") != fatal) | ((adae.AESDTH == "Y") != fatal)
    yield "ADAE", fatal & (data.subject("ADAE", "DTHFL") != "Y")


@each(
    "R45",
    "Nothing ends before it starts.",
    {"ADAE": "ASTDT AENDT", "ADEX": "ASTDT AENDT", "ADCM": "ASTDT AENDT", "ADMH": "ASTDT AENDT"},
)
def ends_after_start(data: Any, name: str) -> Broken:
    yield name, data[name].ASTDT > data[name].AENDT


@rule(
    "R46",
    "An adverse event is treatment-emergent if it starts under treatment or within the plan's days after it.",
    {"ADSL": "TRTSDT TRTEDT", "ADAE": "ASTDT TRTEMFL"},
)
def treatment_emergent(data: Any) -> Broken:
    adae = data["ADAE"]
    last = data.subject("ADAE", "TRTEDT") + data.plan.study.treatment_emergent_days
    emergent = (adae.ASTDT >= data.subject("ADAE", "TRTSDT")) & (adae.ASTDT <= last)
    yield "ADAE", (adae.TRTEMFL == "Y") != emergent


@rule(
    "R47",
    "A date is imputed where and only where it was collected in part, and not to a day before treatment.",
    {"ADSL": "TRTSDT", "ADAE": "AESTDTC AEENDTC ASTDT ASTDTF AENDT AENDTF"},
)
def imputation_flagged(data: Any) -> Broken:
    adae = data["ADAE"]
    for collected, date, imputed in (("AESTDTC", "ASTDT", "ASTDTF"), ("AEENDTC", "AENDT", "AENDTF")):
        codes, words = pd.factorize(adae[collected])
        expected = np.array([{10: "", 7: "D", 4: "M", 0: ""}.get(len(word), "?") for word in words], dtype=object)
        yield "ADAE", adae[imputed] != expected[codes]
        # The days that the collected text leaves open: a whole date leaves one.
        first = np.array([sas_day(word, last=False) for word in words])[codes]
        last = np.array([sas_day(word, last=True) for word in words])[codes]
        yield "ADAE", (adae[collected] != "") & ~((adae[date] >= first) & (adae[date] <= last))
    start = data.subject("ADAE", "TRTSDT")
    codes, words = pd.factorize(adae.AESTDTC)
    month_end = np.array([sas_day(word, last=True) for word in words])[codes]
    could_be_later = (month_end >= start) & ~(adae.AENDT < start)
    yield "ADAE", (adae.ASTDTF != "") & (adae.ASTDT < start) & could_be_later


def sas_day(text: str, *, last: bool) -> float:
    """First or last day that an ISO date of a day, month or year may mean, in days since 1960-01-01; NaN for none."""
    unit = {10: "D", 7: "M", 4: "Y"}.get(len(text))
    try:
        begin = np.datetime64(text, unit) if unit else np.datetime64("NaT")
    except ValueError:
        begin = np.datetime64("NaT")
    if np.isnat(begin):
        return np.nan
    day = (begin + 1).astype("datetime64[D]") - 1 if last else begin.astype("datetime64[D]")
    return float((day - np.datetime64("1960-01-01")).astype(int))


@rule(
    "R48",
    "An occurrence flag marks one treatment-emergent record at each of its levels.",
    {"ADAE": "AEBODSYS AEDECOD ATOXGRN TRTEMFL AOCCFL AOCCSFL AOCCPFL AOCCPIFL"},
)
def occurrence_flags(data: Any) -> Broken:
    adae = data["ADAE"]
    emergent = (adae.TRTEMFL == "Y").to_numpy()
    for flag, variables in OCCURRENCES.items():
        group = data.groups("ADAE", variables)
        marked = (adae[flag] == "Y").to_numpy()
        present = np.bincount(group[emergent], minlength=group.max(initial=-1) + 1) > 0
        marks = np.bincount(group[marked], minlength=len(present))
        yield "ADAE", (marked & ~emergent) | (emergent & (marks != present)[group])
    worst = np.zeros(len(present))
    np.maximum.at(worst, group[emergent], adae.ATOXGRN.to_numpy()[emergent])
    yield "ADAE", marked & (adae.ATOXGRN.to_numpy() != worst[group])


@rule(
    "R49",
    "A drug that was withdrawn for an adverse event was discontinued.",
    {"ADSL": "EOT1STT EOT2STT", "ADAE": "AEACN1 AEACN2"},
)
def withdrawn_is_discontinued(data: Any) -> Broken:
    for action, status in (("AEACN1", "EOT1STT"), ("AEACN2", "EOT2STT")):
        ended = data.subject("ADAE", status) == "DISCONTINUED"
        yield "ADAE", (data["ADAE"][action] == "DRUG WITHDRAWN") & ~ended


@rule(
    "R50",
    "Hand-foot syndrome is related to the partner drug only where that is capecitabine.",
    {"ADAE": f"TRT01A AREL2 {HAND_FOOT}"},
)
def hand_foot_of_capecitabine(data: Any) -> Broken:
    adae = data["ADAE"]
    arms = [arm.label for arm in data.plan.study.arms if HAND_FOOT_DRUG in arm.drugs]
    yield "ADAE", (adae[HAND_FOOT] != "") & (adae.AREL2 == "RELATED") & ~adae.TRT01A.isin(arms)


@rule("R56", "A subject is exposed only to the drugs of the arm that she was treated in.", {"ADEX": "TRT01A PARCAT1"})
def drugs_of_arm(data: Any) -> Broken:
    adex = data["ADEX"]
    allowed = np.zeros(len(adex), dtype=bool)
    for arm in data.plan.study.arms:
        allowed |= ((adex.TRT01A == arm.label) & adex.PARCAT1.isin(arm.drugs)).to_numpy()
    yield "ADEX", ~allowed


@rule(
    "R57",
    "The relative dose intensity is 100 x TDOSE / PLDOSE; one above the plan's limit is looked at.",
    {"ADEX": "PARCAT1 PARAMCD AVAL"},
)
def dose_intensity_recomputed(data: Any) -> Broken:
    adex = data["ADEX"]
    group = data.groups("ADEX", ["PARCAT1"])
    values = {}
    for code in ("TDOSE", "PLDOSE"):
        rows = (adex.PARAMCD == code).to_numpy()
        values[code] = np.full(group.max(initial=-1) + 1, np.nan)
        values[code][group[rows]] = adex.AVAL.to_numpy()[rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = (100 * values["TDOSE"] / values["PLDOSE"])[group]
    intensity = adex.PARAMCD == "RDI"
    yield "ADEX", intensity & ~same(adex.AVAL, expected, 1e-6)
    yield "ADEX", intensity & (adex.AVAL > data.parameter("dose_intensity_review")), "review"


RULES = (
    grade_5_is_fatal,
    ends_after_start,
    treatment_emergent,
    imputation_flagged,
    occurrence_flags,
    withdrawn_is_discontinued,
    hand_foot_of_capecitabine,
    drugs_of_arm,
    dose_intensity_recomputed,
)
