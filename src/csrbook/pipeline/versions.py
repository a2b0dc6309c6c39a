"""Versions of the published pages: ``outputs/<lock>/v001``, made only when something changed."""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csrbook.errors import IntegrityError, UsageError
from csrbook.pipeline.files import read_json, tree_hashes, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Published", "latest_version", "publish", "staging", "verify_version"]

MANIFEST = "manifest.json"
SCHEMA = "csrbook-outputs/1"


@dataclass(frozen=True)
class Published:
    """Where the pages lie, whether they are new, and what changed since the version before."""

    folder: Path
    new: bool
    changes: tuple[str, ...]


def latest_version(lock_folder: Path) -> Path | None:
    """The highest ``vNNN`` with a manifest."""
    found = [p for p in lock_folder.glob("v*") if re.fullmatch(r"v\d{3,}", p.name) and (p / MANIFEST).is_file()]
    return max(found, key=lambda p: int(p.name[1:]), default=None)


@contextmanager
def staging(lock_folder: Path) -> Iterator[Path]:
    """A folder beside the versions in which a new one is built; gone afterwards unless it was published."""
    try:
        lock_folder.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".staging-", dir=lock_folder))
    except OSError as error:
        raise UsageError(
            f"pages cannot be written: {error.strerror}",
            f"outputs/{lock_folder.name}",
            "make room for a folder there that can be written",
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def verify_version(folder: Path) -> None:
    """Raise :class:`~csrbook.errors.IntegrityError` where a published file is not what its manifest says."""
    recorded: dict[str, str] = read_json(folder / MANIFEST)["files"]
    found = {name: digest for name, digest in tree_hashes(folder).items() if name != MANIFEST}
    differing = sorted(name for name in recorded.keys() | found.keys() if recorded.get(name) != found.get(name))
    if differing:
        raise IntegrityError(
            f"{len(differing)} published files are not what the manifest says: {', '.join(differing[:5])}",
            f"outputs/{folder.parent.name}/{folder.name}",
            "move this version away and render again; published pages are never edited",
        )


def publish(staged: Path, lock_folder: Path, made_from: dict[str, Any]) -> Published:
    """Make a staged folder the next version, or find that the latest version is the same.

    Parameters
    ----------
    staged : Path
        Complete folder but for its manifest.
    lock_folder : Path
        ``outputs/<lock id>``.
    made_from : dict
        Hashes of lock, plan, code and environment, the engine and the result of double programming.

    Raises
    ------
    IntegrityError
        Where the latest version was edited; nothing is published then.
    UsageError
        Where something else stands in the next version's place.
    """
    files = tree_hashes(staged)
    staged.chmod(0o755)
    while True:
        before = latest_version(lock_folder)
        changes: tuple[str, ...] = ()
        if before is not None:
            verify_version(before)
            manifest = read_json(before / MANIFEST)
            if manifest["files"] == files and manifest["made_from"] == made_from:
                return Published(before, new=False, changes=())
            changes = _changes(manifest, files, made_from)
        number = 1 if before is None else int(before.name[1:]) + 1
        content = {
            "schema": SCHEMA,
            "version": f"v{number:03d}",
            "made_from": made_from,
            "changes_since_previous": list(changes),
            "files": files,
        }
        write_json(staged / MANIFEST, content, indent=1)
        target = lock_folder / f"v{number:03d}"
        try:
            # A rename fails where the name was taken meanwhile, so two renders at once cannot mix.
            staged.rename(target)
        except OSError as error:
            if latest_version(lock_folder) != before:
                # Another render has just published: this one comes after it.
                continue
            raise UsageError(
                f"the next version cannot take its place: {error.strerror}",
                f"outputs/{lock_folder.name}/{target.name}",
                "move away what stands there; it is no published version",
            ) from error
        return Published(target, new=True, changes=changes)


def _changes(manifest: dict[str, Any], files: dict[str, str], made_from: dict[str, Any]) -> tuple[str, ...]:
    old_files, old_from = manifest["files"], manifest["made_from"]
    causes = [f"{key} changed" for key in made_from if old_from.get(key) != made_from[key]]
    names = sorted(old_files.keys() | files.keys())
    verbs = [
        (name, "removed" if name not in files else "added" if name not in old_files else "changed")
        for name in names
        if old_files.get(name) != files.get(name)
    ]
    return (*causes, *(f"{name} {verb}" for name, verb in verbs))
