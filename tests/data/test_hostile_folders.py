"""Transfer folders that hold what no transfer holds."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from csrbook.data import find_define, read_dataset, read_transfer, transfer_files, write_dataset
from csrbook.errors import TransferError
from tests.data.examples import SPECIFICATION, frame

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other systems have no such files")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "transfer"
    folder.mkdir()
    write_dataset(frame(), folder / "adxx.xpt", SPECIFICATION)
    return folder


def refused(folder, reason):
    """Every way into the folder refuses it."""
    for enter in (lambda: transfer_files(folder, ["ADXX"]), lambda: find_define(folder)):
        with pytest.raises(TransferError, match=reason):
            enter()


@pytest.mark.parametrize("name", ["ADSL.xpt", "notes.txt", "define.xml"])
def test_links_are_refused(folder, tmp_path, name):
    target = tmp_path / "outside.xpt"
    target.write_bytes((folder / "adxx.xpt").read_bytes())
    (folder / name).symlink_to(target)
    refused(folder, "a link and no file")
    with pytest.raises(TransferError, match="a link and no file"):
        read_dataset(folder / name)


def test_links_that_lead_nowhere_and_links_to_folders_are_refused(folder, tmp_path):
    (folder / "adsl.xpt").symlink_to(tmp_path / "nowhere")
    refused(folder, "a link and no file")
    (folder / "adsl.xpt").unlink()
    (folder / "below").symlink_to(tmp_path)
    refused(folder, "a link and no file")


def test_pipes_are_refused_and_not_waited_for(folder):
    os.mkfifo(folder / "adsl.xpt")
    refused(folder, "a pipe or a device")
    with pytest.raises(TransferError, match="a pipe or a device"):
        read_dataset(folder / "adsl.xpt")


def test_sockets_are_refused(folder, monkeypatch):
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("adsl.xpt")
        refused(folder, "a pipe or a device")


def test_devices_are_refused():
    with pytest.raises(TransferError, match="a pipe or a device"):
        read_dataset(Path("/dev/zero"))


@pytest.mark.parametrize("name", ["ad\nsl.xpt", "ad\x1b[31msl.xpt", "adsl\u202etpx.xpt", "adsl\x07.txt"])
def test_names_with_control_characters_are_refused_and_not_printed(folder, name):
    (folder / name).write_bytes(b"")
    with pytest.raises(TransferError, match="cannot be printed") as caught:
        transfer_files(folder, ["ADXX"])
    assert str(caught.value).replace("\n", "").isprintable()


@pytest.mark.parametrize("name", ["ADXX.xpt", "adxx.XPT", "Define.xml"])
def test_names_that_differ_only_by_case_are_refused(folder, name):
    (folder / "define.xml").write_bytes(b"")
    (folder / name).write_bytes(b"")
    refused(folder, "differ only by the case")


def test_a_folder_with_the_name_of_a_file_is_no_file(folder):
    (folder / "adsl.xpt").mkdir()
    with pytest.raises(TransferError, match="dataset ADSL is missing"):
        transfer_files(folder, ["ADSL"])
    with pytest.raises(TransferError, match="a folder and no file"):
        read_dataset(folder / "adsl.xpt")


@pytest.mark.parametrize("name", ["../adxx", "..", "/etc/passwd", "adxx.xpt", "adxx\0", "a/../adxx", ""])
def test_a_name_cannot_climb_out_of_the_folder(folder, tmp_path, name):
    (tmp_path / "adxx.xpt").write_bytes((folder / "adxx.xpt").read_bytes())
    with pytest.raises(TransferError, match="missing"):
        read_transfer(folder, [name])


@pytest.mark.parametrize("name", ["nowhere.xpt", "no\0where.xpt", "x" * 300 + ".xpt"])
def test_a_file_that_is_not_there(folder, name):
    with pytest.raises(TransferError, match="the file is missing"):
        read_dataset(folder / name)


def test_a_format_that_is_not_read(folder):
    (folder / "adxx.xlsx").write_bytes(b"PK")
    with pytest.raises(TransferError, match="no format that is read"):
        read_dataset(folder / "adxx.xlsx")


@pytest.mark.parametrize("form", ["xpt", "json"])
def test_a_file_that_holds_another_dataset_is_refused(folder, form):
    write_dataset(frame(), folder / f"adae.{form}", SPECIFICATION)
    with pytest.raises(TransferError, match="the file holds dataset ADXX"):
        read_dataset(folder / f"adae.{form}")


@pytest.mark.parametrize("other", ["json", "ndjson", "parquet", "csv", "sas7bdat"])
def test_two_files_of_one_dataset_are_refused_whatever_their_formats(folder, other):
    (folder / f"adxx.{other}").write_bytes(b"")
    with pytest.raises(TransferError, match="more than one file"):
        transfer_files(folder, ["ADXX"])
