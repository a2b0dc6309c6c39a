"""Values and changes by visit, categories by visit, and the last value on treatment."""

from __future__ import annotations

import pandas as pd
import pytest

from csrbook.ard import Ard
from csrbook.displays.by_visit import VisitParameters, add_by_visit, visit_columns, visit_header, visit_rows
from csrbook.displays.columns import add_sizes, treatment_groups
from csrbook.errors import DataError
from tests.displays.small_study import small_plan, subjects

NAN = float("nan")
CHOSEN = VisitParameters(
    dataset="ADVS",
    where=[["ANL01FL", "EQ", "Y"]],
    on_treatment=[["ONTRTFL", "EQ", "Y"]],
    visits={"0": "Baseline", "8": "Week 8"},
    parameters=[
        {"paramcd": "WT", "label": "Weight (kg)", "digits": 1},
        {"paramcd": "PS", "label": "Status", "type": "categorical", "levels": {"0": "0", "1": "1"}},
    ],
)
# Of each record: subject, parameter, week, value, change.
RECORDS = [
    (1, "WT", 0, 60.0, NAN), (1, "WT", 8, 58.0, -2.0), (1, "WT", 16, 57.0, -3.0),
    (2, "WT", 0, 70.0, NAN), (2, "WT", 8, 71.0, 1.0),
    (3, "WT", 0, 50.0, NAN), (3, "WT", 8, NAN, NAN),
    (1, "PS", 0, 0.0, NAN), (1, "PS", 8, 1.0, 1.0), (2, "PS", 0, 1.0, NAN), (3, "PS", 0, 2.0, NAN),
]  # fmt: skip


def tabulated(arms: str, records, number: int = 2):
    plan = small_plan(number)
    people = subjects(arms).assign(ARM=list(arms))
    groups = treatment_groups(plan, "SAF", total=False)
    frame = pd.DataFrame(records, columns=["USUBJID", "PARAMCD", "AVISITN", "AVAL", "CHG"])
    frame["USUBJID"] = pd.Series([f"S{who:02d}" for who in frame["USUBJID"]], dtype=object)
    frame = frame.astype({"AVISITN": float, "AVAL": float, "CHG": float})
    frame["ADT"] = 1000.0 + 7.0 * frame["AVISITN"]
    frame["ANL01FL"] = "Y"
    frame["ONTRTFL"] = ["Y" if week > 0 else "" for week in frame["AVISITN"]]
    ard = Ard("T14.3.9.9", dataset="ADVS")
    add_sizes(ard, groups, groups.tally(groups.codes(people["ARM"])))
    add_by_visit(ard, people, frame, groups, CHOSEN)
    ard.frame()
    rows = [row for variable in CHOSEN.parameters for row in visit_rows(ard, groups, variable, CHOSEN)]
    assert len(visit_columns(groups)) == 1 + 2 * number
    assert visit_header(ard, groups, "Visit")[1][2].text == "Change from\nbaseline"
    return [(row.label, *row.cells[:4]) for row in rows]


@pytest.mark.parametrize("number", [2, 3, 4])
def test_statistics_of_each_visit(number):
    rows = tabulated("AAC", RECORDS, number)
    assert rows[:6] == [
        ("Weight (kg)",),
        ("Baseline",),
        ("n", "2", "", "1", ""),
        ("Mean (SD)", "65.00 (7.071)", "", "50.00 (NE)", ""),
        ("Median (Q1, Q3)", "65.00 (60.00, 70.00)", "", "50.00 (50.00, 50.00)", ""),
        ("Min, Max", "60.0, 70.0", "", "50.0, 50.0", ""),
    ]
    assert rows[7:9] == [("n", "2", "2", "0", "0"), ("Mean (SD)", "64.50 (9.192)", "-0.50 (2.121)", "", "")]
    # the last value of the first subject is that of week 16, which has no rows of its own
    assert rows[11] == ("Last value on treatment",)
    assert rows[13][:3] == ("Mean (SD)", "64.00 (9.899)", "-1.00 (2.828)")


def test_categories_of_each_visit_add_up():
    rows = tabulated("AAC", RECORDS)
    start = rows.index(("Status",))
    assert rows[start + 1 : start + 5] == [
        ("Baseline",), ("0", "1 (50.0)", "", "0", ""), ("1", "1 (50.0)", "", "0", ""), ("2", "0", "", "1 (100.0)", ""),
    ]  # fmt: skip


def test_no_record_leaves_the_visits():
    rows = tabulated("AC", [])
    assert [row[0] for row in rows if len(row) == 1][:4] == [
        "Weight (kg)",
        "Baseline",
        "Week 8",
        "Last value on treatment",
    ]


def test_two_records_at_a_visit_are_refused():
    with pytest.raises(DataError, match="1 records of WT more than one a subject at visit 8"):
        tabulated("A", [(1, "WT", 8, 60.0, 0.0), (1, "WT", 8, 61.0, 1.0)])
