"""Hashes: of what a dataset says, of a file's bytes, and of the programs that work on both.

The content hash of a dataset is SHA-256 over

1. a line of JSON: version of this scheme, name, number of records, and of each column name and type (``text`` or
   ``number``);
2. for each column of numbers, its records as little-endian IEEE doubles, every zero positive, every missing value the
   quiet NaN ``0x7FF8000000000000``;
3. for each column of text, the distinct values by first appearance, each as a little-endian 32-bit length and UTF-8,
   then for each record the position of its value as a little-endian 32-bit integer.

Columns stand in the order of the schema and records in the order of the key, so the hash does not depend on the order
or the format of the transfer, nor on the version of any library.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from csrbook.data.specification import DatasetSpecification

__all__ = ["code_hash", "combined_hash", "content_hash", "environment_hash", "file_hash", "schema_hash", "text_hash"]

SCHEME = 1
PINS = "requirements/base.txt"
ENGINE = Path(__file__).parents[1]
STUDY_CODE = ("analyses", "schemas", "qc", "report", "simulation")
CODE_SUFFIXES = {".py", ".qmd", ".typ", ".lua", ".yml", ".yaml", ".R", ".json", ".css", ".csl", ".bib"}


def content_hash(frame: pd.DataFrame, specification: DatasetSpecification) -> str:
    """Hash of what a dataset says.

    Parameters
    ----------
    frame : DataFrame
        Canonical (see :func:`csrbook.lock.canonical.canonical`).
    specification : DatasetSpecification

    Returns
    -------
    str
        ``sha256:`` and 64 hex digits.
    """
    import numpy as np

    from csrbook.data.text_columns import distinct

    types = {v.name: "text" if v.kind == "text" else "number" for v in specification.variables}
    digest = hashlib.sha256(
        json.dumps([SCHEME, specification.name, len(frame), list(types.items())], ensure_ascii=True).encode("ascii")
    )
    for name, kind in types.items():
        values = frame[name].to_numpy()
        if kind == "number":
            # Adding zero makes a negative zero positive.
            numbers = np.where(np.isnan(values), np.nan, values + 0.0).astype("<f8")
            digest.update(numbers.tobytes())
        else:
            codes, words = distinct(values)
            for word in words:
                data = word.encode("utf-8")
                digest.update(len(data).to_bytes(4, "little") + data)
            digest.update(codes.astype("<i4").tobytes())
    return f"sha256:{digest.hexdigest()}"


def file_hash(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def text_hash(text: str) -> str:
    """Hash of a text."""
    return f"sha256:{hashlib.sha256(text.encode('utf-8')).hexdigest()}"


def combined_hash(parts: Mapping[str, Any]) -> str:
    """Hash of named parts, whatever their order."""
    return text_hash(json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True))


def schema_hash(root: Path) -> str:
    """Hash of the study's schemas and rules."""
    return combined_hash(_sources(root, "schemas"))


def code_hash(root: Path) -> str:
    """Hash of every program and template between data and page, of the engine (wherever installed) and the study."""
    sources = _sources(ENGINE.parent, ENGINE.name)
    for folder in STUDY_CODE:
        sources |= _sources(root, folder)
    return combined_hash(sources)


def environment_hash(root: Path) -> str:
    """Hash of the pinned requirements, the same on every Python version and machine."""
    pins = sorted(root.glob(PINS))
    return combined_hash({path.name: _text(path) for path in pins})


def _sources(root: Path, folder: str) -> dict[str, str]:
    """Text of every program and template of a folder by its path below ``root``."""
    files = sorted(
        path
        for path in (root / folder).rglob("*")
        if path.suffix in CODE_SUFFIXES
        and not any(part == "__pycache__" or part.startswith(".") for part in path.relative_to(root).parts)
        and path.is_file()
    )
    return {path.relative_to(root).as_posix(): _text(path) for path in files}


def _text(path: Path) -> str:
    """A file's text with the line ends that every machine agrees on."""
    return path.read_bytes().replace(b"\r\n", b"\n").decode("utf-8", errors="surrogateescape")
