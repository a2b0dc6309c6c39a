"""Filled templates that came from a second programmer's own machine: kept by lock, with who filled them and on what."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from csrbook.double_programming.contract import read_filled
from csrbook.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from csrbook.double_programming.contract import Filled

__all__ = ["FOLDER", "Received", "keep_file", "received_files"]

FOLDER: Final = "double-programming"
"""Below the study's ``data/``, which holds what was received and is under no version control."""

ABOUT: Final = ".about.json"


@dataclass(frozen=True)
class Received:
    """A file that counts in the verdict."""

    path: Path
    programmer: str
    stack: str
    date: str

    def filled(self, lock: str) -> Filled:
        """Its numbers."""
        return read_filled(self.path, lock)


def keep_file(data: Path, lock_id: str, path: Path, programmer: str, stack: str, date: str) -> Path:
    """Keep a filled template among what was received for a lock.

    Parameters
    ----------
    data : Path
        The study's ``data/``.
    lock_id : str
    path : Path
        The file; it has been compared.
    programmer, stack, date : str
        Who filled it, by which software, and when.

    Raises
    ------
    UsageError
        A file of this name was kept before.
    """
    folder = data / FOLDER / lock_id
    target = folder / path.name
    if target.exists():
        raise UsageError(
            "a file of this name was kept before; it is not overwritten", str(target), "give the new one another name"
        )
    folder.mkdir(parents=True, exist_ok=True)
    about = {"programmer": programmer, "stack": stack, "date": date}
    (folder / f"{path.name}{ABOUT}").write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", "utf-8")
    shutil.copyfile(path, target)
    return target


def received_files(data: Path, lock_id: str) -> tuple[Received, ...]:
    """The files that were kept for a lock, by name.

    Raises
    ------
    UsageError
        One of them does not say who filled it.
    """
    folder = data / FOLDER / lock_id
    if not folder.is_dir():
        return ()
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.endswith(ABOUT))
    return tuple(Received(path, **_about(path)) for path in files)


def _about(path: Path) -> dict[str, str]:
    try:
        content: dict[str, Any] = json.loads(path.with_name(f"{path.name}{ABOUT}").read_text("utf-8"))
        return {name: str(content[name]) for name in ("programmer", "stack", "date")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            "a received file does not say who filled it", str(path), "keep it by `csrbook qc compare FILE --keep`"
        ) from error
