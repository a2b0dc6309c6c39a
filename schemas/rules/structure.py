"""Rules that hold in every dataset: keys, identifiers, merged variables, pairs of text and number, dates."""

from __future__ import annotations

from typing import Any

import numpy as np

from .rule import EVERY, KEY, Broken, after_run, each, in_schema, same

__all__ = ["RULES"]

PLANNED_DATES = {"SCHDT"}
"""Dates of what was to happen, which may lie after what did."""
LARGEST_TABLE = 10_000_000
"""Cells of a table of pairs that is counted rather than sorted."""

ONE_RECORD_A_SUBJECT = in_schema("R01", "ADSL has one record a subject.", {"ADSL": KEY})
UNIQUE_KEYS = in_schema("R04", "The key of a dataset names one record.", {EVERY: KEY})
FLAGS = in_schema("R17", "A flag is Y or N, or Y or blank.", {EVERY: "*FL"})
SAME_COUNTS = after_run(
    "R62",
    "The N over a column is that of its ARD, and the number of its subjects in ADSL.",
    {"ADSL": "*FL TRT01P TRT01A"},
)


@each("R02", "Every subject of a dataset is in ADSL.", {EVERY: "USUBJID"})
def subjects_known(data: Any, name: str) -> Broken:
    yield name, data.positions(name) < 0


@each("R03", "STUDYID is the study's registry number everywhere.", {EVERY: "STUDYID"})
def one_study(data: Any, name: str) -> Broken:
    yield name, ~data.equals(name, "STUDYID", data.plan.study.registry)


@each("R09", "No date lies after the data cut-off, which is one date.", {"ADSL": "DCUTDT", EVERY: "*DT"})
def nothing_after_cutoff(data: Any, name: str) -> Broken:
    cutoff = data["ADSL"].DCUTDT.min()
    if name == "ADSL":
        yield name, data[name].DCUTDT.to_numpy() != cutoff
    for variable in sorted(set(data.dates(name)) - PLANNED_DATES):
        yield name, data[name][variable].to_numpy() > cutoff


@each("R18", "A text variable and its numeric counterpart are one-to-one.", {"ADSL": "TRT01P TRT01PN", EVERY: "*"})
def pairs_one_to_one(data: Any, name: str) -> Broken:
    frame = data[name]
    for text in frame.columns:
        number = f"{text}N"
        if number in frame and frame[text].dtype == object and frame[number].dtype != object:
            yield name, data.equals(name, text, "") ^ np.isnan(frame[number].to_numpy())
            yield name, not_one_to_one(data.codes(name, text), data.codes(name, number))
    if name == "ADRS":
        # The codes of a response are those of its parameter.
        parameter = data.codes(name, "PARAMCD")
        texts, numbers = data.codes(name, "AVALC"), data.codes(name, "AVAL")
        broken = np.zeros(len(frame), dtype=bool)
        for code in range(parameter.max(initial=-1) + 1):
            rows = parameter == code
            broken[rows] = not_one_to_one(texts[rows], numbers[rows])
        yield name, broken


@each("R19", "PARAM, PARAMCD and PARAMN are one-to-one.", {"ADTTE": "PARAM PARAMCD PARAMN", EVERY: "PARAM*"})
def parameters_one_to_one(data: Any, name: str) -> Broken:
    frame = data[name]
    if "PARAM" in frame and "PARAMN" in frame and "PARAMCD" in frame:
        codes = data.codes(name, "PARAMCD")
        yield name, not_one_to_one(codes, data.codes(name, "PARAM"))
        yield name, not_one_to_one(codes, data.codes(name, "PARAMN"))


@each("R20", "A variable merged from ADSL has the value that it has in ADSL.", {"ADSL": "USUBJID *", EVERY: "*"})
def merged_variables_identical(data: Any, name: str) -> Broken:
    if name == "ADSL":
        return
    frame, subjects = data[name], data["ADSL"]
    known = data.positions(name) >= 0
    for variable in frame.columns.intersection(subjects.columns, sort=False):
        if variable == "USUBJID":
            continue
        if frame[variable].dtype == object:
            yield name, known & ~data.same_text(name, variable)
        else:
            yield name, known & ~same(frame[variable].to_numpy(), data.subject(name, variable))


@each("R43", "Nothing happens after the date of death.", {"ADSL": "DTHDT DCUTDT", EVERY: "*DT"})
def nothing_after_death(data: Any, name: str) -> Broken:
    death = data.subject(name, "DTHDT")
    for variable in sorted(set(data.dates(name)) - PLANNED_DATES - {"DCUTDT"}):
        yield name, data[name][variable].to_numpy() > death


def not_one_to_one(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Where a value of either column, given by its code, meets more than one value of the other."""
    height, width = int(left.max(initial=0)) + 1, int(right.max(initial=0)) + 1
    cells = left.astype(np.int64) * width + right
    # A table of all pairs is counted in one pass; a huge one is not made.
    pairs = np.flatnonzero(np.bincount(cells)) if height * width <= LARGEST_TABLE else np.unique(cells)
    many_right = np.bincount(pairs // width, minlength=height) > 1
    many_left = np.bincount(pairs % width, minlength=width) > 1
    return many_right[left] | many_left[right]


RULES = (
    ONE_RECORD_A_SUBJECT,
    UNIQUE_KEYS,
    FLAGS,
    SAME_COUNTS,
    subjects_known,
    one_study,
    nothing_after_cutoff,
    pairs_one_to_one,
    parameters_one_to_one,
    merged_variables_identical,
    nothing_after_death,
)
