"""Records that are added to a lock after it was made: signatures, time stamps, its unlocking.

Each is a read-only file of JSON in a folder of its kind, numbered from 001. It names the lock and the hash of the
manifest's bytes, so it belongs to no other lock (21 CFR 11.70), and the last line of the audit trail when it was
made.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from csrbook.errors import IntegrityError
from csrbook.lock.audit_trail import utc_now, who
from csrbook.lock.file_lock import sync_folder
from csrbook.lock.hashing import file_hash
from csrbook.lock.manifest import MANIFEST
from csrbook.lock.staging import OPEN_FOLDER, READ_ONLY_FOLDER, staging, write_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["KINDS", "add_record", "common_fields", "is_record", "read_records", "record_name"]

KINDS = ("signatures", "timestamps", "status")
NAME = re.compile(rf"({'|'.join(KINDS)})/\d{{3,}}\.json")
COMMON = {"lock", "manifest_sha256", "by", "at", "audit_head"}


def is_record(name: str) -> bool:
    """Whether a path below a lock is one where a record may lie."""
    return NAME.fullmatch(name) is not None


def record_name(kind: str, number: int) -> str:
    """Path of a record below its lock: ``signatures/001.json``."""
    return f"{kind}/{number:03d}.json"


def common_fields(path: Path, audit_head: str) -> dict[str, Any]:
    """What every record of the lock at ``path`` says."""
    return {
        "lock": path.name,
        "manifest_sha256": file_hash(path / MANIFEST),
        "by": who(),
        "at": utc_now(),
        "audit_head": audit_head,
    }


def read_records(path: Path, kind: str) -> dict[str, dict[str, Any]]:
    """The records of a kind by their path below the lock, oldest first.

    Raises
    ------
    IntegrityError
        One is not readable, or belongs to another lock.
    """
    found = {}
    for file in sorted((path / kind).glob("*.json"), key=lambda file: (len(file.name), file.name)):
        name = f"{kind}/{file.name}"
        todo = "restore it from its copy"
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise IntegrityError(f"{name} is not readable", str(file), todo) from error
        if file.is_symlink() or not isinstance(record, dict) or not set(record) >= COMMON:
            raise IntegrityError(f"{name} is no record of a lock", str(file), todo)
        if (record["lock"], record["manifest_sha256"]) != (path.name, file_hash(path / MANIFEST)):
            raise IntegrityError(f"{name} belongs to another lock or another manifest", str(file), todo)
        found[name] = record
    return found


def add_record(path: Path, kind: str, record: Mapping[str, Any]) -> str:
    """Write the next record of a kind; the caller keeps the audit trail to itself meanwhile.

    Returns
    -------
    str
        Its path below the lock.
    """
    folder = path / kind
    taken = [int(file.stem) for file in folder.glob("*.json") if is_record(f"{kind}/{file.name}")]
    name = record_name(kind, max(taken, default=0) + 1)
    data = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with staging(path.parent) as stage:
        file = stage / name.rpartition("/")[2]
        write_file(file, data.encode("utf-8"))
        path.chmod(OPEN_FOLDER)
        try:
            folder.mkdir(exist_ok=True)
            folder.chmod(OPEN_FOLDER)
            file.rename(path / name)
            sync_folder(folder)
            sync_folder(path)
        finally:
            if folder.is_dir():
                folder.chmod(READ_ONLY_FOLDER)
            path.chmod(READ_ONLY_FOLDER)
    return name
