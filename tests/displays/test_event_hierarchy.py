from __future__ import annotations

import numpy as np
import pytest

from csrbook.displays.event_hierarchy import HierarchyParameters, summarise_hierarchy, worst_grades
from csrbook.displays.event_hierarchy_table import hierarchy_display
from csrbook.displays.parameters import read_parameters
from tests.displays.small_study import Frames, events, printed, row, small_plan, subjects

NAN = float("nan")
GUT, SKIN = "Gastrointestinal disorders", "Skin disorders"
# Any grade with percentage, each grade as a number, grade 3 or worse with percentage; no risk difference.
BANDS = [
    {"id": "ANY", "label": "Any"},
    *({"id": f"G{g}", "label": str(g), "grades": [g], "percent": False} for g in (1, 2, 3, 4, 5)),
    {"id": "G3_5", "label": "3-5", "grades": [3, 4, 5]},
]


def hierarchy(adsl, adae, arms=2, **parameters):
    plan, output = small_plan(arms), row("T14.3.9.9", "SAF", **{"bands": BANDS, **parameters})
    chosen = read_parameters(output, HierarchyParameters)
    ard = summarise_hierarchy(Frames(ADSL=adsl, ADAE=adae), output, plan, chosen)
    ard.frame()
    return ard, hierarchy_display(ard, output, plan, chosen)


def test_a_subject_counts_once_a_row_at_the_worst_grade():
    adae = events(
        (1, GUT, "Diarrhoea", 1),
        (1, GUT, "Diarrhoea", 3),
        (1, GUT, "Nausea", 2),
        (2, GUT, "Diarrhoea", 2),
        (3, SKIN, "Rash", 5),
        (4, GUT, "Nausea", 4),
    )
    _, display = hierarchy(subjects("AAAC"), adae)
    assert printed(display) == [
        #                                     any        1    2    3    4    5   3-5          any        1 … 5, 3-5
        ("Patients with at least one event", "3 (100.0)", "0", "1", "1", "0", "1", "2 (66.7)",
         "1 (100.0)", "0", "0", "0", "1", "0", "1 (100.0)"),
        (GUT, "2 (66.7)", "0", "1", "1", "0", "0", "1 (33.3)", "1 (100.0)", "0", "0", "0", "1", "0", "1 (100.0)"),
        ("  Diarrhoea", "2 (66.7)", "0", "1", "1", "0", "0", "1 (33.3)", "0", "0", "0", "0", "0", "0", "0"),
        ("  Nausea", "1 (33.3)", "0", "1", "0", "0", "0", "0", "1 (100.0)", "0", "0", "0", "1", "0", "1 (100.0)"),
        (SKIN, "1 (33.3)", "0", "0", "0", "0", "1", "1 (33.3)", "0", "0", "0", "0", "0", "0", "0"),
        ("  Rash", "1 (33.3)", "0", "0", "0", "0", "1", "1 (33.3)", "0", "0", "0", "0", "0", "0", "0"),
    ]  # fmt: skip
    assert [r.kind for r in display.rows] == ["row", "section", "row", "row", "section", "row"]
    assert display.footnotes == ()


def test_numbers_are_found_by_term_and_band():
    ard, _ = hierarchy(subjects("AC"), events((1, GUT, "Nausea", 3)))
    keys = {"variable": "AEDECOD", "variable_level": "Nausea", "group2": "AEBODSYS", "group2_level": GUT}
    assert ard.value("n", analysis_id="AEDECOD.G3_5", group1="TRT01A", group1_level="A", **keys) == 1
    assert ard.value("p", analysis_id="AEDECOD.ANY", group1_level="C", **keys) == 0


def test_terms_stand_in_descending_frequency_ties_alphabetical():
    adae = events((1, SKIN, "rash", 1), (2, SKIN, "Rash", 1), (1, SKIN, "Pruritus", 1), (2, GUT, "Ileus", 1))
    _, by_frequency = hierarchy(subjects("AC"), adae)
    assert [r.label for r in by_frequency.rows[1:]] == [SKIN, "Pruritus", "Rash", "rash", GUT, "Ileus"]
    _, alphabetical = hierarchy(subjects("AC"), adae, sort="alphabetical")
    assert [r.label for r in alphabetical.rows[1:]] == [GUT, "Ileus", SKIN, "Pruritus", "Rash", "rash"]


def test_the_order_is_by_all_arms_together():
    adae = events((1, GUT, "Nausea", 1), (2, GUT, "Ileus", 1), (3, GUT, "Ileus", 1))
    _, display = hierarchy(subjects("ACC"), adae)
    assert [r.label for r in display.rows[2:]] == ["Ileus", "Nausea"]


def test_risk_differences_have_the_interval_of_miettinen_and_nurminen():
    # 9/10 against 3/10: Newcombe 1998 gives 0.1700 to 0.8406.
    adae = events(*((i, GUT, "Nausea", 1) for i in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13)))
    bands = [{"id": "ANY", "label": "Any", "difference": True}]
    _, display = hierarchy(subjects("A" * 10 + "C" * 10), adae, bands=bands)
    assert printed(display)[2] == ("  Nausea", "9 (90.0)", "3 (30.0)", "60.0 (17.0, 84.1)")


def test_events_without_a_grade_count_under_any_grade_and_a_footnote_says_so():
    adae = events((1, GUT, "Nausea", NAN), (2, GUT, "Nausea", NAN), (2, GUT, "Nausea", 2))
    ard, display = hierarchy(subjects("AC"), adae)
    assert printed(display)[2] == ("  Nausea", "1 (100.0)", *["0"] * 6, "1 (100.0)", "0", "1", "0", "0", "0", "0")
    assert ard.value("n", analysis_id="AEDECOD.MISSING", group1_level="A") == 1
    assert display.footnotes == (
        "Events without a grade are counted under any grade only. Patients whose events all lack a grade: 1 in A+B.",
    )


def test_no_event_leaves_one_row_of_zeros():
    _, display = hierarchy(subjects("AC"), events())
    assert printed(display) == [("Patients with at least one event", *["0"] * 14)]


def test_events_outside_the_set_or_the_conditions_do_not_count():
    adae = events((1, GUT, "Nausea", 1), (2, GUT, "Ileus", 1), (3, GUT, "Ileus", 1)).assign(TRTEMFL=["Y", "", "Y"])
    _, display = hierarchy(subjects("ACC", SAFFL=["Y", "Y", "N"]), adae)
    assert [r.label for r in display.rows] == ["Patients with at least one event", GUT, "Nausea"]


def test_an_event_without_a_term_is_shown_as_not_coded():
    _, display = hierarchy(subjects("AC"), events((1, "", "", 1)))
    assert [r.label for r in display.rows[1:]] == ["Not coded", "Not coded"]


def test_one_variable_gives_rows_without_sections():
    adae = events((1, GUT, "Nausea", 3), (2, SKIN, "Rash", 1))
    _, display = hierarchy(subjects("AC"), adae, hierarchy=["AEDECOD"], where=[["ATOXGRN", "GE", 3]])
    assert [(r.label, r.kind, r.indent) for r in display.rows[1:]] == [("Nausea", "row", 0)]


def test_rare_terms_are_left_out_where_the_plan_says_so_and_their_class_stays_counted():
    adae = events((1, GUT, "Nausea", 1), (2, GUT, "Nausea", 1), (1, GUT, "Ileus", 1), (3, SKIN, "Rash", 1))
    _, display = hierarchy(subjects("AAACCC"), adae, minimum_percent=50)
    assert [r.label for r in display.rows] == ["Patients with at least one event", GUT, "Nausea"]
    assert display.rows[0].cells[0] == "3 (100.0)"


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_any_number_of_arms_one_of_them_empty_and_one_of_one_subject(arms):
    adae = events((1, GUT, "Nausea", 1), (2, GUT, "Nausea", 3))
    bands = [{"id": "ANY", "label": "Any", "difference": True}]
    _, display = hierarchy(subjects("AC"), adae, arms=arms, bands=bands, total=True)
    nausea = printed(display)[2]
    assert nausea[: arms + 2] == ("  Nausea", "1 (100.0)", "1 (100.0)", *["0"] * (arms - 2), "2 (100.0)")
    assert nausea[arms + 2 + 1 :] == ("NE",) * (arms - 2)
    assert len(display.columns) == len(nausea)
    assert sum(cell.colspan for cell in display.header[0]) == sum(cell.colspan for cell in display.header[1])
    assert bool(display.footnotes) == (arms > 2)


def test_worst_grades_of_no_event_are_zeros_of_the_right_shape():
    nothing = np.array([], dtype=np.intp)
    for arms in (nothing, np.array([0, 2, -1])):
        table = worst_grades(nothing, nothing, nothing, arms, 2, 3)
        assert table.shape == (2, 4, 6)
        assert not table.any()


def test_one_of_several_conditions():
    adae = events((1, GUT, "Nausea", 1), (2, GUT, "Ileus", 3), (3, SKIN, "Rash", 1))
    either = [["ATOXGRN", "GE", 3], ["AEBODSYS", "EQ", SKIN]]
    _, display = hierarchy(subjects("AAC"), adae, any_of=either)
    assert [r.label for r in display.rows] == ["Patients with at least one event", GUT, "Ileus", SKIN, "Rash"]


def test_a_section_of_one_level_and_a_single_difference_need_no_more_words():
    bands = [{"id": "ANY", "label": "n (%)", "difference": True}]
    adae = events((1, GUT, "Nausea", 1))
    _, display = hierarchy(subjects("AC"), adae, hierarchy=["AEDECOD"], section=True, bands=bands)
    assert [(r.kind, r.indent) for r in display.rows] == [("section", 0), ("row", 1)]
    assert display.header[1][-1].text == "% (95% CI)"
