"""Event times: nobody is lost without being named."""

from __future__ import annotations

import pytest

from csrbook.displays.event_times import MISSING_STRATUM, EventTimesSource
from csrbook.errors import DataError

from .small_efficacy import small_data, trial_plan

FIRST = "NCT04646759-001-0001"


def test_arms_strata_and_events_of_the_small_trial() -> None:
    times = EventTimesSource(small_data(), trial_plan()).select("ITT", "PFSINV")
    assert times.subjects == (12, 12)
    assert [int(times.event[times.arm == arm].sum()) for arm in (0, 1)] == [6, 7]
    assert times.strata == (
        "N/(NEO)ADJUVANT",
        "N/FIRST-LINE METASTATIC",
        "Y/(NEO)ADJUVANT",
        "Y/FIRST-LINE METASTATIC",
    )
    assert times.warnings == ()
    assert times.time[0] * 30.4375 == pytest.approx(518)


def test_a_set_takes_its_subjects_from_its_flag() -> None:
    source = EventTimesSource(small_data(), trial_plan())
    assert source.select("PP", "PFSPP").subjects == (10, 11)
    assert source.select("MEAS", "PFSINV").subjects == (12, 11)


def test_a_subject_without_a_stratum_has_a_stratum_of_its_own() -> None:
    data = small_data().with_values("ADSL", "STRAT1R", "", f"USUBJID == '{FIRST}'")
    times = EventTimesSource(data, trial_plan()).select("ITT", "PFSINV")
    assert f"{MISSING_STRATUM}/FIRST-LINE METASTATIC" in times.strata
    assert len(times.time) == 24
    assert times.warnings == (
        "1 subject without a value of a stratification factor analysed in a stratum of their own.",
    )


def test_a_subject_without_a_record_stays_in_n_and_is_named() -> None:
    data = small_data().without(ADTTE=f"USUBJID == '{FIRST}' and PARAMCD == 'PFSINV'")
    times = EventTimesSource(data, trial_plan()).select("ITT", "PFSINV")
    assert times.subjects == (12, 12)
    assert len(times.time) == 23
    assert times.warnings == ("1 subject of the analysis set without an evaluable PFSINV record left out.",)


def test_a_subject_without_an_arm_is_named() -> None:
    data = small_data().with_values("ADSL", "TRT01PN", float("nan"), f"USUBJID == '{FIRST}'")
    times = EventTimesSource(data, trial_plan()).select("ITT", "PFSINV")
    assert times.subjects == (11, 12)
    assert times.warnings == ("1 subject of the analysis set without a treatment arm left out.",)


def test_two_records_of_a_subject_are_refused() -> None:
    data = small_data().with_values("ADTTE", "USUBJID", FIRST, "PARAMCD == 'PFSINV' and AVAL < 2")
    with pytest.raises(DataError, match="1 subjects have more than one record of PFSINV"):
        EventTimesSource(data, trial_plan()).select("ITT", "PFSINV")


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(DataError, match="no record of parameter PFSX"):
        EventTimesSource(small_data(), trial_plan()).select("ITT", "PFSX")
