"""Reads CDISC Dataset-JSON 1.1, as one JSON object or as lines of JSON (NDJSON).

Reference: CDISC Dataset-JSON Version 1.1, final, 5 December 2024.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TextIO

import pandas as pd

from csrbook.data.json_columns import ColumnReader, JsonColumn, json_column
from csrbook.data.json_values import LARGEST, JsonStream, json_value
from csrbook.data.reading import LayoutError, readable
from csrbook.data.specification import DatasetSpecification

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["read_dataset_json"]

VERSION: Final = re.compile(r"1[.]1([.]\d{1,4})?")
BATCH: Final = 20_000
"""Records held as Python objects at a time."""


def read_dataset_json(path: Path) -> tuple[pd.DataFrame, DatasetSpecification]:
    """Read a Dataset-JSON file.

    Parameters
    ----------
    path : Path
        A file that ends in ``.json`` (one object) or ``.ndjson`` (metadata on the first line, a record on each other).

    Returns
    -------
    frame : DataFrame
        Text without blanks at its end, ``""`` for null and blank; numbers, and decimals sent as text, as ``float64``;
        ISO dates, datetimes and times with ``targetDataType`` integer as SAS numbers; without it they stay text.
    specification : DatasetSpecification
        Labels, lengths, kinds and ``keySequence`` as the file states them.

    Raises
    ------
    TransferError
        The file is no Dataset-JSON 1.1 in UTF-8, is truncated, has a value that is not of its column's type, or does
        not hold as many records as it states.
    """
    with readable(path), path.open(encoding="utf-8-sig", newline="") as file:
        return _read_lines(file, path.name) if path.suffix.lower() == ".ndjson" else _read_object(file, path.name)


def _read_lines(file: TextIO, where: str) -> tuple[pd.DataFrame, DatasetSpecification]:
    lines = _lines(file)
    metadata = next(lines, None)
    if not isinstance(metadata, dict):
        msg = "its first line is no object with metadata"
        raise LayoutError(msg)
    columns = _columns(metadata)
    return _frame(metadata, columns, _collected(lines, columns, where))


def _lines(file: TextIO) -> Iterator[Any]:
    while line := file.readline(LARGEST + 1):
        if len(line) > LARGEST:
            msg = f"a line has more than {LARGEST} characters"
            raise LayoutError(msg)
        yield json_value(line)


def _read_object(file: TextIO, where: str) -> tuple[pd.DataFrame, DatasetSpecification]:
    metadata: dict[str, Any] = {}
    readers: list[ColumnReader] | None = None
    stream = JsonStream(file)
    for name in stream.names():
        if name in metadata:
            msg = f"it has {name!r} twice"
            raise LayoutError(msg)
        if name != "rows":
            metadata[name] = stream.value()
            continue
        metadata[name] = None
        if "columns" in metadata:
            readers = _collected(stream.items(), _columns(metadata), where)
        else:
            # JSON does not order an object's names: these records are read once their columns are known.
            for _ in stream.items():
                pass
    if stream.peek():
        msg = "something follows its end"
        raise LayoutError(msg)
    columns = _columns(metadata)
    if readers is None and "rows" in metadata:
        file.seek(0)
        again = JsonStream(file)
        for name in again.names():
            if name == "rows":
                readers = _collected(again.items(), columns, where)
                break
            again.value()
    return _frame(metadata, columns, readers or [ColumnReader(column, where) for column in columns])


def _columns(metadata: Mapping[str, Any]) -> list[JsonColumn]:
    """The declared columns of a file whose version is one that is read."""
    version, declared = metadata.get("datasetJSONVersion"), metadata.get("columns")
    if not isinstance(version, str) or not VERSION.fullmatch(version):
        stated = "states no version" if version is None else f"states version {str(version)[:20]}"
        msg = f"it is no Dataset-JSON 1.1 (it {stated})"
        raise LayoutError(msg)
    if not isinstance(declared, list) or not declared:
        msg = "it declares no columns"
        raise LayoutError(msg)
    columns = [json_column(column) for column in declared]
    if len({column.name.upper() for column in columns}) != len(columns):
        msg = "two columns have one name"
        raise LayoutError(msg)
    return columns


def _collected(rows: Iterable[Any], columns: list[JsonColumn], where: str) -> list[ColumnReader]:
    readers = [ColumnReader(column, where) for column in columns]
    batch: list[list[Any]] = []

    def empty() -> None:
        for reader, values in zip(readers, zip(*batch, strict=True), strict=True):
            reader.add(values)
        batch.clear()

    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list) or len(row) != len(columns):
            found = f"{len(row)} values" if isinstance(row, list) else "no array"
            msg = f"record {number} has {found} where there are {len(columns)} columns"
            raise LayoutError(msg)
        batch.append(row)
        if len(batch) == BATCH:
            empty()
    if batch:
        empty()
    return readers


def _frame(
    metadata: Mapping[str, Any], columns: list[JsonColumn], readers: list[ColumnReader]
) -> tuple[pd.DataFrame, DatasetSpecification]:
    records, name, label = metadata.get("records"), metadata.get("name"), metadata.get("label", "")
    if type(records) is not int or not isinstance(name, str) or not isinstance(label, str):
        msg = "its name, label or number of records is not readable"
        raise LayoutError(msg)
    held = readers[0].records
    if records != held:
        msg = f"it states {records} records and holds {held}"
        raise LayoutError(msg)
    frame = pd.DataFrame({reader.column.name: reader.values() for reader in readers}, copy=False)
    keyed = sorted((column.key, column.name) for column in columns if column.key is not None)
    specification = DatasetSpecification(
        name, label, tuple(key for _, key in keyed), tuple(column.variable() for column in columns)
    )
    return frame, specification
