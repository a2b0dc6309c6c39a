"""Time-to-event numbers where little or nothing can be estimated, and with more than two arms."""

from __future__ import annotations

import pytest

from csrbook.ard import Ard
from csrbook.displays.estimates import page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.precision import Digits
from csrbook.displays.time_to_event import (
    add_cox,
    add_events,
    add_follow_up,
    add_kaplan_meier,
    add_log_rank,
    add_noninferiority,
    add_strata,
)
from csrbook.plan.models import Arm

from .small_efficacy import Frames, plan_with_arms, small_data, trial_plan

CENSORED = {"variable": "CNSR", "value": 1.0}
THIRD = Arm(id="LAP", code=3, label="Lapatinib", short="LAP", role="test")
EMPTY = Arm(id="NONE", code=9, label="Nobody", short="NONE", role="test")


def everything(data: Frames, arms: tuple[Arm, ...] | None = None, strata: tuple[str, ...] | None = None) -> Ard:
    """All time-to-event analyses of PFSINV in the ITT set, as a checked ARD."""
    plan = trial_plan()
    if arms is not None:
        plan = plan_with_arms(plan, *arms)
    times = EventTimesSource(data, plan).select("ITT", "PFSINV", strata)
    ard = Ard("T1.1", dataset="ADTTE")
    digits = Digits()
    add_events(ard, times, digits)
    add_kaplan_meier(ard, times, quantiles=(0.5,), landmarks=(12.0, 60.0), digits=digits, confidence=0.95)
    add_follow_up(ard, times, digits, 0.95)
    add_strata(ard, times)
    fits = add_cox(ard, times, digits, 0.95)
    add_log_rank(ard, times, digits)
    assert plan.study.noninferiority is not None
    add_noninferiority(ard, times, fits, plan.study.noninferiority, digits)
    ard.frame()
    return ard


def test_without_any_event_every_estimate_is_ne_with_its_reason() -> None:
    data = small_data().with_values("ADTTE", "CNSR", 1.0)
    ard = everything(data)
    assert ard.text("estimate", analysis_id="KM_MEDIAN", group1_level="FUL") == "NE"
    assert ard.text("hr", analysis_id="COX_STRATIFIED") == "NE"
    assert ard.text("p", analysis_id="LOG_RANK_STRATIFIED") == "NE"
    assert ard.text("met", analysis_id="NONINFERIORITY") == "Not met"
    assert (
        ard.text("conclusion", analysis_id="NONINFERIORITY")
        == "Non-inferiority not shown: the hazard ratio is not estimable (no events)."
    )
    assert ard.text("n", analysis_id="EVENTS", group1_level="FUL", variable="") == "0"
    assert "no events" in page_notes(ard)[0]


def test_one_event_in_one_arm_is_a_monotone_likelihood_and_not_a_number() -> None:
    data = small_data().with_values("ADTTE", "CNSR", 1.0, "not USUBJID.str.endswith('0003')")
    ard = everything(data)
    assert ard.text("n", analysis_id="EVENTS", group1_level="FUL", variable="") == "1"
    assert ard.text("hr", analysis_id="COX_STRATIFIED") == "NE"
    row = ard.select(analysis_id="COX_STRATIFIED", stat_name="hr")[0]
    assert "no event in the control arm" in str(row["error"])
    assert ard.text("p", analysis_id="LOG_RANK_STRATIFIED") != "NE"


def test_one_stratum_gives_the_unstratified_hazard_ratio() -> None:
    # R: exp(coef(coxph(Surv(t, e) ~ a, d))) = 0.319702450734 (0.0893486789157, 1.14394144654)
    data = small_data().with_values("ADSL", "STRAT1R", "Y").with_values("ADSL", "STRAT2R", "(NEO)ADJUVANT")
    ard = everything(data)
    assert ard.value("hr", analysis_id="COX_STRATIFIED") == pytest.approx(0.319702450734, rel=1e-9)
    assert ard.text("n", analysis_id="STRATA", variable="") == "1"


def test_without_factors_the_analyses_are_named_unstratified() -> None:
    ard = everything(small_data(), strata=())
    assert ard.value("lower", analysis_id="COX_UNSTRATIFIED") == pytest.approx(0.0893486789157, rel=1e-9)
    assert ard.value("upper", analysis_id="COX_UNSTRATIFIED") == pytest.approx(1.14394144654, rel=1e-9)
    assert ard.select(analysis_id="COX_STRATIFIED") == []
    assert ard.text("met", analysis_id="NONINFERIORITY_UNSTRATIFIED") == "Met"


def test_a_landmark_after_the_last_observed_time_is_ne() -> None:
    # The last observed time is 532 days (17.5 months), an event of the test arm, whose curve has then come to 0.
    ard = everything(small_data())
    rate = {"analysis_id": "KM_RATE", "variable_level": "60"}
    assert ard.text("estimate", group1_level="CAP", **rate) == "NE"
    assert str(ard.select(stat_name="estimate", group1_level="CAP", **rate)[0]["error"]).startswith("nobody observed")
    assert ard.text("estimate", group1_level="FUL", **rate) == "0.0"


def test_three_arms_compare_each_test_arm_with_control() -> None:
    study = trial_plan().study
    data = small_data().with_values("ADSL", "TRT01PN", 3.0, "TRT01PN == 1 and USUBJID > 'NCT04646759-001-0012'")
    ard = everything(data, (*study.arms, THIRD))
    assert [ard.text("N", analysis_id="SUBJECTS", group1_level=arm) for arm in ("FUL", "CAP", "LAP")] == [
        "6",
        "12",
        "6",
    ]
    shown = {str(row["group1_level"]) for row in ard.select(analysis_id="COX_STRATIFIED", stat_name="hr")}
    assert shown == {"FUL", "LAP"}


def test_an_arm_without_subjects_is_ne_and_the_others_are_not() -> None:
    study = trial_plan().study
    ard = everything(small_data(), (*study.arms, EMPTY))
    assert ard.text("N", analysis_id="SUBJECTS", group1_level="NONE") == "0"
    assert ard.text("estimate", analysis_id="KM_MEDIAN", group1_level="NONE") == "NE"
    assert ard.text("hr", analysis_id="COX_STRATIFIED", group1_level="NONE") == "NE"
    assert ard.text("hr", analysis_id="COX_STRATIFIED", group1_level="FUL") == "0.305"


def test_a_stratum_with_one_arm_is_named_under_the_hazard_ratio() -> None:
    data = small_data().with_values("ADSL", "STRAT2R", "FIRST-LINE METASTATIC", "USUBJID.str.endswith('0003')")
    data = data.with_values("ADSL", "TRT01PN", 1.0, "STRAT1R == 'N' and STRAT2R == 'FIRST-LINE METASTATIC'")
    notes = page_notes(everything(data))
    assert (
        "Strata that add nothing to the hazard ratio: N/FIRST-LINE METASTATIC: no subjects in the control arm." in notes
    )
