"""Files that need not be made again: kept in a folder with what they were made from, verified before they are used.

A folder whose hashes do not hold is not used and is written anew, so the worst that can befall it is that its files are
made again.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from csrbook.lock.hashing import file_hash
from csrbook.pipeline.files import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CACHE", "keep", "made_from"]

CACHE: Final = ".cache"
"""Folder of ``outputs/`` that may be deleted at any time."""

MADE_FROM: Final = "made-from.json"


def made_from(folder: Path) -> dict[str, Any] | None:
    """What the files of a folder were made from; None where there are none or they were touched."""
    try:
        content = read_json(folder / MADE_FROM)
        if content["files"] == _hashes(folder):
            return dict(content["made_from"])
    except (OSError, ValueError, KeyError, TypeError):
        # It is not there, or not what was written.
        pass
    return None


def keep(folder: Path, source: dict[str, Any], write: Callable[[Path], None]) -> None:
    """Write files into a folder, in the place of what it held; where that cannot be done, nothing is kept.

    Parameters
    ----------
    folder : Path
    source : dict
        What the files are made from, as JSON content.
    write : callable
        Writes them into the folder that it is given.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    except OSError:
        return
    try:
        write(staged)
        write_json(staged / MADE_FROM, {"made_from": source, "files": _hashes(staged)}, indent=1)
        shutil.rmtree(folder, ignore_errors=True)
        staged.rename(folder)
    except OSError:
        # The disk is full, or another run has just put the same there.
        pass
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _hashes(folder: Path) -> dict[str, str]:
    return {path.name: file_hash(path) for path in sorted(folder.iterdir()) if path.name != MADE_FROM}
