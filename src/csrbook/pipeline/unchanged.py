"""Whether a render would make the pages that are published already: told without running anything.

``outputs/.cache/render.json`` holds a digest of everything that the last render was made from, and the version that it
gave. Where the digest is still the same, and lock and version hold against their manifests, nothing is left to do. The
file may be deleted at any time; the worst is that all is made once more and found to be the same.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import CsrbookError
from csrbook.lock.hashing import code_hash, combined_hash, environment_hash, file_hash
from csrbook.pipeline.files import read_json, write_json
from csrbook.pipeline.versions import latest_version, verify_version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from csrbook.pipeline.study import StudyFolder
    from csrbook.pipeline.versions import Published

__all__ = ["LastRender", "published_before", "remember", "sources_digest"]

FILE: Final = ".cache/render.json"
SETTINGS: Final = ("_quarto.yml", "_variables.yml")
VARIABLES: Final = ("CSRBOOK_FONTS", "QUARTO")
LIBRARIES: Final = ("numpy", "pandas", "pikepdf", "scipy", "typst")


@dataclass(frozen=True)
class LastRender:
    """The lock and the version that stand."""

    lock: str
    folder: Path


def sources_digest(study: StudyFolder, asked: Sequence[str | int | bool | None], engine: str) -> str:
    """Digest of the plan's files, all code and documents, received numbers, the environment and what was asked for.

    Parameters
    ----------
    study : StudyFolder
    asked : sequence
        Options of the command.
    engine : str
        ``auto``, ``quarto`` or ``embedded``.
    """
    from csrbook.double_programming.programs import rscript
    from csrbook.double_programming.received import FOLDER
    from csrbook.render.engine import choose_engine

    plan = _hashes(study.root / "sap", study.root)
    settings = {name: file_hash(study.root / name) for name in SETTINGS if (study.root / name).is_file()}
    chosen = choose_engine(engine)
    return combined_hash(
        {
            "plan": plan,
            "settings": settings,
            "code": code_hash(study.root),
            "environment": environment_hash(study.root),
            "python": sys.version,
            "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
            "engine": [chosen.name, chosen.versions()],
            "variables": {name: os.environ.get(name, "") for name in VARIABLES},
            "received": _hashes(study.data / FOLDER, study.root),
            "r": rscript(),
            "asked": [*asked, engine],
        }
    )


def remember(study: StudyFolder, sources: str, lock: str, published: Published) -> None:
    """Note what a render gave; where that cannot be written, the next render does all its work.

    Parameters
    ----------
    study : StudyFolder
    sources : str
        From :func:`sources_digest`, before the render began.
    lock : str
        Id of the lock.
    published : Published
        What it gave.
    """
    content = {"sources": sources, "locks": _locks_digest(study), "lock": lock, "version": published.folder.name}
    try:
        write_json(study.outputs / FILE, content, indent=1)
    except OSError:
        return


def published_before(study: StudyFolder, sources: str) -> LastRender | None:
    """The version that a render would give again, None where that is not certain.

    A lock or a version that was touched is not certain: the render then finds and tells it.
    """
    from csrbook.lock.status import require_in_force
    from csrbook.lock.verify import checked_manifest

    try:
        last: dict[str, Any] = read_json(study.outputs / FILE)
        same = last["sources"] == sources and last["locks"] == _locks_digest(study)
        lock, version = study.locks / str(last["lock"]), study.outputs / str(last["lock"]) / str(last["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not same or not lock.is_dir() or latest_version(version.parent) != version:
        return None
    try:
        checked_manifest(lock)
        require_in_force(lock)
        verify_version(version)
    except CsrbookError:
        return None
    return LastRender(lock.name, version)


def _locks_digest(study: StudyFolder) -> str:
    """Digest of what stands in ``locks/`` beside the data themselves, which the manifests vouch for."""
    found = [path for path in _files(study.locks) if path.suffix != ".parquet"]
    return combined_hash({path.relative_to(study.locks).as_posix(): file_hash(path) for path in found})


def _hashes(folder: Path, root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): file_hash(path) for path in _files(folder)}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
