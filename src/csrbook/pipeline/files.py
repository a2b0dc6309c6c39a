"""Reading, writing and hashing files: the same bytes every time, and nothing overwritten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from csrbook.errors import UsageError
from csrbook.lock.hashing import file_hash

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_json", "require_new_file", "tree_hashes", "write_json"]


def write_json(path: Path, content: object, *, indent: int | None = None) -> None:
    """Write JSON as UTF-8; NaN is refused, since JSON has none."""
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def read_json(path: Path) -> Any:
    """Read JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


def tree_hashes(folder: Path) -> dict[str, str]:
    """Hash of every file below a folder by its relative path, sorted."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_hash(path) for path in files}


def require_new_file(path: Path) -> None:
    """Refuse to write over a file.

    Raises
    ------
    UsageError
        The file exists, or its folder does not.
    """
    if path.exists():
        raise UsageError("the file exists already; it is not overwritten", str(path), "name a new file")
    if not path.parent.is_dir():
        raise UsageError("there is no such folder", str(path.parent), "make it, or name another")
