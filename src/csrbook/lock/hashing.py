"""Hashes: of what a dataset says, of a file's bytes, and of the programs that work on both.

A variable's hash is SHA-256 over

1. ``text`` or ``number`` and a line end;
2. for numbers, the records as little-endian IEEE doubles, every zero positive, every missing value the quiet NaN
   ``0x7FF8000000000000``;
3. for text, the distinct values by first appearance, each as a little-endian 32-bit length and UTF-8, then for each
   record the position of its value as a little-endian 32-bit integer.

The content hash of a dataset is SHA-256 over one line of JSON, ASCII without blanks: version of this scheme, name of
the dataset, number of records, and by name of the variable a list of its name and hash.

Records stand in the order of the key and variables in that of their names, so the hash depends neither on the order or
the format of the transfer, nor on the version of any library.
"""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from csrbook.data.specification import DatasetSpecification

__all__ = [
    "code_hash",
    "combined_hash",
    "content_hash",
    "engine_hash",
    "environment_hash",
    "file_hash",
    "file_hashes",
    "schema_hash",
    "table_hashes",
    "text_hash",
    "variable_hashes",
]

SCHEME = 2
WORKERS = min(os.cpu_count() or 1, 8)
"""Threads that read and hash files; more would wait for the disk."""
PINS = "requirements/base.txt"
ENGINE = Path(__file__).parents[1]
STUDY_CODE = ("analyses", "schemas", "qc", "report", "simulation", "translations")
CODE_SUFFIXES = {".py", ".qmd", ".typ", ".lua", ".yml", ".yaml", ".R", ".json", ".css", ".csl", ".bib", ".po"}


def variable_hashes(frame: pd.DataFrame, specification: DatasetSpecification) -> dict[str, str]:
    """Hash of each variable.

    Parameters
    ----------
    frame : DataFrame
        Canonical (see :func:`csrbook.lock.canonical.canonical`).
    specification : DatasetSpecification

    Returns
    -------
    dict
        ``sha256:`` and 64 hex digits by name of the variable.
    """
    from csrbook.data.text_columns import distinct

    hashes = {}
    for variable in specification.variables:
        values = frame[variable.name].to_numpy()
        hashes[variable.name] = _text_hash(*distinct(values)) if variable.kind == "text" else _number_hash(values)
    return hashes


def table_hashes(table: pa.Table, specification: DatasetSpecification) -> dict[str, str]:
    """Hash of each variable, as :func:`variable_hashes` gives it.

    Parameters
    ----------
    table : pyarrow.Table
        From :func:`csrbook.data.parquet.arrow_table` of a canonical frame, which numbered the texts already.
    specification : DatasetSpecification
    """
    hashes = {}
    for variable in specification.variables:
        values = table.column(variable.name).chunk(0)
        if variable.kind == "text":
            hashes[variable.name] = _text_hash(values.indices.to_numpy(), values.dictionary.to_pylist())
        else:
            hashes[variable.name] = _number_hash(values.to_numpy(zero_copy_only=False))
    return hashes


def content_hash(name: str, records: int, variables: Mapping[str, str]) -> str:
    """Hash of what a dataset says.

    Parameters
    ----------
    name : str
        Name of the dataset.
    records : int
        Number of records.
    variables : mapping
        From :func:`variable_hashes`, in any order.
    """
    said = json.dumps([SCHEME, name, records, sorted(variables.items())], separators=(",", ":"), ensure_ascii=True)
    return text_hash(said)


def _number_hash(values: NDArray[Any]) -> str:
    import numpy as np

    # Adding zero makes a negative zero positive.
    numbers = np.where(np.isnan(values), np.nan, values + 0.0).astype("<f8")
    digest = hashlib.sha256(b"number\n")
    digest.update(numbers.data)
    return f"sha256:{digest.hexdigest()}"


def _text_hash(codes: NDArray[Any], words: Sequence[str]) -> str:
    encoded = (word.encode("utf-8") for word in words)
    digest = hashlib.sha256(b"text\n")
    digest.update(b"".join(part for word in encoded for part in (len(word).to_bytes(4, "little"), word)))
    digest.update(codes.astype("<i4").data)
    return f"sha256:{digest.hexdigest()}"


def file_hash(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def file_hashes(paths: Iterable[Path]) -> list[str]:
    """Hash of each file, several at once: the interpreter is free while bytes are read and hashed."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(file_hash, paths))


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
    sources = _engine_sources()
    for folder in STUDY_CODE:
        sources |= _sources(root, folder)
    return combined_hash(sources)


def engine_hash() -> str:
    """Hash of the engine's code alone, wherever it is installed."""
    return combined_hash(_engine_sources())


def _engine_sources() -> dict[str, str]:
    return _sources(ENGINE.parent, ENGINE.name)


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
