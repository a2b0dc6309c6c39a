"""T14.2.1.1 and T14.2.1.2 on the trial of 24 subjects, against R's survival package.

R 4.2.2, survival 3.5-3, table as in ``tests/displays/small_efficacy.py``::

    m <- coxph(Surv(t, e) ~ a + strata(s), d, ties = "efron")
    pnorm((coef(m) - log(1.3)) / sqrt(vcov(m)))
    survdiff(Surv(t, e) ~ a + strata(s), d)$chisq
    f <- survfit(Surv(t, e) ~ a, d, conf.type = "log-log"); quantile(f, c(.25, .5, .75)); summary(f, times = c(6, 12))
    quantile(survfit(Surv(t, 1 - e) ~ a, d, conf.type = "log-log"), .5)
"""

from __future__ import annotations

import pytest

from analyses.primary.pfs_noninferiority import analyse, display
from csrbook.errors import DataError, PlanError
from tests.displays.small_efficacy import plan_row, small_data, trial_plan

PLAN = trial_plan()
COX = {"analysis_id": "COX_STRATIFIED", "group1": "TRT01P", "group1_level": "FUL"}
NI = {"analysis_id": "NONINFERIORITY", "group1_level": "FUL"}
LOG_RANK = {"analysis_id": "LOG_RANK_STRATIFIED", "group1_level": "FUL"}


def test_the_itt_table_agrees_with_r() -> None:
    ard = analyse(small_data(), plan_row(PLAN, "T14.2.1.1"), PLAN).ard
    expected = {
        "log_hr": -1.18640323312,
        "se": 0.718156946036,
        "hr": 0.305317447209,
        "lower": 0.0747231758516,
        "upper": 1.2475211674,
        "z": -1.65201108152,
        "p": 0.098532291839,
    }
    found = {name: ard.value(name, analysis_set="ITT", group2_level="PFSINV", **COX) for name in expected}
    assert found == pytest.approx(expected, rel=1e-9)
    assert ard.value("z", **NI) == pytest.approx(-2.01734106393, rel=1e-9)
    assert ard.value("p", **NI) == pytest.approx(0.0218299665421, rel=1e-9)
    assert ard.value("chi_square", **LOG_RANK) == pytest.approx(2.99447185934, rel=1e-9)
    assert ard.value("p", **LOG_RANK) == pytest.approx(0.0835491511049, rel=1e-9)


@pytest.mark.parametrize(
    ("arm", "analysis", "estimate", "lower", "upper"),
    [
        ("FUL", "KM_Q1", 13.33880903491, 2.75975359343, 16.55852156057),
        ("FUL", "KM_MEDIAN", 16.55852156057, 11.03901437372, None),
        ("FUL", "KM_Q3", 17.4784394251, 13.33880903491, None),
        ("CAP", "KM_MEDIAN", 8.27926078029, 4.59958932238, None),
        ("CAP", "KM_Q3", None, 7.81930184805, None),
        ("FUL", "FOLLOW_UP", 14.7186858316, 9.19917864476, None),
        ("CAP", "FOLLOW_UP", 15.6386036961, 9.19917864476, None),
    ],
)
def test_quantiles_agree_with_r(
    arm: str, analysis: str, estimate: float | None, lower: float, upper: float | None
) -> None:
    ard = analyse(small_data(), plan_row(PLAN, "T14.2.1.1"), PLAN).ard
    for name, expected in (("estimate", estimate), ("lower", lower), ("upper", upper)):
        keys = {"analysis_id": analysis, "group1_level": arm}
        if expected is None:
            assert ard.text(name, **keys) == "NE"
        else:
            assert ard.value(name, **keys) == pytest.approx(expected, rel=1e-9)


def test_landmark_rates_agree_with_r() -> None:
    ard = analyse(small_data(), plan_row(PLAN, "T14.2.1.1"), PLAN).ard
    expected = {
        ("CAP", "6"): (72.7272727273, 37.07874002122, 90.2833076807),
        ("CAP", "12"): (30.303030303, 5.91760326404, 60.3997733298),
        ("FUL", "6"): (90.9090909091, 50.80802057699, 98.6673822668),
        ("FUL", "12"): (80.8080808081, 42.3496006190, 94.8522935017),
    }
    for (arm, month), numbers in expected.items():
        keys = {"analysis_id": "KM_RATE", "group1_level": arm, "variable": "MONTH", "variable_level": month}
        assert [ard.value(name, **keys) for name in ("estimate", "lower", "upper")] == pytest.approx(numbers, rel=1e-9)


def test_the_pp_table_takes_its_set_and_parameter_from_the_plan_row_and_counts_the_excluded() -> None:
    row = plan_row(PLAN, "T14.2.1.2")
    ard = analyse(small_data(), row, PLAN).ard
    keys = {"analysis_set": "PP", "group2_level": "PFSPP", **COX}
    assert ard.value("hr", **keys) == pytest.approx(0.444873181781, rel=1e-9)
    assert ard.value("upper", **keys) == pytest.approx(1.92814539964, rel=1e-9)
    assert ard.value("p", **NI) == pytest.approx(0.0759095363921, rel=1e-9)
    assert ard.text("met", **NI) == "Not met"
    assert [ard.text("n", analysis_id="EXCLUDED", group1_level=arm) for arm in ("FUL", "CAP")] == ["2", "1"]
    shown = display(analyse(small_data(), row, PLAN), row, PLAN)
    assert shown.rows[0].label == "Excluded from the Intention-to-Treat Set, n (%)"
    assert shown.rows[0].cells == ("2 (16.7)", "1 (8.3)")
    assert shown.footnotes[0].startswith("Co-primary estimand (per-protocol-aligned):")


def test_the_page_shows_counts_comparison_and_conclusion() -> None:
    row = plan_row(PLAN, "T14.2.1.1")
    page = display(analyse(small_data(), row, PLAN), row, PLAN)
    assert [cell.text for cell in page.header[0]] == [
        "",
        "Fulvestrant\n+ Pyrotinib\n(N=12)",
        "Capecitabine\n+ Pyrotinib\n(N=12)",
    ]
    cells = {line.label: line.cells for line in page.rows if line.cells}
    assert cells["Patients with an event"] == ("6 (50.0)", "7 (58.3)")
    assert cells["Progressive disease"] == ("6 (50.0)", "7 (58.3)")
    assert cells["Ongoing at data cut-off"] == ("3 (25.0)", "3 (25.0)")
    assert cells["Withdrawal or lost to follow-up"] == ("3 (25.0)", "2 (16.7)")
    assert cells["Median follow-up (months; 95% CI), reverse Kaplan–Meier"] == ("14.7 (9.2, NE)", "15.6 (9.2, NE)")
    assert cells["Median (95% CI)"] == ("16.6 (11.0, NE)", "8.3 (4.6, NE)")
    assert cells["Hazard ratio (95% CI)"] == ("0.305 (0.075, 1.248)", "")
    assert cells["Non-inferiority, z (one-sided p-value)"] == ("-2.017 (0.0218)", "")
    assert cells["Log-rank p-value (two-sided)"] == ("0.0835", "")
    assert not [label for label in cells if label.startswith("Upper limit")]  # the interval above has that level
    assert page.rows[-1].label == "Non-inferiority shown: the upper limit of the 95% CI (1.248) is below 1.30."
    assert page.numbers["ci"] == "0.075 to 1.248"
    assert page.numbers["median_test"] == "16.6"
    assert page.numbers["events_control"] == "7"
    assert (page.numbers["follow_up_test"], page.numbers["follow_up_control"]) == ("14.7", "15.6")


def test_the_interval_of_the_test_has_the_level_of_the_hypothesis_and_not_the_general_one() -> None:
    # R: exp(-1.18640323312 + qnorm(.95) * 0.718156946036) = 0.994873012385, for a one-sided alpha of 0.05.
    study = PLAN.study
    rule = study.noninferiority
    assert rule is not None
    other = PLAN.model_copy(
        update={"study": study.model_copy(update={"noninferiority": rule.model_copy(update={"alpha_one_sided": 0.05})})}
    )
    row = plan_row(PLAN, "T14.2.1.1")
    ard = analyse(small_data(), row, other).ard
    assert ard.value("upper", **NI) == pytest.approx(0.994873012385, rel=1e-9)
    assert ard.value("upper", **COX) == pytest.approx(1.2475211674, rel=1e-9)
    labels = [line.label for line in display(analyse(small_data(), row, other), row, other).rows]
    assert "Upper limit of the two-sided 90% CI" in labels
    assert "Hazard ratio (95% CI)" in labels


def test_a_plan_row_with_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(PlanError, match="landmark"):
        analyse(small_data(), plan_row(PLAN, "T14.2.1.1", landmark=[6]), PLAN)


def test_a_parameter_that_the_data_do_not_have_is_refused() -> None:
    with pytest.raises(DataError, match="PFSX"):
        analyse(small_data(), plan_row(PLAN, "T14.2.1.1", paramcd="PFSX"), PLAN)
