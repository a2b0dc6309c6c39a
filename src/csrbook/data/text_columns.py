"""Columns of text: few distinct values over many records, so work is done once a value and not once a record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from csrbook.data.reading import LONGEST_TEXT
from csrbook.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["clean", "distinct", "expand"]

NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""NUL ends a text in half of the world's programs, and half a surrogate pair is in no encoding at all."""


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


def clean(words: Iterable[str], where: str) -> list[str]:
    """Words as every format gives them: without the blanks at their end.

    Parameters
    ----------
    words : iterable of str
    where : str
        File and variable, for the error.

    Raises
    ------
    TransferError
        A word holds a NUL or half a character, or is longer than any text in SAS.
    """
    texts = [word.rstrip(" ") for word in words]
    if NO_TEXT.search("".join(texts)):
        bad = next(text for text in texts if NO_TEXT.search(text))
        raise TransferError(
            f"the text {bad[:60]!r} holds what is no character", where, "ask for the file again with plain text"
        )
    longest = max(texts, key=len, default="")
    if len(longest) > LONGEST_TEXT:
        raise TransferError(
            f"a text of {len(longest)} characters is longer than the {LONGEST_TEXT} that SAS knows",
            f"{where}: {longest[:40]!r}…",
            "ask for the file again with shorter text",
        )
    return texts
