"""Listings that the plan describes: which records, which order, which cells."""

from __future__ import annotations

import pandas as pd
import pytest

from csrbook.displays.parameters import read_parameters
from csrbook.displays.record_listing import RecordListingParameters, list_records, record_listing_display
from csrbook.errors import PlanError, ProgramError
from tests.displays.small_study import Frames, row, small_plan

NAN = float("nan")
ADSL = pd.DataFrame(
    {
        "USUBJID": ["S1", "S2", "S3", "S4", "S5"],
        "SUBJID": ["1", "2", "3", "4", "5"],
        "TRT01PN": [2.0, 1.0, 1.0, 2.0, NAN],
        "TRT01AN": [2.0, 1.0, NAN, 2.0, NAN],
        "ITTFL": ["Y", "Y", "Y", "Y", "N"],
        "SAFFL": ["Y", "Y", "N", "Y", "N"],
        "AGE": [50.0, 60.0, 70.0, NAN, 40.0],
        "DTHDT": [NAN, 100.0, NAN, NAN, NAN],
    }
)
ADAE = pd.DataFrame(
    {
        "USUBJID": ["S1", "S1", "S2", "S2", "S5"],
        "AESEQ": [1.0, 2.0, 1.0, 2.0, 1.0],
        "AEDECOD": ["Nausea", "Rash", "Nausea", "Nausea", "Rash"],
        "GRADE": [1.0, 3.0, 2.5, NAN, 3.0],
        "DOSE": [400.0, 320.0, 400.0, 400.0, 0.0],
        "ASTDT": [20.0, 10.0, 30.0, 5.0, 1.0],
    }
)
COLUMNS = [
    {"head": "Age", "parts": [{"number": "AGE"}]},
    {"head": "Term", "parts": [{"coded": "AEDECOD", "labels": "TERM"}]},
    {"head": "Grade/start", "parts": [{"number": "GRADE", "digits": 2, "trim": True}, {"date": "ASTDT"}]},
]


def listed(population: str = "SAF", arms: int = 2, **parameters: object):
    output = row("L16.2.9.9", population, **{"dataset": "ADAE", "columns": COLUMNS, **parameters})
    chosen = read_parameters(output, RecordListingParameters)
    plan = small_plan(arms)
    results = list_records(Frames(ADSL=ADSL, ADAE=ADAE), output, plan, chosen)
    return results, record_listing_display(results, plan, chosen)


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_records_of_the_set_by_arm_subject_and_order(arms):
    results, display = listed(arms=arms, sort=["ASTDT"], labels={"TERM": {"Rash": "Exanthema"}})
    assert [r.cells for r in display.rows] == [
        ("2", "A", "60", "Nausea", "/06JAN1960"),
        ("2", "A", "60", "Nausea", "2.5/31JAN1960"),
        ("1", "C", "50", "Exanthema", "3/11JAN1960"),
        ("1", "C", "50", "Nausea", "1/21JAN1960"),
    ]
    counts = {(r["stat_name"], r["group1_level"]): r["value"] for r in results.ard.select()}
    assert counts["records", "A"] == counts["records", "C"] == 2
    assert counts["subjects", "TOTAL"] == 2
    assert "Arm: A, Alpha+Base" in display.footnotes[0]


def test_conditions_choose_records():
    _, display = listed(where=[["AEDECOD", "EQ", "Nausea"]], any_of=[["GRADE", "GE", 2], ["ASTDT", "EQ", 20]])
    assert [r.cells[0] for r in display.rows] == ["2", "1"]


def test_one_record_a_subject_with_values_looked_up_elsewhere():
    lookups = [
        {"name": "TERMS", "dataset": "ADAE", "variable": "AEDECOD"},
        {"name": "DOSES", "dataset": "ADAE", "variable": "DOSE", "where": [["GRADE", "GE", 1]], "digits": 1},
    ]
    columns = [{"head": "Terms", "parts": [{"text": "TERMS"}]}, {"head": "Doses", "parts": [{"text": "DOSES"}]}]
    _, display = listed("ITT", dataset="ADSL", lookups=lookups, columns=columns)
    # each value once: S2 had nausea twice, both at 400 mg, one of them without a grade
    assert [r.cells for r in display.rows] == [
        ("2", "A", "Nausea", "400.0"),
        ("3", "A", "", ""),
        ("1", "C", "Nausea; Rash", "400.0; 320.0"),
        ("4", "C", "", ""),
    ]
    _, display = listed("ITT", dataset="ADSL", lookups=lookups, columns=columns, any_filled=["TERMS"])
    assert [r.cells[0] for r in display.rows] == ["2", "1"]


def test_a_subject_without_an_arm_stands_last():
    _, display = listed("ALL", dataset="ADSL", columns=COLUMNS[:1])
    assert [r.cells for r in display.rows][-1] == ("5", "", "40")


def test_no_record_gives_an_empty_listing_with_zero_counts():
    results, display = listed(where=[["AEDECOD", "EQ", "Fever"]])
    assert display.rows == ()
    assert {r["value"] for r in results.ard.select()} == {0}


def test_a_variable_that_does_not_exist_is_named():
    with pytest.raises(ProgramError) as caught:
        listed(columns=[{"head": "X", "parts": [{"text": "AETERM"}]}])
    assert "neither ADAE nor ADSL nor a lookup has AETERM" in str(caught.value)
    assert "output L16.2.9.9" in str(caught.value)


@pytest.mark.parametrize("part", [{}, {"text": "A", "number": "B"}, {"text": "A", "day": "B"}])
def test_a_cell_prints_exactly_one_kind(part):
    with pytest.raises(PlanError, match="columns"):
        listed(columns=[{"head": "X", "parts": [part]}])
