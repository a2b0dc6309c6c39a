"""SAS7BDAT files, read in a process of their own."""

from __future__ import annotations

import subprocess

import pandas as pd
import pyreadstat
import pytest

from csrbook.data import described_dataset, read_dataset, sas7bdat
from csrbook.errors import TransferError
from tests.data.examples import SPECIFICATION, frame
from tests.data.sas7bdat_file import sas7bdat as bytes_of


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "adxx.sas7bdat"
    path.write_bytes(bytes_of(frame(), SPECIFICATION))
    return path


def test_values_labels_and_kinds(path):
    again, stated = described_dataset(path)
    pd.testing.assert_frame_equal(again, frame())
    assert [(v.name, v.label, v.kind) for v in stated.variables] == [
        (v.name, v.label, v.kind) for v in SPECIFICATION.variables
    ]
    assert stated.name == "ADXX"


def test_the_reader_itself_agrees(path):
    other, _ = pyreadstat.read_sas7bdat(path, disable_datetime_conversion=True)
    pd.testing.assert_frame_equal(other, frame())


def test_text_is_converted_from_the_encoding_that_the_file_states(path):
    german = frame().replace("腹泻", "Durchfall")
    path.write_bytes(bytes_of(german, SPECIFICATION, "latin-1"))
    pd.testing.assert_frame_equal(read_dataset(path), german)
    chinese = frame().replace("Übelkeit", "恶心")
    path.write_bytes(bytes_of(chinese, SPECIFICATION, "gbk"))
    pd.testing.assert_frame_equal(read_dataset(path), chinese)


@pytest.mark.parametrize("size", [0, 100, 1024, 3000, -4000])
def test_a_truncated_file_is_refused(path, size):
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(TransferError, match="not readable") as caught:
        read_dataset(path)
    assert caught.value.where == "adxx.sas7bdat"


def test_a_reader_that_breaks_down_is_an_error_of_the_file(path, monkeypatch, tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("import os\nos.abort()\n")
    monkeypatch.setattr(sas7bdat.sas7bdat_process, "__file__", str(broken))
    with pytest.raises(TransferError, match="broke down"):
        read_dataset(path)


def test_a_reader_that_does_not_end_is_an_error_of_the_file(path, monkeypatch):
    def endless(*args, **options):
        assert options["timeout"] >= 60
        raise subprocess.TimeoutExpired("reader", options["timeout"])

    monkeypatch.setattr(sas7bdat.subprocess, "run", endless)
    with pytest.raises(TransferError, match="does not come to an end"):
        read_dataset(path)
