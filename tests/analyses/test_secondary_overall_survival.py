"""T14.2.4.1 on the trial of 24 subjects, against R (see ``test_primary_pfs.py``, with osdays and death)."""

from __future__ import annotations

import pytest

from analyses.secondary.overall_survival import analyse, display
from tests.displays.small_efficacy import plan_row, small_data, trial_plan

PLAN = trial_plan()
ROW = plan_row(PLAN, "T14.2.4.1")


def test_hazard_ratio_and_log_rank_agree_with_r() -> None:
    ard = analyse(small_data(), ROW, PLAN).ard
    cox = {"analysis_id": "COX_STRATIFIED", "group1_level": "FUL"}
    found = [ard.value(name, **cox) for name in ("hr", "lower", "upper")]
    assert found == pytest.approx([0.243964150516, 0.045212942719, 1.31640417893], rel=1e-9)
    assert ard.value("p", analysis_id="LOG_RANK_STRATIFIED") == pytest.approx(0.0789652908788, rel=1e-9)
    assert ard.value("estimate", analysis_id="KM_MEDIAN", group1_level="CAP") == pytest.approx(15.5400410678, rel=1e-9)


def test_no_hypothesis_is_tested_and_the_page_says_so() -> None:
    results = analyse(small_data(), ROW, PLAN)
    assert results.ard.select(analysis_id="NONINFERIORITY") == []
    page = display(results, ROW, PLAN)
    labels = [row.label for row in page.rows]
    assert "Stratified comparison, Fulvestrant+Pyrotinib versus Capecitabine+Pyrotinib (descriptive)" in labels
    assert "Log-rank p-value (two-sided, nominal)" in labels


def test_maturity_counts_the_deaths_of_both_arms() -> None:
    # Column death of the table: 5 in the test arm, 6 in the control arm; 11 of 24 is 45.8%.
    page = display(analyse(small_data(), ROW, PLAN), ROW, PLAN)
    assert page.footnotes[0] == "Maturity: 11 deaths in both arms together, 45.8% of the set."
    assert page.numbers["maturity"] == "45.8"


def test_a_rate_before_the_first_death_has_no_limits_and_says_why() -> None:
    results = analyse(small_data(), plan_row(PLAN, "T14.2.4.1", landmarks_months=[6]), PLAN)
    keys = {"analysis_id": "KM_RATE", "group1_level": "CAP", "variable_level": "6"}
    assert [results.ard.text(name, **keys) for name in ("estimate", "lower", "upper")] == ["100.0", "NE", "NE"]
    row = results.ard.select(stat_name="lower", **keys)[0]
    assert row["error"] == "no confidence limit before the first event or where all had it"
