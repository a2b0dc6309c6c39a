"""Shifts: every subject stands in one cell, and the cells of an arm add up to it."""

from __future__ import annotations

import pandas as pd
import pytest

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, treatment_groups
from csrbook.displays.shifts import (
    Shift,
    ShiftLevels,
    add_shift,
    shift_columns,
    shift_header,
    shift_matrix_rows,
    shift_pair_rows,
)
from tests.displays.small_study import small_plan, subjects

SHIFT = Shift(id="K_L", label="Potassium, low", paramcd="K", variable="ATOXGRL")
LEVELS = ShiftLevels(
    dataset="ADLB",
    levels={"0": "0", "1": "1", "2": "2"},
    baseline=[["ABLFL", "EQ", "Y"]],
    on_treatment=[["ONTRTFL", "EQ", "Y"]],
)


def shifted(arms: str, records: list[tuple[int, str, str]], number: int = 2):
    """Records as (subject, "B" for baseline or "T" for on treatment, grade)."""
    people = subjects(arms)
    plan = small_plan(number)
    people["ARM"] = [letter if letter != "-" else "" for letter in arms]
    groups = treatment_groups(plan, "SAF", total=False)
    frame = pd.DataFrame(
        {
            "USUBJID": pd.Series([f"S{who:02d}" for who, _, _ in records], dtype=object),
            "PARAMCD": "K",
            "ABLFL": ["Y" if when == "B" else "" for _, when, _ in records],
            "ONTRTFL": ["Y" if when == "T" else "" for _, when, _ in records],
            "ATOXGRL": pd.Series([grade for _, _, grade in records], dtype=object),
        }
    )
    ard = Ard("T14.3.9.9", dataset="ADLB")
    add_sizes(ard, groups, groups.tally(groups.codes(people["ARM"])))
    add_shift(ard, people, frame, groups, SHIFT, LEVELS)
    ard.frame()
    return ard, groups


RECORDS = [
    (1, "B", "0"), (1, "T", "1"), (1, "T", "2"), (1, "T", "0"),  # worst 2
    (2, "B", "1"),  # nothing on treatment
    (3, "T", "1"),  # no baseline
    (4, "B", "0"), (4, "T", ""),  # not graded on treatment
]  # fmt: skip


@pytest.mark.parametrize("number", [2, 3, 4])
def test_each_subject_in_one_cell(number):
    ard, groups = shifted("AAAC", RECORDS, number)
    display_rows = [tuple(cell for cell in row.cells[:10]) for row in shift_matrix_rows(ard, groups, SHIFT, LEVELS)]
    labels = [row.label for row in shift_matrix_rows(ard, groups, SHIFT, LEVELS)]
    assert labels == ["Potassium, low", "0", "1", "Missing", "Total"]
    # worst 0, 1, 2, missing, total of A and of C
    assert display_rows[1] == ("0", "0", "1", "0", "1", "0", "0", "0", "1", "1")
    assert display_rows[2] == ("0", "0", "0", "1", "1", "0", "0", "0", "0", "0")
    assert display_rows[3] == ("0", "1", "0", "0", "1", "0", "0", "0", "0", "0")
    assert display_rows[4] == ("0", "1", "1", "1", "3", "0", "0", "0", "1", "1")
    assert len(shift_columns(groups, LEVELS)) == 1 + 5 * number
    header = shift_header(ard, groups, LEVELS, "Parameter", "Worst grade")
    assert header[0][1].text.endswith("(N=3)\nWorst grade")


def test_pairs_show_levels_that_occur():
    ard, groups = shifted("AAAC", RECORDS)
    rows = shift_pair_rows(ard, groups, SHIFT, LEVELS)
    assert [row.label for row in rows][:5] == ["Potassium, low", "0 to 1", "0 to 2", "0 to missing", "1 to 1"]
    assert rows[2].cells == ("1 (33.3)", "0")
    assert sum(int(row.cells[0].split()[0]) for row in rows[1:]) == 3


def test_no_record_and_an_empty_arm():
    ard, groups = shifted("AA", [])
    rows = shift_matrix_rows(ard, groups, SHIFT, LEVELS)
    assert [row.label for row in rows] == ["Potassium, low", "Missing", "Total"]
    assert rows[-1].cells == ("0", "0", "0", "2", "2", "0", "0", "0", "0", "0")
