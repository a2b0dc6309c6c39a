"""The manifest of a lock: what is locked, by which plan and schemas, from which files, by whom and when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from csrbook.errors import IntegrityError
from csrbook.lock.hashing import combined_hash

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "DATA",
    "MANIFEST",
    "ORIGIN_FILE",
    "SCHEMA_VERSION",
    "STAGING",
    "SUBJECT",
    "Lock",
    "lock_hash",
    "lock_id",
    "read_manifest",
    "sealed",
]

SCHEMA_VERSION = 2
MANIFEST = "manifest.json"
DATA = "data"
STAGING = ".staging-"
ORIGIN_FILE = "transfer.json"
"""Stands beside the data of a simulated transfer and says where they come from."""
SEAL = "manifest_sha256"
SUBJECT = "USUBJID"
"""Names a subject in every dataset that has it."""


@dataclass(frozen=True)
class Lock:
    """A lock on the disk."""

    id: str
    path: Path
    manifest: Mapping[str, Any]
    created: bool = False
    """Whether it was made just now; False where the same data were locked before."""

    @property
    def summary(self) -> str:
        """What was locked, in a line."""
        datasets = self.manifest["datasets"].values()
        validation = self.manifest["validation"]
        review = sum(finding["count"] for finding in validation["review"])
        waived = {finding["rule"] for finding in validation["waived"]}
        return (
            f"{sum(dataset['records'] for dataset in datasets):,} records in {len(datasets)} datasets; "
            f"{len(validation['rules']) - len(waived)} rules hold; "
            f"{f'{len(waived)} waived; ' if waived else ''}{review} {'record' if review == 1 else 'records'} to review"
            f"{'' if self.created else '; locked before'}"
        )

    @property
    def hash(self) -> str:
        """Hash of the locked content, the plan and the schemas, of which the id is the beginning."""
        return str(self.manifest["hash"])


def lock_hash(content: Mapping[str, str], plan: str, schemas: str, codes: str) -> str:
    """Hash that names a lock: the same data, plan and schemas give the same on every machine.

    Parameters
    ----------
    content : mapping
        Content hash by dataset name.
    plan, schemas : str
        Hashes of the plan and of the schemas.
    codes : str
        ``real`` or ``dummy``: which treatment codes the data hold.
    """
    named = {"datasets": dict(content), "plan": plan, "schemas": schemas, "treatment_codes": codes}
    return combined_hash(named)


def lock_id(digest: str) -> str:
    """``L`` and the first twelve hex digits of the lock's hash."""
    return f"L{digest.removeprefix('sha256:')[:12]}"


def sealed(manifest: Mapping[str, Any]) -> str:
    """The manifest as JSON, with the hash of all its other fields."""
    body = {key: value for key, value in manifest.items() if key != SEAL}
    return json.dumps(body | {SEAL: combined_hash(body)}, indent=2, ensure_ascii=False) + "\n"


def read_manifest(path: Path) -> dict[str, Any]:
    """Read the manifest of the lock at ``path``.

    Raises
    ------
    IntegrityError
        There is none, it is not readable, or it is not what was written.
    """
    source = path / MANIFEST
    todo = "restore the lock from its copy, or lock the data again"
    if path.name.startswith(STAGING) or not source.is_file():
        raise IntegrityError("the lock is half written: it has no manifest", str(source), todo)
    try:
        manifest = dict(json.loads(source.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise IntegrityError("the manifest is not readable", str(source), todo) from error
    seal = manifest.pop(SEAL, None)
    if seal != combined_hash(manifest):
        raise IntegrityError("the manifest was changed after the lock", str(source), todo)
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise IntegrityError(
            f"the manifest has version {manifest.get('schema_version')}; this program reads {SCHEMA_VERSION}",
            str(source),
            "use the version of csrbook that made the lock",
        )
    return manifest
