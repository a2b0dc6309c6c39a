from __future__ import annotations

import pandas as pd

from csrbook.ard import Ard
from csrbook.displays.columns import treatment_groups
from csrbook.displays.counts import add_counts, count_cell, count_levels, not_estimable_notes
from csrbook.displays.model import Row
from tests.displays.small_study import small_plan

GROUPS = treatment_groups(small_plan(), "ITT")


def levels(values, planned=()):
    codes = GROUPS.codes(pd.Series(["A", "A", "A", "C", "C", ""], dtype=object))
    found = count_levels(GROUPS, codes, pd.Series(values), planned)
    return [(level, *counts.tolist()) for level, counts in found.items()]


def test_planned_levels_come_first_then_others_by_frequency_then_missing():
    assert levels(["", "z", "b", "z", "a", "p"], ["q", "p"]) == [
        ("q", 0, 0, 0),
        ("p", 0, 0, 1),
        ("z", 1, 1, 2),
        ("a", 0, 1, 1),
        ("b", 1, 0, 1),
        ("MISSING", 1, 0, 1),
    ]


def test_numbers_are_levels_in_their_shortest_form():
    assert levels([0.0, 1.0, 1.0, float("nan"), 2.5, 1.0], ["0", "1"]) == [
        ("0", 1, 0, 1),
        ("1", 2, 0, 3),
        ("2.5", 0, 1, 1),
        ("MISSING", 0, 1, 1),
    ]


def test_a_cell_shows_count_and_percentage_and_zero_alone():
    ard = Ard("T14.1.9.9")
    add_counts(ard, GROUPS, [1, 0, 1], [3, 4, 7], analysis_id="X")
    assert [count_cell(ard, level, analysis_id="X") for level in GROUPS.levels] == ["1 (33.3)", "0", "1 (14.3)"]
    assert ard.value("p", analysis_id="X", group1_level="A") == 100.0 / 3.0


def test_a_count_without_denominator_stands_alone():
    ard = Ard("T14.1.9.9")
    add_counts(ard, GROUPS, [3, 4, 7], None, analysis_id="X")
    assert [count_cell(ard, level, analysis_id="X") for level in GROUPS.levels] == ["3", "4", "7"]


def test_a_percentage_of_nobody_has_a_reason_and_is_not_printed():
    ard = Ard("T14.1.9.9")
    add_counts(ard, GROUPS, [0, 1, 1], [0, 4, 4], analysis_id="X")
    (empty,) = ard.select(stat_name="p", group1_level="A")
    assert (empty["formatted"], bool(empty["error"])) == ("NE", True)
    assert count_cell(ard, "A", analysis_id="X") == "0"
    assert len(ard.frame()) == 6


def test_ne_is_explained_where_it_is_shown_and_only_there():
    ard = Ard("T14.1.9.9")
    ard.add("sd", None, formatted="NE", error="a standard deviation needs 2 values")
    assert not_estimable_notes(ard, [Row(("40.0 (NE)",))]) == (
        "NE = not estimable: a standard deviation needs 2 values.",
    )
    assert not_estimable_notes(ard, [Row(("40.0 (1.00)",), "NECK PAIN")]) == ()
