"""Which numbers the document of the methods prints unrounded, and how."""

from __future__ import annotations

from pathlib import Path

import pytest

from csrbook.displays.raw_output_document import raw_output_document, shown_number
from csrbook.plan import load_plan

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def plan():
    return load_plan(ROOT)


def row(output, method, stat, value, **columns):
    keys = dict.fromkeys(("dataset", "group1", "group1_level", "group2", "group2_level", "variable"), "")
    text = {"variable_level": "", "unit": "", "formatted": "", "warning": "", "error": ""}
    own = {"output_id": output, "analysis_id": "A", "analysis_set": "ITT", "method": method, "stat_name": stat}
    return {**keys, **text, **own, "value": value, **columns}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"stat": "hr", "value": 0.80130434948213}, "hr 0.8013043495"),
        ({"stat": "p", "value": 5.111216439123e-10}, "p 5.111216439e-10"),
        ({"stat": "n", "value": 163.0}, "n 163"),
        ({"stat": "median", "value": 12.944558521, "unit": "months"}, "median 12.94455852 months"),
        ({"stat": "rate", "value": 53.733186640, "unit": "%"}, "rate 53.73318664%"),
        ({"stat": "met", "value": 1.0, "unit": "text", "formatted": "Met"}, "met Met"),
        ({"stat": "upper", "value": float("nan"), "formatted": "NE", "error": "not reached"}, "upper NE [not reached]"),
        ({"stat": "hr", "value": 2.5, "warning": "one stratum is empty"}, "hr 2.5 [one stratum is empty]"),
    ],
)
def test_a_number_has_ten_digits_its_unit_and_what_is_to_be_known_of_it(columns, said):
    assert shown_number(row("T14.2.1.1", "Cox", **columns)) == said


def test_models_are_printed_and_counts_are_counted(plan):
    arm = {"group1": "TRT01P", "group1_level": "FUL"}
    made = raw_output_document(
        plan,
        [
            row("T14.2.2.1", "Count and percentage", "n", 3.0, **arm),
            row("T14.2.2.1", "Count and percentage", "p", 30.0, unit="%", **arm),
            row("T14.2.2.1", "Cox", "hr", 0.5, **arm),
            row("T14.2.2.1", "Cox", "se", 0.25, **arm),
            row("T14.2.2.1", "Cox", "n", 10.0),
            row("T14.2.2.1", "Kaplan-Meier", "lower", 4.0),
        ],
    )
    assert made["tables"]["raw.T14.2.2.1"]["rows"] == [
        ["A (ITT): Cox\nTRT01P FUL", "hr 0.5; se 0.25"],
        ["", "n 10"],
    ]
    assert made["tables"]["raw_left_out"]["rows"] == [["Count and percentage", "1", "2"], ["Kaplan-Meier", "1", "1"]]
    assert (made["values"]["raw.numbers"], made["values"]["raw.all"], made["values"]["raw.outputs"]) == ("3", "6", "1")


def test_of_the_primary_estimands_intervals_are_printed_too(plan):
    made = raw_output_document(plan, [row("T14.2.1.1", "Kaplan-Meier", "lower", 4.0)])
    assert made["tables"]["raw.T14.2.1.1"]["rows"] == [["A (ITT): Kaplan-Meier", "lower 4"]]


def test_the_outputs_that_decide_come_first_and_are_referred_to(plan):
    """F14.2.1.4 and T14.1.4.2 stand before T14.2.1.8, a step of the gate, in the catalogue."""
    made = raw_output_document(
        plan, [row(output, "Log-rank", "p", 0.04) for output in ("T14.1.4.2", "F14.2.1.6", "T14.2.1.8")]
    )
    (text,) = made["parts"].values()
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        "## Outputs that decide",
        '### []{.plan key="raw.title.T14.2.1.8"}',
        "## Section 14.1",
        '### []{.plan key="raw.title.T14.1.4.2"}',
        "## Section 14.2.1",
        '### []{.plan key="raw.title.F14.2.1.6"}',
    ]
    assert made["tables"]["raw.T14.2.1.8"]["rows"] == [["A (ITT): Log-rank", "p 0.04"]]
    assert made["tables"]["raw.F14.2.1.6"]["rows"] == [["A (ITT): Log-rank", "As in Table 14.2.1.8."]]


def test_no_number_at_all_leaves_a_table_that_says_so(plan):
    made = raw_output_document(plan, [])
    assert made["tables"]["raw_left_out"]["rows"] == [["–", "0", "0"]]
    assert made["values"]["raw.numbers"] == "0"
