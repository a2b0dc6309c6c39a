"""Rules that hold in every dataset: identifiers, merged variables, pairs of text and number, dates."""

from __future__ import annotations

from typing import Any

import numpy as np

from .rule import EVERY, Broken, rule, same

__all__ = ["RULES"]

PLANNED_DATES = {"SCHDT"}
"""Dates of what was to happen, which may lie after what did."""


@rule("R02", "Every subject of a dataset is in ADSL.", {EVERY: "USUBJID"})
def subjects_known(data: Any) -> Broken:
    for name in data.names:
        yield name, data.positions(name) < 0


@rule("R03", "STUDYID is the study's registry number everywhere.", {EVERY: "STUDYID"})
def one_study(data: Any) -> Broken:
    for name in data.names:
        yield name, data[name].STUDYID != data.plan.study.registry


@rule("R09", "No date lies after the data cut-off, which is one date.", {"ADSL": "DCUTDT"})
def nothing_after_cutoff(data: Any) -> Broken:
    cutoff = data["ADSL"].DCUTDT.min()
    yield "ADSL", data["ADSL"].DCUTDT != cutoff
    for name in data.names:
        for variable in set(data.dates(name)) - PLANNED_DATES:
            yield name, data[name][variable] > cutoff


@rule("R18", "A text variable and its numeric counterpart are one-to-one.", {"ADSL": "TRT01P TRT01PN"})
def pairs_one_to_one(data: Any) -> Broken:
    for name in data.names:
        frame = data[name]
        for text in frame.columns:
            if f"{text}N" in frame and frame[text].dtype == object and frame[f"{text}N"].dtype != object:
                blank = (frame[text] == "") ^ frame[f"{text}N"].isna()
                yield name, blank | not_one_to_one(data.codes(name, text), data.codes(name, f"{text}N"))
    response = data["ADRS"] if "ADRS" in data.names else None
    if response is not None:
        for codes in response.groupby("PARAMCD", sort=False).indices.values():
            rows = np.zeros(len(response), dtype=bool)
            rows[codes] = not_one_to_one(data.codes("ADRS", "AVALC")[codes], data.codes("ADRS", "AVAL")[codes])
            yield "ADRS", rows


@rule("R19", "PARAM, PARAMCD and PARAMN are one-to-one.", {"ADTTE": "PARAM PARAMCD PARAMN"})
def parameters_one_to_one(data: Any) -> Broken:
    for name in data.names:
        frame = data[name]
        if "PARAM" in frame and "PARAMN" in frame:
            codes = data.codes(name, "PARAMCD")
            yield name, not_one_to_one(codes, data.codes(name, "PARAM"))
            yield name, not_one_to_one(codes, data.codes(name, "PARAMN"))


@rule("R20", "A variable merged from ADSL has the value that it has in ADSL.", {"ADSL": "USUBJID"})
def merged_variables_identical(data: Any) -> Broken:
    subjects = data["ADSL"]
    for name in (name for name in data.names if name != "ADSL"):
        frame = data[name]
        known = data.positions(name) >= 0
        for variable in frame.columns.intersection(subjects.columns, sort=False):
            if variable == "USUBJID":
                continue
            own, merged = frame[variable].to_numpy(), data.subject(name, variable)
            yield name, known & ~((own == merged) if own.dtype == object else same(own, merged))


@rule("R43", "Nothing happens after the date of death.", {"ADSL": "DTHDT DCUTDT"})
def nothing_after_death(data: Any) -> Broken:
    for name in data.names:
        death = data.subject(name, "DTHDT")
        for variable in set(data.dates(name)) - PLANNED_DATES - {"DCUTDT"}:
            yield name, data[name][variable].to_numpy() > death


def not_one_to_one(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Where a value of either column, given by its code, meets more than one value of the other."""
    width = int(right.max(initial=0)) + 1
    pairs = np.unique(left * width + right)
    many_right = np.bincount(pairs // width, minlength=int(left.max(initial=0)) + 1) > 1
    many_left = np.bincount(pairs % width, minlength=width) > 1
    return many_right[left] | many_left[right]


RULES = (
    subjects_known,
    one_study,
    nothing_after_cutoff,
    pairs_one_to_one,
    parameters_one_to_one,
    merged_variables_identical,
    nothing_after_death,
)
