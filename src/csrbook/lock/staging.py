"""Folders in which something is made before it gets its name in one step; files that nobody writes to afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from csrbook.errors import UsageError
from csrbook.lock.file_lock import hold, sync_folder
from csrbook.lock.manifest import STAGING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["freeze_folder", "remove_tree", "settle", "staging", "sweep", "unfinished_locks", "write_file"]

READ_ONLY_FILE = 0o444
READ_ONLY_FOLDER = 0o555
OPEN_FOLDER = 0o755


@contextmanager
def staging(locks_dir: Path) -> Iterator[Path]:
    """A folder beside the locks that nobody takes for a lock; gone afterwards unless it was renamed.

    Others know by a lock on it that its maker is alive. What dead ones left is swept away first.

    Parameters
    ----------
    locks_dir : Path
        The folder of the locks, made where it is missing.

    Raises
    ------
    UsageError
        It cannot be written to.
    """
    try:
        locks_dir.mkdir(parents=True, exist_ok=True)
        sweep(locks_dir)
        stage, held = _held_folder(locks_dir)
    except OSError as error:
        raise UsageError(
            f"the lock cannot be written: {error.strerror}", str(locks_dir), "name a folder that can be written"
        ) from error
    try:
        yield stage
    finally:
        remove_tree(stage)
        os.close(held)


def _held_folder(locks_dir: Path) -> tuple[Path, int]:
    while True:
        stage = Path(tempfile.mkdtemp(prefix=STAGING, dir=locks_dir))
        # Between its making and its lock a sweeper may take it for one of a dead process.
        if (held := hold(stage)) is not None:
            return stage, held


def unfinished_locks(locks_dir: Path) -> list[Path]:
    """Folders in which a lock is being made, or that a crash left behind. They hold no lock."""
    return sorted(locks_dir.glob(f"{STAGING}*")) if locks_dir.is_dir() else []


def sweep(locks_dir: Path) -> None:
    """Delete the unfinished folders whose makers are dead."""
    for folder in unfinished_locks(locks_dir):
        if (held := hold(folder)) is not None:
            remove_tree(folder)
            os.close(held)


def remove_tree(folder: Path) -> None:
    """Delete a folder of ours, read-only or not, as far as the machine lets us."""
    for parent, _, _ in os.walk(folder):
        try:
            Path(parent).chmod(OPEN_FOLDER)
        except OSError:
            continue
    shutil.rmtree(folder, ignore_errors=True)


def write_file(path: Path, data: bytes) -> None:
    """Write a new file, force it to the disk and forbid writing to it."""
    with path.open("xb") as file:
        file.write(data)
    settle(path)


def settle(path: Path) -> None:
    """Force a file to the disk and forbid writing to it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    path.chmod(READ_ONLY_FILE)


def freeze_folder(folder: Path) -> None:
    """Force to the disk which files a folder and those below it hold, and forbid adding to them."""
    for parent, _, _ in os.walk(folder, topdown=False):
        sync_folder(Path(parent))
        Path(parent).chmod(READ_ONLY_FOLDER)
