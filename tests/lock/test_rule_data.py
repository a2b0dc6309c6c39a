"""How records of two datasets meet: subject A has two laboratory records, B none, and C is not in ADSL."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csrbook.lock.rule_data import CannotRun, RuleData

ADSL = pd.DataFrame({"USUBJID": ["A", "B"], "TRTSDT": [100.0, np.nan], "ARM": ["x", "y"]})
ADLB = pd.DataFrame({"USUBJID": ["A", "C", "A"], "ADT": [110.0, 1.0, 105.0], "PARAMCD": ["ALT", "ALT", "AST"]})
FLAGGED = np.array([True, True, True])


@pytest.fixture
def data():
    return RuleData({"ADSL": ADSL, "ADLB": ADLB}, {}, None)


def test_from_subject_to_record(data):
    assert data.positions("ADLB").tolist() == [0, -1, 0]
    np.testing.assert_array_equal(data.subject("ADLB", "TRTSDT"), [100.0, np.nan, 100.0])
    assert data.subject("ADLB", "ARM").tolist() == ["x", "", "x"]
    np.testing.assert_array_equal(data.subject("ADLB", np.array([True, False])), [1.0, np.nan, 1.0])


def test_from_record_to_subject(data):
    assert data.count("ADLB", FLAGGED).tolist() == [2, 0]
    np.testing.assert_array_equal(data.earliest("ADLB", "ADT", FLAGGED), [105.0, np.nan])
    np.testing.assert_array_equal(data.latest("ADLB", "ADT", FLAGGED), [110.0, np.nan])
    np.testing.assert_array_equal(data.per_subject("ADLB", "ADT", FLAGGED), [110.0, np.nan])
    assert data.per_subject("ADLB", "PARAMCD", ADLB.PARAMCD == "AST").tolist() == ["AST", ""]


def test_groups_within_a_subject(data):
    a, c, other = data.groups("ADLB", ["PARAMCD"])
    assert len({a, c, other}) == 3
    assert data.groups("ADLB")[0] == data.groups("ADLB")[2]


def test_what_is_missing_is_said(data):
    with pytest.raises(CannotRun, match="dataset ADAE is missing"):
        data["ADAE"]
