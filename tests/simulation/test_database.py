"""The fourteen datasets as a whole."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from csrbook.lock import check_frames
from csrbook.lock.study_schemas import load_schemas
from simulation.database import simulate, simulate_study

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).parents[2]
KEYS = {
    "ADSL": ["USUBJID"],
    "ADTTE": ["USUBJID", "PARAMCD"],
    "ADRS": ["USUBJID", "PARAMCD", "EVAL", "ADT"],
    "ADTR": ["USUBJID", "PARAMCD", "TRLNKID", "ADT"],
    "ADAE": ["USUBJID", "AESEQ"],
    "ADLB": ["USUBJID", "PARAMCD", "ADT", "ASEQ"],
    "ADEX": ["USUBJID", "PARCAT1", "PARAMCD"],
    "ADQS": ["USUBJID", "PARAMCD", "AVISITN"],
    "ADBM": ["USUBJID", "PARAMCD", "AVISIT", "BMSPEC"],
    "ADCM": ["USUBJID", "CMSEQ"],
    "ADDV": ["USUBJID", "DVSEQ"],
    "ADMH": ["USUBJID", "MHSEQ"],
    "ADVS": ["USUBJID", "PARAMCD", "ADT", "ASEQ"],
    "ADEG": ["USUBJID", "PARAMCD", "ADT", "ASEQ"],
}


def fingerprint(frame: pd.DataFrame) -> str:
    """Hash of names and values, text and numbers apart."""
    digest = hashlib.sha256(" ".join(frame.columns).encode())
    for name in frame.columns:
        column = frame[name]
        digest.update("\0".join(column).encode() if column.dtype == object else column.to_numpy().tobytes())
    return digest.hexdigest()


def fingerprints(frames: dict[str, pd.DataFrame]) -> dict[str, str]:
    return {name: fingerprint(frame) for name, frame in frames.items()}


def test_all_datasets_of_the_plan_are_there_in_its_order(trial, plan):
    assert tuple(trial) == plan.study.datasets


@pytest.mark.parametrize("name", KEYS)
def test_keys_are_unique_and_records_sorted_by_them(trial, name):
    frame = trial[name]
    assert not frame.duplicated(KEYS[name]).any()
    assert frame.sort_values(KEYS[name], kind="stable").index.equals(frame.index)


@pytest.mark.parametrize("name", KEYS)
def test_text_is_text_and_numbers_are_floats(trial, name):
    for column in trial[name].columns:
        values = trial[name][column]
        assert len(column) <= 8
        if values.dtype == object:
            assert all(type(value) is str for value in values), column
        else:
            assert values.dtype == np.float64, column


@pytest.mark.parametrize("name", KEYS)
def test_nothing_is_dated_after_the_cut_off(trial, name):
    cutoff = trial["ADSL"]["DCUTDT"].iloc[0]
    dates = [c for c in trial[name].columns if c.endswith("DT") and trial[name][c].dtype == np.float64]
    assert dates
    assert not (trial[name][dates] > cutoff).any(axis=None)


def test_size_and_screen_failures(trial, parameters):
    adsl = trial["ADSL"]
    assert (adsl["ITTFL"] == "Y").sum() == 326
    failures = adsl[adsl["ITTFL"] == "N"]
    assert len(failures) / len(adsl) == pytest.approx(parameters.subjects.screen_failure_rate, abs=0.005)
    assert failures["RANDDT"].isna().all()
    assert (failures["SCRFREAS"] != "").all()
    assert (failures[["SAFFL", "PPROTFL", "BMEVLFL", "RESEVFL", "QOLEVFL"]] == "N").all(axis=None)
    others = {name: set(frame["USUBJID"]) for name, frame in trial.items() if name != "ADSL"}
    randomised = set(adsl.loc[adsl["ITTFL"] == "Y", "USUBJID"])
    assert all(found <= randomised for found in others.values())


def test_the_cut_off_is_the_date_of_the_planned_event(trial, plan):
    primary = trial["ADTTE"].query("PARAMCD == 'PFSINV' and CNSR == 0")
    assert len(primary) == plan.study.data_cut.events == 228
    assert primary["ADT"].max() == trial["ADSL"]["DCUTDT"].iloc[0]


@pytest.mark.parametrize(("subjects", "seed", "events"), [(20, 3, 14), (57, 4, 40), (1000, 5, 699)])
def test_the_number_of_events_scales_with_the_size(parameters, plan, subjects, seed, events):
    # 228 / 326 of the subjects, rounded
    frames = simulate(parameters, plan, subjects, seed)
    assert (frames["ADTTE"].query("PARAMCD == 'PFSINV'")["CNSR"] == 0).sum() == events


def test_randomisation_is_balanced_and_its_numbers_are_unique(trial):
    itt = trial["ADSL"].query("ITTFL == 'Y'")
    assert itt["RANDNO"].is_unique
    counts = itt.groupby(["STRATAR", "TRT01P"]).size().unstack()
    assert (counts.iloc[:, 0] - counts.iloc[:, 1]).abs().max() <= 2
    assert (itt.sort_values("RANDNO")["RANDDT"].diff().dropna() >= 0).all()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(trial, parameters, plan):
    again = fingerprints(simulate(parameters, plan, 326, plan.study.seeds["simulation"]))
    assert again == fingerprints(trial)
    other = fingerprints(simulate(parameters, plan, 326, 1))
    assert not set(again.values()) & set(other.values())


def test_a_change_in_one_family_of_data_leaves_the_others_as_they_were(trial, parameters, plan):
    fewer = parameters.questionnaires.model_copy(update={"compliance": 0.5})
    changed = simulate(parameters.model_copy(update={"questionnaires": fewer}), plan)
    before, after = fingerprints(trial), fingerprints(changed)
    # ADSL and ADTTE hold what follows from questionnaires: the PRO set and the time to deterioration
    assert {name for name in before if before[name] != after[name]} == {"ADSL", "ADTTE", "ADQS"}


def test_simulate_study_reads_the_study_and_says_what_it_did(plan):
    simulated = simulate_study(ROOT, plan, subjects=20)
    assert (simulated.subjects, simulated.seed) == (20, plan.study.seeds["simulation"])
    assert (simulated.frames["ADSL"]["ITTFL"] == "Y").sum() == 20


@pytest.mark.parametrize(("subjects", "seed"), [(326, None), (20, 11), (800, 12)])
def test_every_rule_across_datasets_holds(trial, parameters, plan, subjects, seed):
    frames = trial if seed is None else simulate(parameters, plan, subjects, seed)
    findings = check_frames(frames, load_schemas(ROOT), plan)
    # a stratum that differs between the randomisation system and the site is reported, not refused
    assert {finding.rule for finding in findings} <= {"R16"}
