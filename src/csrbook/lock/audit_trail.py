"""The audit trail of a folder of locks: who did what, when and why, in a chain that no one edits unseen.

``locks/audit.jsonl`` holds one line of JSON an event, written once and never again. Each line holds the hash of the
line before it and its own, so a line that is changed, taken out or put in breaks the chain there (21 CFR 11.10(e)).

A line is appended in one write and forced to the disk while other writers wait. A crash in the middle of the write
leaves the beginning of a line. It stays where it is: the next writer ends it and seals it by an entry ``torn line``
with the hash of what was left.

The chain alone cannot show that lines at its end were cut off. Each lock and each signature therefore holds the hash of
the last line at its time (the *head*), and a trail without that line is reported (``check(locks_dir, heads)``). Lines
after the last head so recorded can be cut off unseen by one who may write the folder, and one who may write all of it
can make a new chain and new manifests. Against that hold only what lies elsewhere: a signature's key, a time stamp, a
head that was written down (``csrbook lock`` prints it).
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from csrbook.errors import IntegrityError
from csrbook.lock.file_lock import exclusive, sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = [
    "AUDIT_TRAIL",
    "START",
    "TORN",
    "AuditTrail",
    "Entry",
    "Writer",
    "append",
    "check",
    "inspect",
    "read",
    "utc_now",
    "who",
    "writing",
]

AUDIT_TRAIL = "audit.jsonl"
START = f"sha256:{'0' * 64}"
"""Stands where the hash of the line before stands, in the first line."""
TORN = "torn line"


@dataclass(frozen=True)
class Entry:
    """One event."""

    number: int
    """From 1."""
    at: str
    """UTC, as in ``2026-03-01T12:00:00Z``."""
    who: str
    """The account that ran the command."""
    event: str
    """Such as ``lock``, ``sign``, ``unlock``."""
    reason: str
    """Why, in the words of whoever did it; empty where no reason is due."""
    details: Mapping[str, Any]
    """What the event concerns: the lock's id, hashes, a signer's name."""
    previous: str
    """Hash of the entry before, :data:`START` for the first."""
    hash: str
    """SHA-256 of the other fields as canonical JSON: keys sorted, no blanks, ASCII."""


@dataclass(frozen=True)
class AuditTrail:
    """What a trail holds and what is wrong with it."""

    entries: tuple[Entry, ...] = ()
    faults: tuple[str, ...] = ()
    """Where the chain breaks, by line; none in a sound trail."""
    torn: tuple[str, ...] = ()
    """What crashes left behind, by line. No fault: an event that was recorded is never lost by it."""
    loose: bytes = field(default=b"", repr=False)
    """The bytes after the last entry, which the next one seals."""
    ended: bool = True
    """Whether the last line has its line end."""

    @property
    def head(self) -> str:
        """Hash of the last entry."""
        return self.entries[-1].hash if self.entries else START


class Writer:
    """Appends to a trail while all others wait; made by :func:`writing`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.trail = self._read()
        """The trail as it stands."""

    def append(self, event: str, *, reason: str = "", **details: Any) -> Entry:
        """Record an event, as :func:`append` does."""
        if loose := self.trail.loose:
            loose += b"" if self.trail.ended else b"\n"
            self._write(TORN, "", {"bytes": len(loose), "sha256": _digest(loose)})
        return self._write(event, reason, details)

    def _write(self, event: str, reason: str, details: dict[str, Any]) -> Entry:
        last = self.trail.entries[-1] if self.trail.entries else None
        body: dict[str, Any] = {
            "number": last.number + 1 if last else 1,
            "at": utc_now(),
            "who": who(),
            "event": event,
            "reason": reason,
            "details": details,
            "previous": self.trail.head,
        }
        entry = Entry(**body, hash=_digest(_canonical(body)))
        data = (b"" if self.trail.ended else b"\n") + _canonical(vars(entry)) + b"\n"
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
            os.fsync(self._descriptor)
        except BaseException:
            self.trail = self._read()
            raise
        self.trail = replace(self.trail, entries=(*self.trail.entries, entry), loose=b"", ended=True)
        return entry

    def _read(self) -> AuditTrail:
        return _followed(os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0))


@contextmanager
def writing(locks_dir: Path) -> Iterator[Writer]:
    """Keep the trail to oneself, to do something and record it with nobody else in between.

    Parameters
    ----------
    locks_dir : Path
        The folder of the locks, made where it is missing.
    """
    locks_dir.mkdir(parents=True, exist_ok=True)
    path = locks_dir / AUDIT_TRAIL
    _regular(path)
    made = not path.exists()
    with exclusive(path) as descriptor:
        if made:
            # The file itself must outlive a crash, not only its lines.
            sync_folder(locks_dir)
        yield Writer(descriptor)


def append(locks_dir: Path, event: str, *, reason: str = "", **details: Any) -> Entry:
    """Record an event; when this returns, the entry is on the disk.

    Parameters
    ----------
    locks_dir : Path
        The folder of the locks, made where it is missing.
    event : str
        What was done, such as ``lock``.
    reason : str
        Why.
    **details
        Values that JSON knows.

    Returns
    -------
    Entry

    Raises
    ------
    OSError
        It cannot be written. What was there before is untouched.
    IntegrityError
        The trail is no regular file.

    Notes
    -----
    A broken chain is no reason to refuse an entry, since that would silence the record of what is done next. The break
    stays where it is, and :func:`check` names it.
    """
    with writing(locks_dir) as trail:
        return trail.append(event, reason=reason, **details)


def read(locks_dir: Path) -> list[Entry]:
    """The entries, oldest first; none where there is no trail."""
    return list(inspect(locks_dir).entries)


def check(locks_dir: Path, heads: Mapping[str, str] | None = None) -> list[str]:
    """What is wrong with a trail.

    Parameters
    ----------
    locks_dir : Path
        The folder of the locks.
    heads : mapping, optional
        The hash of the last line as others recorded it, by who did: ``{"lock L0123456789ab": "sha256:…"}``.

    Returns
    -------
    list of str
        One a fault, naming its line; empty for a sound trail.
    """
    trail = inspect(locks_dir)
    known = {START, *(entry.hash for entry in trail.entries)}
    lost = [name for name, digest in (heads or {}).items() if digest not in known]
    return [
        *trail.faults,
        *(f"{AUDIT_TRAIL}: it lacks the line that {name} names; lines were cut off or replaced" for name in lost),
    ]


def inspect(locks_dir: Path) -> AuditTrail:
    """Read a trail and follow its chain."""
    path = locks_dir / AUDIT_TRAIL
    _regular(path)
    return _followed(path.read_bytes()) if path.exists() else AuditTrail()


def utc_now() -> str:
    """The time as trail, manifest and signatures write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def who() -> str:
    """The account that runs this command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number without a name.
        return f"uid {os.getuid()}"


def _regular(path: Path) -> None:
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise IntegrityError("the audit trail is no regular file", str(path), "restore it from its copy")


def _followed(data: bytes) -> AuditTrail:
    """Follow the chain from line to line."""
    entries: list[Entry] = []
    faults: list[str] = []
    torn: list[str] = []
    loose = b""
    for number, line in enumerate(re.findall(rb"[^\n]*\n|[^\n]+", data), start=1):
        place = f"{AUDIT_TRAIL}, line {number}"
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            # What a crash leaves of a line lacks at least its last brace, and so is never whole JSON.
            loose += line
            torn.append(f"{place}: the beginning of a line, left by a crash")
            continue
        entry = _entry(found)
        if fault := _fault(line, entry, entries[-1] if entries else None, loose):
            faults.append(f"{place}: {fault}")
        if entry:
            entries.append(entry)
        loose = b""
    return AuditTrail(tuple(entries), tuple(faults), tuple(torn), loose, ended=not data or data.endswith(b"\n"))


def _entry(found: Any) -> Entry | None:
    if not isinstance(found, dict) or set(found) != set(Entry.__dataclass_fields__):
        return None
    texts = [found[name] for name in ("at", "who", "event", "reason", "previous", "hash")]
    sound = all(isinstance(text, str) for text in texts) and isinstance(found["details"], dict)
    return Entry(**found) if sound and isinstance(found["number"], int) else None


def _fault(line: bytes, entry: Entry | None, last: Entry | None, loose: bytes) -> str | None:
    """What is wrong with a line that is no torn one."""
    if entry is None:
        return "it is no entry of an audit trail"
    body = dict(vars(entry))
    if line.removesuffix(b"\n") != _canonical(body) or body.pop("hash") != _digest(_canonical(body)):
        return "it was changed"
    if (entry.number, entry.previous) != ((last.number + 1, last.hash) if last else (1, START)):
        return "it does not follow the line before it: a line was changed, taken out or put in"
    sealed = entry.details if entry.event == TORN else None
    if sealed != ({"bytes": len(loose), "sha256": _digest(loose)} if loose else None):
        return "what lies between it and the entry before it is not what a crash left"
    return None


def _canonical(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
