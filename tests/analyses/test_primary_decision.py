"""T14.2.1.3: the logic of the gate on real numbers, with plans that make each step met or not.

The 24 subjects have, by R (see ``test_primary_pfs.py``): hazard ratio 0.305 with upper limit 1.248 in ITT and 0.445
with 1.928 in PP; log-rank p 0.0835 in ITT; hand-foot syndrome 0 of 12 against 4 of 12, p 0.0320 by the
score test that belongs to the interval.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from analyses.primary.decision import analyse, display
from csrbook.errors import PlanError
from tests.displays.small_efficacy import plan_row, small_data, trial_plan

if TYPE_CHECKING:
    from csrbook.displays.model import Display
    from csrbook.plan.models import Plan

PLAN = trial_plan()
ROW = plan_row(PLAN, "T14.2.1.3")


def with_study(margin: float = 1.3, superiority_alpha: float = 0.05, safety_alpha: float = 0.05) -> Plan:
    """The trial's plan with another margin and other levels of the later steps."""
    study = PLAN.study
    assert study.noninferiority is not None
    rule = study.noninferiority.model_copy(update={"margin": margin})
    alphas = {"SUP": superiority_alpha, "HFS": safety_alpha}
    gate = tuple(step.model_copy(update={"alpha": alphas.get(step.id, step.alpha)}) for step in study.gate)
    return PLAN.model_copy(update={"study": study.model_copy(update={"noninferiority": rule, "gate": gate})})


def page(plan: Plan) -> Display:
    results = analyse(small_data(), ROW, plan)
    results.ard.frame()
    return display(results, ROW, plan)


@pytest.mark.parametrize(
    ("plan", "statuses"),
    [
        (with_study(margin=1.2), ("not met", "not tested", "not tested")),  # neither set
        (with_study(margin=1.3), ("not met", "not tested", "not tested")),  # ITT only: 1.248 < 1.3 < 1.928
        (with_study(margin=2.0), ("met", "not met", "not tested")),  # both sets; p 0.0835 against 0.05
        (with_study(margin=2.0, superiority_alpha=0.1), ("met", "met", "met")),
        (with_study(margin=2.0, superiority_alpha=0.1, safety_alpha=0.03), ("met", "met", "not met")),  # p 0.0320
    ],
)
def test_each_step_waits_for_the_one_before(plan: Plan, statuses: tuple[str, str, str]) -> None:
    numbers = page(plan).numbers
    assert (numbers["noninferiority"], numbers["superiority"], numbers["risk_difference"]) == statuses


def test_the_page_spells_out_the_logic() -> None:
    shown = page(with_study(margin=1.3))
    lines = [(line.label, *line.cells) for line in shown.rows]
    assert lines[0] == ("Step 1. Non-inferiority of progression-free survival (one-sided alpha 0.025)",)
    assert lines[1] == (
        "Stratified Cox model, hazard ratio against the margin",
        "ITT",
        "Hazard ratio 0.305 (95% CI 0.075, 1.248)\nOne-sided p = 0.0218\nEvents (PFSINV): FUL+PYR 6, CAP+PYR 7",
        "Upper limit < 1.30",
        "Met",
    )
    assert lines[2][3:] == ("Upper limit < 1.30", "Not met")
    assert lines[3] == ("Decision on step 1", "", "1 of 2 criteria met", "All criteria met", "Not met")
    assert lines[5] == ("Precondition", "", "Step 1: not met", "Step 1 met", "Not tested")
    assert lines[6][3:] == ("p < 0.05 and hazard ratio < 1", "Descriptive only")
    assert lines[7] == ("Decision on step 2", "", "Precondition not met", "Criterion met", "Not tested")
    assert lines[10][2] == (
        "Difference (percentage points) -33.3 (95% CI -61.5, -4.2)\n"
        "Two-sided p = 0.0320\n"
        "Patients with event: FUL+PYR 0/12, CAP+PYR 4/12"
    )
    assert lines[-1] == ("Conclusion: " + shown.numbers["conclusion"],)
    assert shown.numbers["conclusion"] == (
        "Non-inferiority of progression-free survival is not shown; superiority of progression-free survival is not "
        "tested; reduction of grade ≥3 hand-foot syndrome is not tested."
    )


def test_the_safety_numbers_agree_with_r() -> None:
    ard = analyse(small_data(), ROW, PLAN).ard
    # 0/12 against 4/12. By hand: under no difference both estimates are 1/6, so that
    # z² = (1/3)² / (1/6 · 5/6 · (1/12 + 1/12) · 24/23) = 4.6; R: pchisq(4.6, 1, lower.tail = FALSE).
    assert ard.value("z", analysis_id="RISK_DIFFERENCE") == pytest.approx(-math.sqrt(4.6), rel=1e-9)
    assert ard.value("p", analysis_id="RISK_DIFFERENCE") == pytest.approx(0.0319719562, rel=1e-8)
    # Brute-force constrained likelihood in R (uniroot over the score statistic): -61.4618837790, -4.2239777151.
    limits = [ard.value(name, analysis_id="RISK_DIFFERENCE") for name in ("lower", "upper")]
    assert limits == pytest.approx([-61.4618837790, -4.2239777151], rel=1e-6)


def test_a_step_on_an_event_that_nobody_had_is_not_met() -> None:
    data = small_data().with_values("ADAE", "ATOXGRN", 1.0)
    results = analyse(data, ROW, with_study(margin=60.0, superiority_alpha=0.5))
    (row,) = results.ard.select(analysis_id="RISK_DIFFERENCE", stat_name="p")
    assert (row["formatted"], row["error"]) == ("NE", "no subject, or every one, had the event")
    assert results.ard.text("status", variable_level="SUP") == "Met"
    assert results.ard.text("status", variable_level="HFS") == "Not met"


def test_a_lower_grade_and_an_event_outside_treatment_do_not_count() -> None:
    data = small_data().with_values("ADAE", "ATOXGRN", 2.0, "USUBJID.str.endswith('0012')")
    data = data.with_values("ADAE", "TRTEMFL", "", "USUBJID.str.endswith('0018')")
    ard = analyse(data, ROW, PLAN).ard
    assert ard.text("n", analysis_id="EVENT_SHARE", group1_level="CAP") == "2"


def test_a_hazard_ratio_above_one_is_no_superiority_however_small_the_p() -> None:
    data = small_data()
    swapped = data.with_values("ADSL", "TRT01PN", 0.0)
    swapped.frames["ADSL"]["TRT01PN"] = 3.0 - data.frames["ADSL"]["TRT01PN"]
    plan = with_study(margin=60.0, superiority_alpha=0.5)
    results = analyse(swapped, ROW, plan)
    assert results.ard.value("hr", analysis_id="COX_STRATIFIED", analysis_set="ITT") > 1.0
    assert results.ard.text("status", variable_level="NI") == "Met"
    assert results.ard.text("status", variable_level="SUP") == "Not met"


def test_a_gate_that_contradicts_the_hypothesis_is_refused() -> None:
    study = PLAN.study
    gate = (study.gate[0].model_copy(update={"alpha": 0.05}), *study.gate[1:])
    other = PLAN.model_copy(update={"study": study.model_copy(update={"gate": gate})})
    with pytest.raises(PlanError, match="one-sided alpha"):
        analyse(small_data(), ROW, other)


def test_a_safety_step_without_a_defined_event_is_refused() -> None:
    with pytest.raises(PlanError, match="step HFS tests a risk in SAF"):
        analyse(small_data(), plan_row(PLAN, "T14.2.1.3", safety_event=None), PLAN)
