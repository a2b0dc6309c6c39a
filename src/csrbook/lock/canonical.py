"""The one form of a dataset that is hashed, stored and analysed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csrbook.data.text_columns import distinct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from csrbook.data.specification import DatasetSpecification

__all__ = ["aligned", "canonical", "numbered", "repeated_keys"]


def aligned(frame: pd.DataFrame, specification: DatasetSpecification) -> pd.DataFrame:
    """The columns in the schema's order, where the frame has just these columns; else the frame as it is.

    A text column that arrived without a single value, and so without a type, becomes a column of blanks.
    """
    if len(frame.columns) != len(specification.names) or set(frame.columns) != set(specification.names):
        return frame
    if tuple(frame.columns) != specification.names:
        frame = frame[list(specification.names)]
    for name in specification.of_kind("text"):
        if frame[name].dtype.kind == "f" and bool(frame[name].isna().all()):
            frame = frame.assign(**{name: np.full(len(frame), "", dtype=object)})
    return frame


def numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its records numbered from 0; not copied where they are."""
    return frame if frame.index.equals(pd.RangeIndex(len(frame))) else frame.reset_index(drop=True)


def canonical(frame: pd.DataFrame, specification: DatasetSpecification) -> pd.DataFrame:
    """Records in key order, every zero positive.

    Parameters
    ----------
    frame : DataFrame
        Aligned with the specification and valid by the schema.
    specification : DatasetSpecification

    Returns
    -------
    DataFrame
        Text sorts by code point and numbers by size, as the key's variables follow each other. Records of one key,
        where a waiver admits them, sort by the other variables in the order of their names.
    """
    keys = specification.keys
    # Missing numbers stand last; as infinite ones they are equal to each other, too.
    ranks = [np.nan_to_num(_ranks(frame[key]), copy=True, nan=np.inf, posinf=np.inf, neginf=-np.inf) for key in keys]
    order = np.lexsort(ranks[::-1])
    if _same_as_next(ranks, order).any():
        others = sorted(set(specification.names).difference(keys))
        order = np.lexsort([*(_ranks(frame[name]) for name in reversed(others)), *ranks[::-1]])
    in_order = bool((order[1:] > order[:-1]).all())
    data: dict[str, NDArray[Any]] = {}
    for variable in specification.variables:
        values = frame[variable.name].to_numpy()
        if not in_order:
            values = values[order]
        data[variable.name] = values if variable.kind == "text" else values + 0.0
    return pd.DataFrame(data, copy=False)


def repeated_keys(frame: pd.DataFrame, keys: Sequence[str]) -> NDArray[np.bool_]:
    """Whether a record shares its key with another."""
    ranks = [_ranks(frame[key]) for key in keys]
    order = np.lexsort(ranks[::-1])
    same = _same_as_next(ranks, order)
    repeated = np.zeros(len(frame), dtype=bool)
    repeated[order[1:][same]] = True
    repeated[order[:-1][same]] = True
    return repeated


def _same_as_next(ranks: Sequence[NDArray[Any]], order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Of the records in order, all but the last: whether the next one has the same key."""
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for rank in ranks:
        ordered = rank[order]
        same &= ordered[1:] == ordered[:-1]
    return same


def _ranks(column: pd.Series[Any]) -> NDArray[Any]:
    """Numbers that sort as the column does."""
    values: NDArray[Any] = column.to_numpy()
    if values.dtype.kind == "f":
        return values
    codes, words = distinct(values)
    ranks = np.empty(len(words), dtype=np.int64)
    ranks[sorted(range(len(words)), key=lambda code: str(words[code]))] = np.arange(len(words))
    return ranks[codes]
