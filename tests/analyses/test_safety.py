"""The outputs of section 14.3 on the trial's plan: five treated patients with numbers counted by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from analyses.population import occurrences
from analyses.safety import (
    adverse_event_overview,
    deaths,
    edish,
    event_course,
    event_dot_plot,
    event_rates,
    shift,
    thresholds,
    time_to_first_event,
    vital_signs,
)
from csrbook.displays.risk_difference import METHOD
from tests.analyses.test_adverse_events import adae
from tests.analyses.trial import Frames, adsl, four_arm_plan, run, three_arm_plan, trial_plan

NAN = float("nan")
# By treatment received FUL has 001-0001, 001-0002 and 002-0002, CAP has 002-0001; day 1 of each is day 0 of the dates.
IDS = ["NCT04646759-" + name for name in ("001-0001", "001-0002", "002-0001", "002-0002")]
PLANS = {2: trial_plan, 3: three_arm_plan, 4: four_arm_plan}


def people() -> pd.DataFrame:
    frame = adsl().assign(TRTSDT=0.0, TRTEDT=99.0, DTHDT=NAN, DCUTDT=5000.0, DTHCAUS="")
    frame.loc[2, ["TRTSDT", "TRTEDT"]] = NAN
    frame.loc[5, ["TRTSDT", "TRTEDT"]] = NAN
    # Patient 001-0002 died 10 days after the last dose.
    frame.loc[1, ["DTHDT", "DTHCAUS"]] = [109.0, "DISEASE PROGRESSION"]
    return frame


def records(rows: list[tuple], **more: object) -> pd.DataFrame:
    """(patient 0 to 3, PARAMCD, day, value, change); day 0 or before is the baseline."""
    frame = pd.DataFrame(rows, columns=["USUBJID", "PARAMCD", "ADT", "AVAL", "CHG"]).astype(
        {"AVAL": float, "CHG": float}
    )
    frame["USUBJID"] = [IDS[k] for k in frame["USUBJID"]]
    treated = frame["ADT"] > 0
    frame["ABLFL"] = treated.map({True: "", False: "Y"})
    frame["ONTRTFL"] = treated.map({True: "Y", False: ""})
    frame["AVISITN"] = treated.map({True: 8.0, False: 0.0})
    return frame.assign(ANL01FL="Y", BASE=frame["AVAL"] - frame["CHG"].fillna(0.0), **more)


def exposure() -> pd.DataFrame:
    return pd.DataFrame({"USUBJID": [IDS[0]], "PARCAT1": "PYROTINIB", "PARAMCD": "NDRED", "AVAL": [1.0]})


def laboratory() -> pd.DataFrame:
    frame = records([(0, "ALT", 0, 40.0, NAN), (0, "ALT", 50, 160.0, 120.0), (0, "BILI", 50, 41.0, 0.0),
                     (0, "ALP", 50, 100.0, 0.0), (2, "K", 0, 4.0, NAN), (2, "K", 50, 3.2, -0.8)])  # fmt: skip
    frame["R2A1HI"] = [1.0, 4.0, 2.0, 0.7, 0.8, 0.6]
    frame["ATOXGRH"] = ["0", "2", "1", "0", "", ""]
    frame["ATOXGRL"] = ["", "", "", "", "0", "1"]
    return frame


def vital() -> pd.DataFrame:
    return records([(0, "WEIGHT", 0, 60.0, NAN), (0, "WEIGHT", 50, 54.0, -6.0), (2, "ECOG", 0, 0.0, NAN),
                    (2, "ECOG", 50, 2.0, 2.0), (0, "LVEF", 0, 65.0, NAN), (0, "LVEF", 50, 45.0, -20.0)])  # fmt: skip


def times() -> pd.DataFrame:
    frame = pd.DataFrame({"USUBJID": IDS * 2, "PARAMCD": ["TTDIAR"] * 4 + ["TTHFS"] * 4})
    frame["AVAL"] = [0.5, 2.0, 3.0, 7.0, 5.0, 2.0, 1.5, 7.0]
    frame["COMPEV"] = [1.0, 2.0, 2.0, 0.0, 0.0, 2.0, 1.0, 0.0]
    frame["CNSR"] = [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0]
    return frame.assign(EVNTDESC="AS CODED")


PROGRAMS = {
    "T14.3.1.2": occurrences,
    "T14.3.1.3": occurrences,
    "T14.3.1.4": occurrences,
    "T14.3.1.5": occurrences,
    "T14.3.1.6": occurrences,
    "T14.3.1.7": adverse_event_overview,
    "T14.3.1.8": event_rates,
    "T14.3.1.9": time_to_first_event,
    "F14.3.1.10": event_course,
    "F14.3.1.11": event_dot_plot,
    "T14.3.2.1": deaths,
    "T14.3.4.2": shift,
    "F14.3.4.3": edish,
    "T14.3.4.4": thresholds,
    "T14.3.5.1": vital_signs,
}


def output(identifier: str, arms: int = 2, **frames: pd.DataFrame):
    electro = records([(2, "QTCF", 0, 430.0, NAN), (2, "QTCF", 50, 495.0, 65.0)])
    data = {"ADSL": people(), "ADAE": adae(), "ADEX": exposure(), "ADLB": laboratory(), "ADVS": vital(),
            "ADEG": electro, "ADTTE": times(), **frames}  # fmt: skip
    return run(PROGRAMS[identifier], identifier, PLANS[arms](), **data)


@pytest.mark.parametrize("arms", [2, 3, 4])
@pytest.mark.parametrize("identifier", PROGRAMS)
def test_any_number_of_arms(identifier, arms):
    rows, results, display = output(identifier, arms)
    assert {row["group1_level"] for row in results.ard.select(stat_name="N")} >= {"FUL", "CAP"}
    if identifier.startswith("F"):
        assert len(display.alt) > 20
        assert display.figure.panels
    else:
        assert len(rows) > 2
        assert all(len(row) in (1, len(display.columns)) for row in rows)


@pytest.mark.parametrize("identifier", PROGRAMS)
def test_no_record_at_all(identifier):
    empty = {name: frame.iloc[:0] for name, frame in {"ADAE": adae(), "ADEX": exposure(), "ADLB": laboratory(),
             "ADVS": vital(), "ADEG": vital()}.items()}  # fmt: skip
    _, results, _ = output(identifier, **empty)
    found = [row for row in results.ard.select(stat_name="n") if row["dataset"] in empty]
    # What counts patients without a value, or at risk, is not empty.
    present = [row for row in found if row["analysis_id"] not in ("AT_RISK", "EDISH.ABSENT")]
    present = [row for row in present if not {row["variable_level"], row["group2_level"]} <= {"MISSING", "ALL"}]
    assert {row["value"] for row in present} <= {0.0}


def cells(rows, label):
    return next(row[1:] for row in rows if row[0].strip() == label)


def test_grade_3_or_worse():
    rows, _, _ = output("T14.3.1.3")
    assert [row[:9] for row in rows] == [
        ("Patients with at least one TEAE of grade ≥3", "1 (33.3)", "1", "0", "0", "1 (100.0)", "1", "0", "0"),
        ("Diarrhoea", "1 (33.3)", "1", "0", "0", "0", "0", "0", "0"),
        ("Palmar-plantar erythrodysaesthesia syndrome", "0", "0", "0", "0", "1 (100.0)", "1", "0", "0"),
    ]


def test_related_by_drug_is_never_more_than_related():
    rows, results, _ = output("T14.3.1.4")
    assert cells(rows, "Patients with at least one TEAE related to pyrotinib")[:4] == (
        "1 (33.3)", "1 (33.3)", "1 (100.0)", "0",
    )  # fmt: skip
    for arm in ("FUL", "CAP"):
        every, one, two = (
            results.ard.value("n", analysis_id=f"{name}.OVERALL.ANY", group1_level=arm)
            for name in ("ANY_DRUG", "PYROTINIB", "PARTNER")
        )
        assert max(one, two) <= every <= one + two


def test_actions_and_exposure():
    rows, _, display = output("T14.3.1.6")
    assert cells(rows, "Patients with a TEAE leading to discontinuation of the partner drug")[:2] == ("0", "1 (100.0)")
    assert cells(rows, "Patients with a TEAE leading to dose reduction of pyrotinib")[:2] == ("1 (33.3)", "0")
    assert cells(rows, "Exposure records: patients with a dose reduction for any reason")[:2] == ("1 (33.3)", "0")
    assert display.header[1][-1].text == "% (95% CI)"


def test_special_interest_has_rates_and_the_test_of_the_gate():
    rows, results, _ = output("T14.3.1.7")
    # two events in 128 + 110 + 128 days. R: 100 * poisson.test(2, 366 / 365.25)$conf.int
    assert cells(rows, "Any grade")[:3] == ("1 (33.3)", "2", "199.6 (24.2, 721.0)")
    # 0 of 3 against 1 of 1: z = -1 / sqrt(1/4 * 3/4 * (1/3 + 1) * 4/3). R: 2 * pnorm(-sqrt(3))
    keys = {"analysis_id": "HAND_FOOT_GRADE_3_5", "group1_level": "FUL", "method": METHOD}
    assert results.ard.value("p", **keys) == pytest.approx(0.08326452)


def test_deaths_by_cause_and_period():
    rows, _, _ = output("T14.3.2.1")
    assert cells(rows, "Died by the data cut-off") == ("1 (33.3)", "0", "1 (25.0)")
    assert cells(rows, "Up to 28 days after the last dose") == ("1 (33.3)", "0", "1 (25.0)")
    assert cells(rows, "More than 28 days after the last dose") == ("0", "0", "0")
    unknown = people()
    unknown.loc[1, "TRTEDT"] = NAN
    rows, _, _ = output("T14.3.2.1", ADSL=unknown)
    assert cells(rows, "Date of death or of the last dose not known") == ("1 (33.3)", "0", "1 (25.0)")


def test_liver_heart_and_their_overlap():
    rows, _, _ = output("T14.3.4.4")
    assert cells(rows, "and ALP <2 × ULN (potential Hy's law)")[:2] == ("1 (100.0)", "0")
    assert cells(rows, ">480 to 500")[:2] == ("0", "1 (100.0)")
    assert cells(rows, ">60")[:2] == ("0", "1 (100.0)")
    assert cells(rows, "≥10 to a value <50%")[:2] == ("1 (100.0)", "0")


def test_shift_adds_up_to_the_arm():
    rows, _, _ = output("T14.3.4.2")
    totals = [row for row in rows if row[0] == "  Total"]
    assert len(totals) == 13
    assert {(row[7], row[14]) for row in totals} == {("3", "1")}


def test_vital_signs_weight_and_status():
    rows, _, _ = output("T14.3.5.1")
    assert ("  0 to 2", "0", "", "1 (100.0)", "") in rows
    assert cells(rows, "10 to <20%") == ("1 (100.0)", "", "0", "")


def test_first_events_compete_with_the_end_of_treatment():
    rows, _, _ = output("T14.3.1.9")
    assert rows[:4] == [
        ("First diarrhoea of grade 3 or worse",),
        ("  Event, n (%)", "1 (33.3)", "0"),
        ("  Competing event, n (%)", "1 (33.3)", "1 (100.0)"),
        ("  Censored, n (%)", "1 (33.3)", "0"),
    ]


def test_gray_test_by_the_strata_of_the_plan():
    row = trial_plan().catalogue.output("T14.3.1.9")
    stratified = row.model_copy(update={"parameters": {**row.parameters, "stratified": True}})
    results = time_to_first_event.analyse(Frames(ADSL=people(), ADTTE=times()), stratified, trial_plan())
    assert {found["method"] for found in results.ard.select(analysis_id="GRAY")} == {"Gray, stratified"}
