"""Datasets as Parquet files: text as dictionaries, numbers and dates as doubles, no metadata of any library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from csrbook.data.reading import LayoutError, fits, readable
from csrbook.data.specification import DatasetSpecification, Kind, Variable
from csrbook.data.text_columns import clean, distinct, expand

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["arrow_table", "parquet_specification", "read_parquet", "write_parquet", "write_table"]

ROW_GROUP = 1_000_000
SAS_EPOCH = 3653
"""Days from 1960-01-01 to 1970-01-01."""
DAY = 86_400
"""Seconds of a day."""
SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
"""Units of a second."""
UNFOLDED = 64 << 20
"""Bytes that the columns of a file of any size may unfold to,"""
UNFOLDED_A_BYTE = 200
"""and that a byte of it may unfold to beyond that; real files stay below 30."""


def write_parquet(frame: pd.DataFrame, path: Path, specification: DatasetSpecification) -> None:
    """Write a dataset as a Parquet file.

    Parameters
    ----------
    frame : DataFrame
        Text columns of ``str``, numbers and dates of ``float64``; columns as in the specification.
    path : Path
    specification : DatasetSpecification
        Gives the order and the kinds of the columns.

    Notes
    -----
    NaN is written as null. The bytes depend on the version of pyarrow, which names itself in the file; the content
    hash of a lock does not (see :mod:`csrbook.lock.hashing`).
    """
    write_table(arrow_table(frame, specification), path)


def arrow_table(frame: pd.DataFrame, specification: DatasetSpecification) -> pa.Table:
    """The table that :func:`write_parquet` writes: text as dictionaries in the order of first appearance.

    Parameters
    ----------
    frame : DataFrame
    specification : DatasetSpecification

    Returns
    -------
    pyarrow.Table
        Of one chunk a column.
    """
    arrays: list[pa.Array] = []
    for variable in specification.variables:
        values = frame[variable.name].to_numpy()
        if variable.kind == "text":
            codes, words = distinct(values)
            arrays.append(
                pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(words, pa.string()))
            )
        else:
            arrays.append(pa.array(values, pa.float64(), from_pandas=True))
    return pa.table(arrays, names=list(specification.names))


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table from :func:`arrow_table` as a Parquet file."""
    pq.write_table(table, path, row_group_size=ROW_GROUP, compression="zstd", store_schema=False)


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a Parquet file.

    Parameters
    ----------
    path : Path
    columns : sequence of str, optional
        Those to read; all by default.

    Returns
    -------
    DataFrame
        Text without blanks at its end, ``""`` for null; numbers as ``float64``; calendar dates as days since
        1960-01-01, timestamps as seconds since then, times as seconds of the day.

    Raises
    ------
    TransferError
        The file is unreadable or truncated, unfolds out of proportion to its size, or a column is neither text, number
        nor date.
    """
    with readable(path), pq.ParquetFile(path, memory_map=True) as file:
        schema = file.schema_arrow
    names = [name for name in schema.names if columns is None or name in columns]
    text = [name for name in names if _is_text(schema.field(name).type)]
    with readable(path), pq.ParquetFile(path, memory_map=True, read_dictionary=text) as file:
        groups = _row_groups(file, path.stat().st_size)
        data = {
            name: np.empty(sum(rows for _, rows in groups), dtype=object if name in text else np.float64)
            for name in names
        }
        words: dict[str, dict[str, str]] = {name: {} for name in text}
        first = 0
        for numbers, rows in groups:
            table = file.read_row_groups(numbers, columns=names)
            if table.num_rows != rows or table.column_names != names:
                msg = "its parts are not what it states"
                raise LayoutError(msg)
            for name in names:
                where = f"{path.name}, {name}"
                at = first
                for chunk in table.column(name).chunks:
                    part = data[name][at : at + len(chunk)]
                    part[:] = _text(chunk, words[name], where) if name in text else _numbers(chunk, where)
                    at += len(chunk)
            first += rows
    return pd.DataFrame(data if columns is None else {name: data[name] for name in columns}, copy=False)


def parquet_specification(path: Path) -> DatasetSpecification:
    """What a Parquet file says of its variables: their kinds, and their labels where its writer left them.

    Parameters
    ----------
    path : Path

    Returns
    -------
    DatasetSpecification
        Named after the file, without keys or lengths.

    Raises
    ------
    TransferError
        The file is unreadable or truncated.
    """
    with readable(path), pq.ParquetFile(path, memory_map=True) as file:
        schema = file.schema_arrow
        variables = []
        for field in schema:
            label = (field.metadata or {}).get(b"label", b"").decode("utf-8")
            kind: Kind = "text" if _is_text(field.type) else "date" if pa.types.is_date(field.type) else "number"
            variables.append(Variable(field.name, label, kind))
    return DatasetSpecification(path.stem.upper(), "", (), tuple(variables))


def _row_groups(file: pq.ParquetFile, size: int) -> list[tuple[list[int], int]]:
    """Row groups to read together, with their records: few enough for the memory, enough for speed."""
    metadata = file.metadata
    parts = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    if len(set(file.schema_arrow.names)) != len(file.schema_arrow.names) or metadata.num_columns == 0:
        msg = "two columns have one name, or there is none"
        raise LayoutError(msg)
    if (
        min([part.num_rows for part in parts], default=0) < 0
        or sum(part.num_rows for part in parts) != metadata.num_rows
    ):
        msg = "its row groups do not hold as many records as it states"
        raise LayoutError(msg)
    fits(metadata.num_rows, metadata.num_columns, size)
    unfolded = sum(part.column(place).total_uncompressed_size for part in parts for place in range(part.num_columns))
    if unfolded > UNFOLDED + UNFOLDED_A_BYTE * size:
        msg = f"its {size} bytes unfold to {unfolded}"
        raise LayoutError(msg)
    together: list[tuple[list[int], int]] = []
    for number, part in enumerate(parts):
        if together and together[-1][1] + part.num_rows <= ROW_GROUP:
            together[-1] = ([*together[-1][0], number], together[-1][1] + part.num_rows)
        else:
            together.append(([number], part.num_rows))
    return together


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _numbers(column: pa.Array, where: str) -> NDArray[np.float64]:
    kind = column.type
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan)
    if pa.types.is_date(kind):
        return _floats(pc.cast(pc.cast(column, pa.date32()), pa.int32())) + SAS_EPOCH
    if pa.types.is_timestamp(kind) and kind.tz is None:
        return _floats(pc.cast(column, pa.int64())) / SECOND[kind.unit] + SAS_EPOCH * DAY
    if pa.types.is_time(kind):
        whole = pa.int32() if pa.types.is_time32(kind) else pa.int64()
        return _floats(pc.cast(column, whole)) / SECOND[kind.unit]
    if pa.types.is_decimal(kind):
        column = pc.cast(column, pa.float64())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        msg = f"{where.rpartition(', ')[2]} is of type {kind}, which is neither text, number, date nor local time"
        raise LayoutError(msg)
    numbers = _floats(column)
    if np.isinf(numbers).any():
        msg = f"{where.rpartition(', ')[2]} holds an infinite number"
        raise LayoutError(msg)
    return numbers


def _floats(column: pa.Array) -> NDArray[np.float64]:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def _text(column: pa.Array, known: dict[str, str], where: str) -> NDArray[np.object_]:
    """Texts of some records; ``known`` holds those met before, and makes every text one Python object."""
    column.validate(full=True)
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    words = ["" if word is None else word for word in column.dictionary.to_pylist()]
    new = [word for word in words if word not in known]
    known.update(zip(new, clean(new, where), strict=True))
    codes = column.indices.fill_null(len(words)).to_numpy()
    return expand(codes, [*(known[word] for word in words), ""])
