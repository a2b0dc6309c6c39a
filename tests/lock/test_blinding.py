"""Blinded, frozen, unblinded: what is refused when, and that nothing of it can be taken back unseen."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from csrbook.errors import IntegrityError, UsageError
from csrbook.lock.audit_trail import AUDIT_TRAIL, append, read
from csrbook.lock.blinding import freeze_plan, plan_state, record_unblinding
from csrbook.plan import load_plan
from csrbook.plan.freeze import FROZEN, read_records
from tests.plan.plans import write_study

NAME = "R. Fisher"


@pytest.fixture
def root(tmp_path):
    return write_study(tmp_path / "study")


@pytest.fixture
def locks(root):
    return root / "locks"


def freeze(root, locks, reason=""):
    return freeze_plan(load_plan(root), root, locks, NAME, reason)


def unblind(root, locks):
    return record_unblinding(
        load_plan(root), root, locks, name=NAME, reason="Database lock", codes_sha256="sha256:1", parent=""
    )


def change_plan(root):
    path = root / "sap" / "outputs.yaml"
    path.write_text(path.read_text("utf-8").replace("weeks: [4, 8, 12]", "weeks: [4, 8, 16]"), "utf-8")


def test_a_study_begins_blinded(root, locks):
    assert plan_state(root, locks).lines == ("State: blinded", "Plan: not frozen")
    assert not locks.exists()


def test_a_freeze_is_recorded_in_the_plan_and_in_the_audit_trail(root, locks):
    record, made = freeze(root, locks)
    assert made
    assert read_records(root) == (record,)
    assert (record.name, record.plan_sha256) == (NAME, load_plan(root).hash)
    assert set(record.programs) == {"T14.1.1.1"}
    (entry,) = read(locks)
    assert (entry.event, entry.details["record"], entry.details["name"]) == ("plan freeze", record.hash, NAME)
    state = plan_state(root, locks)
    assert (state.state, state.version, state.freeze) == ("frozen", 1, record)


def test_freezing_the_same_plan_again_adds_nothing(root, locks):
    record, _ = freeze(root, locks)
    assert freeze(root, locks) == (record, False)
    assert len(read(locks)) == 1


def test_another_freeze_needs_a_reason_and_follows_the_first(root, locks):
    first, _ = freeze(root, locks)
    change_plan(root)
    with pytest.raises(UsageError, match="needs a reason"):
        freeze(root, locks)
    second, made = freeze(root, locks, "week 16")
    assert made
    assert (second.number, second.previous, second.reason) == (2, first.hash, "week 16")
    assert plan_state(root, locks).version == 2


def test_two_freezes_at_once_follow_each_other(root, locks):
    freeze(root, locks)
    change_plan(root)
    with ThreadPoolExecutor(2) as pool:
        made = [task.result()[1] for task in [pool.submit(freeze, root, locks, name) for name in ("one", "two")]]
    assert sorted(made) == [False, True]
    assert len(read_records(root)) == 2


def test_the_codes_stay_closed_while_the_plan_is_not_frozen(root, locks):
    with pytest.raises(UsageError, match="not frozen"):
        unblind(root, locks)
    assert read_records(root) == ()


def test_the_codes_stay_closed_while_plan_or_programs_differ_from_the_frozen(root, locks):
    freeze(root, locks)
    (root / "analyses" / "demography.py").write_text("MORE = 1\n", "utf-8")
    change_plan(root)
    with pytest.raises(UsageError, match="changed since they were frozen") as caught:
        unblind(root, locks)
    assert "output T14.2.1.1: changed" in caught.value.where
    assert "program of T14.1.1.1: changed" in caught.value.where
    assert plan_state(root, locks).state == "frozen"


def test_unblinding_is_recorded_once_and_ends_freezing(root, locks):
    first, _ = freeze(root, locks)
    record = unblind(root, locks)
    assert (record.previous, record.codes_sha256, record.reason) == (first.hash, "sha256:1", "Database lock")
    assert [entry.event for entry in read(locks)] == ["plan freeze", "unblind"]
    state = plan_state(root, locks)
    assert (state.state, state.freeze) == ("unblinded", first)
    with pytest.raises(UsageError, match="known since"):
        unblind(root, locks)
    change_plan(root)
    with pytest.raises(UsageError, match="cannot be frozen: the treatment codes are known since"):
        freeze(root, locks, "too late")
    assert len(read_records(root)) == 2


def test_without_the_locks_the_plan_still_says_that_the_codes_are_known(root, locks):
    freeze(root, locks)
    unblind(root, locks)
    (locks / AUDIT_TRAIL).unlink()
    assert plan_state(root, locks).state == "unblinded"


@pytest.mark.parametrize("kept", [0, 1])
def test_records_cannot_be_taken_out_of_the_plan_unseen(root, locks, kept):
    freeze(root, locks)
    unblind(root, locks)
    path = root / FROZEN
    content = json.loads(path.read_text("utf-8"))
    del content["records"][kept:]
    path.write_text(json.dumps(content), "utf-8")
    # The chain that is left is sound in itself.
    assert len(read_records(root)) == kept
    with pytest.raises(IntegrityError, match="lacks the record") as caught:
        plan_state(root, locks)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("codes", "origin", "expected"),
    [("real", "received", "unblinded"), ("real", "simulated", "blinded"), ("dummy", "received", "blinded")],
)
def test_a_lock_of_received_data_with_real_codes_makes_them_known(root, locks, codes, origin, expected):
    append(locks, "lock", id="L1", treatment_codes=codes, origin=origin)
    assert plan_state(root, locks).state == expected
    if expected == "unblinded":
        with pytest.raises(UsageError, match=r"known since .* \(lock L1\)"):
            freeze(root, locks)


def test_a_plan_that_cannot_be_written_is_a_plain_error(root, locks, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("csrbook.lock.blinding.os.fsync", full)
    with pytest.raises(UsageError, match="cannot be recorded: No space left"):
        freeze(root, locks)
    assert read_records(root) == ()
    assert not [path.name for path in (root / "sap").iterdir() if path.name.startswith(".frozen")]
