"""Columns of text: few distinct values over many records, so work is done once a value and not once a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["distinct", "expand"]


def distinct(values: NDArray[np.object_]) -> tuple[NDArray[np.int64], list[Any]]:
    """Number the distinct values of a column.

    Parameters
    ----------
    values : ndarray of object, shape (n,)

    Returns
    -------
    codes : ndarray of int64, shape (n,)
        For each record the position of its value in ``words``.
    words : list
        The distinct values by first appearance, missing values among them.
    """
    # With its sentinel, factorize does not look through the whole column for missing values first.
    codes, found = pd.factorize(values)
    codes, words = codes.astype(np.int64, copy=False), list(found)
    missing = codes < 0
    if missing.any():
        codes[missing] = len(words)
        words.append(None)
    return codes, words


def expand(codes: NDArray[Any], words: Sequence[str]) -> NDArray[np.object_]:
    """The column that :func:`distinct` numbered: each record's word, every word one Python object."""
    table = np.empty(len(words), dtype=object)
    table[:] = words
    return cast("NDArray[np.object_]", table[codes])
