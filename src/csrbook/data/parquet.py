"""Datasets as Parquet files: text as dictionaries, numbers and dates as doubles, no metadata of any library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from csrbook.data.text_columns import distinct, expand
from csrbook.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from csrbook.data.specification import DatasetSpecification

__all__ = ["read_parquet", "write_parquet"]

ROW_GROUP = 1_000_000
SAS_EPOCH = 3653
"""Days from 1960-01-01 to 1970-01-01."""


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
    table = pa.table(arrays, names=list(specification.names))
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
        1960-01-01.

    Raises
    ------
    TransferError
        The file is unreadable or truncated, or a column is neither text, number nor date.
    """
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
        names = [name for name in schema.names if columns is None or name in columns]
        text = [name for name in names if _is_text(schema.field(name).type)]
        table = pq.read_table(path, columns=names, read_dictionary=text, partitioning=None, memory_map=True)
        data = {name: _values(table.column(name), f"{path.name}, {name}") for name in names}
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise TransferError(
            f"the file is not readable: {reason}", path.name, "ask for the file again and replace it"
        ) from error
    return pd.DataFrame(data if columns is None else {name: data[name] for name in columns}, copy=False)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _values(column: pa.ChunkedArray, where: str) -> NDArray[Any]:
    kind = column.type
    if _is_text(kind):
        return _text(column)
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan)
    if pa.types.is_date32(kind):
        days = pc.cast(column, pa.int32()).to_numpy().astype(np.float64)
        return np.asarray(days + SAS_EPOCH, dtype=np.float64)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        # A copy, so that the caller's array is writable and holds no part of the file open.
        return np.array(column.to_numpy(), dtype=np.float64)
    raise TransferError(
        f"a column of type {kind} is neither text, number nor date", where, "write text, doubles, integers or dates"
    )


def _text(column: pa.ChunkedArray) -> NDArray[np.object_]:
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.unify_dictionaries().combine_chunks() if array.num_chunks else pa.array([], column.type)
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    array.validate(full=True)
    words = [word.rstrip(" ") for word in array.dictionary.to_pylist()]
    codes = array.indices.fill_null(len(words)).to_numpy()
    return expand(codes, [*words, ""])
