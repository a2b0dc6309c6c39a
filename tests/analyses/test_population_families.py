"""Follow-up, intercurrent events, occurrences, set comparison and strata on small data with numbers worked by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from analyses.population import follow_up, intercurrent_events, occurrences, set_comparison, strata_agreement
from tests.displays.small_study import Frames, row, small_plan, subjects

NAN = float("nan")


def run(program, output, arms=2, **data):
    plan = small_plan(arms)
    results = program.analyse(Frames(**data), output, plan)
    return results.ard, program.display(results, output, plan)


def cells(display) -> dict[str, tuple[str, ...]]:
    return {r.label: r.cells for r in display.rows}


def adtte(parameter: str, **columns: list) -> pd.DataFrame:
    n = len(columns["AVAL"])
    frame = pd.DataFrame({"USUBJID": [f"S{i:02d}" for i in range(1, n + 1)], "PARAMCD": parameter, **columns})
    return frame.assign(EVNTDESC=["EVENT" if c == 0 else "ONGOING" for c in columns["CNSR"]])


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_follow_up_turns_events_into_censoring(arms):
    # arm A: censored at 4 and 8, event at 6: of the reverse curve 2/3 at 4, then 0 at 8: median 8
    times = adtte("OS", AVAL=[4.0, 8.0, 6.0, 5.0], CNSR=[1.0, 1.0, 0.0, 0.0])
    output = row("T14.1.9.9", "ITT", paramcd={"OS": "Survival"})
    ard, display = run(follow_up, output, arms, ADSL=subjects("AAAC"), ADTTE=times)
    assert ard.value("estimate", analysis_id="FOLLOW_UP", group1_level="A") == 8.0
    rows = cells(display)
    assert rows["Patients with an event, n (%)"][:2] == ("1 (33.3)", "1 (100.0)")
    # nobody in arm C was censored, and further arms have nobody at all
    assert rows["Shortest, longest time of censored patients (months)"] == ("4.0, 8.0", *["NE, NE"] * (arms - 1))
    assert any("nobody was censored" in note for note in display.footnotes)


def test_two_parameters_share_one_header():
    both = pd.concat([adtte(name, AVAL=[3.0, 2.0], CNSR=[0.0, 1.0]) for name in ("PFS", "OS")])
    output = row("T14.1.9.9", "ITT", paramcd={"PFS": "Progression", "OS": "Survival"})
    _, display = run(follow_up, output, ADSL=subjects("AC"), ADTTE=both)
    assert [r.label for r in display.rows if r.kind == "group"] == ["Progression", "Survival"]


def test_intercurrent_events_are_counted_and_timed():
    # a month of small_plan is 30.4375 days; S01 has new therapy after 60 days, S02 progresses after 150 without it
    adsl = subjects("AAC", RANDDT=[0.0, 0.0, 0.0], NACTDT=[60.0, NAN, NAN], ENDDT=[200.0, 150.0, 90.0])
    output = row(
        "T14.1.9.9", "ITT", end="ENDDT", landmarks_months=[1, 3, 6],
        derived=[{"name": "GAP", "dataset": "ADSL", "variable": "NACTDT", "reduce": "value", "minus": "ENDDT"}],
        events=[
            {"id": "NACT", "label": "New therapy", "where": [["GAP", "LT", 0]], "date": "NACTDT"},
            {"id": "NEVER", "label": "Never", "where": [["NACTDT", "LT", -9]]},
        ],
    )  # fmt: skip
    ard, display = run(intercurrent_events, output, ADSL=adsl)
    assert [r.cells for r in display.rows if r.label in ("New therapy, n (%)", "Never, n (%)")] == [
        ("1 (50.0)", "0"), ("0", "0"),
    ]  # fmt: skip

    def share(arm, month):
        return ard.text("estimate", analysis_id="TIME.NACT", group1_level=arm, variable_level=month)

    # 1 − Kaplan–Meier: none by month 1, one of two at risk by month 3, and nobody is seen up to month 6
    assert [share("A", month) for month in ("1", "3", "6")] == ["0.0", "50.0", "NE"]
    assert share("C", "1") == "0.0"


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_occurrences_of_several_datasets(arms):
    history = pd.DataFrame(
        {"USUBJID": ["S01", "S01", "S02"], "SOC": ["Heart", "Heart", "Skin"], "PT": ["AF", "AF", "Rash"]}
    )
    drugs = pd.DataFrame({"USUBJID": ["S02", "S03"], "CLASS": ["TAXANE", ""], "ON": ["Y", "Y"]})
    bands = [{"id": "ANY", "label": "n (%)"}]
    output = row("T14.1.9.9", "ITT", hierarchies=[
        {"dataset": "ADMH", "hierarchy": ["SOC", "PT"], "overall": "Any history", "where": [], "grade": "",
         "bands": bands},
        {"dataset": "ADCM", "hierarchy": ["CLASS"], "overall": "Any drug", "where": [["ON", "EQ", "Y"]], "grade": "",
         "bands": bands, "sentence_case": True},
        {"id": "NONE", "dataset": "ADCM", "hierarchy": ["CLASS"], "overall": "No drug", "where": [["ON", "EQ", "N"]],
         "grade": "", "bands": bands},
    ])  # fmt: skip
    _, display = run(occurrences, output, arms, ADSL=subjects("AAC"), ADMH=history, ADCM=drugs)
    rows = cells(display)
    more = ("0",) * (arms - 2)
    assert rows["Any history"] == ("2 (100.0)", "0", *more)
    assert rows["AF"] == ("1 (50.0)", "0", *more)  # twice in one patient
    assert (rows["Taxane"], rows["Not coded"]) == (("1 (50.0)", "0", *more), ("0", "1 (100.0)", *more))
    assert rows["No drug"] == ("0",) * arms


def test_sets_are_compared_by_standardised_differences():
    # ages 40, 60 inside against 50, 70 outside: −10 / sqrt(200) = −0.707; shares 1/2 and 1/2: 0
    adsl = subjects("AACC", BMFL=["Y", "Y", "N", "N"], AGE=[40.0, 60.0, 50.0, 70.0], SEX=["F", "M", "F", "M"])
    variables = [
        {"name": "AGE", "label": "Age", "type": "continuous"},
        {"name": "SEX", "label": "Sex", "type": "categorical"},
    ]
    output = row("T14.1.9.9", "ITT", flag="BMFL", inside="Tested", outside="Not tested", variables=variables)
    ard, display = run(set_comparison, output, ADSL=adsl)
    assert ard.value("smd", variable="AGE") == pytest.approx(-(0.5**0.5))
    rows = cells(display)
    assert rows["Age"] == ("", "", "", "-0.707")
    assert rows["Sex, n (%)"] == ("", "", "", "0.000")
    assert [cell.text for cell in display.header[0]][1:] == [
        "Tested\n(N=2)", "Not tested\n(N=2)", "Total\n(N=4)", "Standardised\ndifference",
    ]  # fmt: skip


def test_an_empty_side_gives_no_difference_but_a_reason():
    adsl = subjects("AC", BMFL=["Y", "Y"], AGE=[40.0, 60.0])
    variables = [{"name": "AGE", "label": "Age", "type": "continuous"}]
    output = row("T14.1.9.9", "ITT", flag="BMFL", inside="Tested", outside="Not tested", variables=variables)
    ard, display = run(set_comparison, output, ADSL=adsl)
    assert cells(display)["Age"][-1] == "NE"
    assert ard.select(stat_name="smd")[0]["error"]


def test_strata_as_randomised_against_verified():
    adsl = subjects("AAC", S1R=["Y", "N", "Y"], S1V=["Y", "Y", "Y"])
    pair = {"id": "LUNG", "label": "Lung", "first": "S1R", "second": "S1V", "first_label": "randomised",
            "second_label": "verified", "levels": {"Y": "Yes", "N": "No"}}  # fmt: skip
    _, display = run(strata_agreement, row("T14.1.9.9", "ITT", pairs=[pair]), ADSL=adsl)
    assert cells(display)["Discordant"] == ("1 (50.0)", "0", "1 (33.3)")
