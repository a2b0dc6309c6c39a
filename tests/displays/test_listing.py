from __future__ import annotations

import pandas as pd

from csrbook.ard import Ard
from csrbook.displays.columns import treatment_groups
from csrbook.displays.listing import (
    ListingColumn,
    add_listing_counts,
    arms_note,
    coded,
    dates_and_days,
    joined,
    listing_display,
    numbers,
    texts,
)
from tests.displays.small_study import ARMS, small_plan

NAN = float("nan")
RECORDS = pd.DataFrame(
    {
        "USUBJID": ["S01", "S01", "S02"],
        "ARM": ["A", "A", "C"],
        "TERM": ["#let x = <b>$1$</b> \\ {{< meta >}}", "皮疹", "RASH"],
        "DAY": [0.0, 21915.0, NAN],  # 1 January 1960 is SAS day 0, 1 January 2020 day 21915
        "DY": [-3.0, NAN, NAN],
        "SER": ["Y", "", "N"],
        "AGE": [54.0, NAN, 61.0],
    }
)


def test_cells_are_printed_as_they_stand():
    columns = [
        ListingColumn("Subject", texts("USUBJID"), 2.0),
        ListingColumn("Term", texts("TERM")),
        ListingColumn("Start (day)", dates_and_days("DAY", "DY")),
        ListingColumn("Age/serious", joined(numbers("AGE", 0), coded("SER", {"Y": "Yes", "": "-"}), by="/")),
    ]
    display = listing_display(RECORDS, columns, group_by=1)
    assert [r.cells for r in display.rows] == [
        ("S01", "#let x = <b>$1$</b> \\ {{< meta >}}", "01JAN1960 (-3)", "54/Yes"),
        ("S01", "皮疹", "01JAN2020", "/-"),
        ("S02", "RASH", "", "61/N"),
    ]
    assert display.group_by == 1
    assert [cell.text for cell in display.header[0]] == ["Subject", "Term", "Start (day)", "Age/serious"]


def test_values_without_a_label_print_as_a_sentence():
    assert coded("TERM", {})(RECORDS)[2] == "Rash"


def test_records_and_subjects_are_counted_by_arm():
    ard = Ard("L16.2.9.9")
    add_listing_counts(ard, treatment_groups(small_plan(), "ITT"), RECORDS)
    found = {(r["stat_name"], r["group1_level"]): r["value"] for r in ard.select()}
    assert found == {
        ("records", "A"): 2, ("records", "C"): 1, ("records", "TOTAL"): 3,
        ("subjects", "A"): 1, ("subjects", "C"): 1, ("subjects", "TOTAL"): 2,
    }  # fmt: skip


def test_a_listing_without_records_has_no_rows():
    display = listing_display(RECORDS.iloc[:0], [ListingColumn("Start (day)", dates_and_days("DAY", "DY"))])
    assert display.rows == ()


def test_ids_of_arms_are_explained():
    assert arms_note(ARMS[:2]) == "Arm: A, Alpha+Base; C, Control."
