from __future__ import annotations

from csrbook.ard import Ard
from csrbook.displays.columns import treatment_groups
from csrbook.displays.conditions import Condition
from csrbook.displays.program import analysis_subjects
from csrbook.displays.subject_lines import Line, add_lines, line_rows
from tests.displays.small_study import Frames, small_plan, subjects

RANDOMISED = (Condition(variable="ITTFL", comparator="EQ", value="Y"),)
STOPPED = (*RANDOMISED, Condition(variable="STATUS", comparator="EQ", value="STOPPED"))
LINES = [
    Line("", "Screening"),
    Line("SCREENED", "Screened", total_only=True),
    Line("FAILED", "Failed", (Condition(variable="ITTFL", comparator="NE", value="Y"),), "SCREENED", total_only=True),
    Line("RANDOMISED", "Randomised", RANDOMISED),
    Line("STOPPED", "Stopped", STOPPED, "RANDOMISED", by="REASON"),
    Line(
        "LOST", "Status unknown", (*RANDOMISED, Condition(variable="STATUS", comparator="EQ", value="")), optional=True
    ),
]


def rows(adsl, labels, arms=2):
    plan = small_plan(arms)
    groups = treatment_groups(plan, "ALL")
    ard = Ard("T14.1.9.9", dataset="ADSL", analysis_set="ALL")
    add_lines(ard, analysis_subjects(Frames(ADSL=adsl), plan, "ALL"), groups, LINES, labels)
    ard.frame()
    return [("  " * r.indent + r.label, *r.cells) for r in line_rows(ard, groups, LINES, labels)]


def test_levels_below_a_line_sum_to_it_with_planned_ones_first():
    adsl = subjects(
        "AACC-",
        STATUS=["STOPPED", "STOPPED", "STOPPED", "GOING", ""],
        REASON=["DEATH", "", "MOVED AWAY", "", ""],
    )
    assert rows(adsl, {"REASON": {"RELAPSE": "Relapse of disease", "DEATH": "Death"}}) == [
        ("Screening",),
        ("Screened", "", "", "5"),
        ("Failed", "", "", "1 (20.0)"),
        ("Randomised", "2", "2", "4"),
        ("Stopped", "2 (100.0)", "1 (50.0)", "3 (75.0)"),
        ("  Relapse of disease", "0", "0", "0"),
        ("  Death", "1 (50.0)", "0", "1 (25.0)"),
        ("  Moved away", "0", "1 (50.0)", "1 (25.0)"),
        ("  Not recorded", "1 (50.0)", "0", "1 (25.0)"),
    ]


def test_an_optional_line_is_shown_where_somebody_counts():
    adsl = subjects("AC", STATUS=["", "GOING"], REASON=["", ""])
    assert rows(adsl, {})[-1] == ("Status unknown", "1", "0", "1")


def test_nobody_randomised_gives_zeros_in_four_arms():
    found = rows(subjects("--", STATUS=["", ""], REASON=["", ""]), {}, arms=4)
    assert found[2:] == [
        ("Failed", "", "", "", "", "2 (100.0)"),
        ("Randomised", *["0"] * 5),
        ("Stopped", *["0"] * 5),
    ]
