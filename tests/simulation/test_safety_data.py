"""Treatment, exposure, adverse events, laboratory and the rest agree with each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulation.ctcae import grade_high, grade_low, value_of_grade

NONE = np.array([np.nan])


@pytest.fixture(scope="module")
def treated(large):
    return large["ADSL"].query("SAFFL == 'Y'").set_index("USUBJID")


def with_subject(frame: pd.DataFrame, treated: pd.DataFrame, *names: str) -> pd.DataFrame:
    return frame.join(treated[list(names)], on="USUBJID", how="inner")


def test_exposure_lies_in_the_treatment_period_and_ends_with_it(large, treated):
    rows = with_subject(large["ADEX"], treated, "TRTSDT", "TRTEDT", "EOT2STT")
    assert (rows["ASTDT"] == rows["TRTSDT"]).all()
    assert (rows["AENDT"] <= rows["TRTEDT"]).all()
    pyrotinib = rows[rows["PARCAT1"] == "PYROTINIB"]
    assert (pyrotinib["AENDT"] == pyrotinib["TRTEDT"]).all()
    partner = rows[(rows["PARCAT1"] == "CAPECITABINE") & (rows["PARAMCD"] == "RDI")]
    alone = (partner["EOT2STT"] == "DISCONTINUED") & (partner["AENDT"] < partner["TRTEDT"] - 7)
    assert 0 < alone.mean() < 0.08


def test_drugs_are_given_in_their_arm_only(large):
    by_drug = large["ADEX"].groupby("PARCAT1")["TRT01AN"].unique().map(lambda arms: sorted(arms.tolist()))
    assert by_drug.to_dict() == {"CAPECITABINE": [2.0], "FULVESTRANT": [1.0], "PYROTINIB": [1.0, 2.0]}


def test_dose_intensity_is_given_dose_over_planned_dose(large):
    wide = large["ADEX"].pivot_table(index=["USUBJID", "PARCAT1"], columns="PARAMCD", values="AVAL")
    assert np.allclose(wide["RDI"], 100 * wide["TDOSE"] / wide["PLDOSE"], rtol=1e-12)
    assert wide["RDI"].between(5, 120).all()
    pyrotinib = wide.xs("PYROTINIB", level=1)
    assert np.allclose(pyrotinib["PLDOSE"], pyrotinib["DURWK"] * 7 * 400)
    injections = wide.xs("FULVESTRANT", level=1)["PLDOSE"] / 500
    weeks = wide.xs("FULVESTRANT", level=1)["DURWK"]
    # days 1, 15, 29, then every 28: the last of n injections is given (n - 2) times 28 days after the first
    assert np.allclose((weeks * 7 - 1)[injections >= 3], 28 * (injections - 2)[injections >= 3])


def test_reductions_and_interruptions_are_counted_from_the_adverse_events(large):
    actions = (
        large["ADAE"]
        .groupby("USUBJID")["AEACN1"]
        .agg(NDRED=lambda x: (x == "DOSE REDUCED").sum(), NINT=lambda x: (x == "DRUG INTERRUPTED").sum())
    )
    counted = (
        large["ADEX"].query("PARCAT1 == 'PYROTINIB'").pivot_table(index="USUBJID", columns="PARAMCD", values="AVAL")
    )
    expected = actions.reindex(counted.index, fill_value=0)
    assert (counted[["NDRED", "NINT"]] == expected).all(axis=None)


def test_treatment_emergent_events_lie_in_the_window(large, treated, plan):
    rows = with_subject(large["ADAE"], treated, "TRTSDT", "TRTEDT", "LSTALVDT", "RFICDT")
    inside = (rows["ASTDT"] >= rows["TRTSDT"]) & (rows["ASTDT"] <= rows["TRTEDT"] + plan.study.treatment_emergent_days)
    assert (inside == (rows["TRTEMFL"] == "Y")).all()
    assert 0 < (~inside).mean() < 0.03
    assert (rows["ASTDT"] >= rows["RFICDT"]).all()
    assert (rows[["ASTDT", "AENDT"]].max(axis=1) <= rows["LSTALVDT"]).all()
    assert set(rows["USUBJID"]) <= set(treated.index)


def test_diarrhoea_comes_early_and_hand_foot_syndrome_later(large):
    first = large["ADAE"].query("TRTEMFL == 'Y' and TRT01AN == 2").groupby(["AEDECOD", "USUBJID"])["ASTDY"].min()
    assert first["Diarrhoea"].median() < 14
    assert 30 < first["Palmar-plantar erythrodysaesthesia syndrome"].median() < 90


def test_a_drug_withdrawn_for_an_event_is_discontinued(large, treated):
    rows = with_subject(large["ADAE"], treated, "EOT1STT", "EOT2STT", "DCTREAS")
    for drug in ("1", "2"):
        stopped = rows[rows[f"AEACN{drug}"] == "DRUG WITHDRAWN"]
        assert len(stopped)
        assert (stopped[f"EOT{drug}STT"] == "DISCONTINUED").all()
    withdrawn = set(rows.loc[rows["AEACN1"] == "DRUG WITHDRAWN", "USUBJID"])
    assert withdrawn == set(treated.index[treated["DCTREAS"] == "ADVERSE EVENT"])


def test_fatal_events_are_deaths_by_adverse_event(large, treated):
    fatal = large["ADAE"].query("ATOXGRN == 5")
    assert set(fatal["AEOUT"]) == {"FATAL"}
    assert (with_subject(fatal, treated, "DTHDT")["DTHDT"] == fatal["AENDT"]).all()
    assert set(fatal["USUBJID"]) == set(treated.index[treated["DTHCAUS"] == "ADVERSE EVENT"])


def test_serious_events_meet_a_criterion_and_others_none(large):
    criteria = ["AESDTH", "AESHOSP", "AESLIFE", "AESDISAB", "AESCONG", "AESMIE"]
    any_criterion = (large["ADAE"][criteria] == "Y").any(axis=1)
    assert (any_criterion == (large["ADAE"]["AESER"] == "Y")).all()


def test_partial_dates_are_imputed_and_flagged(large, treated):
    rows = with_subject(large["ADAE"], treated, "TRTSDT")
    for length, flag in ((10, ""), (7, "D"), (4, "M")):
        part = rows[rows["AESTDTC"].str.len() == length]
        assert len(part)
        assert set(part["ASTDTF"]) == {flag}
    imputed = rows[rows["ASTDTF"] == "D"]
    first = (pd.to_datetime(imputed["AESTDTC"] + "-01") - pd.Timestamp("1960-01-01")).dt.days
    assert (imputed["ASTDT"] == np.maximum(first, imputed["TRTSDT"])).all()
    assert 0.02 < (rows["ASTDTF"] != "").mean() < 0.05


def test_occurrence_flags_mark_one_record_each(trial):
    rows = trial["ADAE"].query("TRTEMFL == 'Y'")
    assert (trial["ADAE"].query("TRTEMFL == ''")[["AOCCFL", "AOCCSFL", "AOCCPFL", "AOCCPIFL"]] == "").all(axis=None)
    for flag, groups in (
        ("AOCCFL", []),
        ("AOCCSFL", ["AEBODSYS"]),
        ("AOCCPFL", ["AEDECOD"]),
        ("AOCCPIFL", ["AEDECOD"]),
    ):
        marked = rows[rows[flag] == "Y"]
        assert not marked.duplicated(["USUBJID", *groups]).any()
        assert len(marked) == len(rows.drop_duplicates(["USUBJID", *groups]))
    worst = rows[rows["AOCCPIFL"] == "Y"].set_index(["USUBJID", "AEDECOD"])["ATOXGRN"]
    assert (worst == rows.groupby(["USUBJID", "AEDECOD"])["ATOXGRN"].max()[worst.index]).all()


def test_hand_foot_syndrome_is_not_related_to_fulvestrant(large):
    rows = large["ADAE"].query("CQ02NAM != '' and TRT01AN == 1")
    assert len(rows)
    assert set(rows["AREL2"]) == {"NOT RELATED"}


@pytest.mark.parametrize(
    ("code", "value", "limit", "baseline", "grade"),
    [
        # CTCAE 5.0, Investigations; limits are those of the reference range used here
        ("ALT", 40.0, 40.0, 20.0, 0),
        ("ALT", 41.0, 40.0, 20.0, 1),
        ("ALT", 120.0, 40.0, 20.0, 1),
        ("ALT", 121.0, 40.0, 20.0, 2),
        ("ALT", 201.0, 40.0, 20.0, 3),
        ("ALT", 801.0, 40.0, 20.0, 4),
        ("ALT", 140.0, 40.0, 100.0, 0),
        ("ALT", 150.0, 40.0, 100.0, 1),
        ("ALT", 301.0, 40.0, 100.0, 2),
        ("ALP", 199.0, 135.0, 150.0, 0),
        ("ALP", 300.0, 135.0, 150.0, 1),
        ("BILI", 31.0, 20.5, 10.0, 2),
        ("BILI", 23.0, 20.5, 22.0, 1),
        ("CREAT", 122.0, 81.0, 60.0, 2),
        ("HGB", 171.0, 150.0, 130.0, 2),
        ("K", 6.1, 5.3, 4.0, 3),
        ("WBC", 101.0, 9.5, 6.0, 3),
    ],
)
def test_grades_of_high_values(code, value, limit, baseline, grade):
    assert grade_high(code, np.array([value]), limit, np.array([baseline])).tolist() == [grade]


@pytest.mark.parametrize(
    ("code", "value", "limit", "grade"),
    [
        ("HGB", 114.0, 115.0, 1),
        ("HGB", 100.0, 115.0, 1),
        ("HGB", 99.0, 115.0, 2),
        ("HGB", 79.0, 115.0, 3),
        ("NEUT", 1.49, 1.8, 2),
        ("NEUT", 0.99, 1.8, 3),
        ("NEUT", 0.49, 1.8, 4),
        ("WBC", 1.9, 3.5, 3),
        ("PLT", 74.0, 125.0, 2),
        ("K", 3.4, 3.5, 1),
        ("K", 2.9, 3.5, 3),
        ("K", 2.4, 3.5, 4),
    ],
)
def test_grades_of_low_values(code, value, limit, grade):
    assert grade_low(code, np.array([value]), limit).tolist() == [grade]


@pytest.mark.parametrize("draw", [0.0, 0.5, 0.999])
def test_a_value_made_for_a_grade_has_it(draw):
    for grade in (1, 2, 3, 4):
        for code, limit in (("ALT", 40.0), ("BILI", 20.5)):
            value = value_of_grade(code, "high", np.array([grade]), limit, np.array([draw]))
            assert grade_high(code, value, limit, NONE).tolist() == [grade]
        for code, limit in (("NEUT", 1.8), ("PLT", 125.0)):
            value = value_of_grade(code, "low", np.array([grade]), limit, np.array([draw]))
            assert grade_low(code, value, limit).tolist() == [grade]
    # the criteria know no grade 4 of anaemia by the value, and no grade 2 of hypokalaemia
    assert grade_low("HGB", value_of_grade("HGB", "low", np.array([4]), 115.0, np.array([draw])), 115.0).tolist() == [3]
    assert grade_low("K", value_of_grade("K", "low", np.array([2]), 3.5, np.array([draw])), 3.5).tolist() == [1]


def test_laboratory_values_agree_with_the_adverse_events(large):
    severe = large["ADAE"].query("AEDECOD == 'Neutropenia' and ATOXGRN >= 3 and TRTEMFL == 'Y'")["USUBJID"]
    low = large["ADLB"].query("PARAMCD == 'NEUT' and ATOXGRL in ['3', '4']")["USUBJID"]
    assert severe.isin(set(low)).mean() > 0.75  # a visit must follow the event while treatment lasts


def test_one_worst_record_a_subject_and_test(trial):
    rows = trial["ADLB"].query("ONTRTFL == 'Y'")
    marked = rows[rows["ANL01FL"] == "Y"]
    assert not marked.duplicated(["USUBJID", "PARAMCD"]).any()
    grade = rows[["ATOXGRL", "ATOXGRH"]].replace("", "-1").astype(int).max(axis=1)
    worst = grade.groupby([rows["USUBJID"], rows["PARAMCD"]]).max()
    found = grade[marked.index].set_axis(pd.MultiIndex.from_frame(marked[["USUBJID", "PARAMCD"]]))
    assert (found == worst[found.index]).all()


def test_subsequent_therapy_begins_when_adsl_says(large):
    subsequent = large["ADCM"].query("CMCAT == 'SUBSEQUENT ANTICANCER THERAPY'").groupby("USUBJID")["ASTDT"].min()
    stated = large["ADSL"].set_index("USUBJID")["NACTDT"].dropna()
    pd.testing.assert_series_equal(subsequent.sort_index(), stated.sort_index(), check_names=False)


def test_exclusions_from_the_per_protocol_set_are_explained_by_deviations_and_data(large):
    itt = large["ADSL"].query("ITTFL == 'Y'").set_index("USUBJID")
    excluding = large["ADDV"].query("PPEXFL == 'Y'")
    assert (excluding["DVIMPFL"] == "Y").all()
    assert (itt.loc[excluding["USUBJID"].unique(), "PPROTFL"] == "N").all()
    others = itt.index[(itt["PPROTFL"] == "N") & ~itt.index.isin(excluding["USUBJID"])]
    assert set(itt.loc[others, "PPEXRS"]) == {
        "LESS THAN ONE CYCLE OF THE RANDOMISED TREATMENT",
        "NO ADEQUATE POST-BASELINE TUMOUR ASSESSMENT",
    }


def test_scores_are_multiples_of_the_scale_s_step(large):
    steps = {"QL2": 12, "PF2": 15, "FA": 9, "NV": 6, "DI": 3, "BRST": 21}
    assert set(large["ADQS"]["PARAMCD"]) == set(steps)
    for code, rows in large["ADQS"].groupby("PARAMCD"):
        scaled = rows["AVAL"] * steps[code] / 100
        assert np.allclose(scaled, scaled.round())
        assert rows["AVAL"].between(0, 100).all()


def test_wild_type_lies_below_the_limit_of_detection_and_clearance_too(large):
    rows = large["ADBM"]
    absent = rows["AVALC"].isin(["WILD TYPE", "NOT DETECTED", "CLEARED"])
    assert (rows.loc[absent, "AVAL"] < rows.loc[absent, "LOD"]).all()
    present = rows["AVALC"].isin(["MUTATED", "DETECTED", "NOT CLEARED"])
    assert (rows.loc[present, "AVAL"] >= rows.loc[present, "LOD"]).all()
    assert rows.loc[rows["AVALC"] == "NE", "AVAL"].isna().all()
    assert ((rows["VARIANT"] != "") == (rows["AVALC"] == "MUTATED")).all()
