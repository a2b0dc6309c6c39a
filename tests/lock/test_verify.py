"""Opening a lock: whatever was done to it is refused and named, with exit code 3."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from csrbook.data.parquet import read_parquet
from csrbook.errors import IntegrityError, UsageError
from csrbook.lock import create_lock, find_lock, list_locks, open_lock, unfinished_locks, verify_lock
from csrbook.lock.audit_trail import AUDIT_TRAIL, read
from csrbook.lock.hashing import file_hash
from csrbook.lock.manifest import sealed

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).parents[2]


def change_a_byte(path: Path) -> None:
    file = path / "data" / "ADAE.parquet"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    rewrite(file, bytes(data))


def rewrite(file: Path, data: bytes) -> None:
    file.chmod(0o644)
    file.write_bytes(data)


def edit_manifest(path: Path, seal: bool, **changes: object) -> None:
    file = path / "manifest.json"
    manifest = json.loads(file.read_text("utf-8")) | changes
    rewrite(file, (sealed(manifest) if seal else json.dumps(manifest)).encode())


def edit_dataset(path: Path, **changes: object) -> None:
    datasets = json.loads((path / "manifest.json").read_text("utf-8"))["datasets"]
    edit_manifest(path, True, datasets=datasets | {"ADSL": datasets["ADSL"] | changes})


def cut(path: Path, count: int) -> None:
    """Keep so many lines of the audit trail."""
    trail = path.parent / AUDIT_TRAIL
    trail.write_bytes(b"".join(trail.read_bytes().splitlines(keepends=True)[:count]))


def edit_trail(path: Path) -> None:
    trail = path.parent / AUDIT_TRAIL
    trail.write_text(trail.read_text("utf-8").replace('"received"', '"simulated"'), "utf-8")


TOUCHED = [
    ("a changed byte", change_a_byte, "data/ADAE.parquet was changed after the lock"),
    ("a missing file", lambda p: (p / "data" / "ADSL.parquet").unlink(), "data/ADSL.parquet is missing"),
    ("an extra file", lambda p: (p / "data" / "ADXX.parquet").touch(), "data/ADXX.parquet was added after the lock"),
    ("a hidden file", lambda p: (p / ".note").touch(), ".note was added after the lock"),
    ("no manifest", lambda p: (p / "manifest.json").unlink(), "half written"),
    ("an empty manifest", lambda p: rewrite(p / "manifest.json", b""), "manifest is not readable"),
    ("a list for a manifest", lambda p: rewrite(p / "manifest.json", b"[1]"), "manifest is not readable"),
    ("an edited manifest", lambda p: edit_manifest(p, False, data_cutoff=22401.0), "manifest was changed"),
    ("a resealed manifest", lambda p: edit_manifest(p, True, data_cutoff=22401.0), "manifest.json is not the one that"),
    ("a manifest of something else", lambda p: edit_manifest(p, True, datasets=[1]), "not one of a lock"),
    ("a later manifest", lambda p: edit_manifest(p, True, schema_version=3), "version 3; this program reads 2"),
    ("a deep manifest", lambda p: rewrite(p / "manifest.json", b"[" * 100_000), "manifest is not readable"),
    ("no audit trail", lambda p: (p.parent / AUDIT_TRAIL).unlink(), "lacks the line that manifest.json of L"),
    ("a trail without its end", lambda p: cut(p, 0), "lacks the line that manifest.json of L"),
    ("an edited trail", lambda p: edit_trail(p), "audit.jsonl, line 2: it was changed"),
]


@pytest.mark.parametrize(("touch", "message"), [row[1:] for row in TOUCHED], ids=[row[0] for row in TOUCHED])
def test_a_touched_lock_is_refused(lock, touch, message):
    touch(lock.path)
    with pytest.raises(IntegrityError, match=message.replace(".", r"\.")) as caught:
        open_lock(lock.path)
    assert caught.value.exit_code == 3
    assert caught.value.todo
    assert len(verify_lock(lock.path)) == 1


def test_every_fault_is_named(lock):
    change_a_byte(lock.path)
    (lock.path / "data" / "ADSL.parquet").unlink()
    with pytest.raises(IntegrityError, match="2 faults") as caught:
        open_lock(lock.path)
    assert "ADAE.parquet was changed" in caught.value.where
    assert "ADSL.parquet is missing" in caught.value.where


MEANWHILE = [
    ({"plan_sha256": "sha256:0"}, "holds the lock L"),
    ({"file": "../ADSL.parquet"}, "names files outside the lock"),
    ({"records": 5}, "what the manifest says of ADSL does not add up to the hash of its content"),
    ({"variable_sha256": {}}, "what the manifest says of ADSL does not add up to the hash of its content"),
]


@pytest.mark.parametrize(("change", "message"), MEANWHILE, ids=[" ".join(change) for change, _ in MEANWHILE])
def test_a_resealed_manifest_shows_in_the_audit_trail_and_in_itself(lock, change, message):
    edit_manifest(lock.path, True, **change) if "plan_sha256" in change else edit_dataset(lock.path, **change)
    first, second = verify_lock(lock.path)
    assert message in first
    assert second == "manifest.json is not the one that the audit trail records"


def rewrite_adsl(path: Path, frame: pd.DataFrame, **options: object) -> None:
    file = path / "data" / "ADSL.parquet"
    file.chmod(0o644)
    frame.to_parquet(file, index=False, **options)


CHANGES = [
    (lambda f: f.assign(AGE=f.AGE + 1), ": AGE differs"),
    (lambda f: f.assign(AGE=f.AGE + 1, SEX="M"), ": AGE, SEX differ"),
    (lambda f: f.iloc[1:], ": 3 records, not 4"),
    (lambda f: f.drop(columns="SEX"), ": SEX is missing"),
    (lambda f: f.assign(EXTRA=1.0), ": EXTRA was added"),
    (lambda f: f, "; what it says is unchanged"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES, ids=[message for _, message in CHANGES])
def test_what_changed_in_a_dataset_is_named(lock, change, message):
    frame = read_parquet(lock.path / "data" / "ADSL.parquet")
    rewrite_adsl(lock.path, change(frame), compression="gzip")
    assert verify_lock(lock.path) == [f"data/ADSL.parquet was changed after the lock{message}"]


def test_a_change_of_both_file_and_manifest_shows_in_the_content(lock):
    """Even where the audit trail was made anew."""
    frame = read_parquet(lock.path / "data" / "ADSL.parquet")
    rewrite_adsl(lock.path, frame.assign(AGE=frame.AGE + 1))
    edit_dataset(lock.path, file_sha256=file_hash(lock.path / "data" / "ADSL.parquet"))
    found = "data/ADSL.parquet does not hold what was locked: AGE differs"
    recorded = "manifest.json is not the one that the audit trail records"
    assert verify_lock(lock.path, content=True) == [found, recorded]
    with pytest.raises(IntegrityError, match="2 faults"):
        open_lock(lock.path, content=True)


def test_a_sound_lock_holds_what_was_locked(lock, plan):
    assert verify_lock(lock.path, plan, content=True) == []


def test_a_file_may_not_be_a_link_to_another(lock, tmp_path):
    file = lock.path / "data" / "ADSL.parquet"
    shutil.copy(file, tmp_path / "outside.parquet")
    file.unlink()
    file.symlink_to(tmp_path / "outside.parquet")
    with pytest.raises(IntegrityError, match=r"ADSL\.parquet is missing"):
        open_lock(lock.path)


def test_a_renamed_lock_is_refused(lock):
    renamed = lock.path.rename(lock.path.with_name("L000000000000"))
    with pytest.raises(IntegrityError, match=f"L000000000000 holds the lock {lock.id}"):
        open_lock(renamed)


def test_a_changed_plan_is_refused(lock, plan):
    assert verify_lock(lock.path, plan) == []
    with pytest.raises(IntegrityError, match="plan was changed after the lock") as caught:
        open_lock(lock.path, plan.model_copy(update={"hash": "sha256:0"}))
    assert caught.value.exit_code == 3
    assert "sha256:0" in caught.value.what
    assert plan.hash in caught.value.what


def test_a_half_written_lock_is_no_lock(lock, tmp_path):
    half = tmp_path / "locks" / ".staging-abc"
    shutil.copytree(lock.path, half)
    assert unfinished_locks(tmp_path / "locks") == [half]
    assert find_lock(tmp_path / "locks") == lock.path
    with pytest.raises(IntegrityError, match="half written"):
        open_lock(half)


def test_locking_the_same_data_again_does_not_hide_that_the_lock_was_touched(lock, transfer, plan, tmp_path):
    change_a_byte(lock.path)
    with pytest.raises(IntegrityError, match="ADAE"):
        create_lock(transfer, plan, ROOT, tmp_path / "locks")
    assert (lock.path / "manifest.json").is_file()


def test_the_newest_lock_is_found_and_a_named_one(lock, transfer, plan, tmp_path):
    locks = tmp_path / "locks"
    other = create_lock(transfer, plan.model_copy(update={"hash": "sha256:0"}), ROOT, locks)
    assert [entry.details["id"] for entry in read(locks) if entry.event == "lock"] == [lock.id, other.id]
    assert find_lock(locks) == other.path
    assert find_lock(locks, lock.id) == lock.path
    assert find_lock(locks, other.id) == other.path
    assert find_lock(locks, other.id[:8]) == other.path
    assert list_locks(locks) == sorted([lock.path, other.path])


@pytest.mark.parametrize(("identifier", "message"), [("Lffffffffffff", "no lock Lfff"), ("L", "more than one")])
def test_an_unknown_or_ambiguous_id_is_refused(lock, transfer, plan, tmp_path, identifier, message):
    create_lock(transfer, plan.model_copy(update={"hash": "sha256:0"}), ROOT, tmp_path / "locks")
    with pytest.raises(UsageError, match=message) as caught:
        find_lock(tmp_path / "locks", identifier)
    assert lock.id in caught.value.where


def test_no_lock_at_all(tmp_path):
    with pytest.raises(UsageError, match="there is no lock"):
        find_lock(tmp_path / "locks")
    with pytest.raises(UsageError, match="no such lock"):
        open_lock(tmp_path / "locks" / "L0")
