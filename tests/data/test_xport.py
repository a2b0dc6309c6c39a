"""XPORT files: the same bytes each time, and nothing lost on the way, for us and for other readers."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from csrbook.data import DatasetSpecification, Variable, xport
from csrbook.data.xport import read_xport, write_xport
from csrbook.errors import TransferError
from tests.data.examples import SPECIFICATION, frame

MADE = datetime(2026, 1, 15, 12, 30)  # noqa: DTZ001 - an XPORT header has no time zone


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "adxx.xpt"
    write_xport(frame(), path, SPECIFICATION, MADE)
    return path


def test_there_and_back(path):
    again, stated = read_xport(path)
    pd.testing.assert_frame_equal(again, frame())
    assert (stated.name, stated.label, stated.keys) == ("ADXX", "Example of Traps", ())
    assert [(v.name, v.label, v.kind) for v in stated.variables] == [
        (v.name, v.label, v.kind) for v in SPECIFICATION.variables
    ]
    # The longest text is "Diarrhoea #1 <b>$\\", the longest subject "S-01".
    assert [v.length for v in stated.variables] == [4, 18, 1, None, None]


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
        (b"HEADER RECORD*******LIBRARY", b"HEADER RECORD*******LIBV8  ", "byte 240"),
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


LONG = DatasetSpecification(
    name="A_LONG_DATASET_NAME",
    label="Example",
    keys=(),
    variables=(
        Variable("A_NAME_OF_MORE_THAN_EIGHT_BYTES", "short", "text"),
        Variable("A_NAME_OF_MORE_THAN_EIGHT_BYTES_", "Ein überlanges Etikett " * 10, "number"),
        Variable("X", "腹" * 85, "date"),
    ),
)


def long_frame() -> pd.DataFrame:
    values = (["x" * 5000, "腹泻", ""], [0.1, np.nan, -7.0], [22000.0, 0.0, np.nan])
    return pd.DataFrame(dict(zip(LONG.names, values, strict=True)))


def test_version_8_has_room_for_long_names_labels_and_texts(tmp_path):
    write_xport(long_frame(), tmp_path / "a.xpt", LONG, MADE, version=8)
    again, stated = read_xport(tmp_path / "a.xpt")
    pd.testing.assert_frame_equal(again, long_frame())
    assert stated.name == "A_LONG_DATASET_NAME"
    assert [(v.name, v.label, v.kind) for v in stated.variables] == [
        (v.name, v.label.rstrip(), v.kind) for v in LONG.variables
    ]


def test_pyreadstat_reads_our_version_8(tmp_path):
    write_xport(long_frame(), tmp_path / "a.xpt", LONG, MADE, version=8)
    other, meta = pyreadstat.read_xport(tmp_path / "a.xpt", disable_datetime_conversion=True)
    pd.testing.assert_frame_equal(other, long_frame())
    assert meta.table_name == "A_LONG_DATASET_NAME"
    assert meta.column_labels == [v.label.rstrip() for v in LONG.variables]


@pytest.mark.parametrize("version", [5, 8])
def test_we_read_what_pyreadstat_writes(tmp_path, version):
    labels = ["Subject", "Term", "Flag", "x" * (40 if version == 5 else 200), "Date"]
    pyreadstat.write_xport(
        frame(), tmp_path / "a.xpt", table_name="ADXX", column_labels=labels, file_format_version=version,
        variable_format={"ADT": "DATE9."},
    )  # fmt: skip
    again, stated = read_xport(tmp_path / "a.xpt")
    pd.testing.assert_frame_equal(again, frame())
    assert [v.label for v in stated.variables] == labels
    assert [v.kind for v in stated.variables] == ["text", "text", "text", "number", "date"]


def test_version_8_states_its_records_so_that_blank_ones_at_the_end_are_kept(tmp_path):
    specification = DatasetSpecification("ADX", "X", (), (Variable("A", "A", "text"),))
    values = pd.DataFrame({"A": ["x", "", "", ""]})
    write_xport(values, tmp_path / "adx.xpt", specification, MADE, version=8)
    assert b"OBSV8   HEADER RECORD!!!!!!!              4 " in (tmp_path / "adx.xpt").read_bytes()
    pd.testing.assert_frame_equal(read_xport(tmp_path / "adx.xpt")[0], values)


def test_long_formats_of_labelv9_are_read(tmp_path):
    """LABELV9, laid out by hand after the SAS paper: number, lengths of name, label, format, informat, then these."""
    specification = DatasetSpecification("ADX", "X", (), (Variable("N", "x" * 41, "number"),))
    write_xport(pd.DataFrame({"N": [1.0]}), tmp_path / "adx.xpt", specification, MADE, version=8)
    whole = (tmp_path / "adx.xpt").read_bytes()
    old = b"LABELV8 HEADER RECORD!!!!!!!1".ljust(60) + b"\0\1\0\1\0\x29N" + b"x" * 41
    new = b"LABELV9 HEADER RECORD!!!!!!!1".ljust(60) + b"\0\1\0\1\0\5\0\10\0\0Nlabelyymmdd10".ljust(48)
    assert whole.count(old) == 1
    (tmp_path / "adx.xpt").write_bytes(whole.replace(old, new))
    assert read_xport(tmp_path / "adx.xpt")[1].variables == (Variable("N", "label", "date"),)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"!!!!!!!              3 ", b"!!!!!!!              2 ", "states 2 records and holds more"),
        (b"!!!!!!!              3 ", b"!!!!!!!999999999999999 ", "truncated"),
        (b"!!!!!!!              3 ", b"!!!!!!!             -3 ", "number of observations"),
        (b"LABELV8 HEADER RECORD!!!!!!!2", b"LABELV8 HEADER RECORD!!!!!!!4", "number of long labels"),
        (b"LABELV8 HEADER RECORD!!!!!!!2", b"LABELV8 HEADER RECORD!!!!!!!3", "belongs to no variable"),
        (b"\0\3\0\1\0\xffX", b"\0\4\0\1\0\xffX", "belongs to no variable"),
        (b"\0\3\0\1\0\xffX", b"\0\3\0\1\xff\xffX", "longer than the file|not UTF-8"),
    ],
)
def test_a_version_8_file_that_lies_is_refused(tmp_path, old, new, reason):
    path = tmp_path / "a.xpt"
    write_xport(long_frame(), path, LONG, MADE, version=8)
    whole = path.read_bytes()
    assert whole.count(old) == 1
    path.write_bytes(whole.replace(old, new))
    with pytest.raises(TransferError, match=reason):
        read_xport(path)


@pytest.mark.parametrize(
    ("name", "label", "version"), [("NINEBYTES", "", 5), ("X" * 33, "", 8), ("X", "é" * 21, 5), ("X", "é" * 129, 8)]
)
def test_a_name_or_label_that_does_not_fit_is_refused(tmp_path, name, label, version):
    specification = DatasetSpecification("ADX", "X", (), (Variable(name, label, "number"),))
    with pytest.raises(TransferError, match="does not fit XPORT"):
        write_xport(pd.DataFrame({name: [1.0]}), tmp_path / "adx.xpt", specification, MADE, version=version)


def test_numbers_stored_in_fewer_bytes(tmp_path):
    """SAS stores a number in 3 to 8 bytes if LENGTH says so; here the 8 of 1.0 are cut to 3 by hand."""
    specification = DatasetSpecification("ADX", "X", (), (Variable("N", "N", "number"),))
    write_xport(pd.DataFrame({"N": [1.0]}), tmp_path / "adx.xpt", specification, MADE)
    whole = bytearray((tmp_path / "adx.xpt").read_bytes())
    whole[8 * 80 + 4 : 8 * 80 + 6] = b"\0\3"
    whole[-80:] = (b"\x41\x10\x00" + b"\xc1\x18\x00" + b".\0\0").ljust(80)
    (tmp_path / "adx.xpt").write_bytes(whole)
    assert read_xport(tmp_path / "adx.xpt")[0]["N"].tolist()[:2] == [1.0, -1.5]
    assert np.isnan(read_xport(tmp_path / "adx.xpt")[0]["N"][2])


def test_records_beyond_one_part_are_put_together(tmp_path, monkeypatch):
    monkeypatch.setattr(xport, "PART", 1)
    many = pd.concat([frame()] * 100, ignore_index=True).assign(AVAL=np.arange(500.0))
    write_xport(many, tmp_path / "adxx.xpt", SPECIFICATION, MADE)
    pd.testing.assert_frame_equal(read_xport(tmp_path / "adxx.xpt")[0], many)
    whole = (tmp_path / "adxx.xpt").read_bytes()
    (tmp_path / "adxx.xpt").write_bytes(whole + whole[240:])
    with pytest.raises(TransferError, match="more than one dataset"):
        read_xport(tmp_path / "adxx.xpt")
