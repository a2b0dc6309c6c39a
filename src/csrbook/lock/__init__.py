"""The database lock: validated, canonical, hashed data that nobody changes afterwards."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from csrbook.lock.create import create_lock
    from csrbook.lock.find import find_lock, list_locks
    from csrbook.lock.findings import Finding
    from csrbook.lock.hashing import code_hash
    from csrbook.lock.locked_data import LockedData
    from csrbook.lock.manifest import Lock, read_manifest
    from csrbook.lock.staging import unfinished_locks
    from csrbook.lock.study_schemas import StudySchemas, load_schemas
    from csrbook.lock.validate import Validation, check_frames
    from csrbook.lock.verify import open_lock, verify_lock

__all__ = [
    "Finding",
    "Lock",
    "LockedData",
    "StudySchemas",
    "Validation",
    "check_frames",
    "code_hash",
    "create_lock",
    "find_lock",
    "list_locks",
    "load_schemas",
    "open_lock",
    "read_manifest",
    "unfinished_locks",
    "verify_lock",
]

MODULES = {
    "Finding": "findings",
    "Lock": "manifest",
    "LockedData": "locked_data",
    "StudySchemas": "study_schemas",
    "Validation": "validate",
    "check_frames": "validate",
    "code_hash": "hashing",
    "create_lock": "create",
    "find_lock": "find",
    "list_locks": "find",
    "load_schemas": "study_schemas",
    "open_lock": "verify",
    "read_manifest": "manifest",
    "unfinished_locks": "staging",
    "verify_lock": "verify",
}


def __getattr__(name: str) -> Any:
    # pandas, pyarrow and pandera take seconds to import; a command that needs no data must not pay for them.
    if name in MODULES:
        return getattr(import_module(f"csrbook.lock.{MODULES[name]}"), name)
    msg = f"module 'csrbook.lock' has no attribute '{name}'"
    raise AttributeError(msg)
