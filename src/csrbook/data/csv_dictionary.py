"""The dictionary that a CSV file cannot do without: what its variables are, and in which encoding it is.

A transfer declares it in ``adsl.dictionary.csv`` beside ``adsl.csv``, or for several datasets in one ``dictionary.csv``
whose column ``dataset`` says for which. The columns:

============  ==========================================================================================
``dataset``   name of the dataset; only in ``dictionary.csv``
``variable``  name of the variable; blank in the row that describes the dataset itself
``label``     label of the variable or the dataset
``type``      ``text``, ``number``, ``date``, ``datetime`` or ``time``
``length``    longest text, optional
``format``    of a date: blank for ISO 8601, else ``DATE9``, ``DDMMYY10``, ``MMDDYY10``, ``YYMMDDN8`` or ``SAS``
              (days since 1960-01-01)
``missing``   codes that stand for a missing value, separated by blanks; a blank cell is always missing
``encoding``  in the dataset's own row: encoding of its file, UTF-8 if none is declared
============  ==========================================================================================

The dictionary itself is in UTF-8. The row of a dataset may also declare the encoding of an XPORT file, which states
none.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TextIO

from csrbook.data.encodings import UTF_8, known_encoding
from csrbook.data.folder import regular_files
from csrbook.data.reading import LayoutError, readable
from csrbook.data.specification import DatasetSpecification, Kind, Variable
from csrbook.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["CsvVariable", "Dictionary", "csv_rows", "dictionary_for"]

SHARED: Final = "dictionary.csv"
OWN: Final = ".dictionary.csv"
KINDS: Final[dict[str, Kind]] = {
    "text": "text",
    "number": "number",
    "date": "date",
    "datetime": "number",
    "time": "number",
}
FORMATS: Final = ("", "DATE9", "DDMMYY10", "MMDDYY10", "YYMMDDN8", "SAS")
COLUMNS: Final = {"dataset", "variable", "label", "type", "length", "format", "missing", "encoding"}
LARGEST: Final = 16 << 20
"""Bytes of the largest dictionary that is read."""
LONGEST_LINE: Final = 1 << 22
"""Characters of the longest line of a CSV file."""


@dataclass(frozen=True)
class CsvVariable:
    """A variable as the dictionary declares it."""

    name: str
    label: str
    type: str
    length: int | None
    format: str
    missing: frozenset[str]


@dataclass
class Dictionary:
    """What is declared of one dataset."""

    name: str
    label: str = ""
    encoding: str = UTF_8
    variables: dict[str, CsvVariable] = field(default_factory=dict)

    def specification(self) -> DatasetSpecification:
        """The declaration in the terms of a specification; it states no key."""
        variables = (Variable(v.name, v.label, KINDS[v.type], v.length) for v in self.variables.values())
        return DatasetSpecification(self.name, self.label, (), tuple(variables))


def csv_rows(path: Path, encoding: str) -> Iterator[list[str]]:
    """The rows of a CSV file (RFC 4180), one at a time.

    Raises
    ------
    LayoutError
        A quote is not closed, stands where none may, or a cell is longer than any text.
    UnicodeDecodeError
        The file is not of the encoding.
    """
    with path.open(encoding="utf-8-sig" if encoding == UTF_8 else encoding, newline="") as file:
        rows = csv.reader(_lines(file), strict=True)
        try:
            yield from rows
        except csv.Error as error:
            msg = f"line {rows.line_num}: {error}"
            raise LayoutError(msg) from error


def _lines(file: TextIO) -> Iterator[str]:
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            msg = f"a line has more than {LONGEST_LINE} characters"
            raise LayoutError(msg)
        yield line


def dictionary_for(path: Path) -> Dictionary | None:
    """The declaration that belongs to a file of a transfer, or None where there is none.

    Parameters
    ----------
    path : Path
        The dataset's file.

    Raises
    ------
    TransferError
        A dictionary is unreadable, declares something impossible, or two of them declare the dataset.
    """
    files = {file.name.lower(): file for file in regular_files(path.parent)}
    name = path.stem.upper()
    own, shared = files.get(path.stem.lower() + OWN), files.get(SHARED)
    found = [
        read[name]
        for file, default in ((own, name), (shared, ""))
        if file is not None and file != path and name in (read := _read(file, default))
    ]
    if len(found) > 1:
        raise TransferError(
            f"two dictionaries declare {name}", f"{path.stem.lower()}{OWN} and {SHARED}", "keep one of the two"
        )
    return found[0] if found else None


def _read(path: Path, default: str) -> dict[str, Dictionary]:
    """Every dataset that a dictionary declares, by name in upper case."""
    found: dict[str, Dictionary] = {}
    with readable(path):
        if path.stat().st_size > LARGEST:
            msg = f"a dictionary of more than {LARGEST >> 20} MB"
            raise LayoutError(msg)
        rows = csv_rows(path, UTF_8)
        names = [name.strip().lower() for name in next(rows, [])]
        if unknown := sorted(set(names) - COLUMNS):
            msg = f"it has a column {unknown[0][:40]!r}; a dictionary has {', '.join(sorted(COLUMNS))}"
            raise LayoutError(msg)
        if len(set(names)) != len(names) or not (default or "dataset" in names):
            msg = "it has a column twice, or none that names the dataset"
            raise LayoutError(msg)
        for line, row in enumerate(rows, start=2):
            if len(row) != len(names):
                msg = f"row {line} has {len(row)} cells, the heading {len(names)}"
                raise LayoutError(msg)
            cells = dict.fromkeys(COLUMNS, "") | {n: cell.strip() for n, cell in zip(names, row, strict=True)}
            dataset = (cells["dataset"] or default).upper()
            _declare(found.setdefault(dataset, Dictionary(dataset)), cells, f"{path.name}, row {line}")
    return found


def _declare(dictionary: Dictionary, cells: dict[str, str], where: str) -> None:
    """Take one row into the declaration of its dataset."""
    if not cells["variable"]:
        dictionary.label = cells["label"]
        dictionary.encoding = known_encoding(cells["encoding"] or UTF_8, where)
        return
    name, kind, length = cells["variable"], cells["type"].lower(), cells["length"]
    form = cells["format"].upper().rstrip(".")
    for wrong, what in (
        (name.upper() in {known.upper() for known in dictionary.variables}, f"the variable {name!r} is declared twice"),
        (kind not in KINDS, f"the type {kind!r} is none of {', '.join(KINDS)}"),
        (bool(length) and not (length.isascii() and length.isdigit() and int(length[:9])), f"the length {length!r}"),
        (kind == "date" and form not in FORMATS, f"the date format {form!r} is none of {', '.join(FORMATS[1:])}"),
        (bool(cells["encoding"]), "the encoding stands in the row of a variable; it belongs in the dataset's own row"),
    ):
        if wrong:
            raise TransferError(f"the dictionary is not readable: {what}", where, "correct the dictionary")
    dictionary.variables[name] = CsvVariable(
        name, cells["label"], kind, int(length) if length else None, form, frozenset(cells["missing"].split())
    )
