"""What the system does for a process: locks that it drops when their holder dies, folders that outlive a crash."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["exclusive", "hold", "sync_folder"]


@contextmanager
def exclusive(path: Path) -> Iterator[int]:
    """Open a file for reading and appending, once no other process has it open this way.

    Parameters
    ----------
    path : Path
        Made where it is missing. A link is not followed.

    Yields
    ------
    int
        The file's descriptor.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def hold(folder: Path) -> int | None:
    """Lock a folder until the descriptor that is returned is closed, or this process ends.

    Returns
    -------
    int or None
        None where another process holds it, or it is gone meanwhile.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), folder.lstat()):
            return descriptor
    except OSError:
        # Held by another process; gone; or on a file system without locks, where nothing is ever taken for abandoned.
        pass
    os.close(descriptor)
    return None


def sync_folder(folder: Path) -> None:
    """Force to the disk which files a folder holds."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
