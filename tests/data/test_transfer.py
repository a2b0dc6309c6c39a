"""Transfers: folders of files, in either format, that nothing overwrites."""

from __future__ import annotations

import datetime as dt
import stat

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from csrbook.data import read_transfer, write_transfer
from csrbook.data.parquet import read_parquet
from csrbook.errors import TransferError, UsageError
from schemas import SCHEMAS as SCHEMAS_OF_TRIAL
from tests.data.examples import SPECIFICATION, frame
from tests.schemas.tiny_database import frames

SCHEMAS = {"ADXX": SPECIFICATION}


@pytest.fixture
def transfer(tmp_path):
    write_transfer({"ADXX": frame()}, tmp_path / "t1", SCHEMAS)
    return tmp_path / "t1"


@pytest.mark.parametrize("form", ["xpt", "parquet"])
def test_both_formats_hold_the_same(transfer, form):
    pd.testing.assert_frame_equal(read_transfer(transfer / form, ["ADXX"])["ADXX"], frame())


def test_a_transfer_is_not_overwritten(transfer):
    before = {path: path.read_bytes() for path in transfer.rglob("*.*")}
    with pytest.raises(UsageError, match="not overwritten"):
        write_transfer({"ADXX": frame().iloc[:1]}, transfer, SCHEMAS)
    assert {path: path.read_bytes() for path in transfer.rglob("*.*")} == before


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "t1").mkdir()
    write_transfer({"ADXX": frame()}, tmp_path / "t1", SCHEMAS)
    pd.testing.assert_frame_equal(read_transfer(tmp_path / "t1" / "xpt", ["ADXX"])["ADXX"], frame())


def test_the_models_of_a_study_say_how_to_write(tmp_path):
    write_transfer({"ADMH": frames()["ADMH"]}, tmp_path / "t1", SCHEMAS_OF_TRIAL)
    pd.testing.assert_frame_equal(read_transfer(tmp_path / "t1" / "xpt", ["ADMH"])["ADMH"], frames()["ADMH"])


def test_a_transfer_that_fails_leaves_nothing(tmp_path):
    bad = frame()
    bad.loc[4, "AETERM"] = "x" * 201
    with pytest.raises(TransferError):
        write_transfer({"ADXX": bad}, tmp_path / "t1", SCHEMAS)
    assert list(tmp_path.iterdir()) == []


def test_the_columns_must_be_those_of_the_schema(tmp_path):
    with pytest.raises(TransferError, match=r"ADXX: ADT missing; XDT not specified"):
        write_transfer({"ADXX": frame().rename(columns={"ADT": "XDT"})}, tmp_path / "t1", SCHEMAS)


def test_a_missing_dataset_is_named(transfer):
    with pytest.raises(TransferError, match="datasets ADSL, ADAE are missing"):
        read_transfer(transfer / "xpt", ["ADSL", "ADXX", "ADAE"])


def test_the_folder_above_the_formats_is_no_transfer(transfer):
    with pytest.raises(TransferError, match=r"name \S+/xpt or \S+/parquet"):
        read_transfer(transfer, ["ADXX"])


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(TransferError, match="no such transfer folder"):
        read_transfer(tmp_path / "nowhere", ["ADXX"])


def test_two_files_of_one_dataset_are_ambiguous(transfer):
    (transfer / "parquet" / "adxx.parquet").rename(transfer / "xpt" / "ADXX.parquet")
    with pytest.raises(TransferError, match=r"more than one file[\s\S]*ADXX\.parquet and adxx\.xpt"):
        read_transfer(transfer / "xpt", ["ADXX"])


@pytest.mark.parametrize("size", [0, 100, -8])
def test_a_truncated_parquet_file_is_refused(transfer, size):
    path = transfer / "parquet" / "adxx.parquet"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(TransferError, match="not readable") as caught:
        read_transfer(transfer / "parquet", ["ADXX"])
    assert caught.value.where == "adxx.parquet"


def test_parquet_types_that_others_write(tmp_path):
    table = pa.table(
        {
            "ADT": pa.array([dt.date(1960, 1, 1), dt.date(2020, 3, 26), None]),
            "AESEQ": pa.array([1, None, 3], pa.int32()),
            "AETERM": pa.array(["trailing  ", None, "x"], pa.large_string()),
            "EMPTY": pa.nulls(3),
        }
    )
    pq.write_table(table, tmp_path / "adxx.parquet")
    expected = pd.DataFrame(
        {
            "ADT": [0.0, 22000.0, None],
            "AESEQ": [1.0, None, 3.0],
            "AETERM": ["trailing", "", "x"],
            "EMPTY": pd.Series([None] * 3, dtype=float),
        }
    )
    pd.testing.assert_frame_equal(read_parquet(tmp_path / "adxx.parquet"), expected)


def test_parquet_types_that_are_refused(tmp_path):
    pq.write_table(pa.table({"FLAG": [True, False]}), tmp_path / "adxx.parquet")
    with pytest.raises(TransferError, match="type bool"):
        read_parquet(tmp_path / "adxx.parquet")


def test_files_can_be_read_by_others(transfer):
    assert stat.S_IMODE(transfer.stat().st_mode) == 0o755
