"""Patient-reported outcomes on small data; expected numbers by hand or from R."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from analyses.patient_reported import (
    change_from_baseline,
    completion,
    mean_change_plot,
    missing_not_at_random,
    other_scales,
)
from analyses.secondary import further_event_times
from csrbook.displays.model import identity
from csrbook.errors import CsrbookError
from csrbook.plan.models import Section, StratificationFactor
from tests.displays.small_study import Frames, row, small_plan, subjects

NAN = float("nan")
VISITS = {8: "Week 8", 16: "Week 16"}
# LS means of C and A at week 8, then at week 16; see test_the_mixed_model_is_that_of_r.
R_MEANS = (-4.726900, -1.582163, -0.191720, -1.506409)
MODEL = {"paramcd": {"QL2": "Global health"}, "visits": VISITS, "key_visit": 16}


def plan_of(arms: int = 2, strata: bool = False, seeds: dict[str, int] | None = None):
    plan = small_plan(arms)
    factors = (StratificationFactor(variable="STRAT1R", verified="STRAT1V", label="S", levels=("Y", "N")),)
    study = plan.study.model_copy(update={"strata": factors if strata else (), "seeds": seeds or {"imputation": 7}})
    catalogue = plan.catalogue.model_copy(update={"sections": (Section(number="14.2", title="Efficacy"),)})
    return plan.model_copy(update={"study": study, "catalogue": catalogue})


def run(program, output, plan, **data):
    results = program.analyse(Frames(**data), output, plan)
    results.ard.frame()
    page = program.display(results, output, plan)
    content = json.dumps(page.to_dict(identity(output, plan, lock="x", data_cutoff="01JAN2026", simulated=True)))
    assert "NaN" not in content
    assert "Infinity" not in content
    return results, page


def scores(
    n: int = 24,
    arms: str = "AC",
    drop: tuple[tuple[int, float], ...] = ((3, 16.0), (8, 8.0), (8, 16.0)),
    visits: tuple[float, ...] = (8.0, 16.0),
):
    """ADSL and ADQS of n subjects with a baseline and the visits; ``drop`` names visits without a form."""
    stream = np.random.Generator(np.random.Philox(12))
    adsl = subjects((arms * n)[:n], STRAT1R=["Y" if i % 3 else "N" for i in range(n)])
    records = []
    for i, identifier in enumerate(adsl["USUBJID"]):
        base = round(float(stream.normal(60.0, 10.0)), 1)
        level = float(stream.normal(0.0, 5.0))
        records.append((identifier, 0.0, base, base, NAN))
        for visit in visits:
            change = round(level - 0.2 * (base - 60.0) + float(stream.normal(-2.0, 4.0)), 1)
            if (i, visit) not in drop:
                records.append((identifier, visit, base + change, base, change))
    adqs = pd.DataFrame(records, columns=["USUBJID", "AVISITN", "AVAL", "BASE", "CHG"])
    return adsl, adqs.assign(PARAMCD="QL2", PARCAT1="C30", ANL01FL="Y")


def test_the_mixed_model_is_that_of_r():
    # R 4, nlme: gls(chg ~ arm * visit + base * visit, correlation = corSymm(form = ~ as.integer(visit) | id),
    # weights = varIdent(form = ~ 1 | visit), method = "REML"); emmeans(f, ~ arm | visit)
    adsl, adqs = scores()
    results, page = run(change_from_baseline, row("T14.2.5.2", "ITT", **MODEL), plan_of(), ADSL=adsl, ADQS=adqs)
    ard = results.ard
    for visit, control, test in (("8", R_MEANS[0], R_MEANS[1]), ("16", R_MEANS[2], R_MEANS[3])):
        keys = {"analysis_id": "LS_MEAN", "variable_level": visit}
        assert ard.value("estimate", group1_level="C", **keys) == pytest.approx(control, abs=2e-5)
        assert ard.value("estimate", group1_level="A", **keys) == pytest.approx(test, abs=2e-5)
    difference = {"analysis_id": "LS_DIFFERENCE", "group1_level": "A"}
    assert ard.value("estimate", variable_level="16", **difference) == pytest.approx(R_MEANS[3] - R_MEANS[2], abs=4e-5)
    assert ard.text("covariance", analysis_id="MODEL") == "unstructured covariance"
    cells = [r.cells for r in page.rows if r.label == "n"]
    assert cells == [("12", "12"), ("11", "12"), ("11", "11")]


@pytest.mark.parametrize("arms", ["AC", "ACD", "ACDE"])
def test_every_layout_has_a_place_for_every_arm(arms):
    adsl, adqs = scores(48, arms)
    plan = plan_of(len(arms), strata=True)
    for program, name in (
        (change_from_baseline, "T14.2.5.2"),
        (other_scales, "T14.2.5.3"),
        (mean_change_plot, "F14.2.5.5"),
    ):
        results, page = run(program, row(name, "ITT", relevant=10, **MODEL), plan, ADSL=adsl, ADQS=adqs)
        assert len(results.ard.select(analysis_id="LS_DIFFERENCE", stat_name="p")) == 2 * (len(arms) - 1)
        if page.figure is None:
            assert all(len(r.cells) in (0, len(page.columns) - 1) for r in page.rows)
        else:
            assert len(page.figure.panels[0].table) == len(arms)


@pytest.mark.parametrize("arms", ["AC", "ACD"])
def test_an_arm_of_one_patient_and_an_empty_arm_leave_a_page(arms):
    adsl, adqs = scores(13, "C" * 12 + "A")
    for program, name in ((change_from_baseline, "T14.2.5.2"), (mean_change_plot, "F14.2.5.5")):
        results, page = run(program, row(name, "ITT", **MODEL), plan_of(len(arms)), ADSL=adsl, ADQS=adqs)
        assert results.ard.text("n", analysis_id="BASELINE", group1_level="A") == "1"
    empty = adqs[adqs["USUBJID"].isin(adsl.loc[adsl["TRT01PN"] == 2, "USUBJID"])]
    _, page = run(change_from_baseline, row("T14.2.5.2", "ITT", **MODEL), plan_of(), ADSL=adsl, ADQS=empty)
    assert any("fewer than two arms" in note for note in page.footnotes)


def test_blank_strata_are_a_level_and_said_so():
    adsl, adqs = scores()
    adsl.loc[4, "STRAT1R"] = ""
    _, page = run(change_from_baseline, row("T14.2.5.2", "ITT", **MODEL), plan_of(strata=True), ADSL=adsl, ADQS=adqs)
    assert "1 patients without a value of STRAT1R analysed as a level of their own." in page.footnotes


def test_a_structure_that_stands_in_is_named_with_its_sandwich():
    # Nobody is seen at weeks 8 and 16, so that an unstructured covariance does not exist; week 24 joins them.
    adsl, adqs = scores(drop=tuple((i, 8.0 if i % 4 < 2 else 16.0) for i in range(24)), visits=(8.0, 16.0, 24.0))
    output = row("T14.2.5.2", "ITT", **{**MODEL, "visits": {**VISITS, 24: "Week 24"}, "fallbacks": ["CS"]})
    results, page = run(change_from_baseline, output, plan_of(), ADSL=adsl, ADQS=adqs)
    assert results.ard.text("covariance", analysis_id="MODEL") == "compound symmetry covariance"
    assert page.footnotes[-1] == (
        "Covariance of Global health: UN: no subject was seen at 8 and at 16; "
        "compound symmetry with sandwich standard errors used."
    )


def test_two_records_of_a_visit_are_refused():
    adsl, adqs = scores()
    with pytest.raises(CsrbookError, match="second one"):
        run(change_from_baseline, row("T14.2.5.2", "ITT", **MODEL), plan_of(), ADSL=adsl, ADQS=pd.concat([adqs, adqs]))


def test_forms_are_expected_of_those_still_in_the_trial():
    # S01 (A) in throughout, all forms; S02 (C) died on day 60, form of week 8 (day 56) received; S03 (A) out on day 50,
    # form of week 8 received early and so expected; S04 (C) in throughout, no form after baseline.
    adsl = subjects("ACAC", RANDDT=[0.0] * 4, DTHDT=[NAN, 60.0, NAN, NAN], EOSDT=[NAN, NAN, 50.0, NAN])
    forms = [("S01", 0), ("S01", 8), ("S01", 16), ("S02", 0), ("S02", 8), ("S03", 0), ("S03", 8), ("S04", 0)]
    adqs = pd.DataFrame(forms, columns=["USUBJID", "AVISITN"]).assign(PARAMCD="QL2", PARCAT1="C30", AVAL=50.0)
    chosen = {"questionnaires": {"C30": "QLQ-C30"}, "visits": {0: "Baseline", **VISITS}, "until": ["DTHDT", "EOSDT"]}
    _, page = run(completion, row("T14.2.5.1", "ITT", **chosen), plan_of(), ADSL=adsl, ADQS=adqs)
    cells = {r.label: r.cells for r in page.rows}
    assert cells["Week 8"] == ("2", "2 (100.0)", "100.0", "2", "1 (50.0)", "50.0", "4", "3 (75.0)", "75.0")
    assert cells["Week 16"] == ("1", "1 (100.0)", "50.0", "1", "0", "0", "2", "1 (50.0)", "25.0")


@pytest.mark.parametrize("arms", ["AC", "ACD"])
def test_shifts_move_the_difference_by_the_share_of_dropouts(arms):
    # Without covariate effects a shift of -6 in the test arm moves its mean by -6 times the share of dropouts; the
    # baseline's coefficient moves it a little further, so that the test takes a baseline that is the same for all.
    adsl, adqs = scores(36, arms, drop=((0, 16.0), (6, 16.0), (12, 16.0)))
    adqs["BASE"] = 50.0
    chosen = {**MODEL, "shifts": [0, -6], "imputations": 5, "cycles": 2, "seed": "imputation"}
    plan = plan_of(len(arms))
    results, page = run(missing_not_at_random, row("T14.2.5.6", "ITT", **chosen), plan, ADSL=adsl, ADQS=adqs)
    assert results.ard.select(analysis_id="TIPPING", stat_name="conclusion")
    assert all(len(r.cells) in (0, len(page.columns) - 1) for r in page.rows)
    assert "the analysis of covariance has no unique estimate" in " ".join(page.footnotes)


def test_the_tipping_shift_is_the_first_that_turns_the_interval():
    adsl, adqs = scores(40, drop=tuple((i, 16.0) for i in range(0, 20, 2)))
    chosen = {**MODEL, "shifts": [0, -10, -40, -80], "imputations": 10, "cycles": 1, "seed": "imputation"}
    results, page = run(missing_not_at_random, row("T14.2.5.6", "ITT", **chosen), plan_of(), ADSL=adsl, ADQS=adqs)
    ard = results.ard
    uppers = {s: ard.value("upper", analysis_id="PATTERN_MIXTURE", variable="TEST", variable_level=s, group1_level="A")
              for s in ("0", "-10", "-40", "-80")}  # fmt: skip
    first = next(s for s, upper in uppers.items() if upper < 0)
    assert first != "0"
    assert ard.text("shift", analysis_id="TIPPING", variable="TEST") == first
    sentence = f"The 95% CI includes 0 without a shift and lies below 0 first at {first} points."
    assert sentence in [r.label for r in page.rows]
    dropouts = ard.text("n", analysis_id="MISSING", variable_level="DROPOUT", group1_level="A")
    assert dropouts == "10"


def test_a_seed_that_the_plan_has_not_is_an_error():
    adsl, adqs = scores()
    chosen = {**MODEL, "shifts": [0], "imputations": 2, "seed": "other"}
    with pytest.raises(CsrbookError, match="no seed"):
        run(missing_not_at_random, row("T14.2.5.6", "ITT", **chosen), plan_of(), ADSL=adsl, ADQS=adqs)


def times(letters: str = "AACC", compev: tuple[float, ...] = (1, 2, 0, 1)):
    adsl = subjects(letters)
    n = len(letters)
    ends = list(compev)[:n]
    adtte = pd.DataFrame({"USUBJID": adsl["USUBJID"], "PARAMCD": "TTD", "AVAL": [float(i + 1) for i in range(n)]})
    adtte["CNSR"] = [0.0 if end == 1 else 1.0 for end in ends]
    adtte["COMPEV"] = [float(end) for end in ends]
    adtte["EVNTDESC"] = [{1: "DETERIORATION", 2: "DEATH", 0: "ONGOING"}[end] for end in ends]
    return adsl, adtte


def test_event_times_with_and_without_competing_events():
    adsl, adtte = times()
    both = pd.concat([adtte, adtte.assign(PARAMCD="TTF")])
    chosen = {"paramcd": {"TTF": "Failure", "TTD": "Decline"}, "competing": ["TTD"], "landmarks_months": [2]}
    results, page = run(further_event_times, row("T14.2.4.10", "ITT", **chosen), plan_of(), ADSL=adsl, ADTTE=both)
    ard = results.ard
    # Arm A: an event at 1 of two, a competing event at 2: incidence 1/2 at month 2; Kaplan-Meier of TTF 1/2 as well.
    assert ard.value("estimate", analysis_id="INCIDENCE", group1_level="A") == pytest.approx(50.0)
    assert ard.value("estimate", analysis_id="KM_RATE", group1_level="A") == pytest.approx(50.0)
    assert ard.text("n", analysis_id="COMPETING", group1_level="A", variable="") == "1"
    labels = [r.label for r in page.rows]
    assert "Cause-specific hazard ratio (95% CI)" in labels
    assert "Hazard ratio (95% CI)" in labels


@pytest.mark.parametrize(
    ("letters", "ends"),
    [("AACC", (0, 0, 0, 0)), ("AACC", (1, 0, 0, 0)), ("ACCC", (2, 2, 0, 1)), ("ACDE", (1, 1, 2, 0))],
)
def test_few_events_and_small_arms_leave_a_page(letters, ends):
    adsl, adtte = times(letters, ends)
    chosen = {"paramcd": {"TTD": "Decline"}, "competing": ["TTD"], "curves": ["TTD"], "landmarks_months": [2]}
    arms = max(2, len(set(letters)))
    run(further_event_times, row("T14.2.5.4", "ITT", **chosen), plan_of(arms), ADSL=adsl, ADTTE=adtte)


def test_a_parameter_that_is_not_in_the_row_is_an_error():
    adsl, adtte = times()
    chosen = {"paramcd": {"TTD": "Deterioration"}, "competing": ["OTHER"], "landmarks_months": [2]}
    with pytest.raises(CsrbookError, match="OTHER"):
        run(further_event_times, row("T14.2.4.10", "ITT", **chosen), plan_of(), ADSL=adsl, ADTTE=adtte)
