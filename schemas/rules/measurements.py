"""Rules of measurements by visit: laboratory, vital signs, electrocardiogram, questionnaires, biomarkers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .rule import Broken, rule, same

__all__ = ["RULES"]

BASELINE_LEVELS = {
    "ADLB": ["PARAMCD"],
    "ADVS": ["PARAMCD"],
    "ADEG": ["PARAMCD"],
    "ADQS": ["PARAMCD"],
    "ADTR": ["PARAMCD", "TRLNKID"],
    "ADBM": ["PARAMCD", "BMSPEC"],
}
"""Within a subject, the level at which one record is the baseline."""
LABORATORY_TEXTS = ["AVISIT", "AVALC", "BMMETH", "VARIANT"]


@rule(
    "R51",
    "A parameter has one baseline record, and it is not after the first dose.",
    {"ADSL": "TRTSDT"} | {name: " ".join(["ADT", "ABLFL", *levels]) for name, levels in BASELINE_LEVELS.items()},
)
def one_baseline(data: Any) -> Broken:
    for name, levels in BASELINE_LEVELS.items():
        flagged = (data[name].ABLFL == "Y").to_numpy()
        group = data.groups(name, levels)
        many = np.bincount(group[flagged], minlength=group.max(initial=-1) + 1) > 1
        yield name, flagged & many[group]
        yield name, flagged & (data[name].ADT.to_numpy() > data.subject(name, "TRTSDT"))


@rule(
    "R52",
    "CHG is AVAL - BASE and PCHG is 100 x CHG / BASE.",
    dict.fromkeys(("ADLB", "ADVS", "ADEG", "ADQS"), "AVAL BASE CHG") | {"ADTR": "AVAL BASE CHG PCHG"},
)
def change_recomputed(data: Any) -> Broken:
    for name in ("ADLB", "ADVS", "ADEG", "ADQS", "ADTR"):
        frame = data[name]
        yield name, frame.CHG.notna() & ~same(frame.CHG, frame.AVAL - frame.BASE, 1e-6)
        if "PCHG" in frame:
            yield name, frame.PCHG.notna() & ~same(frame.PCHG, 100 * frame.CHG / frame.BASE, 1e-6)


@rule("R53", "ANRIND says where AVAL lies to the reference range.", {"ADLB": "AVAL ANRLO ANRHI ANRIND"})
def range_indicator(data: Any) -> Broken:
    adlb = data["ADLB"]
    value = adlb.AVAL.to_numpy()
    expected = np.full(len(adlb), "NORMAL", dtype=object)
    expected[value < adlb.ANRLO.to_numpy()] = "LOW"
    expected[value > adlb.ANRHI.to_numpy()] = "HIGH"
    yield "ADLB", ~np.isnan(value) & (adlb.ANRIND.to_numpy() != expected)


@rule(
    "R55",
    "A parameter has one unit.",
    {"ADLB": "PARAMCD AVALU", "ADVS": "PARAMCD AVALU", "ADEG": "PARAMCD AVALU", "ADEX": "PARCAT1 PARAMCD AVALU"},
)
def one_unit(data: Any) -> Broken:
    for name in ("ADLB", "ADVS", "ADEG", "ADEX"):
        frame = data[name]
        codes, units = data.codes(name, "PARAMCD"), data.codes(name, "AVALU")
        if "PARCAT1" in frame:
            codes = codes + (codes.max(initial=0) + 1) * data.codes(name, "PARCAT1")
        width = units.max(initial=0) + 1
        pairs = np.unique(codes * width + units)
        yield name, (np.bincount(pairs // width, minlength=codes.max(initial=0) + 1) > 1)[codes]


@rule("R58", "Questionnaire visits follow each other by date.", {"ADQS": "PARAMCD AVISITN ADT"})
def windows_apart(data: Any) -> Broken:
    adqs = data["ADQS"]
    group = data.groups("ADQS", ["PARAMCD"])
    order = np.lexsort([adqs.AVISITN.to_numpy(), group])
    dates, groups = adqs.ADT.to_numpy()[order], group[order]
    broken = np.zeros(len(adqs), dtype=bool)
    broken[order[1:]] = (groups[1:] == groups[:-1]) & (dates[1:] <= dates[:-1])
    yield "ADQS", broken


@rule(
    "R59",
    "A variant allele frequency is a percentage, and below the limit of detection for a wild type.",
    {"ADBM": "AVAL AVALC AVALU LOD"},
)
def allele_frequency(data: Any) -> Broken:
    adbm = data["ADBM"]
    yield "ADBM", (adbm.AVALU == "%") & ((adbm.AVAL < 0) | (adbm.AVAL > 100))
    yield "ADBM", (adbm.AVALC == "WILD TYPE") & (adbm.AVAL >= adbm.LOD)


@rule(
    "R61",
    "What the biomarker laboratory wrote names no treatment.",
    {"ADBM": " ".join(LABORATORY_TEXTS)},
)
def laboratory_blind(data: Any) -> Broken:
    arms = data.plan.study.arms
    words = {word.upper() for arm in arms for word in (arm.label, arm.short, *arm.drugs)}
    for variable in LABORATORY_TEXTS:
        codes, texts = pd.factorize(data["ADBM"][variable])
        named = np.array([any(word in str(text).upper() for word in words) for text in texts], dtype=bool)
        yield "ADBM", named[codes]


RULES = (
    one_baseline,
    change_recomputed,
    range_indicator,
    one_unit,
    windows_apart,
    allele_frequency,
    laboratory_blind,
)
