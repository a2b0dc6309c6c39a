"""Reads a dataset from CSV, which it does only by a declared dictionary: a bare CSV file does not say what it holds."""

from __future__ import annotations

import math
import re
from array import array
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from csrbook.data.csv_dictionary import csv_rows
from csrbook.data.iso_dates import sas_date, sas_datetime, sas_time
from csrbook.data.reading import LayoutError, plain_number, readable
from csrbook.data.text_columns import clean, expand
from csrbook.data.xport_layout import MONTHS
from csrbook.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from csrbook.data.csv_dictionary import CsvVariable, Dictionary
    from csrbook.data.specification import DatasetSpecification

__all__ = ["read_csv"]

SHOWN: Final = 8
DATES: Final = {
    "": re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})"),
    "DATE9": re.compile(rf"(?P<d>\d{{2}})(?P<m>{'|'.join(MONTHS)})(?P<y>\d{{4}})", re.IGNORECASE),
    "DDMMYY10": re.compile(r"(?P<d>\d{2})/(?P<m>\d{2})/(?P<y>\d{4})"),
    "MMDDYY10": re.compile(r"(?P<m>\d{2})/(?P<d>\d{2})/(?P<y>\d{4})"),
    "YYMMDDN8": re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
}


def read_csv(path: Path, dictionary: Dictionary | None) -> tuple[pd.DataFrame, DatasetSpecification]:
    """Read a dataset from a CSV file.

    Parameters
    ----------
    path : Path
        Comma-separated, with the variables' names in its first row.
    dictionary : Dictionary or None
        From :func:`csrbook.data.csv_dictionary.dictionary_for`.

    Returns
    -------
    frame : DataFrame
        Text without blanks at its end; numbers as ``float64``, NaN for blank cells and declared missing codes; dates as
        days since 1960-01-01, datetimes as seconds since then, times as seconds of the day.
    specification : DatasetSpecification
        As the dictionary states it.

    Raises
    ------
    TransferError
        There is no dictionary, the columns are not those that it declares, the text is not of the declared encoding, or
        a cell is not of its variable's type.
    """
    if dictionary is None or not dictionary.variables:
        raise TransferError(
            "a CSV file does not say what its variables are",
            path.name,
            f"declare them in {path.stem}.dictionary.csv (variable, label, type, length, format, missing), "
            "or send XPORT, SAS7BDAT, Dataset-JSON or Parquet",
        )
    with readable(path):
        rows = csv_rows(path, dictionary.encoding)
        names = [name.strip() for name in next(rows, [])]
        _same(names, dictionary)
        words: list[dict[str, int]] = [{} for _ in names]
        codes = [array("l") for _ in names]
        pairs = list(zip(words, codes, strict=True))
        for line, row in enumerate(rows, start=2):
            if len(row) != len(names):
                msg = f"record {line - 1} has {len(row)} cells, the heading {len(names)}"
                raise LayoutError(msg)
            for cell, (known, column) in zip(row, pairs, strict=True):
                column.append(known.setdefault(cell, len(known)))
        data = {
            name: _values(dictionary.variables[name], list(known), np.array(column, dtype=np.int64), path.name)
            for name, known, column in zip(names, words, codes, strict=True)
        }
    return pd.DataFrame(data, copy=False), dictionary.specification()


def _same(names: list[str], dictionary: Dictionary) -> None:
    missing = [name for name in dictionary.variables if name not in names]
    unknown = [name[:40] for name in names if name not in dictionary.variables]
    if missing or unknown or len(set(names)) != len(names):
        said = [f"{', '.join(missing[:SHOWN])} missing"] * bool(missing)
        said += [f"{', '.join(unknown[:SHOWN])} not declared"] * bool(unknown)
        msg = f"its columns are not those of the dictionary: {'; '.join(said) or 'one is there twice'}"
        raise LayoutError(msg)


def _values(variable: CsvVariable, words: list[str], codes: NDArray[np.int64], where: str) -> NDArray[Any]:
    """A column of the frame, each distinct cell converted once."""
    bare = [word.strip(" ") for word in words]
    missing = [word == "" or word in variable.missing for word in bare]
    if variable.type == "text":
        texts = clean(
            ["" if gone else word for word, gone in zip(words, missing, strict=True)], f"{where}, {variable.name}"
        )
        if variable.length is not None and (long := [text for text in texts if len(text) > variable.length]):
            msg = f"{variable.name} holds {long[0][:40]!r}, longer than the declared {variable.length}"
            raise LayoutError(msg)
        return expand(codes, texts)
    convert = _converter(variable)
    table = []
    for word, gone in zip(bare, missing, strict=True):
        try:
            number = math.nan if gone else convert(word)
        except ValueError as error:
            msg = f"{variable.name} holds {error}"
            raise LayoutError(msg) from None
        if math.isinf(number):
            msg = f"{variable.name} holds {word[:40]!r}, too large for a double"
            raise LayoutError(msg)
        table.append(number)
    return np.array(table, dtype=np.float64)[codes]


def _converter(variable: CsvVariable) -> Callable[[str], float]:
    if variable.type == "datetime":
        return sas_datetime
    if variable.type == "time":
        return sas_time
    if variable.type == "number" or variable.format == "SAS":
        return plain_number
    pattern = DATES[variable.format]

    def convert(text: str) -> float:
        found = pattern.fullmatch(text) if text.isascii() else None
        if found is None:
            msg = f"{text[:40]!r}, no complete date ({variable.format or 'YYYY-MM-DD'})"
            raise ValueError(msg)
        month = found["m"] if found["m"].isdigit() else f"{MONTHS.index(found['m'].upper()) + 1:02d}"
        return sas_date(f"{found['y']}-{month}-{found['d']}")

    return convert
