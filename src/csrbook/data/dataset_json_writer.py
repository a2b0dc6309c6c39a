"""Writes CDISC Dataset-JSON 1.1, as one JSON object or as lines of JSON, byte for byte the same each time."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.data.iso_dates import iso_date
from csrbook.data.text_columns import clean, distinct, expand
from csrbook.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.data.specification import DatasetSpecification, Variable

__all__ = ["write_dataset_json"]

VERSION: Final = "1.1.0"
CHUNK: Final = 10_000
EXACT: Final = 2.0**53
"""Below this, every whole double is written as an integer without loss."""


def write_dataset_json(frame: pd.DataFrame, path: Path, specification: DatasetSpecification, made: datetime) -> None:
    """Write a dataset as a Dataset-JSON file.

    Parameters
    ----------
    frame : DataFrame
        Text columns of ``str``, numbers and dates of ``float64``; columns as in the specification.
    path : Path
        Ends in ``.json`` or ``.ndjson``, which says the layout.
    specification : DatasetSpecification
        Gives names, labels, keys and which numbers are dates.
    made : datetime
        Stands in the file as the time of creation.

    Raises
    ------
    TransferError
        A value does not fit the format: a number that is infinite, a date that is no whole day.

    Notes
    -----
    A variable of whole numbers is written as ``integer``. Any other is ``decimal``, a text with the shortest digits
    that give the double again. Dates are ISO text with ``targetDataType`` integer; missing values are null, blanks
    ``""``.
    """
    columns: list[dict[str, Any]] = []
    written: list[NDArray[np.object_]] = []
    for variable in specification.variables:
        declared, words, codes = _column(frame[variable.name].to_numpy(), variable, f"{path.name}, {variable.name}")
        item = {"itemOID": f"IT.{specification.name}.{variable.name}", "name": variable.name, "label": variable.label}
        if variable.name in specification.keys:
            declared["keySequence"] = specification.keys.index(variable.name) + 1
        columns.append(item | declared)
        written.append(expand(codes, words))
    metadata = {
        "datasetJSONCreationDateTime": made.isoformat(timespec="seconds"),
        "datasetJSONVersion": VERSION,
        "itemGroupOID": f"IG.{specification.name}",
        "records": len(frame),
        "name": specification.name,
        "label": specification.label,
        "columns": columns,
    }
    lines = path.suffix.lower() == ".ndjson"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_json(metadata) + "\n" if lines else _json(metadata)[:-1] + ',"rows":[')
        for first in range(0, len(frame), CHUNK):
            rows = ["[" + ",".join(row) + "]" for row in zip(*(c[first : first + CHUNK] for c in written), strict=True)]
            between = "" if lines or first == 0 else ","
            file.write(between + ("\n" if lines else ",").join(rows) + "\n" * lines)
        file.write("" if lines else "]}\n")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _column(
    values: NDArray[Any], variable: Variable, where: str
) -> tuple[dict[str, Any], list[str], NDArray[np.int64]]:
    """What to declare of a column, its distinct values as JSON, and for each record the position of its value."""
    if variable.kind == "text":
        codes, found = distinct(values)
        for word in found:
            if not isinstance(word, str):
                raise TransferError(f"a text variable holds {word!r}", where, 'write text; a blank is ""')
        words = clean(found, where)
        length = max(max(map(len, words), default=0), 1)
        return {"dataType": "string", "length": length}, [_json(word) for word in words], codes
    numbers, codes = np.unique(values.astype(np.float64, copy=False) + 0.0, return_inverse=True)
    if np.isinf(numbers).any():
        raise TransferError("a number is infinite", where, "correct it")
    present = numbers[~np.isnan(numbers)]
    if variable.kind == "date":
        declared = {"dataType": "date", "targetDataType": "integer", "displayFormat": "E8601DA."}
        return declared, _fragments(numbers, iso_date, where, quoted=True), codes
    if len(present) and (present == np.trunc(present)).all() and (np.abs(present) <= EXACT).all():
        return {"dataType": "integer"}, _fragments(numbers, lambda number: str(int(number)), where), codes
    return (
        {"dataType": "decimal", "targetDataType": "decimal"},
        _fragments(numbers, _decimal, where, quoted=True),
        codes,
    )


def _decimal(number: float) -> str:
    # xs:decimal, the type behind it, has no exponents.
    return np.format_float_positional(number, trim="-")


def _fragments(
    numbers: NDArray[np.float64], write: Callable[[float], str], where: str, *, quoted: bool = False
) -> list[str]:
    mark = '"' if quoted else ""
    try:
        return ["null" if math.isnan(number) else mark + write(number) + mark for number in numbers.tolist()]
    except ValueError as error:
        raise TransferError(f"a date cannot be written: {error}", where, "correct it") from error
