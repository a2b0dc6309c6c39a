"""What the commands do that make, sign, verify, open and compare locks, told on the console."""

from __future__ import annotations

import contextlib
import getpass
import os
import sys
from typing import TYPE_CHECKING

from csrbook.errors import IntegrityError, UsageError
from csrbook.pipeline.progress import Progress
from csrbook.pipeline.study import find_study

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from csrbook.lock import LockedData
    from csrbook.lock.difference import DatasetDifference
    from csrbook.pipeline.study import StudyFolder

__all__ = [
    "attach_time_stamp",
    "compare_two_locks",
    "lock_transfer",
    "locked",
    "make_key",
    "opened",
    "print_audit_trail",
    "query_time_stamp",
    "sign_study",
    "unlock_study",
    "verify_study",
]

PASSPHRASE = "CSRBOOK_PASSPHRASE"  # noqa: S105 - the name of a variable of the environment
CHANGE_COLUMNS = ("Dataset", "Change", "Key", "Variable", "Old", "New")


def lock_transfer(
    folder: Path,
    transfer: Path,
    codes: Path | None = None,
    *,
    dry_run: bool = False,
    parent: str | None = None,
    reason: str = "",
) -> None:
    """Validate and lock a transfer, in a dry run with dummy treatment codes."""
    from csrbook.lock import create_lock
    from csrbook.pipeline.lock_summary import summary
    from csrbook.pipeline.validation import tell_rejected

    progress = Progress()
    study = find_study(folder)
    with progress.stage("Lock") as note:
        lock = create_lock(
            transfer,
            study.plan,
            study.root,
            study.locks,
            parent=parent,
            reason=reason,
            dry_run=dry_run,
            codes=codes,
            told=lambda validation: tell_rejected(study, validation),
        )
        note(lock.summary)
    print(summary(lock, study.plan))
    progress.say(f"Lock: {lock.id}")


def verify_study(folder: Path, lock_id: str | None, ca: Path | None = None) -> None:
    """Verify locks, their signatures, the audit trail and the published pages."""
    from csrbook.lock import find_lock, list_locks
    from csrbook.lock.audit_trail import inspect
    from csrbook.lock.blinding import plan_state, require_frozen_record
    from csrbook.lock.ledger import lost_locks
    from csrbook.pipeline.lock_summary import standing
    from csrbook.pipeline.versions import verify_version

    progress = Progress()
    study = find_study(folder)
    chosen = [find_lock(study.locks, lock_id)] if lock_id else list_locks(study.locks)
    trail = inspect(study.locks)
    if not lock_id and (lost := lost_locks(study.locks, trail)):
        raise IntegrityError(f"a lock is gone: {', '.join(lost)}", "locks/", "restore it from its copy")
    if not chosen:
        raise UsageError("there is no lock to verify", "locks/", "make one by `csrbook lock TRANSFER`")
    for path in chosen:
        with progress.stage(f"Lock {path.name}") as note:
            data = opened(study, path, content=True, unlocked_too=True, ca=ca)
            require_frozen_record(data.manifest, study.root)
            versions = sorted(p for p in (study.outputs / path.name).glob("v*") if p.is_dir())
            for version in versions:
                verify_version(version)
            note(f"intact; {len(versions)} published versions intact")
        for line in standing(path, study.plan, trail):
            progress.say(f"  {line}")
    for line in plan_state(study.root, study.locks).lines:
        progress.say(line)
    progress.say(f"Audit trail: {len(trail.entries)} entries, unbroken; the last is {trail.head}")
    for line in trail.torn:
        progress.say(f"  {line}; nothing that was recorded is lost")


def opened(
    study: StudyFolder, path: Path, *, content: bool = False, unlocked_too: bool = False, ca: Path | None = None
) -> LockedData:
    """The data of a lock that verifies; that one does not goes into the audit trail."""
    from csrbook.lock import open_lock
    from csrbook.lock.audit_trail import append

    try:
        return open_lock(
            path, study.plan, content=content, unlocked_too=unlocked_too, ca=None if ca is None else _bytes(ca)
        )
    except IntegrityError as error:
        # Where the trail itself cannot be written, what was found is told all the same.
        with contextlib.suppress(OSError, IntegrityError):
            append(study.locks, "verification failed", id=path.name, found=f"{error.what}\n{error.where}")
        raise


def locked(study: StudyFolder, lock_id: str | None) -> LockedData:
    """The data of the lock with this id, or of the newest, which verify."""
    from csrbook.lock import find_lock

    return opened(study, find_lock(study.locks, lock_id))


def make_key(name: str, out: Path, *, protect: bool) -> None:
    """Make a signer's key."""
    from csrbook.lock.keys import new_key

    public = new_key(out, _new_passphrase() if protect else os.environ.get(PASSPHRASE, ""))
    print(f"Private key: {out}. Keep it where only you can read it.")
    print("Public key, for sap/study.yaml:\n")
    print(f'signatories:\n  - name: "{name}"\n    role: ""\n    public_key: {public}')


def sign_study(
    folder: Path, lock_id: str, key: Path, name: str, meaning: str, token: Path | None, ca: Path | None
) -> None:
    """Verify a lock and sign it."""
    from csrbook.lock import find_lock
    from csrbook.lock.keys import is_protected, load_key
    from csrbook.lock.signatures import missing_signatories, sign_lock

    progress = Progress()
    study = find_study(folder)
    path = find_lock(study.locks, lock_id)
    secret = load_key(key, _passphrase() if is_protected(key) else "")
    with progress.stage(f"Lock {path.name}") as note:
        opened(study, path, content=True)
        note("verified")
    if token is not None:
        _attach(path, token, ca, progress)
    signature = sign_lock(path, study.plan, secret, name=name, meaning=meaning)
    progress.say(f"Signed: {signature}")
    for signatory in missing_signatories(path, study.plan):
        progress.say(f"Not signed yet by {signatory.name}{f', {signatory.role}' if signatory.role else ''}")


def query_time_stamp(folder: Path, lock_id: str, out: Path, signature: int | None) -> None:
    """Write the query for a time stamp."""
    from csrbook.lock import find_lock
    from csrbook.lock.manifest import MANIFEST
    from csrbook.lock.records import record_name
    from csrbook.lock.timestamps import query

    study = find_study(folder)
    path = find_lock(study.locks, lock_id)
    opened(study, path)
    of = MANIFEST if signature is None else record_name("signatures", signature)
    data = query(path, of)
    try:
        with out.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise UsageError("there is a file already; it is not overwritten", str(out), "name a new file") from error
    print(f"Query for {of} of {path.name}: {out}")
    print(f"Send it to a time-stamping authority, then: csrbook timestamp attach {path.name} REPLY --ca CERTIFICATE")


def attach_time_stamp(folder: Path, lock_id: str, reply: Path, ca: Path) -> None:
    """Verify a time stamp and add it to its lock."""
    from csrbook.lock import find_lock

    study = find_study(folder)
    path = find_lock(study.locks, lock_id)
    opened(study, path)
    _attach(path, reply, ca, Progress())


def _attach(path: Path, reply: Path, ca: Path | None, progress: Progress) -> None:
    from csrbook.lock.timestamps import attach_reply

    if ca is None:
        raise UsageError("a time stamp needs its authority's certificate", "--ca", "name the file with the root")
    progress.say(f"Time stamp: {attach_reply(path, _bytes(reply), _bytes(ca))}")


def unlock_study(folder: Path, lock_id: str, name: str, reason: str) -> None:
    """Take a lock out of force."""
    from csrbook.lock import find_lock
    from csrbook.lock.status import unlock

    study = find_study(folder)
    path = find_lock(study.locks, lock_id)
    opened(study, path, unlocked_too=True)
    record = unlock(path, name=name.strip(), reason=reason.strip())
    print(f"Unlocked: {path.name}, {record['at']}, {record['name']}: {record['reason']}")
    print("Nothing was deleted. Lock the corrected transfer by `csrbook lock TRANSFER`; it will name this lock.")


def print_audit_trail(folder: Path) -> None:
    """Print the audit trail; a broken one, too, and then say where it breaks."""
    from tabulate import tabulate

    from csrbook.lock.audit_trail import AUDIT_TRAIL, inspect

    study = find_study(folder)
    trail = inspect(study.locks)
    rows = []
    for entry in trail.entries:
        said = {k: v for k, v in entry.details.items() if k in ("name", "meaning", "version", "parent", "found") and v}
        words = "; ".join([*([entry.reason] if entry.reason else []), *(f"{k}: {v}" for k, v in said.items())])
        rows.append([entry.number, entry.at, entry.who, entry.event, entry.details.get("id", ""), words])
    head = ["", "Time (UTC)", "Account", "Event", "Lock", "Reason and details"]
    print(tabulate(rows, headers=head, maxcolwidths=[None, None, 12, 14, None, 40], disable_numparse=True))
    print(f"\nThe last line is {trail.head}")
    if trail.faults:
        where = "\n        ".join([f"locks/{AUDIT_TRAIL}", *trail.faults])
        raise IntegrityError("the audit trail was changed", where, "restore it from its copy")


def compare_two_locks(folder: Path, older: str, newer: str, out: Path | None, limit: int) -> None:
    """Print what changed from one lock to another; all of it as CSV where a file is named."""
    from tabulate import tabulate

    from csrbook.lock import find_lock, open_lock
    from csrbook.lock.difference import compare_locks

    study = find_study(folder)
    if out is not None and out.exists():
        raise UsageError("there is a file already; it is not overwritten", str(out), "name a new file")
    # They may have been made under other plans, and an unlocked one is what one wants to compare.
    sides = [open_lock(find_lock(study.locks, name), unlocked_too=True) for name in (older, newer)]
    differences = compare_locks(*sides)
    if all(difference.same for difference in differences):
        print(f"{sides[0].id} and {sides[1].id} hold the same data.")
        return
    rows = [
        [
            d.name,
            f"{d.records[0]:,}",
            f"{d.records[1]:,}",
            f"{len(d.added):,}",
            f"{len(d.removed):,}",
            f"{d.records_changed:,}",
            f"{d.values_changed:,}",
            f"{len(d.subjects_added):,}",
            f"{len(d.subjects_removed):,}",
        ]
        for d in differences
        if not d.same
    ]
    records = [f"Records\n{side.id}" for side in sides]
    head = [
        "Dataset",
        *records,
        "Added",
        "Removed",
        "Changed",
        "Values\nchanged",
        "Subjects\nadded",
        "Subjects\nremoved",
    ]
    print(tabulate(rows, headers=head, colalign=("left", *["right"] * 8), disable_numparse=True))
    for difference in differences:
        for verb, names in (("added", difference.variables_added), ("removed", difference.variables_removed)):
            if names:
                print(f"{difference.name}: {', '.join(names)} {verb}")
    _print_changes(differences, limit)
    if out is not None:
        _write_changes(differences, out)
        print(f"\nAll changes: {out}")


def _print_changes(differences: Sequence[DatasetDifference], limit: int) -> None:
    from itertools import chain, islice

    from tabulate import tabulate

    shown = list(islice(chain.from_iterable(d.changes() for d in differences), limit))
    rows = [[c.dataset, c.kind, c.key, c.variable, c.old, c.new] for c in shown]
    widths = [None, None, 34, None, 20, 20]
    if rows:
        print(f"\n{tabulate(rows, headers=CHANGE_COLUMNS, maxcolwidths=widths, disable_numparse=True)}")
    total = sum(len(d.added) + len(d.removed) + d.values_changed for d in differences)
    if total > len(shown):
        print(f"… and {total - len(shown):,} more: --csv FILE writes all, --limit N prints more")


def _write_changes(differences: Sequence[DatasetDifference], out: Path) -> None:
    from csrbook.data.csv_export import csv_text

    changes = (change for difference in differences for change in difference.changes())
    rows = ([c.dataset, c.kind, c.key, c.variable, c.old, c.new] for c in changes)
    with out.open("x", encoding="utf-8", newline="") as file:
        file.write(csv_text(CHANGE_COLUMNS, rows))


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise UsageError("there is no such file", str(path), "name the file")
    return path.read_bytes()


def _passphrase() -> str:
    if (given := os.environ.get(PASSPHRASE)) is not None:
        return given
    if not sys.stdin.isatty():
        raise UsageError("the key needs its passphrase", PASSPHRASE, f"set {PASSPHRASE}, or run this in a terminal")
    return getpass.getpass("Passphrase of the key: ")


def _new_passphrase() -> str:
    first = _passphrase()
    if PASSPHRASE not in os.environ and getpass.getpass("Once more: ") != first:
        raise UsageError("the two passphrases differ", "--passphrase", "run the command again")
    if not first:
        raise UsageError("the passphrase is empty", "--passphrase", "give one, or leave the option out")
    return first
