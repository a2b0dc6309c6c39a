"""Rules of measurements by visit: laboratory, vital signs, electrocardiogram, questionnaires, biomarkers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .rule import Broken, each, rule, same

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
CHANGES = ("ADLB", "ADVS", "ADEG", "ADQS")
LABORATORY_TEXTS = ["AVISIT", "AVALC", "BMMETH", "VARIANT"]


@each(
    "R51",
    "A parameter has one baseline record, and it is not after the first dose.",
    {"ADSL": "TRTSDT"} | {name: " ".join(["ADT", "ABLFL", *levels]) for name, levels in BASELINE_LEVELS.items()},
)
def one_baseline(data: Any, name: str) -> Broken:
    flagged = data.equals(name, "ABLFL", "Y")
    group = data.groups(name, BASELINE_LEVELS[name])
    many = np.bincount(group[flagged], minlength=group.max(initial=-1) + 1) > 1
    yield name, flagged & many[group]
    yield name, flagged & (data[name].ADT.to_numpy() > data.subject(name, "TRTSDT"))


@each(
    "R52",
    "BASE is the value of the baseline record, CHG is AVAL - BASE and PCHG is 100 x CHG / BASE.",
    {name: " ".join(["AVAL BASE CHG ABLFL ADT", *BASELINE_LEVELS[name]]) for name in CHANGES}
    | {"ADTR": "AVAL BASE CHG PCHG ABLFL ADT PARAMCD TRLNKID"},
)
def change_recomputed(data: Any, name: str) -> Broken:
    frame = data[name]
    value, base, change = (frame[variable].to_numpy() for variable in ("AVAL", "BASE", "CHG"))
    group = data.groups(name, BASELINE_LEVELS[name])
    flagged = data.equals(name, "ABLFL", "Y")
    baseline, day = (np.full(group.max(initial=-1) + 1, np.nan) for _ in range(2))
    baseline[group[flagged]] = value[flagged]
    day[group[flagged]] = frame.ADT.to_numpy()[flagged]
    yield name, ~np.isnan(base) & ~same(base, baseline[group], 1e-6)
    yield name, ~np.isnan(change) & ~same(change, value - base, 1e-6)
    yield name, np.isnan(change) & ~np.isnan(value - base) & (frame.ADT.to_numpy() > day[group])
    if "PCHG" in frame:
        percent = frame.PCHG.to_numpy()
        with np.errstate(divide="ignore", invalid="ignore"):
            yield name, ~np.isnan(percent) & ~same(percent, 100 * change / base, 1e-6)
        yield name, np.isnan(percent) & ~np.isnan(change) & (base != 0)


@rule("R53", "ANRIND says where AVAL lies to the reference range.", {"ADLB": "AVAL ANRLO ANRHI ANRIND"})
def range_indicator(data: Any) -> Broken:
    adlb = data["ADLB"]
    value = adlb.AVAL.to_numpy()
    low, high = value < adlb.ANRLO.to_numpy(), value > adlb.ANRHI.to_numpy()
    says_low, says_high = data.equals("ADLB", "ANRIND", "LOW"), data.equals("ADLB", "ANRIND", "HIGH")
    says_normal = data.equals("ADLB", "ANRIND", "NORMAL")
    right = np.where(high, says_high, np.where(low, says_low, says_normal))
    yield "ADLB", ~np.isnan(value) & ~right


@each(
    "R55",
    "A parameter has one unit.",
    {"ADLB": "PARAMCD AVALU", "ADVS": "PARAMCD AVALU", "ADEG": "PARAMCD AVALU", "ADEX": "PARCAT1 PARAMCD AVALU"},
)
def one_unit(data: Any, name: str) -> Broken:
    codes, units = data.codes(name, "PARAMCD"), data.codes(name, "AVALU")
    if "PARCAT1" in data[name]:
        codes = codes + (codes.max(initial=0) + 1) * data.codes(name, "PARCAT1")
    width = units.max(initial=0) + 1
    pairs = np.flatnonzero(np.bincount(codes * width + units))
    yield name, (np.bincount(pairs // width, minlength=codes.max(initial=0) + 1) > 1)[codes]


@rule(
    "R58",
    "A questionnaire's scale runs from 0 to 100, and its visits follow each other by date.",
    {"ADQS": "PARAMCD AVISITN ADT"},
    schema={"ADQS": "AVAL"},
)
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
    schema={"ADBM": "AVAL"},
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
        yield "ADBM", data.lookup("ADBM", variable, lambda text: any(word in text.upper() for word in words))


RULES = (
    one_baseline,
    change_recomputed,
    range_indicator,
    one_unit,
    windows_apart,
    allele_frequency,
    laboratory_blind,
)
