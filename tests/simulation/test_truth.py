"""What was put into the simulation comes out of its data, within Monte-Carlo error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter

ARMS = {1: "test", 2: "control"}
SEVERE = {
    # trial dossier, section A: proportion with grade 3 or more
    ("CQ01NAM", 1): 0.20,
    ("CQ01NAM", 2): 0.306,
    ("CQ02NAM", 1): 0.005,
    ("CQ02NAM", 2): 0.164,
    ("CQ03NAM", 1): 0.02,
    ("CQ03NAM", 2): 0.06,
}
ANY = {
    ("Diarrhoea", 1): 0.93,
    ("Diarrhoea", 2): 0.97,
    ("Palmar-plantar erythrodysaesthesia syndrome", 1): 0.08,
    ("Palmar-plantar erythrodysaesthesia syndrome", 2): 0.57,
    ("Vomiting", 1): 0.35,
    ("Vomiting", 2): 0.50,
    ("Alanine aminotransferase increased", 1): 0.28,
    ("Alanine aminotransferase increased", 2): 0.30,
}


def error(proportion: float, size: int) -> float:
    """Three and a half standard errors of a proportion."""
    return 3.5 * np.sqrt(proportion * (1 - proportion) / size)


def times(frames: dict[str, pd.DataFrame], parameter: str) -> pd.DataFrame:
    return frames["ADTTE"].query("PARAMCD == @parameter")


@pytest.mark.parametrize("arm", [1, 2])
def test_progression_free_survival_is_the_planned_weibull_distribution(large, plan, arm):
    median = {1: 13.0, 2: 11.0}[arm]
    rows = times(large, "PFSINV").query("TRT01PN == @arm")
    curve = KaplanMeierFitter().fit(rows["AVAL"], rows["CNSR"] == 0)
    # progression is seen at the scan nearest to its time, so that the curves agree midway between scans
    for scan in (2.5, 4.5, 6.5, 8.5):
        months = scan * 7 * plan.study.scan_interval_weeks / plan.study.days_per_month
        planned = 0.5 ** ((months / median) ** 1.2)
        assert curve.predict(months) == pytest.approx(planned, abs=error(planned, len(rows)) + 0.01)
    # half a scan interval, and three and a half standard errors 0.5 / (sqrt(n) f(median)), f from the Weibull hazard
    density = 0.5 * 1.2 * np.log(2.0) / median
    assert curve.median_survival_time_ == pytest.approx(median, abs=0.92 + 3.5 * 0.5 / np.sqrt(len(rows)) / density)


def test_the_hazard_ratio_is_the_true_one(large, parameters):
    rows = times(large, "PFSINV")
    data = pd.DataFrame({"time": rows["AVAL"], "event": rows["CNSR"] == 0, "test": (rows["TRT01PN"] == 1) * 1.0})
    log_ratio = CoxPHFitter().fit(data, "time", "event").params_["test"]
    truth = np.log(parameters.progression_free_survival.true_hazard_ratio)
    assert log_ratio == pytest.approx(truth, abs=3.5 * 2.0 / np.sqrt(data["event"].sum()))


@pytest.mark.parametrize("arm", [1, 2])
def test_overall_survival_has_the_planned_course(large, arm):
    rows = times(large, "OS").query("TRT01PN == @arm")
    curve = KaplanMeierFitter().fit(rows["AVAL"], rows["CNSR"] == 0)
    # medians of 40 and 38 months lie at the end of follow-up: at 34 months a little more than half are alive
    assert 0.50 < curve.predict(34.0) < 0.62


@pytest.mark.parametrize(("arm", "rate"), [(1, 0.50), (2, 0.65)])
def test_confirmed_response_rates(large, arm, rate):
    best = large["ADRS"].query("PARAMCD == 'CBOR' and TRT01PN == @arm")["AVALC"]
    assert best.isin(["CR", "PR"]).mean() == pytest.approx(rate, abs=error(rate, len(best)) + 0.015)


@pytest.mark.parametrize("arm", [1, 2])
def test_clinical_benefit_is_near_three_quarters(large, arm):
    benefit = large["ADRS"].query("PARAMCD == 'CBR24' and TRT01PN == @arm")["AVALC"] == "Y"
    assert benefit.mean() == pytest.approx(0.75, abs=0.06)


@pytest.mark.parametrize(("query", "arm"), SEVERE)
def test_severe_toxicity_of_special_interest(large, query, arm):
    size = (large["ADSL"]["TRT01AN"] == arm).sum()
    events = large["ADAE"].query("TRT01AN == @arm and TRTEMFL == 'Y' and ATOXGRN >= 3")
    found = events.loc[events[query] != "", "USUBJID"].nunique() / size
    assert found == pytest.approx(SEVERE[query, arm], abs=error(SEVERE[query, arm], size))


@pytest.mark.parametrize(("term", "arm"), ANY)
def test_toxicity_of_any_grade(large, term, arm):
    size = (large["ADSL"]["TRT01AN"] == arm).sum()
    events = large["ADAE"].query("TRT01AN == @arm and TRTEMFL == 'Y' and AEDECOD == @term")
    assert events["USUBJID"].nunique() / size == pytest.approx(ANY[term, arm], abs=error(ANY[term, arm], size))


def test_about_nine_adverse_events_a_patient(large):
    assert len(large["ADAE"]) / (large["ADSL"]["SAFFL"] == "Y").sum() == pytest.approx(9.0, abs=1.0)


@pytest.mark.parametrize(("arm", "stopped", "reduced"), [(1, 0.03, 0.15), (2, 0.06, 0.22)])
def test_treatment_stopped_and_reduced_for_adverse_events(large, arm, stopped, reduced):
    treated = large["ADSL"].query("TRT01AN == @arm")
    size = len(treated)
    assert (treated["DCTREAS"] == "ADVERSE EVENT").mean() == pytest.approx(stopped, abs=error(stopped, size))
    doses = large["ADEX"].query("TRT01AN == @arm and PARCAT1 == 'PYROTINIB' and PARAMCD == 'NDRED'")
    assert (doses["AVAL"] > 0).mean() == pytest.approx(reduced, abs=error(reduced, size))


@pytest.mark.parametrize(("arm", "share"), [(1, 0.05), (2, 0.07)])
def test_new_therapy_before_progression(large, arm, share):
    censored = times(large, "PFSFDA").query("TRT01PN == @arm")["CNSR"]
    # new therapy before the first adequate assessment cannot happen: it starts after day 80
    assert (censored == 3).mean() == pytest.approx(share, abs=error(share, len(censored)) + 0.005)


def test_two_missed_scans_and_losses(large):
    missed = times(large, "PFSMISS")["CNSR"] == 4
    assert missed.mean() == pytest.approx(0.04, abs=0.012)
    adsl = large["ADSL"].query("ITTFL == 'Y'")
    lost = adsl["DCSREAS"].isin(["LOST TO FOLLOW-UP", "WITHDRAWAL BY SUBJECT"])
    years = (adsl["LSTALVDT"] - adsl["RANDDT"]).sum() / 365.25
    # 5 % a year, and the few who leave before the first scan
    early = (adsl["LSTALVDT"] - adsl["RANDDT"] < 50) & lost
    assert (lost & ~early).sum() / years == pytest.approx(0.0513, abs=3.5 * np.sqrt(lost.sum()) / years)
    assert early.mean() < 0.05


def test_per_protocol_set_and_concordance_with_independent_review(large):
    adsl = large["ADSL"].query("ITTFL == 'Y'")
    assert (adsl["PPROTFL"] == "Y").mean() == pytest.approx(0.90, abs=0.025)
    status = pd.DataFrame({p: times(large, p).set_index("USUBJID")["CNSR"] == 0 for p in ("PFSINV", "PFSBICR")})
    agreement = (status["PFSINV"] == status["PFSBICR"]).mean()
    share = status.mean()
    chance = share.prod() + (1 - share).prod()
    assert agreement == pytest.approx(0.85, abs=0.025)
    assert (agreement - chance) / (1 - chance) == pytest.approx(0.65, abs=0.06)  # Cohen's kappa of the dossier


def test_markers_have_their_prevalence_correlation_and_missingness(large):
    base = large["ADBM"].query("AVISIT == 'BASELINE'")
    evaluable = (large["ADSL"].query("ITTFL == 'Y'")["BMEVLFL"] == "Y").mean()
    assert evaluable == pytest.approx(0.80, abs=0.025)
    results = base.pivot_table(index="USUBJID", columns="PARAMCD", values="AVALC", aggfunc="first")
    for marker, positive, prevalence in (
        ("PIK3CA", "MUTATED", 0.35),
        ("TP53", "MUTATED", 0.50),
        ("KI67", "HIGH", 0.60),
    ):
        valid = results.loc[results[marker] != "NE", marker]
        assert (valid == positive).mean() == pytest.approx(prevalence, abs=error(prevalence, len(valid)))
    both = results[(results["TP53"] != "NE") & (results["KI67"] != "NE")]
    table = pd.crosstab(both["TP53"], both["KI67"])
    odds = table.loc["MUTATED", "HIGH"] * table.loc["WILD TYPE", "LOW"]
    assert odds / (table.loc["MUTATED", "LOW"] * table.loc["WILD TYPE", "HIGH"]) > 1.8
    # shedding: plasma markers of a sample fail together, and more often without visceral disease
    plasma = results[["TP53", "PIK3CA", "ESR1"]] == "NE"
    assert (plasma.all(axis=1) == plasma.any(axis=1)).all()
    visceral = large["ADSL"].set_index("USUBJID")["VISCFL"].reindex(results.index) == "Y"
    assert plasma["TP53"][~visceral].mean() > plasma["TP53"][visceral].mean() + 0.03


def test_markers_act_as_planned(large):
    tp53 = (
        large["ADBM"]
        .query("PARAMCD == 'TP53' and AVISIT == 'BASELINE' and AVALC != 'NE'")
        .set_index("USUBJID")["AVALC"]
    )
    rows = times(large, "PFSINV").set_index("USUBJID").join(tp53, how="inner")
    data = pd.DataFrame(
        {
            "time": rows["AVAL"],
            "event": rows["CNSR"] == 0,
            "mutated": (rows["AVALC"] == "MUTATED") * 1.0,
            "arm": rows["TRT01PN"],
        }
    )
    ratio = np.exp(CoxPHFitter().fit(data, "time", "event", strata=["arm"]).params_["mutated"])
    assert 1.25 < ratio < 1.65  # 1.5 given all else, a little less on average over it


def test_sites_differ(large):
    rows = times(large, "PFSINV")
    # with a site SD of 0.15 the sites' event rates spread more than the Poisson error allows alone
    events = (rows["CNSR"] == 0).groupby(rows["SITEID"]).sum()
    months = rows.groupby("SITEID")["AVAL"].sum()
    expected = months * events.sum() / months.sum()
    dispersion = ((events - expected) ** 2 / expected).sum() / (len(events) - 1)
    assert dispersion > 1.3
