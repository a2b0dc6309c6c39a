"""What lies in a transfer folder: plain files and folders, or the transfer is refused."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from csrbook.errors import TransferError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["regular_files", "require_regular"]


def regular_files(folder: Path) -> list[Path]:
    """The files of a transfer folder by name.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    TransferError
        There is no such folder; or something in it is a link, a pipe or a device, has a name with control characters,
        or differs from another only by the case of its letters.
    """
    if not folder.is_dir():
        raise TransferError("there is no such transfer folder", str(folder), "name the folder that holds the files")
    entries = sorted(folder.iterdir())
    known: dict[str, str] = {}
    for entry in entries:
        if not entry.name.isprintable():
            raise TransferError(
                "a file's name holds what cannot be printed", f"{folder}: {entry.name!a}", "rename the file"
            )
        other = known.setdefault(entry.name.casefold(), entry.name)
        if other != entry.name:
            raise TransferError(
                "two names differ only by the case of their letters, so they are one more than one file on other "
                "machines",
                f"{folder}: {other} and {entry.name}",
                "keep one and take the other away",
            )
    return [entry for entry in entries if not entry.is_dir() or entry.is_symlink() if require_regular(entry)]


def require_regular(path: Path) -> Path:
    """The path, where it is that of a plain file.

    Raises
    ------
    TransferError
        It is missing, or a link, a folder, a pipe or a device.
    """
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError) as error:
        raise TransferError(
            "the file is missing", repr(str(path))[1:-1], "put it there or name another transfer"
        ) from error
    if not stat.S_ISREG(mode):
        kind = "a link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise TransferError(f"it is {kind} and no file", str(path), "put a copy of the file itself there")
    return path
