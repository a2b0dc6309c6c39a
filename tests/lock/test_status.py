"""Unlocking and locking again: nothing is deleted, everything has a name and a reason, and a new lock its parent."""

from __future__ import annotations

import json

import pytest

from csrbook.errors import IntegrityError, UsageError
from csrbook.lock import create_lock, find_lock, list_locks, open_lock, read_manifest, verify_lock
from csrbook.lock.audit_trail import read
from csrbook.lock.status import unlock, unlocking
from tests.pipeline.second_study import write_received

REASON = "query 17: the age of ZP-001 was wrong"


def events(study):
    return [(entry.event, entry.details["id"], entry.reason) for entry in read(study.locks)]


def test_an_unlocked_lock_is_kept_but_not_opened(small, locked):
    before = {path: path.read_bytes() for path in locked.rglob("*") if path.is_file()}
    unlock(locked, name="Jane Doe", reason=REASON)
    assert {path: path.read_bytes() for path in before} == before
    assert verify_lock(locked, small.plan, content=True) == []
    assert events(small)[-1] == ("unlock", locked.name, REASON)
    assert read(small.locks)[-1].details["name"] == "Jane Doe"
    with pytest.raises(UsageError, match=f"the lock was unlocked on .* by Jane Doe: {REASON}"):
        open_lock(locked, small.plan)
    assert open_lock(locked, unlocked_too=True).id == locked.name


def test_corrected_data_make_a_lock_that_names_its_parent_and_the_reason(small, locked):
    unlock(locked, name="Jane Doe", reason=REASON)
    with pytest.raises(UsageError, match="every lock was unlocked"):
        find_lock(small.locks)
    small.change("ADSL", 0, "AGE", 61.0)
    newer = small.lock()
    assert (newer.manifest["parent"], newer.manifest["reason"]) == (locked.name, REASON)
    assert events(small)[-1] == ("lock", newer.id, REASON)
    assert find_lock(small.locks) == newer.path
    assert find_lock(small.locks, locked.name) == locked
    assert len(list_locks(small.locks)) == 2


def test_the_reason_for_another_lock_may_be_given(small, locked):
    small.change("ADSL", 0, "AGE", 61.0)
    newer = small.lock(reason="second data cut", parent=locked.name[:6])
    assert (newer.manifest["parent"], newer.manifest["reason"]) == (locked.name, "second data cut")
    with pytest.raises(UsageError, match="no lock L000"):
        small.under_another_plan(1).lock(parent="L000")


def test_the_parent_is_the_lock_that_was_made_last(small, locked):
    second = small.under_another_plan(1).lock()
    third = small.under_another_plan(2).lock()
    assert (second.manifest["parent"], third.manifest["parent"]) == (locked.name, second.id)


def test_simulated_data_are_no_parents_and_have_none(small, locked):
    (small.transfer / "transfer.json").write_text('{"origin": "simulated"}')
    simulated = small.under_another_plan(1).lock()
    assert simulated.manifest["parent"] is None
    (small.transfer / "transfer.json").unlink()
    assert small.under_another_plan(2).lock().manifest["parent"] == locked.name


def test_neither_parent_nor_reason_changes_the_id(small, locked, tmp_path):
    other = create_lock(
        write_received(tmp_path / "other"), small.plan, small.root, tmp_path / "locks", reason="another reason"
    )
    assert other.id == locked.name
    assert other.manifest["reason"] != read_manifest(locked)["reason"]


def test_the_same_data_locked_again_are_in_force_again(small, locked):
    unlock(locked, name="Jane Doe", reason=REASON)
    again = small.lock(reason="the query was withdrawn")
    assert (again.path, again.created) == (locked, False)
    assert unlocking(locked) is None
    assert open_lock(locked, small.plan).id == locked.name
    assert [event for event, _, _ in events(small)] == ["lock begun", "lock", "unlock", "relock"]
    assert events(small)[-1] == ("relock", locked.name, "the query was withdrawn")
    unlock(locked, name="Jane Doe", reason="another query")
    assert unlocking(locked)["reason"] == "another query"


def test_a_lock_is_not_unlocked_twice(locked):
    unlock(locked, name="Jane Doe", reason=REASON)
    with pytest.raises(UsageError, match=r"was unlocked on .* by Jane Doe"):
        unlock(locked, name="Bob Roe", reason="me, too")


@pytest.mark.parametrize(("name", "reason"), [("", REASON), ("Jane Doe", " ")])
def test_an_unlocking_needs_a_name_and_a_reason(small, locked, name, reason):
    with pytest.raises(UsageError, match="needs a name and a reason"):
        unlock(locked, name=name, reason=reason)
    assert unlocking(locked) is None
    assert [event for event, _, _ in events(small)] == ["lock begun", "lock"]


def test_an_unlocking_cannot_be_edited_or_taken_away(small, locked):
    unlock(locked, name="Jane Doe", reason=REASON)
    path = locked / "status" / "001.json"
    record = json.loads(path.read_text("utf-8"))
    path.chmod(0o644)
    path.write_text(json.dumps(record | {"state": "locked"}), "utf-8")
    with pytest.raises(IntegrityError, match=r"status/001\.json is not the one that the audit trail records"):
        open_lock(locked, small.plan)
    path.parent.chmod(0o755)
    path.unlink()
    with pytest.raises(IntegrityError, match=r"status/001\.json is missing"):
        open_lock(locked, small.plan)
