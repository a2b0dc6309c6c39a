"""Datasets as SAS XPORT files, versions 5 and 8: written byte for byte the same each time and read back exactly."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from csrbook.data.encodings import UTF_8, decoded
from csrbook.data.ibm_floats import from_ibm, to_ibm
from csrbook.data.reading import LayoutError, readable
from csrbook.data.specification import DatasetSpecification, Variable
from csrbook.data.text_columns import clean, distinct, expand
from csrbook.data.xport_header import HEADER, read_member
from csrbook.data.xport_layout import CARD, LAYOUTS, Field, Version, header
from csrbook.errors import TransferError

if TYPE_CHECKING:
    from datetime import datetime
    from io import BufferedReader
    from pathlib import Path

    from numpy.typing import NDArray

    from csrbook.data.xport_header import Member

__all__ = ["read_xport", "write_xport"]

CHUNK = 250_000
"""Records written at a time."""

PART = 1 << 22
"""Bytes of records unpicked at a time: few enough to stay in the processor's cache."""


def write_xport(
    frame: pd.DataFrame, path: Path, specification: DatasetSpecification, made: datetime, version: Version = 5
) -> None:
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
    version : {5, 8}
        Version 5, which agencies ask for, or version 8 with its longer names, labels and texts.

    Raises
    ------
    TransferError
        A name, label or value does not fit the format.

    Notes
    -----
    Text columns are as wide as their longest value. Blanks at the end of a value are lost, because the format pads
    with blanks.
    """
    layout = LAYOUTS[version]
    fields: list[Field] = []
    columns: list[tuple[NDArray[Any], NDArray[Any] | None]] = []
    position = 0
    for variable in specification.variables:
        values = frame[variable.name].to_numpy()
        if variable.kind == "text":
            codes, words = distinct(values)
            table = _byte_table(words, layout.text, f"{path.name}, {variable.name}")
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
        start = header(layout, specification.name, specification.label, fields, len(frame), made)
    except LayoutError as error:
        raise TransferError(f"a name or label does not fit XPORT: {error}", path.name, "shorten it") from error
    with path.open("wb") as file:
        file.write(start)
        for first in range(0, len(frame), CHUNK):
            file.write(_block(fields, columns, first, min(first + CHUNK, len(frame)), path))
        file.write(b" " * (-(len(frame) * position) % CARD))


def _byte_table(words: list[Any], most: int, where: str) -> NDArray[Any]:
    """The distinct values as bytes of one length."""
    for word in words:
        if not isinstance(word, str):
            raise TransferError(f"a text variable holds {word!r}", where, 'write text; a blank is ""')
    encoded = [word.encode("utf-8") for word in words]
    longest = max(map(len, encoded), default=1)
    if longest > most:
        word = next(word for word, data in zip(words, encoded, strict=True) if len(data) == longest)
        raise TransferError(
            f"a text of {longest} bytes is longer than the {most} that this version of XPORT allows",
            f"{where}: {word[:40]!r}…",
            "shorten the text or split it over two variables",
        )
    width = max(longest, 1)
    return np.array([data.ljust(width) for data in encoded], dtype=f"S{width}")


def _block(
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


def read_xport(path: Path, encoding: str = UTF_8) -> tuple[pd.DataFrame, DatasetSpecification]:
    """Read an XPORT file of version 5 or 8.

    Parameters
    ----------
    path : Path
    encoding : str
        Of the file's text, which the format itself does not state.

    Returns
    -------
    frame : DataFrame
        Text without blanks at its end, ``""`` for blank; numbers as ``float64``, NaN for each of SAS's missing values;
        dates stay days since 1960-01-01.
    specification : DatasetSpecification
        Labels, lengths and kinds as the file states them; it states no key.

    Raises
    ------
    TransferError
        The file is no XPORT file, is truncated, contradicts itself, holds more than one dataset, or its text is not
        of the encoding.
    """
    with readable(path), path.open("rb") as file:
        member = read_member(file.read(HEADER), encoding, path.name)
        columns = _columns(file, member, encoding, path)
    variables = tuple(
        Variable(
            field.name,
            field.label,
            "text" if field.text else "date" if field.date else "number",
            field.length if field.text else None,
        )
        for field in member.fields
    )
    return pd.DataFrame(columns, copy=False), DatasetSpecification(member.name, member.label, (), variables)


def _columns(file: BufferedReader, member: Member, encoding: str, path: Path) -> dict[str, NDArray[Any]]:
    """Read the observations, some thousands at a time, so that each part is unpicked while the processor holds it."""
    rows = _records(file, member)
    columns = {field.name: np.empty(rows, dtype=object if field.text else np.float64) for field in member.fields}
    words: dict[str, dict[bytes, str]] = {field.name: {} for field in member.fields if field.text}
    # A multiple of the cards' size, so that each part begins with a card as the observations do.
    step = max(PART // (member.length * CARD), 1) * CARD
    buffer = np.empty(min(step, rows), dtype=_record(member))
    file.seek(member.start)
    for first in range(0, rows, step):
        block = buffer[: min(step, rows - first)]
        data = block.view(np.uint8)
        if file.readinto(data.data) != data.size:
            msg = "it became shorter while it was read"
            raise LayoutError(msg)
        if member.records is None:
            _one_member(data, member)
        for field in member.fields:
            part = columns[field.name][first : first + len(block)]
            if field.text:
                _text(block[field.name], part, words[field.name], encoding, f"{path.name}, {field.name}")
            else:
                _numbers(block[field.name], part)
    return columns


def _record(member: Member) -> np.dtype[np.void]:
    """An observation as NumPy sees it."""
    return np.dtype(
        {
            "names": [field.name for field in member.fields],
            "formats": [f"V{field.length}" if field.text or field.length < 8 else ">u8" for field in member.fields],
            "offsets": [field.position for field in member.fields],
            "itemsize": member.length,
        }
    )


def _records(file: BufferedReader, member: Member) -> int:
    """How many records the file holds, once the blanks that fill its last card are taken off."""
    size = file.seek(0, os.SEEK_END) - member.start
    length = member.length
    rows = size // length if member.records is None else member.records
    if (size + member.start) % CARD or rows * length > size:
        msg = f"it ends within record {size // length + 1}: the file is truncated"
        raise LayoutError(msg)
    if member.records is not None and size - rows * length >= CARD:
        msg = f"it states {rows} records and holds more"
        raise LayoutError(msg)
    start = max(size - 2 * CARD, 0) // length * length
    file.seek(member.start + start)
    rest = file.read()
    if rest[rows * length - start :].strip(b" "):
        # A second dataset that is not as wide as the first looks like half a record, but should be called what it is.
        file.seek(member.start)
        while part := file.read(CHUNK * CARD):
            _one_member(np.frombuffer(part, dtype=np.uint8), member)
        msg = f"it ends within record {rows + 1}: the file is truncated"
        raise LayoutError(msg)
    if member.records is None:
        # A whole record of blanks within the last card is filling, since a number is never eight blanks.
        while rows and size - (rows - 1) * length < CARD and not rest[(rows - 1) * length - start :].strip(b" "):
            rows -= 1
    return rows


def _one_member(data: NDArray[np.uint8], member: Member) -> None:
    """Refuse a card within the observations that begins another dataset."""
    cards = data[: len(data) // CARD * CARD].reshape(-1, CARD)
    mark = member.layout.member
    for card in np.flatnonzero(cards[:, 20] == mark[20]):
        if cards[card, : len(mark)].tobytes() == mark:
            msg = "it holds more than one dataset"
            raise LayoutError(msg)


def _numbers(raw: NDArray[Any], numbers: NDArray[np.float64]) -> None:
    if raw.dtype.kind == "V":
        # A number may be stored in fewer bytes; those left out are zeros.
        full = np.zeros((len(raw), 8), dtype=np.uint8)
        full[:, : raw.dtype.itemsize] = np.ascontiguousarray(raw).view(np.uint8).reshape(len(raw), -1)
        raw = full.view(">u8")[:, 0]
    numbers[:] = from_ibm(raw.astype(np.uint64))


def _text(
    raw: NDArray[np.void], texts: NDArray[np.object_], known: dict[bytes, str], encoding: str, where: str
) -> None:
    """Texts of some records; ``known`` holds those met before, and makes every text one Python object."""
    buffer = pa.py_buffer(np.ascontiguousarray(raw))
    array = pa.FixedSizeBinaryArray.from_buffers(pa.binary(raw.dtype.itemsize), len(raw), [None, buffer])
    encoded = pc.dictionary_encode(array)
    words = encoded.dictionary.to_pylist()
    new = [word for word in words if word not in known]
    # Some writers pad with NUL instead of blanks.
    known.update(zip(new, clean([text.rstrip("\0 ") for text in decoded(new, encoding, where)], where), strict=True))
    texts[:] = expand(encoded.indices.to_numpy(), [known[word] for word in words])
