"""Locks and records on the one side, the audit trail on the other: that each stands in both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from csrbook.errors import IntegrityError
from csrbook.lock.audit_trail import AUDIT_TRAIL
from csrbook.lock.hashing import file_hash
from csrbook.lock.manifest import MANIFEST, read_manifest
from csrbook.lock.records import KINDS, is_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from csrbook.lock.audit_trail import AuditTrail, Entry, Writer

__all__ = [
    "begin_lock",
    "enter",
    "faults_of",
    "in_order",
    "lost_locks",
    "not_entered",
    "require_sound",
    "settle_accounts",
]

RESTORE = f"restore {AUDIT_TRAIL} from its copy; it is only ever added to"
BEGUN = "lock begun"
LOCK = "lock"
EVENTS = {"signatures": "sign", "timestamps": "time stamp"}
STATES = {"unlocked": "unlock", "locked": "relock"}
SHOWN: dict[str, tuple[str, ...]] = {
    MANIFEST: ("study", "origin", "treatment_codes", "parent"),
    "signatures": ("name", "meaning", "public_key"),
    "timestamps": ("of", "time"),
    "status": ("name",),
}


def begin_lock(trail: Writer, identifier: str, digest: str) -> Entry:
    """Enter that a lock is about to get its name; its manifest holds the hash of this entry."""
    return trail.append(BEGUN, id=identifier, hash=digest)


def enter(trail: Writer, path: Path, name: str, **more: Any) -> None:
    """Enter that a lock was made, or a record added to it.

    Parameters
    ----------
    trail : Writer
    path : Path
        The lock's folder.
    name : str
        Its manifest, or the path of the record below the lock.
    **more
        Further details.
    """
    kind = name.partition("/")[0]
    if kind == MANIFEST:
        content, event = read_manifest(path), LOCK
    else:
        content = json.loads((path / name).read_text(encoding="utf-8"))
        event = STATES[content["state"]] if kind == "status" else EVENTS[kind]
    said = {field: content[field] for field in SHOWN[kind] if content.get(field) is not None}
    digest = file_hash(path / name)
    trail.append(event, reason=content.get("reason", ""), id=path.name, record=name, sha256=digest, **said, **more)


def settle_accounts(trail: Writer, locks_dir: Path) -> None:
    """Enter what a crash left out: locks and records that were complete when their maker died.

    Only what remembers a line of this trail is entered; anything else came here by another way.
    """
    for path in sorted(locks_dir.glob("L*")):
        known, entered = _known(trail.trail), _entered(trail.trail, path)
        for name, head in _heads(path):
            if name not in entered and head in known:
                enter(trail, path, name, recovered=True)


def require_sound(trail: Writer, locks_dir: Path) -> None:
    """Refuse to go on with a broken trail.

    Raises
    ------
    IntegrityError
        Names the lines where the chain breaks.
    """
    if faults := trail.trail.faults:
        raise IntegrityError(
            "the audit trail was changed", "\n        ".join([str(locks_dir / AUDIT_TRAIL), *faults]), RESTORE
        )


def faults_of(path: Path, trail: AuditTrail) -> list[str]:
    """In what a lock and the audit trail disagree.

    Parameters
    ----------
    path : Path
        The lock's folder.
    trail : AuditTrail
        The trail of the folder that it lies in.

    Returns
    -------
    list of str
        One a fault, those of the chain itself first.
    """
    known = _known(trail)
    lost = [
        f"{AUDIT_TRAIL} lacks the line that {name} of {path.name} remembers: lines were cut off, or it is another trail"
        for name, head in _heads(path)
        if head not in known
    ]
    changed = []
    for name, digest in _entered(trail, path).items():
        file = path / name
        if file.is_symlink() or not file.is_file():
            changed.append(f"{name} is missing")
        elif file_hash(file) != digest:
            changed.append(f"{name} is not the one that the audit trail records")
    return [*trail.faults, *lost, *changed]


def not_entered(path: Path, trail: AuditTrail) -> list[str]:
    """What a crash left out of the trail; the next lock or signature enters it."""
    entered = _entered(trail, path)
    return [name for name, _ in _heads(path) if name not in entered]


def in_order(trail: AuditTrail) -> dict[str, int]:
    """By id of a lock, the line of the trail by which it was last put in force."""
    events = (LOCK, STATES["locked"])
    return {str(entry.details.get("id")): entry.number for entry in trail.entries if entry.event in events}


def lost_locks(locks_dir: Path, trail: AuditTrail) -> list[str]:
    """Ids of locks that were made here and are gone."""
    made = {str(entry.details.get("id")) for entry in trail.entries if entry.event == LOCK}
    return sorted(name for name in made if not (locks_dir / name).is_dir())


def _known(trail: AuditTrail) -> set[str]:
    return {entry.hash for entry in trail.entries}


def _entered(trail: AuditTrail, path: Path) -> dict[str, str]:
    """Hash by name of what the trail says of a lock."""
    return {
        str(entry.details["record"]): str(entry.details.get("sha256"))
        for entry in trail.entries
        if entry.details.get("id") == path.name and entry.event in (LOCK, *EVENTS.values(), *STATES.values())
    }


def _heads(path: Path) -> Iterator[tuple[str, str]]:
    """The last line of the trail as the manifest and each record of a lock remember it."""
    try:
        yield MANIFEST, str(read_manifest(path)["made"]["audit_head"])
        for kind in KINDS:
            for file in sorted((path / kind).glob("*.json")):
                if is_record(name := f"{kind}/{file.name}"):
                    yield name, str(json.loads(file.read_text(encoding="utf-8"))["audit_head"])
    except (IntegrityError, OSError, ValueError, KeyError, TypeError, RecursionError):
        # What is not readable is named by verification.
        return
