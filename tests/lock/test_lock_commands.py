"""The commands of a database lock, as a data manager types them."""

from __future__ import annotations

import csv
import re
import shutil
import sys

import pytest

from csrbook import __main__ as program
from csrbook.lock import list_locks
from csrbook.lock.audit_trail import AUDIT_TRAIL, read
from csrbook.lock.staging import remove_tree
from csrbook.lock.timestamps import can_verify

from .authority import Authority

REASON = "query 17: the age of ZP-001 was wrong"


@pytest.fixture
def csrbook(small, tmp_path, monkeypatch, capsys):
    """Runs a command in the study's folder; its exit code and all it said."""
    monkeypatch.chdir(small.root)
    monkeypatch.setattr(program.environment, "fix", lambda: None)
    monkeypatch.delenv("CSRBOOK_PASSPHRASE", raising=False)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["csrbook", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            program.main()
        said = capsys.readouterr()
        return ended.value.code, said.out + said.err

    return run


def succeed(csrbook, *arguments):
    code, said = csrbook(*arguments)
    assert code == 0, said
    return said


def test_a_lock_tells_a_data_manager_what_was_locked(small, locked, csrbook):
    remove_tree(small.locks)
    said = succeed(csrbook, "lock", "data/received")
    assert re.search(r"^ADSL +42 +42 +adsl\.parquet +[0-9a-f]{12} +[0-9a-f]{12}$", said, re.MULTILINE)
    assert re.search(r"^ADTTE +40 +40 +adtte\.parquet", said, re.MULTILINE)
    assert re.search(r"^ADAE +7 +6 +adae\.parquet", said, re.MULTILINE)
    # Console and progress both begin a line with "Lock"; the console comes first.
    told = dict(reversed(re.findall(r"^(\S.*?) {2,}(\S.*)$", said, re.MULTILINE)))
    assert told["Lock"].startswith(f"{locked.name}, made now")
    assert told["Study"] == "DRKS00000002"
    assert told["Data"] == "received, with the real treatment codes"
    # 25,600 days after 1960-01-01.
    assert told["Data cut-off"] == "2030-02-02"
    assert told["Rules"] == "1 hold, 0 to review, 0 waived"
    assert told["Former lock"] == "none"
    assert told["Audit trail ends"] == read(small.locks)[-1].hash
    assert told["Next"] == f'csrbook sign {locked.name} --key FILE --name "NAME" --meaning "…"'
    assert f"Lock: {locked.name}" in said


def test_the_long_form_and_options_before_the_transfer_do_the_same(small, locked, csrbook, tmp_path):
    for command in (
        ["lock", "create", "data/received"],
        ["lock", "--study", small.root, "data/received"],
        ["lock", "--reason", "once more", "data/received"],
    ):
        assert f"{locked.name}, made before" in succeed(csrbook, *command)
    code, said = csrbook("lock", "--help")
    assert code == 0
    assert "create" in said
    assert "diff" in said


def test_from_key_to_signature_to_verification(small, locked, csrbook, tmp_path):
    said = succeed(csrbook, "keys", "new", "Jane Doe", "--out", tmp_path / "jane.pem")
    (public,) = re.findall(r"ed25519:\S+", said)
    plan = small.root / "sap" / "study.yaml"
    text = plan.read_text("utf-8")
    block = said.split("\n\n")[1].replace('role: ""', "role: Trial statistician")
    plan.write_text(f"{text.rstrip()}\n{block}", "utf-8")
    assert public in plan.read_text("utf-8")
    # The plan changed, so it is locked under the new one.
    code, said = csrbook("verify")
    assert code == 3
    assert "the plan was changed after the lock" in said
    said = succeed(csrbook, "lock", "data/received", "--reason", "the plan names who signs")
    (new,) = (path.name for path in list_locks(small.locks) if path != locked)
    assert f"{locked.name}\nReason            the plan names who signs" in re.sub(" +\n", "\n", said)
    assert "not signed yet by Jane Doe, Trial statistician" in succeed(csrbook, "verify", "--lock", new)
    meaning = "approved the database for analysis"
    arguments = ["sign", new[:8], "--key", tmp_path / "jane.pem", "--meaning", meaning]
    assert csrbook(*arguments, "--name", "Eve")[0] == 2
    assert "Signed: Jane Doe, Trial statistician, 2" in succeed(csrbook, *arguments, "--name", "Jane Doe")
    said = succeed(csrbook, "verify", "--lock", new)
    assert re.search(rf'signed by Jane Doe, Trial statistician, \S+Z: "{meaning}"', said)
    assert "not signed yet" not in said
    assert re.search(r"Audit trail: \d entries, unbroken; the last is sha256:", said)


def test_a_protected_key_needs_its_passphrase(small, locked, csrbook, tmp_path, monkeypatch):
    key = tmp_path / "jane.pem"
    arguments = ["sign", locked.name, "--key", key, "--name", "Jane Doe", "--meaning", "approved"]
    monkeypatch.setenv("CSRBOOK_PASSPHRASE", "correct horse")
    succeed(csrbook, "keys", "new", "Jane Doe", "--out", key, "--passphrase")
    monkeypatch.setenv("CSRBOOK_PASSPHRASE", "incorrect")
    code, said = csrbook(*arguments)
    assert (code, "the passphrase is wrong" in said) == (2, True)
    monkeypatch.setenv("CSRBOOK_PASSPHRASE", "correct horse")
    succeed(csrbook, *arguments)
    monkeypatch.delenv("CSRBOOK_PASSPHRASE")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    code, said = csrbook(*arguments)
    assert (code, "the key needs its passphrase" in said) == (2, True)


@pytest.mark.skipif(shutil.which("openssl") is None or not can_verify(), reason="nothing to stamp with")
def test_from_query_to_time_stamp(small, locked, csrbook, tmp_path):
    authority = Authority(tmp_path / "authority")
    query, reply, root = tmp_path / "query.tsq", tmp_path / "reply.tsr", tmp_path / "authority" / "root.pem"
    succeed(csrbook, "timestamp", "request", locked.name, "--out", query)
    assert csrbook("timestamp", "request", locked.name, "--out", query)[0] == 2
    reply.write_bytes(authority.reply(query.read_bytes()))
    said = succeed(csrbook, "timestamp", "attach", locked.name, reply, "--ca", root)
    assert "Time stamp: manifest.json existed at 2" in said
    assert "time stamp: manifest.json existed at 2" in succeed(csrbook, "verify", "--ca", root)
    succeed(csrbook, "keys", "new", "Jane Doe", "--out", tmp_path / "jane.pem")
    signing = ["sign", locked.name, "--key", tmp_path / "jane.pem", "--name", "Jane Doe", "--meaning", "approved"]
    assert csrbook(*signing, "--timestamp-token", reply)[0] == 2
    said = succeed(csrbook, *signing, "--timestamp-token", reply, "--ca", root)
    assert "Time stamp: manifest.json existed at 2" in said
    assert [entry.event for entry in read(small.locks)][2:] == ["time stamp", "time stamp", "sign"]


def test_from_unlocking_to_a_new_lock_and_what_differs(small, locked, csrbook, tmp_path):
    said = succeed(csrbook, "unlock", locked.name, "--name", "Jane Doe", "--reason", REASON)
    assert f"Unlocked: {locked.name}" in said
    assert "unlocked 2" in succeed(csrbook, "verify")
    code, said = csrbook("run", "--lock", locked.name)
    assert (code, f"by Jane Doe: {REASON}" in said) == (2, True)
    code, said = csrbook("render")
    assert (code, f"by Jane Doe: {REASON}" in said) == (2, True)
    small.change("ADSL", 0, "AGE", 61.0)
    small.change("ADAE", 0, "AETERM", '=HYPERLINK("x")')
    said = succeed(csrbook, "lock", "data/received")
    assert f"Former lock       {locked.name}" in said
    assert REASON in said
    (new,) = (path.name for path in list_locks(small.locks) if path != locked)
    said = succeed(csrbook, "lock", "diff", locked.name, new, "--csv", tmp_path / "changes.csv")
    assert re.search(r"^ADSL +42 +42 +0 +0 +1 +1 +0 +0$", said, re.MULTILINE)
    assert re.search(r"^ADSL +changed +USUBJID=ZP-001 +AGE +\d\d +61$", said, re.MULTILINE)
    rows = list(csv.reader((tmp_path / "changes.csv").open(encoding="utf-8")))
    assert rows[0] == ["Dataset", "Change", "Key", "Variable", "Old", "New"]
    assert rows[1][:4] == ["ADSL", "changed", "USUBJID=ZP-001", "AGE"]
    assert rows[2][-1] == '\'=HYPERLINK("x")', "no spreadsheet may take it for a formula"
    assert csrbook("lock", "diff", locked.name, new, "--csv", tmp_path / "changes.csv")[0] == 2
    assert "… and 1 more" in succeed(csrbook, "lock", "diff", locked.name, new, "--limit", "1")
    assert "hold the same data" in succeed(csrbook, "lock", "diff", new, new)
    said = succeed(csrbook, "audit")
    events = re.findall(r"^ *\d+ +\S+Z +\S+ +(\w+(?: \w+)?) {2,}L", said, re.MULTILINE)
    assert events == ["lock begun", "lock", "unlock", "lock begun", "lock"]


def test_verification_names_what_changed_and_the_trail_keeps_that(small, locked, csrbook):
    path = locked / "data" / "ADSL.parquet"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1])
    code, said = csrbook("verify")
    assert code == 3
    assert "data/ADSL.parquet was changed after the lock" in said
    entry = read(small.locks)[-1]
    assert (entry.event, entry.details["id"]) == ("verification failed", locked.name)
    assert "ADSL.parquet was changed" in entry.details["found"]


def test_a_lost_lock_is_missed(small, locked, csrbook):
    other = small.under_another_plan(1).lock()
    remove_tree(other.path)
    code, said = csrbook("verify")
    assert (code, f"a lock is gone: {other.id}" in said) == (3, True)


def test_a_broken_trail_is_printed_and_named(small, locked, csrbook):
    trail = small.locks / AUDIT_TRAIL
    trail.write_text(trail.read_text("utf-8").replace('"received"', '"simulated"'), "utf-8")
    code, said = csrbook("audit")
    assert code == 3
    assert "audit.jsonl, line 2: it was changed" in said
    for command in (["verify"], ["lock", "data/received"]):
        code, said = csrbook(*command)
        assert (code, "audit.jsonl, line 2: it was changed" in said) == (3, True)
