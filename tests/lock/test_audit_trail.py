"""The audit trail: whatever is done to it shows, whatever a crash does to it loses nothing."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from csrbook.errors import IntegrityError
from csrbook.lock import audit_trail
from csrbook.lock.audit_trail import AUDIT_TRAIL, START, TORN, append, check, inspect, read

ROOT = Path(__file__).parents[2]


@pytest.fixture
def locks(tmp_path):
    """A trail of four entries."""
    folder = tmp_path / "locks"
    append(folder, "lock", id="L1", records=3)
    append(folder, "sign", id="L1", name="Zoë Müller", meaning="approved")
    append(folder, "unlock", reason='a "late" query', id="L1")
    append(folder, "lock", id="L2")
    return folder


def lines(folder):
    return (folder / AUDIT_TRAIL).read_bytes().splitlines(keepends=True)


def rewrite(folder, data):
    (folder / AUDIT_TRAIL).write_bytes(data if isinstance(data, bytes) else b"".join(data))


def test_what_was_appended_is_read_again(locks):
    entries = read(locks)
    assert [(entry.number, entry.event) for entry in entries] == [(1, "lock"), (2, "sign"), (3, "unlock"), (4, "lock")]
    assert entries[1].details == {"id": "L1", "name": "Zoë Müller", "meaning": "approved"}
    assert entries[2].reason == 'a "late" query'
    assert all(entry.who and len(entry.at) == len("2026-03-01T12:00:00Z") for entry in entries)
    assert check(locks) == []


def test_the_chain_is_the_one_that_the_documentation_describes(locks):
    """By hand, with the standard library: each hash is SHA-256 of the other fields as sorted, compact ASCII JSON."""
    import hashlib

    previous = f"sha256:{64 * '0'}"
    for line in lines(locks):
        assert line.isascii()
        entry = json.loads(line)
        stated = entry.pop("hash")
        assert entry["previous"] == previous
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
        assert stated == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
        previous = stated


def test_no_trail_is_an_empty_one(tmp_path):
    assert read(tmp_path / "locks") == []
    assert check(tmp_path / "locks") == []
    assert inspect(tmp_path / "locks").head == START


def test_a_changed_byte_is_noticed_anywhere(locks):
    whole = (locks / AUDIT_TRAIL).read_bytes()
    head = {"lock L2": inspect(locks).head}
    for position in range(0, len(whole), 5):
        data = bytearray(whole)
        data[position] ^= 1
        rewrite(locks, bytes(data))
        assert check(locks, head), position


@pytest.mark.parametrize(
    ("edit", "faults"),
    [
        (lambda rows: [rows[0], rows[1].replace(b"approved", b"reviewed"), *rows[2:]], ["line 2: it was changed"]),
        (lambda rows: [rows[0], rows[1].replace(b",", b", ", 1), *rows[2:]], ["line 2: it was changed"]),
        (lambda rows: [rows[0], *rows[2:]], ["line 2: it does not follow"]),
        (lambda rows: rows[1:], ["line 1: it does not follow"]),
        (lambda rows: [rows[0], rows[0], *rows[1:]], ["line 2: it does not follow"]),
        (lambda rows: [rows[0], rows[2], rows[1], rows[3]], ["line 2: it does", "line 3: it does", "line 4: it does"]),
        (lambda rows: [rows[0], b"{}\n", *rows[1:]], ["line 2: it is no entry"]),
        (lambda rows: [rows[0], b"noise\n", *rows[1:]], ["line 3: what lies between"]),
        (lambda rows: [rows[0], rows[1][:-9] + b"\n", *rows[2:]], ["line 3: it does not follow"]),
    ],
    ids=["value", "blank", "out", "first out", "twice", "swapped", "empty", "noise", "shortened"],
)
def test_the_line_where_the_chain_breaks_is_named(locks, edit, faults):
    rewrite(locks, edit(lines(locks)))
    found = check(locks)
    assert len(found) == len(faults)
    for said, expected in zip(found, faults, strict=True):
        assert said.startswith(f"{AUDIT_TRAIL}, {expected}")


def test_a_rehashed_line_breaks_the_chain_behind_it(locks):
    rows = lines(locks)
    entry = json.loads(rows[1])
    entry["details"]["meaning"] = "reviewed"
    entry["hash"] = audit_trail._digest(audit_trail._canonical({k: v for k, v in entry.items() if k != "hash"}))
    rewrite(locks, [rows[0], audit_trail._canonical(entry) + b"\n", *rows[2:]])
    (fault,) = check(locks)
    assert fault.startswith(f"{AUDIT_TRAIL}, line 3: it does not follow")


def test_a_trail_cut_short_is_sound_but_lacks_the_line_that_others_remember(locks):
    head = inspect(locks).head
    rewrite(locks, lines(locks)[:3])
    assert check(locks) == []
    (fault,) = check(locks, {"lock L2": head})
    assert "lacks the line that lock L2 names" in fault


def test_a_trail_torn_anywhere_loses_no_entry_and_goes_on(locks):
    whole = (locks / AUDIT_TRAIL).read_bytes()
    before = read(locks)
    ends = [len(b"".join(lines(locks)[:n])) for n in range(len(before) + 1)]
    near = {end + step for end in ends for step in (-2, -1, 0, 1) if 0 <= end + step < len(whole)}
    for cut in sorted(near | set(range(0, len(whole), 31))):
        rewrite(locks, whole[:cut])
        # An entry whose line end alone is missing was written.
        count = sum(end - 1 <= cut for end in ends[1:])
        trail = inspect(locks)
        assert (list(trail.entries), trail.faults) == (before[:count], ())
        assert bool(trail.torn) == bool(trail.loose) == (cut not in {*ends, *(end - 1 for end in ends)})
        append(locks, "again")
        after = inspect(locks)
        assert after.faults == ()
        assert list(after.entries[:count]) == before[:count]
        assert [entry.event for entry in after.entries[count:]] == [TORN] * bool(trail.torn) + ["again"]
        assert (locks / AUDIT_TRAIL).read_bytes().startswith(whole[:cut]), "a torn line is never rewritten"


def test_a_trail_torn_again_while_the_torn_line_is_sealed(locks):
    rewrite(locks, (locks / AUDIT_TRAIL).read_bytes()[:-30])
    first = (locks / AUDIT_TRAIL).read_bytes()
    append(locks, "again")
    second = (locks / AUDIT_TRAIL).read_bytes()
    for cut in (*range(len(first), len(second), 31), len(second) - 2, len(second) - 1):
        rewrite(locks, second[:cut])
        append(locks, "once more")
        trail = inspect(locks)
        assert trail.faults == ()
        assert trail.entries[-1].event == "once more"


def test_a_torn_line_that_is_edited_after_it_was_sealed(locks):
    rewrite(locks, (locks / AUDIT_TRAIL).read_bytes()[:-30])
    append(locks, "again")
    rows = lines(locks)
    rewrite(locks, [*rows[:3], rows[3].replace(b"L2", b"L3"), *rows[4:]])
    (fault,) = check(locks)
    assert fault == f"{AUDIT_TRAIL}, line 5: what lies between it and the entry before it is not what a crash left"


def test_a_full_disk_leaves_what_was_there(locks, monkeypatch):
    before = read(locks)
    write = os.write

    def full(descriptor, data):
        if len(data) < 40:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:40])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        append(locks, "sign", id="L2")
    monkeypatch.undo()
    trail = inspect(locks)
    assert (list(trail.entries), trail.faults, len(trail.torn)) == (before, (), 1)
    append(locks, "sign", id="L2")
    assert check(locks) == []
    assert [entry.event for entry in read(locks)[4:]] == [TORN, "sign"]


def test_processes_that_append_at_once_make_one_chain(tmp_path):
    code = (
        "import sys, pathlib; from csrbook.lock.audit_trail import append\n"
        "for n in range(25): append(pathlib.Path(sys.argv[1]), 'sign', by=sys.argv[2], n=n)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", code, str(tmp_path / "locks")]
    both = [subprocess.Popen([*command, name], env=env) for name in ("a", "b", "c")]
    assert [process.wait(timeout=60) for process in both] == [0, 0, 0]
    entries = read(tmp_path / "locks")
    assert check(tmp_path / "locks") == []
    assert sorted((entry.details["by"], entry.details["n"]) for entry in entries) == [
        (name, n) for name in "abc" for n in range(25)
    ]


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), lambda p: p.symlink_to("elsewhere")], ids=["folder", "link"])
def test_a_trail_that_is_no_regular_file_is_refused(tmp_path, make):
    make(tmp_path / AUDIT_TRAIL)
    for act in (lambda: append(tmp_path, "sign"), lambda: read(tmp_path)):
        with pytest.raises(IntegrityError, match="no regular file"):
            act()


def test_a_value_that_json_does_not_know_writes_nothing(locks):
    before = (locks / AUDIT_TRAIL).read_bytes()
    with pytest.raises(ValueError, match="not JSON compliant"):
        append(locks, "sign", value=float("nan"))
    assert (locks / AUDIT_TRAIL).read_bytes() == before
