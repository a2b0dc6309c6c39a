"""The sensitivity programs on the small trial: numbers from R or counted by hand in its table."""

from __future__ import annotations

import importlib
import math

import pytest

from csrbook.displays.plot import Plot
from csrbook.errors import PlanError
from tests.displays.small_efficacy import START, plan_row, small_data, trial_plan

PLAN = trial_plan()


def run(identifier, plan=PLAN, data=None, **parameters):
    """Results and page of a row of the catalogue with some of its parameters changed."""
    output = plan_row(plan, identifier, **parameters)
    module = importlib.import_module(output.program.removesuffix(".py").replace("/", "."))
    results = module.analyse(data or small_data(), output, plan)
    return results.ard, module.display(results, output, plan)


def rows(page):
    return {row.label: row.cells for row in page.rows}


# R: d is read as tests/displays/small_efficacy.py says; g <- function(m) c(coef(m)[1], sqrt(vcov(m)[1, 1]))
#    g(coxph(Surv(t, e) ~ a + strata(s), d)), without strata, and with the visceral disease of 03 as verified ("Y")
def test_unstratified_and_with_verified_strata():
    ard, page = run("T14.2.2.7")
    expected = {
        "randomised": (-1.186403233, 0.718156946),
        "none": (-1.140364557, 0.6504426999),
        "verified": (-1.186403233, 0.718156946),
    }
    for level, numbers in expected.items():
        keys = {"analysis_id": "ANALYSIS", "variable_level": level}
        assert (ard.value("log_hr", **keys), ard.value("se", **keys)) == pytest.approx(numbers, rel=1e-8)
    # R: pnorm of the distance to log(1.3) in standard errors
    assert ard.value("p", analysis_id="ANALYSIS", variable_level="none") == pytest.approx(0.01551937574, rel=1e-8)
    assert rows(page)["Unstratified"] == ("6/12", "7/12", "0.320 (0.089, 1.144)", "-2.157 (0.0155)", "Yes")
    assert page.footnotes[0] == "Patients in another stratum when verified than when randomised: 1 (4.2%)."


def test_verified_strata_must_be_in_the_plan():
    factors = tuple(factor.model_copy(update={"verified": None}) for factor in PLAN.study.strata)
    plan = PLAN.model_copy(update={"study": PLAN.study.model_copy(update={"strata": factors})})
    with pytest.raises(PlanError, match="verified"):
        run("T14.2.2.7", plan)


def test_adjusted_for_a_covariate():
    # R: m <- coxph(Surv(t, e) ~ a + AGE, d), with AGE = 40 + days %% 37
    ard, page = run("T14.2.2.8", covariates=[{"variable": "AGE", "label": "Age"}], replicates=20)
    keys = {"analysis_id": "ANALYSIS", "variable_level": "ADJUSTED"}
    assert ard.value("log_hr", **keys) == pytest.approx(-1.166284176, rel=1e-8)
    assert ard.value("se", **keys) == pytest.approx(0.6558829897, rel=1e-8)
    # Marginal numbers are those of stats.standardisation (tests/stats); here they stand in the page.
    marginal = rows(page)["Adjusted for covariates: marginal hazard ratio, g-computation"]
    assert marginal[:2] == ("6/12", "7/12")
    assert "NE" not in marginal


def test_the_seed_must_be_one_of_the_plan():
    for identifier in ("T14.2.2.8", "T14.2.2.12"):
        with pytest.raises(PlanError, match="seed"):
            run(identifier, seed="luck")


def test_the_margin_of_the_restricted_mean_follows_from_the_design():
    # By hand, hazard h = log(2)/11 a month: mean to 24 is (1 - exp(-24 h))/h = 12.3720, with 1.3 h it is 10.4982.
    ard, page = run("T14.2.2.9")
    keys = {"analysis_id": "RMST_MARGIN", "variable_level": "PRESPECIFIED"}
    assert ard.value("margin", **keys) == pytest.approx(-1.8738, abs=5e-5)
    # Control patients are followed for 16.1 months at most, so that 24 months lie beyond.
    assert ard.text("estimate", analysis_id="RMST_DIFFERENCE", variable_level="PRESPECIFIED") == "NE"
    assert "Restricted mean (months) to 16.1 months, shorter of the longest times" in rows(page)


def test_intervals_are_counted():
    _, page = run("T14.2.2.10")
    found = rows(page)
    assert found["Between two assessments (progression), n (%)"] == ("6 (50.0)", "7 (58.3)")
    assert found["No event seen, n (%)"] == ("6 (50.0)", "5 (41.7)")
    # Every interval is 56 days wide.
    assert found["Width of the interval (months), median (largest)"] == ("1.8 (1.8)", "1.8 (1.8)")


def test_the_interval_censored_curve_is_known_up_to_the_last_observed_time():
    # The last censored times are those of 01, 518 days (17.0 months), and 20, 490 days (16.1 months). The last
    # progression of the test arm is then put off: seen on day 700, between months 21.2 and 23.0.
    late = small_data()
    dates = {"INTLDT": START + 15 + 643.0, "INTRDT": START + 15 + 699.0}
    for variable, day in dates.items():
        late = late.with_values("ADTTE", variable, day, "PARAMCD == 'PFSINV' and USUBJID.str.endswith('15')")
    ard, _ = run("T14.2.2.10", data=late, landmarks_months=[16, 18, 24])

    def rates(arm):
        return [ard.text("to", analysis_id="TURNBULL_RATE", variable_level=month, group1_level=arm)
                for month in ("16", "18", "24")]  # fmt: skip

    assert "NE" not in rates("FUL")
    assert rates("FUL")[-1] == "0.0"
    assert rates("CAP")[1:] == ["NE", "NE"]
    # Without events the curve is 100% up to the last observed time.
    none = late.with_values("ADTTE", "CNSR", 1.0).with_values("ADTTE", "INTRDT", math.nan)
    ard, _ = run("T14.2.2.10", data=none, landmarks_months=[16, 18, 24])
    assert rates("CAP") == ["100.0", "NE", "NE"]


def test_only_censoring_before_the_cut_off_is_imputed():
    ard, page = run("T14.2.2.12", imputations=20)
    # CNSR 5 in 07, 17 and 19 of the test arm, in 08 and 10 of the control arm
    assert [row["value"] for row in ard.select(analysis_id="IMPUTED", stat_name="n")] == [3.0, 2.0]
    assert len([row for row in page.rows if row.kind == "row"]) == 9
    assert page.rows[-1].label.startswith("Tipping point: the upper limit is at or above 1.30 from a factor of 1")


def test_a_wide_margin_has_no_tipping_point_and_a_grid_is_a_surface():
    rule = PLAN.study.noninferiority.model_copy(update={"margin": 9.0})
    plan = PLAN.model_copy(update={"study": PLAN.study.model_copy(update={"noninferiority": rule})})
    _, page = run("T14.2.2.12", plan, imputations=20)
    assert page.rows[-1].label == "No tipping point: the upper limit stays below 9.00 up to a factor of 3."
    ard, surface = run("F14.2.2.13", imputations=20, deltas_test=[1, 2, 3], deltas_control=[1, 2])
    assert isinstance(surface.figure, Plot)
    layer = surface.figure.panels[0].layers[0]
    assert len(layer.labels) == 6
    # Every limit of so small a trial is above the margin: all cells are marked, and the text says so.
    assert all(text.endswith("*") for text in layer.labels)
    assert surface.alt.endswith("reaches the margin 1.30 in 6 pairs.")
    first = ard.text("upper", analysis_id="TIPPING", variable_level="TEST 1 CONTROL 1")
    assert layer.labels[0] == f"{first}*"


def test_worst_and_best_case_and_the_hazard_of_censoring():
    # R: w$e <- d$e | (d$CNSR == 5 & d$a == 1), the same with a == 0, and w$e <- d$CNSR == 5;
    #    for each of them g(coxph(Surv(t, e) ~ a + strata(s), w))
    ard, page = run("T14.2.2.14", covariates=[])
    for level, numbers in {"WORST": (-0.7419597531, 0.6094177249), "BEST": (-1.443013687, 0.6890664748)}.items():
        keys = {"analysis_id": "ANALYSIS", "variable_level": level}
        assert (ard.value("log_hr", **keys), ard.value("se", **keys)) == pytest.approx(numbers, rel=1e-8)
    assert ard.value("hr", analysis_id="CENSORING_HAZARD") == pytest.approx(0.5618054447, rel=1e-8)
    found = rows(page)
    assert found["Worst case: event at censoring, test arm"][:2] == ("9/12", "7/12")
    assert found["Best case: event at censoring, control arm"][:2] == ("6/12", "9/12")
    assert "NE" not in found["Inverse-probability-of-censoring weights"]


def test_only_patients_with_every_covariate_are_counted_in_the_weighted_analysis():
    # The performance status of 02 (control arm, with an event) and 11 (test arm, without one) is missing.
    data = small_data().with_values("ADSL", "ECOGBL", math.nan, "index in [1, 10]")
    ecog = {"variable": "ECOGBL", "label": "ECOG status", "levels": {"0": "0", "1": "1"}}
    _, page = run("T14.2.2.14", data=data, covariates=[ecog])
    found = rows(page)
    assert found["Censoring at random (primary analysis)"][:2] == ("6/12", "7/12")
    assert found["Inverse-probability-of-censoring weights"][:2] == ("6/11", "6/11")


def test_why_there_are_no_weights_is_told_by_name():
    _, page = run("T14.2.2.14")
    assert page.footnotes == (
        "NE = not estimable (model of censoring: monotone likelihood in Baseline sum of diameters, per 10 mm).",
    )


def test_proportional_hazards_equal_r():
    # R: m <- coxph(Surv(t, e) ~ a + strata(s), d); cox.zph(m, transform = ...);
    #    coxph(Surv(t, e) ~ a + tt(a) + strata(s), d, tt = function(x, t, ...) x * log(t))
    ard, _ = run("T14.2.2.15")
    for transform, chi_square in {"identity": 0.4863459378, "km": 0.3122325536}.items():
        found = ard.value("chi_square", analysis_id="SCORE_TEST", variable_level=transform)
        assert found == pytest.approx(chi_square, rel=1e-6)
    keys = {"analysis_id": "ARM_BY_TIME"}
    assert (ard.value("slope", **keys), ard.value("se", **keys)) == pytest.approx((0.1249223304, 1.531000749), rel=1e-6)


def test_the_figure_of_proportional_hazards_holds_every_event():
    _, page = run("F14.2.2.16")
    residuals, curves = page.figure.panels
    points = next(layer for layer in residuals.layers if layer.mark == "points")
    assert len(points.x) == 13
    assert [layer.name for layer in curves.layers] == ["Fulvestrant+Pyrotinib", "Capecitabine+Pyrotinib"]
    # 03 of the test arm has the first event, 06 of the control arm the second (equal curves), 02 the third (day 140).
    assert page.alt.startswith("The Kaplan–Meier curve of Fulvestrant+Pyrotinib crosses once, at 4.6 months,")


def test_without_one_site():
    # R: g(coxph(Surv(t, e) ~ a + strata(s), d[d$SITEID != "101", ])); the sites have 12 patients each.
    ard, page = run("T14.2.2.18")
    keys = {"analysis_id": "ANALYSIS", "variable_level": "WITHOUT 101"}
    assert ard.value("log_hr", **keys) == pytest.approx(-0.8994256224, rel=1e-8)
    assert ard.value("se", **keys) == pytest.approx(1.19857684, rel=1e-8)
    assert "Without site 102 (12 patients)" in rows(page)
    _, none = run("T14.2.2.18", smallest_site=13)
    assert none.footnotes[0] == "No site has 13 patients, so that none is left out."


def test_readers_are_compared_by_arm():
    # By hand: progressions are 6 and 7; the review does not see 06, 18 (censored) and 24 of the control arm, sees 05 of
    # the test arm as well, and is later in 02 and 14 of the control arm.
    _, page = run("T14.2.2.6")
    found = rows(page)
    assert found["Yes / No"] == ("0", "2 (16.7)", "2 (8.3)")
    assert found["No / Yes"] == ("1 (8.3)", "0", "1 (4.2)")
    assert found["Investigator earlier"] == ("0", "2 (40.0)", "2 (18.2)")
    assert found["Early discrepancy rate, n/N (%)"] == ("0/6 (0.0)", "4/7 (57.1)", "4/13 (30.8)")
    assert found["Late discrepancy rate, n/N (%)"] == ("1/1 (100.0)", "0/4 (0.0)", "1/5 (20.0)")


def test_the_look_knows_what_was_known_then():
    design = PLAN.study.sample_size.model_copy(update={"events": 13})
    plan = PLAN.model_copy(update={"study": PLAN.study.model_copy(update={"sample_size": design})})
    ard, page = run("T14.2.2.20", plan)
    # The look is at event ceil(0.6 * 13) = 8. Events come on days START + id + days - 1: 03 86, 06 117, 02 141,
    # 04 157, 14 237, 16 253, 24 275, 22 329; all are randomised by then, and one event is of the test arm.
    assert ard.value("day", analysis_id="LOOK") == START + 329
    events = {row["group1_level"]: row["value"] for row in ard.select(
        analysis_id="EVENTS", variable_level="LOOK", stat_name="n")}  # fmt: skip
    assert events == {"FUL": 1.0, "CAP": 7.0}
    assert ard.value("fraction", analysis_id="INFORMATION") == pytest.approx(8 / 13)
    assert page.rows[0].label == "Look at 8 events (18FEB2021)"
    methods = {row["method"] for row in ard.select(analysis_id="ANALYSIS")}
    assert methods == {"Cox proportional hazards, Efron, stratified"}


def test_weighted_tests_are_of_superiority_and_have_no_margin():
    ard, page = run("T14.2.2.17", tests=[{"label": "Log-rank", "emphasis": "all"}])
    # R: survdiff(Surv(t, e) ~ a + strata(s), d)$chisq; with one weight the maximum is that test
    keys = {"analysis_id": "WEIGHTED_TEST"}
    largest = ard.value("p", variable_level="MaxCombo", **keys)
    assert largest == pytest.approx(ard.value("p", variable_level="Log-rank", **keys), rel=1e-12)
    assert ard.value("chi_square", variable_level="Log-rank", **keys) == pytest.approx(2.9944718593, rel=1e-9)
    assert not any("margin" in row.label for row in page.rows)
