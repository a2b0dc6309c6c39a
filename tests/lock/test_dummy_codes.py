"""Dummy codes: what a dry run changes, what it keeps, and that nothing it should hide is left."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from csrbook.data.specification import DatasetSpecification, Variable
from csrbook.errors import UsageError
from csrbook.lock.dummy_codes import (
    dealt_codes,
    exchanged_codes,
    renamed_drugs,
    require_all_listed,
    revealing,
    shuffled,
    with_codes,
)
from csrbook.plan.models import Blinding, Shuffle
from tests.displays.small_study import small_plan

LABELS = {1.0: "Alpha+Base", 2.0: "Control"}
PAIRS = (("TRT01P", "text"), ("TRT01PN", "number"), ("TRT01A", "text"), ("TRT01AN", "number"))
VARIABLES = (("USUBJID", "text"), *PAIRS, ("SEX", "text"), ("ITTFL", "text"), ("SAFFL", "text"))
ADSL = DatasetSpecification("ADSL", "", ("USUBJID",), tuple(Variable(n, n, k) for n, k in VARIABLES))
EXPOSURE = (("USUBJID", "text"), *PAIRS, ("DRUG", "text"), ("PARAMCD", "text"), ("AVAL", "number"))
ADEX = DatasetSpecification("ADEX", "", ("USUBJID", "DRUG", "PARAMCD"), tuple(Variable(n, n, k) for n, k in EXPOSURE))
BLINDING = Blinding(
    drug_variables={"ADEX": ("DRUG",)},
    shuffled=(Shuffle(dataset="ADEX", variables=("AVAL",), within=("PARAMCD",)),),
)


def plan_of(seed=1, drugs=(("ALPHA", "BASE"), ("BASE", "CONTROL")), strata=("SEX",)):
    plan = small_plan(2)
    arms = tuple(arm.model_copy(update={"drugs": own}) for arm, own in zip(plan.study.arms, drugs, strict=True))
    factors = tuple({"variable": name, "label": name, "levels": ("F", "M")} for name in strata)
    changed = plan.study.model_dump() | {
        "arms": arms,
        "strata": factors,
        "seeds": {"dry_run": seed},
        "blinding": BLINDING,
    }
    return plan.model_copy(update={"study": type(plan.study).model_validate(changed)})


def subjects(number=80):
    """Subjects of both sexes and arms; each tenth was not treated, each eleventh took the other arm's treatment."""
    planned = np.array([1.0 + (i % 3 == 0) for i in range(number)])
    actual = np.array([3.0 - p if i % 11 == 5 else p for i, p in enumerate(planned)])
    actual[::10] = np.nan
    planned[-2:] = actual[-2:] = np.nan
    return pd.DataFrame(
        {
            "USUBJID": [f"S{i:03d}" for i in range(number)],
            "TRT01P": [LABELS.get(code, "") for code in planned],
            "TRT01PN": planned,
            "TRT01A": [LABELS.get(code, "") for code in actual],
            "TRT01AN": actual,
            "SEX": ["F" if i % 2 else "M" for i in range(number)],
            "ITTFL": np.where(np.isnan(planned), "N", "Y").astype(object),
            "SAFFL": np.where(np.isnan(actual), "N", "Y").astype(object),
        }
    )


def hidden(adsl, plan):
    return with_codes(adsl, exchanged_codes(adsl, plan, BLINDING).codes, BLINDING, ADSL)


def test_arms_keep_their_sizes_in_each_stratum_and_otherwise_treated_subjects_their_number():
    adsl = subjects()
    dummy = hidden(adsl, plan_of())
    for names in (["SEX", "TRT01P", "TRT01A"], ["SEX", "TRT01PN", "TRT01AN"]):
        assert Counter(map(str, adsl[names].to_numpy().tolist())) == Counter(map(str, dummy[names].to_numpy().tolist()))
    moved = (adsl["TRT01PN"] != dummy["TRT01PN"]) & adsl["TRT01PN"].notna()
    # Of 78 subjects, 26 in the smaller arm: chance keeps about 1 - 2 * (1/3) * (2/3) of them where they were.
    assert 20 < moved.sum() < 55


def test_label_and_code_stay_together_and_blank_stays_blank():
    adsl = subjects()
    dummy = hidden(adsl, plan_of())
    for label, code in (("TRT01P", "TRT01PN"), ("TRT01A", "TRT01AN")):
        assert [LABELS.get(value, "") for value in dummy[code]] == dummy[label].tolist()
        assert (dummy[label] == "").tolist() == (adsl[label] == "").tolist()
    others = ["USUBJID", "SEX", "ITTFL", "SAFFL"]
    pd.testing.assert_frame_equal(dummy[others], adsl[others])


def test_the_order_of_the_records_does_not_matter_and_the_seed_does():
    adsl = subjects()
    backwards = adsl.iloc[::-1].reset_index(drop=True)
    same = exchanged_codes(adsl, plan_of(), BLINDING).codes
    again = exchanged_codes(backwards, plan_of(), BLINDING).codes
    assert {name: str(row) for name, row in same.items()} == {name: str(row) for name, row in again.items()}
    other = exchanged_codes(adsl, plan_of(seed=2), BLINDING).codes
    assert {name: str(row) for name, row in same.items()} != {name: str(row) for name, row in other.items()}


def test_every_dataset_gets_the_codes_of_adsl():
    adsl = subjects()
    exchange = exchanged_codes(adsl, plan_of(), BLINDING)
    dummy = with_codes(adsl, exchange.codes, BLINDING, ADSL).set_index("USUBJID")
    adex = exposure(adsl)
    found = with_codes(adex, exchange.codes, BLINDING, ADEX)
    for name, _ in PAIRS:
        expected = dummy.loc[adex["USUBJID"], name].reset_index(drop=True)
        pd.testing.assert_series_equal(found[name], expected, check_names=False)


def exposure(adsl):
    """Total dose and duration of both drugs of the arm that the subject was treated in."""
    drugs = {1.0: ("ALPHA", "BASE"), 2.0: ("BASE", "CONTROL")}
    treated = adsl[adsl["TRT01AN"].notna()]
    rows = [
        {"USUBJID": row.USUBJID, "DRUG": drug, "PARAMCD": name, "AVAL": float(len(drug) * 100 + place)}
        for place, row in enumerate(treated.itertuples())
        for drug in drugs[row.TRT01AN]
        for name in ("DOSE", "WEEKS")
    ]
    return pd.DataFrame(rows).merge(adsl[["USUBJID", *(name for name, _ in PAIRS)]], on="USUBJID")[list(ADEX.names)]


def test_each_subject_s_drugs_are_those_of_the_dummy_arm():
    adsl, plan = subjects(), plan_of()
    exchange = exchanged_codes(adsl, plan, BLINDING)
    adex = with_codes(renamed_drugs(exposure(adsl), ("DRUG",), exchange), exchange.codes, BLINDING, ADEX)
    taken = adex.groupby("TRT01AN")["DRUG"].agg(set).to_dict()
    assert taken == {1.0: {"ALPHA", "BASE"}, 2.0: {"BASE", "CONTROL"}}
    assert len(adex) == len(exposure(adsl))


def test_records_of_a_drug_in_whose_place_the_dummy_arm_has_none_go():
    adsl, plan = subjects(), plan_of(drugs=(("ALPHA", "BASE"), ("BASE",)))
    exchange = exchanged_codes(adsl, plan, BLINDING)
    real = exposure(adsl)
    real = real[real["DRUG"] != "CONTROL"].reset_index(drop=True)
    adex = with_codes(renamed_drugs(real, ("DRUG",), exchange), exchange.codes, BLINDING, ADEX)
    assert set(adex.loc[adex["TRT01AN"] == 2.0, "DRUG"]) == {"BASE"}
    assert len(adex) < len(real)


def test_shuffled_values_stay_with_their_parameter_and_leave_their_subjects():
    adex = exposure(subjects())
    found = shuffled(adex.iloc[::-1].reset_index(drop=True), plan_of(), BLINDING, ADEX)
    assert found["USUBJID"].is_monotonic_increasing
    merged = adex.merge(found, on=["USUBJID", "DRUG", "PARAMCD"], suffixes=("", "_new"))
    assert (merged["AVAL"] != merged["AVAL_new"]).mean() > 0.9
    for name in ("DOSE", "WEEKS"):
        own = merged[merged["PARAMCD"] == name]
        assert sorted(own["AVAL"]) == sorted(own["AVAL_new"])


@pytest.mark.parametrize(("variable", "said"), [("DRUG", "part of the key"), ("DOSE", "no variable")])
def test_a_variable_that_cannot_be_shuffled_is_refused(variable, said):
    blinding = Blinding(shuffled=(Shuffle(dataset="ADEX", variables=(variable,)),))
    with pytest.raises(UsageError, match=said) as caught:
        shuffled(exposure(subjects()), plan_of(), blinding, ADEX)
    assert "blinding.shuffled[0]" in caught.value.where


def test_codes_are_dealt_in_equal_numbers_where_none_have_been_received():
    adsl = subjects().assign(TRT01P="", TRT01PN=np.nan, TRT01A="", TRT01AN=np.nan)
    codes = dealt_codes(adsl, plan_of())
    dummy = with_codes(adsl, codes, BLINDING, ADSL)
    assert set(codes) == set(adsl.loc[adsl["ITTFL"] == "Y", "USUBJID"])
    # 78 randomised, 39 of each sex: 20 and 19 in a stratum of 39.
    for sex in ("F", "M"):
        assert sorted(Counter(dummy.loc[(dummy["SEX"] == sex) & (dummy["ITTFL"] == "Y"), "TRT01P"]).values()) == [
            19,
            20,
        ]
    assert ((dummy["TRT01A"] != "") == (adsl["SAFFL"] == "Y")).all()
    taken = dummy[dummy["SAFFL"] == "Y"]
    assert (taken["TRT01A"] == taken["TRT01P"]).all()


def test_what_tells_the_treatment_is_found():
    adsl = subjects()
    blank = adsl.assign(TRT01P="", TRT01PN=np.nan, TRT01A="", TRT01AN=np.nan)
    plan = plan_of()
    assert revealing({"ADSL": blank}, plan, BLINDING) == []
    assert revealing({"ADSL": adsl}, plan, BLINDING) == [f"ADSL.{name}" for name, _ in PAIRS]
    assert revealing({"ADSL": blank.assign(TRT01AN=1.0)}, plan, BLINDING) == ["ADSL.TRT01AN"]
    assert revealing({"ADSL": blank.assign(ARM="Control")}, plan, BLINDING) == ["ADSL.ARM"]
    common = pd.DataFrame({"USUBJID": ["S001"], "DRUG": ["BASE"]})
    assert revealing({"ADEX": common}, plan, BLINDING) == []
    assert revealing({"ADEX": common.assign(DRUG="ALPHA")}, plan, BLINDING) == ["ADEX.DRUG"]


@pytest.mark.parametrize(
    ("frames", "named"),
    [
        ({"ADSL": subjects().assign(ACTARM=subjects()["TRT01A"])}, "ADSL.ACTARM"),
        ({"ADSL": subjects(), "ADTTE": pd.DataFrame({"TRTP": ["Control"]})}, "ADTTE.TRTP"),
        ({"ADSL": subjects().assign(TRT01P="", TRT01PN=np.nan, TRT01A="", TRT01AN=np.nan, ARM="Control")}, "ADSL.ARM"),
    ],
)
def test_a_dry_run_that_would_tell_the_real_arm_is_refused(frames, named):
    with pytest.raises(UsageError, match=named):
        require_all_listed(frames, revealing(frames, plan_of(), BLINDING), BLINDING)


def test_a_listed_variable_that_adsl_lacks_cannot_be_exchanged():
    blinding = Blinding(treatment_variables=("TRT01P", "TRT01PN", "TRT01A", "TRT01AN", "TRTP"))
    frames = {"ADSL": subjects(), "ADTTE": pd.DataFrame({"TRTP": ["Control"]})}
    with pytest.raises(UsageError, match=r"ADTTE\.TRTP") as caught:
        require_all_listed(frames, revealing(frames, plan_of(), blinding), blinding)
    assert "must stand in ADSL" in caught.value.todo
