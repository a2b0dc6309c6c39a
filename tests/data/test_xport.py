"""XPORT files: the same bytes each time, and nothing lost on the way, for us and for other readers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from csrbook.data import DatasetSpecification, Variable
from csrbook.data.xport import read_xport, write_xport
from csrbook.errors import TransferError
from tests.data.examples import SPECIFICATION, frame

MADE = datetime(2026, 1, 15, 12, 30)  # noqa: DTZ001 - an XPORT header has no time zone
PILOT = Path(__file__).parents[2].parent / "shared" / "data" / "cdisc_pilot01"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "adxx.xpt"
    write_xport(frame(), path, SPECIFICATION, MADE)
    return path


def test_there_and_back(path):
    again, fields = read_xport(path)
    pd.testing.assert_frame_equal(again, frame())
    assert [(f.name, f.label, f.date) for f in fields] == [
        (v.name, v.label, v.kind == "date") for v in SPECIFICATION.variables
    ]


def test_the_same_data_give_the_same_bytes(path, tmp_path):
    write_xport(frame(), tmp_path / "again.xpt", SPECIFICATION, MADE)
    assert (tmp_path / "again.xpt").read_bytes() == path.read_bytes()
    assert b"15JAN26:12:30:00" in path.read_bytes()
    assert path.stat().st_size % 80 == 0


def test_pyreadstat_reads_the_same(path):
    other, meta = pyreadstat.read_xport(path, disable_datetime_conversion=True)
    pd.testing.assert_frame_equal(other, frame())
    assert (meta.table_name, meta.column_labels) == ("ADXX", [v.label for v in SPECIFICATION.variables])
    assert meta.original_variable_types["ADT"] == "DATE9"


def test_pandas_reads_the_same(path):
    other = pd.read_sas(path, format="xport", encoding="utf-8")
    for name in ("USUBJID", "AETERM", "ABLFL"):
        assert other[name].fillna("").tolist() == frame()[name].tolist()
    for name in ("AVAL", "ADT"):
        # pandas reads an IBM zero as 5.4e-79, the smallest number of the format.
        np.testing.assert_allclose(other[name], frame()[name], rtol=0, atol=1e-78)


def test_a_dataset_without_records(tmp_path):
    write_xport(frame().iloc[:0], tmp_path / "empty.xpt", SPECIFICATION, MADE)
    again, _ = read_xport(tmp_path / "empty.xpt")
    pd.testing.assert_frame_equal(again, frame().iloc[:0])


@pytest.mark.parametrize("records", range(1, 12))
def test_short_records_are_told_from_the_blanks_that_fill_the_file(tmp_path, records):
    specification = DatasetSpecification("ADX", "X", ("A",), (Variable("A", "A", "text"), Variable("N", "N", "number")))
    values = pd.DataFrame({"A": ["x"] + [""] * (records - 1), "N": [np.nan] * records})
    write_xport(values, tmp_path / "adx.xpt", specification, MADE)
    pd.testing.assert_frame_equal(read_xport(tmp_path / "adx.xpt")[0], values)


@pytest.mark.parametrize("size", [0, 40, 400, 700, 900, 1400, -80, -1])
def test_a_truncated_file_is_refused(path, size):
    whole = path.read_bytes()
    path.write_bytes(whole[:size])
    with pytest.raises(TransferError, match="not readable") as caught:
        read_xport(path)
    assert caught.value.where == "adxx.xpt"
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"HEADER RECORD*******LIBRARY", b"HEADER RECORD*******LIBV8  ", "version 8"),
        (b"HEADER RECORD*******LIBRARY", b"PK\x03\x04 RECORD*******LIBRARY", "not a SAS XPORT file"),
        (b"!!!!!!!0000000005", b"!!!!!!!0000000004", "do not begin"),
        (b"!!!!!!!0000000005", b"!!!!!!!000000 -5", "number of variables"),
        (b"\x00\x02\x00\x00\x00\x04\x00\x01USUBJID", b"\x00\x02\x00\x00\x7f\xff\x00\x01USUBJID", "impossible"),
        ("腹泻".encode(), b"\xff\xfe\xff\xfe\xff\xfe", "not UTF-8"),
    ],
)
def test_a_file_that_lies_is_refused(path, old, new, reason):
    whole = path.read_bytes()
    assert whole.count(old) == 1
    path.write_bytes(whole.replace(old, new))
    with pytest.raises(TransferError, match=reason):
        read_xport(path)


def test_two_datasets_in_one_file_are_refused(path):
    whole = path.read_bytes()
    path.write_bytes(whole + whole[240:])
    with pytest.raises(TransferError, match="more than one dataset"):
        read_xport(path)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("AETERM", "é" * 101, "202 bytes is longer than the 200"),
        ("AETERM", None, "holds None"),
        ("AVAL", np.inf, "too large"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(tmp_path, column, value, reason):
    bad = frame()
    bad.loc[0, column] = value
    with pytest.raises(TransferError, match=reason) as caught:
        write_xport(bad, tmp_path / "adxx.xpt", SPECIFICATION, MADE)
    assert column in caught.value.where


@pytest.mark.skipif(not PILOT.is_dir(), reason="the CDISC pilot study is not at hand")
@pytest.mark.parametrize("name", ["adsl", "adae", "adtte"])
def test_the_cdisc_pilot_study_reads_as_pyreadstat_reads_it(name):
    ours, _ = read_xport(PILOT / f"{name}.xpt")
    theirs, _ = pyreadstat.read_xport(PILOT / f"{name}.xpt", disable_datetime_conversion=True)
    assert list(ours) == list(theirs)
    for column in ours:
        pd.testing.assert_series_equal(ours[column], theirs[column], check_exact=True)
