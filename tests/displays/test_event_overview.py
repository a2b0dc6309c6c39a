from __future__ import annotations

import pytest

from csrbook.displays.event_overview import OverviewParameters, overview_display, summarise_events
from csrbook.displays.parameters import read_parameters
from tests.displays.small_study import Frames, events, printed, row, small_plan, subjects

ROWS = [
    {"id": "ANY", "label": "Any event"},
    {"label": "Kinds"},
    {"id": "SEVERE", "label": "Severe", "where": [["ATOXGRN", "GE", 3]], "indent": 1},
    {"id": "SEVERE_RASH", "label": "Severe or rash", "any_of": [["ATOXGRN", "GE", 3], ["AEDECOD", "EQ", "Rash"]]},
]


def overview(adsl, adae, arms=2, **parameters):
    plan, output = small_plan(arms), row("T14.3.9.9", "SAF", rows=ROWS, **parameters)
    chosen = read_parameters(output, OverviewParameters)
    ard = summarise_events(Frames(ADSL=adsl, ADAE=adae), output, plan, chosen)
    ard.frame()
    return ard, overview_display(ard, output, plan, chosen)


def test_subjects_count_once_a_row_and_events_each_time():
    adae = events(
        (1, "S", "Rash", 1), (1, "S", "Rash", 3), (1, "S", "Ileus", 4), (2, "S", "Ileus", 2), (4, "S", "Rash", 1)
    )
    _, display = overview(subjects("AAAC"), adae, difference=False)
    assert printed(display) == [
        ("Any event", "2 (66.7)", "4", "1 (100.0)", "1"),
        ("Kinds",),
        ("  Severe", "1 (33.3)", "2", "0", "0"),
        ("Severe or rash", "1 (33.3)", "3", "1 (100.0)", "1"),
    ]


def test_risk_difference_of_dossier_case_21():
    # 5/56 against 0/29: Newcombe 1998, Miettinen-Nurminen -0.0326 to 0.1933; 100 * 5/56 = 8.93.
    adae = events(*((i, "S", "Rash", 1) for i in range(1, 6)))
    ard, display = overview(subjects("A" * 56 + "C" * 29), adae, events=False)
    assert printed(display)[0] == ("Any event", "5 (8.9)", "0", "8.9 (-3.3, 19.3)")
    assert ard.value("lower", analysis_id="ANY", group1_level="A") == pytest.approx(-3.26, abs=0.005)
    assert ard.value("upper", analysis_id="ANY", group1_level="A") == pytest.approx(19.33, abs=0.005)


def test_keys_tell_the_condition():
    ard, _ = overview(subjects("AC"), events((1, "S", "Rash", 3)))
    (found,) = ard.select(analysis_id="SEVERE", stat_name="n", group1_level="A")
    assert (found["variable"], found["variable_level"], found["analysis_set"]) == ("ATOXGRN", "GE 3", "SAF")


def test_only_treatment_emergent_events_count_unless_the_plan_says_otherwise():
    adae = events((1, "S", "Rash", 3)).assign(TRTEMFL=[""])
    assert printed(overview(subjects("AC"), adae)[1])[0][1:3] == ("0", "0")
    assert printed(overview(subjects("AC"), adae, where=[])[1])[0][1:3] == ("1 (100.0)", "1")


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_no_event_in_any_number_of_arms(arms):
    _, display = overview(subjects("AC"), events(), arms=arms, total=True)
    anything = printed(display)[0]
    assert anything[1 : 2 * arms + 3] == ("0",) * (2 * arms + 2)
    assert anything[2 * arms + 4 :] == ("NE",) * (arms - 2)
    assert len(display.columns) == len(anything) == sum(cell.colspan for cell in display.header[0])
    expected = [f"a risk difference needs subjects in both arms ({name}: none)" for name in ("D", "E")][: arms - 2]
    assert display.footnotes == ((f"NE = not estimable: {'; '.join(expected)}.",) if expected else ())


def test_the_arm_is_the_treatment_received():
    adsl = subjects("AC").assign(TRT01AN=[2.0, 2.0])
    _, display = overview(adsl, events((1, "S", "Rash", 1)), difference=False)
    assert printed(display)[0] == ("Any event", "0", "0", "1 (50.0)", "1")
