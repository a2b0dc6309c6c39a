"""Making a lock: what is in it, what it is called, and that it is made whole or not at all."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pandas as pd
import pytest

from csrbook.data.parquet import read_parquet, write_parquet
from csrbook.errors import TransferError, UsageError, ValidationError
from csrbook.lock import create_lock, list_locks, load_schemas, open_lock, unfinished_locks
from csrbook.lock.audit_trail import read
from csrbook.lock.hashing import file_hash
from tests.schemas.tiny_database import S1, frames

ROOT = Path(__file__).parents[2]


def change(transfer: Path, name: str, record: int, variable: str, value: object) -> None:
    """Put a wrong value into a transfer of Parquet files."""
    path = transfer / f"{name.lower()}.parquet"
    frame = read_parquet(path)
    frame.loc[record, variable] = value
    write_parquet(frame, path, load_schemas(ROOT).datasets[name])


def test_the_manifest_says_what_is_locked(lock, plan, transfer):
    manifest = json.loads((lock.path / "manifest.json").read_text("utf-8"))
    assert manifest["id"] == lock.path.name == f"L{manifest['hash'][7:19]}"
    assert manifest["data_cutoff"] == 22400.0
    assert manifest["plan_sha256"] == plan.hash
    assert list(manifest["datasets"]) == list(plan.study.datasets)
    adtte = manifest["datasets"]["ADTTE"]
    assert (adtte["file"], adtte["keys"]) == ("data/ADTTE.parquet", ["USUBJID", "PARAMCD"])
    source = frames()["ADTTE"]
    assert (adtte["records"], adtte["subjects"]) == (len(source), len(set(source.USUBJID)))
    assert list(adtte["variable_sha256"]) == list(adtte["variables"]) == list(source.columns)
    assert adtte["transfer_sha256"] == file_hash(transfer / "adtte.xpt")
    assert adtte["file_sha256"] == file_hash(lock.path / "data" / "ADTTE.parquet")
    assert "R21" in manifest["validation"]["rules"]
    assert set(manifest["made"]) == {"by", "at", "transfer", "audit_head"}
    assert (manifest["parent"], manifest["reason"]) == (None, "")


def test_the_audit_trail_says_that_it_was_locked(lock):
    begun, made = read(lock.path.parent)
    assert (begun.event, begun.details) == ("lock begun", {"id": lock.id, "hash": lock.hash})
    assert lock.manifest["made"]["audit_head"] == begun.hash
    assert made.event == "lock"
    assert made.details["id"] == lock.id
    assert made.details["sha256"] == file_hash(lock.path / "manifest.json")


def test_the_summary_says_what_was_locked(lock):
    records = sum(len(frame) for frame in frames().values())
    assert lock.summary.startswith(f"{records} records in 14 datasets; 61 rules hold")


@pytest.mark.parametrize("place", [".", ".."])
def test_a_simulated_transfer_makes_a_lock_that_says_so(transfer, plan, tmp_path, place):
    (transfer / place / "transfer.json").write_text('{"origin": "simulated"}')
    assert create_lock(transfer, plan, ROOT, tmp_path / "locks").manifest["origin"] == "simulated"


def test_other_transfers_were_received(lock):
    assert lock.manifest["origin"] == "received"


def test_an_unreadable_origin_is_not_guessed(transfer, plan, tmp_path):
    (transfer / "transfer.json").write_text("{")
    with pytest.raises(TransferError, match="where the transfer comes from is not readable"):
        create_lock(transfer, plan, ROOT, tmp_path / "locks")


def test_neither_files_nor_folders_can_be_written(originals):
    (path,) = list_locks(originals / "locks")
    modes = {(item.is_file(), stat.S_IMODE(item.stat().st_mode)) for item in (path, *path.rglob("*"))}
    assert modes == {(True, 0o444), (False, 0o555)}


def test_the_locked_data_are_the_transferred_data(lock, plan):
    data = open_lock(lock.path, plan)
    for name, frame in frames().items():
        keys = load_schemas(ROOT).datasets[name].keys
        pd.testing.assert_frame_equal(data.dataset(name), frame.sort_values(list(keys)).reset_index(drop=True))


def test_either_format_gives_the_same_lock(lock, transfer, plan, tmp_path):
    other = create_lock(transfer.parent / "parquet", plan, ROOT, tmp_path / "elsewhere")
    assert (other.id, other.hash, other.created) == (lock.id, lock.hash, True)


def test_the_same_data_are_locked_once(lock, transfer, plan, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in lock.path.rglob("*")}
    again = create_lock(transfer, plan, ROOT, tmp_path / "locks")
    assert (again.id, again.created, again.manifest) == (lock.id, False, lock.manifest)
    assert {path: path.stat().st_mtime_ns for path in lock.path.rglob("*")} == before
    assert unfinished_locks(tmp_path / "locks") == []


def test_another_plan_gives_another_lock(lock, transfer, plan, tmp_path):
    other = create_lock(transfer, plan.model_copy(update={"hash": "sha256:0"}), ROOT, tmp_path / "locks")
    assert other.id != lock.id
    assert other.created


def test_differences_to_review_are_recorded_and_admitted(transfer, plan, tmp_path):
    change(transfer.parent / "parquet", "ADSL", 0, "STRAT2V", "FIRST-LINE METASTATIC")
    change(transfer.parent / "parquet", "ADSL", 0, "STRAT2VN", 2.0)
    lock = create_lock(transfer.parent / "parquet", plan, ROOT, tmp_path / "locks")
    (review,) = lock.manifest["validation"]["review"]
    assert (review["rule"], review["dataset"], review["first"]) == ("R16", "ADSL", [S1])


@pytest.mark.parametrize(
    ("name", "variable", "value", "message"),
    [
        ("ADSL", "SEX", "M", "schema ADSL: SEX is one of F, 1 of 4 records"),
        ("ADSL", "RFICDT", 22001.0, "R05 ADSL: Informed consent is not after randomisation., 1 of 4 records"),
    ],
)
def test_data_that_break_a_schema_or_a_rule_are_not_locked(transfer, plan, tmp_path, name, variable, value, message):
    change(transfer.parent / "parquet", name, 0, variable, value)
    with pytest.raises(ValidationError, match=message) as caught:
        create_lock(transfer.parent / "parquet", plan, ROOT, tmp_path / "locks")
    assert caught.value.exit_code == 1
    assert S1 in caught.value.where
    assert not (tmp_path / "locks").exists()


def test_a_missing_dataset_is_not_locked(transfer, plan, tmp_path):
    (transfer / "adlb.xpt").unlink()
    with pytest.raises(TransferError, match="dataset ADLB is missing"):
        create_lock(transfer, plan, ROOT, tmp_path / "locks")


def test_a_truncated_file_is_not_locked(transfer, plan, tmp_path):
    path = transfer / "adae.xpt"
    path.write_bytes(path.read_bytes()[:-160])
    with pytest.raises(TransferError, match="truncated"):
        create_lock(transfer, plan, ROOT, tmp_path / "locks")


def test_a_file_that_changes_while_it_is_locked_is_noticed(transfer, plan, tmp_path, monkeypatch):
    from csrbook.lock import create

    def changing(*args):
        (transfer / "adsl.xpt").write_bytes(b"other")
        return "sha256:0"

    monkeypatch.setattr(create, "code_hash", changing)
    with pytest.raises(TransferError, match="changed while it was locked"):
        create_lock(transfer, plan, ROOT, tmp_path / "locks")
    assert list((tmp_path / "locks").iterdir()) == []


def test_a_dataset_of_the_plan_without_a_schema(transfer, plan, tmp_path):
    study = plan.study.model_copy(update={"datasets": (*plan.study.datasets, "ADPC")})
    with pytest.raises(UsageError, match="the plan names ADPC, for which there is no schema"):
        create_lock(transfer, plan.model_copy(update={"study": study}), ROOT, tmp_path / "locks")


def test_a_study_without_schemas(transfer, plan, tmp_path):
    with pytest.raises(UsageError, match="no schemas"):
        create_lock(transfer, plan, tmp_path, tmp_path / "locks")


def test_a_folder_that_cannot_be_written(transfer, plan, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written"):
        create_lock(transfer, plan, ROOT, tmp_path / "file")
