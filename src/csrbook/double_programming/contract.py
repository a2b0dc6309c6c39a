"""The contract between two programmers: the numbers that the plan asks for, by key, and the file that brings them back.

A template has a row a number, with the hash of the lock, the key columns of the ARD, label and unit, and an empty
``value``. Whoever fills it, in whatever language, owes nothing else: a number, or ``NE`` where it cannot be estimated.
What stays empty is missing.
"""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from csrbook.ard import ARD_KEYS
from csrbook.data import as_before_export, csv_text
from csrbook.errors import IntegrityError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd

__all__ = ["COLUMNS", "NOT_ESTIMABLE", "Filled", "read_filled", "template_rows", "write_template"]

COLUMNS: Final = ("lock", *ARD_KEYS, "stat_label", "unit", "value")
"""Columns of a template."""

NOT_ESTIMABLE: Final = "NE"
NEEDED: Final = ("lock", *ARD_KEYS, "value")
JSON_SCHEMA: Final = "csrbook-qc-template/1"

Template = list[dict[str, str]]


@dataclass(frozen=True)
class Filled:
    """What a second programmer brought back.

    Attributes
    ----------
    numbers : DataFrame
        :data:`csrbook.ard.ARD_KEYS` and ``value``, NaN where not estimable; rows that were filled alone.
    outputs : tuple of str
        Every output that the file names, filled or not: all its numbers are owed.
    empty : int
        Rows that were left empty.
    """

    numbers: pd.DataFrame
    outputs: tuple[str, ...]
    empty: int


def template_rows(ard: pd.DataFrame, lock: str) -> Template:
    """The rows of a template: the keys of an ARD without its values.

    Parameters
    ----------
    ard : DataFrame
        Numbers of production; words (``unit`` equal to ``text`` without a value) are left out.
    lock : str
        Hash of the lock.
    """
    numbers = ard[~(ard["unit"].eq("text") & ard["value"].isna())]
    parts = numbers[[*ARD_KEYS, "stat_label", "unit"]].astype(str).to_dict("records")
    return [{"lock": lock, **{str(name): str(text) for name, text in part.items()}, "value": ""} for part in parts]


def write_template(rows: Template, path: Path) -> None:
    """Write a template as ``path.csv`` and ``path.json``."""
    table = [[row[name] for name in COLUMNS] for row in rows]
    path.with_name(f"{path.name}.csv").write_text(csv_text(COLUMNS, table), encoding="utf-8", newline="")
    numbers = [{name: row[name] for name in COLUMNS if name not in ("lock", "value")} | {"value": None} for row in rows]
    content = {"schema": JSON_SCHEMA, "lock": rows[0]["lock"] if rows else "", "numbers": numbers}
    text = json.dumps(content, ensure_ascii=False, indent=1)
    path.with_name(f"{path.name}.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def read_filled(path: Path, lock: str) -> Filled:
    """Read a filled template.

    Parameters
    ----------
    path : Path
        CSV or JSON, as :func:`write_template` wrote it; columns and rows may stand in any order.
    lock : str
        Hash of the lock that production's numbers come from.

    Raises
    ------
    UsageError
        It cannot be read, lacks a column, or holds what is no number; names the line.
    IntegrityError
        It was filled from another lock.
    """
    import pandas as pd

    read = _json_rows if path.suffix.lower() == ".json" else _csv_rows
    rows = list(read(path))
    if not rows:
        raise UsageError("the file holds no number", path.name, "fill the template of `csrbook qc template`")
    filled = []
    for place, row in rows:
        if row["lock"] != lock:
            raise IntegrityError(
                "the numbers were made from another lock",
                f"{place}: lock {_short(row['lock']) or '(none)'}, production's is {_short(lock)}",
                "run the second program on the data of this lock (`csrbook qc template --data`)",
            )
        value = _value(row["value"], place)
        if value is not None:
            filled.append({**{name: as_before_export(row[name]) for name in ARD_KEYS}, "value": value})
    return Filled(
        pd.DataFrame(filled, columns=[*ARD_KEYS, "value"]).astype({"value": "float64"}),
        tuple(dict.fromkeys(as_before_export(row["output_id"]) for _, row in rows)),
        len(rows) - len(filled),
    )


def _csv_rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _require(reader.fieldnames or (), path)
            for row in reader:
                place = f"{path.name}, line {reader.line_num}"
                if None in row or None in row.values():
                    raise UsageError("a row has not as many cells as the header", place, "mend that line")
                yield place, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"the file cannot be read: {error}", str(path), "give a CSV file in UTF-8") from error


def _json_rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        lock, numbers = str(content["lock"]), list(content["numbers"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"the file cannot be read: {type(error).__name__}: {error}", str(path), "give a template in JSON, filled"
        ) from error
    for position, number in enumerate(numbers, start=1):
        place = f"{path.name}, number {position}"
        if not isinstance(number, dict):
            raise UsageError("an entry is no object", place, "give the keys of the template and a value")
        _require(("lock", *number), path)
        yield place, {"lock": lock, **{name: _text(number[name]) for name in NEEDED if name != "lock"}}


def _text(value: Any) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def _require(columns: Sequence[str], path: Path) -> None:
    if absent := [name for name in NEEDED if name not in columns]:
        raise UsageError(
            f"no column {', '.join(absent)}", str(path), "keep the columns of the template of `csrbook qc template`"
        )


def _value(text: str, place: str) -> float | None:
    """The number of a cell; NaN where it says not estimable, None where it is empty."""
    text = text.strip()
    if not text:
        return None
    if text.upper() == NOT_ESTIMABLE:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"the value {text!r} is no number", place, f"give a number, or {NOT_ESTIMABLE}")
    return value


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]
