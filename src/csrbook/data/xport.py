"""Datasets as SAS XPORT files of version 5, written byte for byte the same each time and read back exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from csrbook.data.ibm_floats import from_ibm, to_ibm
from csrbook.data.text_columns import distinct, expand
from csrbook.data.xport_layout import CARD, MEMBER, TEXT_LENGTH, Field, LayoutError, header, parse_header, read_member
from csrbook.errors import TransferError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from csrbook.data.specification import DatasetSpecification

__all__ = ["read_xport", "write_xport"]

CHUNK = 250_000
"""Records held as bytes at a time."""


def write_xport(frame: pd.DataFrame, path: Path, specification: DatasetSpecification, made: datetime) -> None:
    """Write a dataset as an XPORT file.

    Parameters
    ----------
    frame : DataFrame
        Text columns of ``str``, numbers and dates of ``float64``; columns as in the specification.
    path : Path
    specification : DatasetSpecification
        Gives names, labels and which numbers are dates.
    made : datetime
        Stands in the file as the time of creation.

    Raises
    ------
    TransferError
        A name, label or value does not fit the format.

    Notes
    -----
    Text columns are as wide as their longest value. Blanks at the end of a value are lost, because the format pads
    with blanks.
    """
    fields: list[Field] = []
    columns: list[tuple[NDArray[Any], NDArray[Any] | None]] = []
    position = 0
    for variable in specification.variables:
        values = frame[variable.name].to_numpy()
        if variable.kind == "text":
            codes, words = distinct(values)
            table = _byte_table(words, f"{path.name}, {variable.name}")
            length = table.dtype.itemsize
            columns.append((codes, table))
        else:
            length = 8
            columns.append((values.astype(np.float64, copy=False), None))
        fields.append(
            Field(variable.name, variable.label, variable.kind == "text", length, position, variable.kind == "date")
        )
        position += length
    try:
        start = header(specification.name, specification.label, fields, made)
    except LayoutError as error:
        raise TransferError(f"a name or label does not fit XPORT: {error}", path.name, "shorten it") from error
    with path.open("wb") as file:
        file.write(start)
        for first in range(0, len(frame), CHUNK):
            file.write(_records(fields, columns, first, min(first + CHUNK, len(frame)), path))
        file.write(b" " * (-(len(frame) * position) % CARD))


def _byte_table(words: list[Any], where: str) -> NDArray[Any]:
    """The distinct values as bytes of one length."""
    for word in words:
        if not isinstance(word, str):
            raise TransferError(f"a text variable holds {word!r}", where, 'write text; a blank is ""')
    encoded = [word.encode("utf-8") for word in words]
    longest = max(map(len, encoded), default=1)
    if longest > TEXT_LENGTH:
        word = next(word for word, data in zip(words, encoded, strict=True) if len(data) == longest)
        raise TransferError(
            f"a text of {longest} bytes is longer than the {TEXT_LENGTH} that XPORT allows",
            f"{where}: {word[:40]!r}…",
            "shorten the text or split it over two variables",
        )
    width = max(longest, 1)
    return np.array([data.ljust(width) for data in encoded], dtype=f"S{width}")


def _records(
    fields: list[Field], columns: list[tuple[NDArray[Any], NDArray[Any] | None]], first: int, last: int, path: Path
) -> bytes:
    """The bytes of the records from ``first`` up to ``last``."""
    rows = last - first
    block = np.empty((rows, fields[-1].position + fields[-1].length), dtype=np.uint8)
    for field, (values, table) in zip(fields, columns, strict=True):
        part = values[first:last]
        if table is not None:
            raw = table.view(np.uint8).reshape(-1, field.length)[part]
        else:
            try:
                raw = to_ibm(part).astype(">u8").view(np.uint8).reshape(rows, 8)
            except OverflowError as error:
                raise TransferError(
                    "a number is too large, too small or infinite", f"{path.name}, {field.name}", "correct it"
                ) from error
        block[:, field.position : field.position + field.length] = raw
    return block.tobytes()


def read_xport(path: Path) -> tuple[pd.DataFrame, list[Field]]:
    """Read an XPORT file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    frame : DataFrame
        Text without blanks at its end, ``""`` for blank; numbers as ``float64``, NaN for each of SAS's missing values;
        dates stay days since 1960-01-01.
    fields : list of Field
        Labels, lengths and date formats as the file states them.

    Raises
    ------
    TransferError
        The file is not an XPORT file of version 5, is truncated, holds more than one dataset, or its text is not UTF-8.
    """
    try:
        data = np.memmap(path, dtype=np.uint8, mode="r")
        offset, count = parse_header(data[: 8 * CARD].tobytes())
        fields, start = read_member(data[: (10 + 2 * count) * CARD].tobytes(), offset, count)
        block = _observations(data[start:], sum(field.length for field in fields))
    except (LayoutError, ValueError, OSError) as error:
        raise TransferError(
            f"the file is not readable: {error}", path.name, "ask for the file again and replace it"
        ) from error
    columns: dict[str, NDArray[Any]] = {}
    for field in fields:
        raw = block[:, field.position : field.position + field.length]
        columns[field.name] = _text(raw, path, field) if field.text else _numbers(raw)
    return pd.DataFrame(columns, copy=False), fields


def _observations(data: NDArray[np.uint8], length: int) -> NDArray[np.uint8]:
    """The records as rows of bytes, without the blanks that fill the last card."""
    if _second_member(data):
        msg = "it holds more than one dataset"
        raise LayoutError(msg)
    rows = len(data) // length
    if len(data) % CARD or (data[rows * length :] != 0x20).any():
        msg = f"it ends within record {rows + 1}: the file is truncated"
        raise LayoutError(msg)
    # A whole record of blanks within the last card is filling, since a number is never eight blanks.
    while rows and len(data) - (rows - 1) * length < CARD and (data[(rows - 1) * length : rows * length] == 0x20).all():
        rows -= 1
    return data[: rows * length].reshape(rows, length)


def _second_member(data: NDArray[np.uint8]) -> bool:
    """Whether a card within the observations begins another dataset."""
    cards = data[: len(data) // CARD * CARD].reshape(-1, CARD)
    mark = np.frombuffer(MEMBER, dtype=np.uint8)
    candidates = np.flatnonzero((cards[:, 20] == mark[20]) & (cards[:, 0] == mark[0]) & (cards[:, 13] == mark[13]))
    return any(bytes(cards[row, : len(mark)]) == MEMBER for row in candidates)


def _numbers(raw: NDArray[np.uint8]) -> NDArray[np.float64]:
    full = np.zeros((len(raw), 8), dtype=np.uint8)
    full[:, : raw.shape[1]] = raw
    return from_ibm(full.view(">u8").reshape(-1).astype(np.uint64))


def _text(raw: NDArray[np.uint8], path: Path, field: Field) -> NDArray[np.object_]:
    width = raw.shape[1]
    if not len(raw):
        return np.empty(0, dtype=object)
    buffer = pa.py_buffer(np.ascontiguousarray(raw))
    encoded = pc.dictionary_encode(pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(raw), [None, buffer]))
    words = []
    for data in encoded.dictionary.to_pylist():
        try:
            words.append(data.decode("utf-8").rstrip(" \0"))
        except UnicodeDecodeError as error:
            raise TransferError(
                f"the text {data.rstrip()!r} is not UTF-8",
                f"{path.name}, {field.name}",
                "ask for the file again with UTF-8 text",
            ) from error
    return expand(encoded.indices.to_numpy(), words)
