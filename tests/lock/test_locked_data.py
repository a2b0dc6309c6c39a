"""Reading from a lock."""

from __future__ import annotations

import pytest

from csrbook.errors import UsageError
from csrbook.lock import open_lock
from tests.schemas.tiny_database import S1, S2, S3, S4


@pytest.fixture
def data(lock, plan):
    return open_lock(lock.path, plan)


def test_identity(data, lock):
    assert (data.id, data.hash, data.data_cutoff) == (lock.id, lock.hash, 22400.0)
    assert data.manifest == lock.manifest
    assert data.names[:2] == ("ADSL", "ADTTE")


def test_records_come_in_key_order_with_text_and_numbers(data):
    adsl = data.dataset("ADSL")
    assert adsl.USUBJID.tolist() == [S1, S2, S3, S4]
    assert {str(kind) for kind in adsl.dtypes} == {"object", "float64"}
    assert adsl.DTHFL.tolist() == ["", "Y", "", ""]
    assert adsl.DTHDT.isna().tolist() == [True, False, True, True]


def test_chosen_variables_come_in_the_order_asked_for(data):
    assert data.dataset("ADTTE", ["AVAL", "PARAMCD"]).columns.tolist() == ["AVAL", "PARAMCD"]
    assert data.dataset("ADTTE", ["PARAMCD", "CNSR"]).columns.tolist() == ["PARAMCD", "CNSR"]


def test_a_copy_is_the_callers_own(data):
    changed = data.dataset("ADSL", ["AGE", "SEX"])
    changed["AGE"] = 0.0
    changed.loc[0, "SEX"] = "X"
    assert data.dataset("ADSL", ["SEX", "AGE"]).to_numpy().tolist() == [["F", 50.0]] * 4


def test_unknown_names_are_refused(data):
    with pytest.raises(UsageError, match="no dataset ADPC"):
        data.dataset("ADPC")
    with pytest.raises(UsageError, match="ADSL has no variable AGEX"):
        data.dataset("ADSL", ["AGE", "AGEX"])
