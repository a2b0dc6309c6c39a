"""Writing JSON and hashing files, the same bytes every time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from csrbook.lock.hashing import file_hash

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_json", "tree_hashes", "write_json"]


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
