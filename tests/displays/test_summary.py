from __future__ import annotations

import pytest

from csrbook.displays.parameters import read_parameters
from csrbook.displays.summary import SummaryParameters, summarise_sets, summary_display
from csrbook.errors import ProgramError
from tests.displays.small_study import Frames, printed, row, small_plan, subjects

NAN = float("nan")
AGE = {"name": "AGE", "label": "Age (years)", "type": "continuous"}
ECOG = {"name": "ECOG", "label": "ECOG", "type": "categorical", "levels": {0: "0", 1: "1"}}


def summary(adsl, *population, arms=2, variables=(AGE, ECOG), **parameters):
    plan, output = small_plan(arms), row("T14.1.9.9", *population, variables=list(variables), **parameters)
    chosen = read_parameters(output, SummaryParameters)
    ard = summarise_sets(Frames(ADSL=adsl), output, plan, chosen)
    ard.frame()
    return ard, summary_display(ard, output, plan, chosen)


def test_statistics_by_arm_and_in_total():
    # Quartiles by SAS's definition 5: of 40, 50, 60, 70 they are 45 and 65; SD = sqrt(500 / 3) = 12.91.
    _, display = summary(subjects("AAAC", AGE=[50.0, 60.0, 70.0, 40.0], ECOG=[0.0, 1.0, 1.0, NAN]), "ITT")
    assert printed(display) == [
        ("Age (years)",),
        ("  n", "3", "1", "4"),
        ("  Mean (SD)", "60.0 (10.00)", "40.0 (NE)", "55.0 (12.91)"),
        ("  Median", "60.0", "40.0", "55.0"),
        ("  Q1, Q3", "50.0, 70.0", "40.0, 40.0", "45.0, 65.0"),
        ("  Min, Max", "50, 70", "40, 40", "40, 70"),
        ("ECOG, n (%)",),
        ("  0", "1 (33.3)", "0", "1 (25.0)"),
        ("  1", "2 (66.7)", "0", "2 (50.0)"),
        ("  Missing", "0", "1", "1"),
    ]
    assert display.footnotes == ("NE = not estimable: standard deviation needs 2 values.",)
    assert [cell.text for cell in display.header[-1]][1:] == ["Alpha\n+ Base\n(N=3)", "Control\n(N=1)", "Total\n(N=4)"]


def test_missing_values_of_a_continuous_variable_are_counted():
    _, display = summary(subjects("AAC", AGE=[50.0, NAN, 40.0]), "ITT", variables=[{**AGE, "missing": "Unknown"}])
    assert printed(display)[1] == ("  n", "1", "1", "2")
    assert printed(display)[-1] == ("  Unknown", "1", "0", "1")


def test_running_text_may_quote_the_first_and_last_date():
    when = {"name": "RANDDT", "label": "Randomised", "type": "date"}
    # SAS day 0 is 1 January 1960.
    _, display = summary(subjects("AAC", RANDDT=[1.0, 31.0, 59.0]), "ITT", variables=[when])
    assert display.numbers == {
        "randdt_first_A": "02JAN1960", "randdt_last_A": "01FEB1960",
        "randdt_first_C": "29FEB1960", "randdt_last_C": "29FEB1960",
        "randdt_first_TOTAL": "02JAN1960", "randdt_last_TOTAL": "29FEB1960",
    }  # fmt: skip


def test_decimals_follow_those_of_the_data():
    weight = {"name": "WT", "label": "Weight", "type": "continuous", "digits": 1, "more": 0}
    _, display = summary(subjects("AAC", WT=[50.25, 60.75, 40.0]), "ITT", variables=[weight], total=False)
    # Half away from zero, as SAS rounds; mean 55.5, SD = 10.5 / sqrt(2) = 7.42.
    assert printed(display)[2][1] == "55.5 (7.42)"
    assert printed(display)[5] == ("  Min, Max", "50.3, 60.8", "40.0, 40.0")


def test_sets_stand_side_by_side_and_a_level_of_one_set_is_zero_in_the_other():
    adsl = subjects("AAC", ECOG=[0.0, 2.0, 1.0], PPROTFL=["Y", "N", "Y"])
    ard, display = summary(adsl, "ITT", "PP", variables=[ECOG])
    assert [(cell.text, cell.colspan) for cell in display.header[0]] == [
        ("", 1),
        ("Randomised Set", 3),
        ("Protocol Set", 3),
    ]
    assert printed(display)[1:] == [
        ("  0", "1 (50.0)", "0", "1 (33.3)", "1 (100.0)", "0", "1 (50.0)"),
        ("  1", "0", "1 (100.0)", "1 (33.3)", "0", "1 (100.0)", "1 (50.0)"),
        ("  2", "1 (50.0)", "0", "1 (33.3)", "0", "0", "0"),
    ]
    assert ard.value("N", analysis_set="PP", group1_level="TOTAL") == 2


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_an_arm_without_subjects_has_its_column(arms):
    _, display = summary(subjects("AA", AGE=[50.0, 60.0], ECOG=[0.0, 0.0]), "ITT", arms=arms)
    assert all(len(r.cells) in (0, arms + 1) for r in display.rows)
    assert printed(display)[2][2] == "NE"
    assert len(display.columns) == arms + 2


def test_an_unknown_variable_is_named():
    with pytest.raises(ProgramError, match="no variable AGE "):
        summary(subjects("AC", ECOG=[0.0, 0.0]), "ITT")
