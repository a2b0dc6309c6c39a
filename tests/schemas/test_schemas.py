"""The fourteen schemas: what each says of its variables, and that it refuses data of another kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from csrbook.lock.schema_check import check_schema
from csrbook.lock.study_schemas import load_schemas
from csrbook.plan import load_plan
from schemas import SCHEMAS
from tests.schemas.tiny_database import S1, frames

ROOT = Path(__file__).parents[2]
STUDY = load_schemas(ROOT)


def findings(name, frame):
    return check_schema(frame, STUDY.datasets[name], STUDY.models[name])


def test_there_is_a_schema_for_each_dataset_of_the_plan():
    assert tuple(SCHEMAS) == load_plan(ROOT).study.datasets


@pytest.mark.parametrize("name", SCHEMAS)
def test_names_and_labels_fit_a_transport_file(name):
    specification = STUDY.datasets[name]
    assert len(specification.label) <= 40
    assert [v.name for v in specification.variables if len(v.name) > 8 or not v.name.isupper()] == []
    assert [v.label for v in specification.variables if not 0 < len(v.label) <= 40] == []
    assert set(specification.keys) <= set(specification.names)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_good_database_is_valid(name):
    assert findings(name, frames()[name]) == []
    SCHEMAS[name].validate(frames()[name], lazy=True)


@pytest.mark.parametrize(
    ("name", "variable", "value", "expected"),
    [
        ("ADSL", "ITTFL", "", "ITTFL is one of Y, N"),
        ("ADSL", "SEX", "M", "SEX is one of F"),
        ("ADSL", "AGE", 17.0, "AGE is at least 18"),
        ("ADSL", "AGE", np.nan, "AGE is not missing"),
        ("ADSL", "ERPCT", 101.0, "ERPCT is at most 100"),
        ("ADSL", "LSTALVDT", 22300.5, "LSTALVDT is a date"),
        ("ADSL", "SUBJID", "", "SUBJID has 1 to 8 characters"),
        ("ADSL", "SUBJID", None, "SUBJID is text"),
        ("ADTTE", "CNSR", 7.0, "CNSR is one of 0, 1, 2, 3, 4, 5, 6"),
        ("ADTTE", "STARTDT", np.nan, "STARTDT is not missing"),
        ("ADAE", "ATOXGR", "6", "ATOXGR is one of 1, 2, 3, 4, 5"),
        ("ADAE", "AETERM", "x" * 201, "AETERM has 1 to 200 characters"),
        ("ADQS", "AVAL", 100.5, "AVAL is at most 100"),
    ],
)
def test_a_value_of_another_kind_is_refused(name, variable, value, expected):
    frame = frames()[name]
    frame.loc[0, variable] = value
    (finding,) = findings(name, frame)
    assert finding.sentence == expected
    assert (finding.count, finding.severity) == (1, "reject")
    assert finding.first[0].startswith(S1)


def test_a_repeated_key_is_refused():
    frame = frames()["ADAE"]
    frame.loc[1, "AESEQ"] = 1
    (finding,) = findings("ADAE", frame)
    assert finding.sentence == "the key USUBJID, AESEQ is unique"
    assert finding.first == (f"{S1} 1", f"{S1} 1")


def test_missing_and_unknown_variables_are_refused():
    frame = frames()["ADMH"].rename(columns={"MHTERM": "MHTEXT"})
    assert [finding.sentence for finding in findings("ADMH", frame)] == [
        "the dataset has MHTERM",
        "the dataset has no MHTEXT",
    ]


def test_a_number_where_text_is_expected_is_refused():
    frame = frames()["ADMH"]
    frame["MHONGO"] = np.zeros(len(frame))
    assert [finding.sentence for finding in findings("ADMH", frame)] == ["MHONGO is text"]


def test_text_where_a_number_is_expected_is_refused():
    frame = frames()["ADSL"]
    frame["AGE"] = frame["AGE"].map(str)
    assert [finding.sentence for finding in findings("ADSL", frame)] == ["AGE is a number"]


def test_at_most_five_records_are_named():
    frame = frames()["ADRS"]
    frame["EVAL"] = "SOMEBODY"
    (finding,) = findings("ADRS", frame)
    assert (finding.count, len(finding.first)) == (18, 5)
    assert str(finding).endswith(" …")
