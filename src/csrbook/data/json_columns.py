"""The columns of Dataset-JSON: what each declares, and how its values become text or SAS numbers."""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.data.iso_dates import sas_date, sas_datetime, sas_time
from csrbook.data.reading import LayoutError, plain_number
from csrbook.data.specification import Variable, is_date_format
from csrbook.data.text_columns import clean, expand

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["ColumnReader", "JsonColumn", "json_column", "sas_decimal"]

NUMBERS: Final = {"integer", "float", "double", "decimal"}
TIMES: Final[dict[str, Callable[[str], float]]] = {"date": sas_date, "datetime": sas_datetime, "time": sas_time}
TEXTS: Final = {"string", "URI", *TIMES}
MISSING: Final = {"", ".", "NA"}
"""How exporters write a missing decimal as text: nothing, as SAS prints it, as R prints it."""
THOUSANDS: Final = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]*)?")


@dataclass(frozen=True)
class JsonColumn:
    """A column as ``columns`` declares it."""

    name: str
    label: str
    data_type: str
    target: str | None
    length: int | None
    format: str
    key: int | None

    @property
    def convert(self) -> Callable[[str], float] | None:
        """How text of this column becomes a number; None where it stays text."""
        if self.data_type in NUMBERS:
            return sas_decimal
        return TIMES[self.data_type] if self.data_type in TIMES and self.target == "integer" else None

    def variable(self) -> Variable:
        """The column in the terms of a specification."""
        if self.convert is None:
            return Variable(self.name, self.label, "text", self.length)
        is_date = self.data_type == "date" or (self.data_type in NUMBERS and is_date_format(self.format))
        return Variable(self.name, self.label, "date" if is_date else "number")


def json_column(declared: Any) -> JsonColumn:
    """Check one entry of ``columns``.

    Raises
    ------
    LayoutError
        It lacks a name or a type, or states something impossible.
    """
    if not isinstance(declared, dict):
        msg = "an entry of its columns is no object"
        raise LayoutError(msg)
    texts = {key: declared.get(key) or "" for key in ("name", "label", "dataType", "targetDataType", "displayFormat")}
    counts = {key: declared.get(key) for key in ("length", "keySequence")}
    name = texts["name"]
    for key, text in texts.items():
        if not isinstance(text, str) or not text.isprintable():
            msg = f"the {key} of column {str(name)[:40]!r} is no printable text"
            raise LayoutError(msg)
    for key, count in counts.items():
        if count is not None and (type(count) is not int or count < 1):
            msg = f"the {key} of column {name!r} is no positive number"
            raise LayoutError(msg)
    if (
        not name
        or texts["dataType"] not in TEXTS | NUMBERS
        or texts["targetDataType"] not in {"", "integer", "decimal"}
    ):
        msg = f"column {name!r} has the type {texts['dataType']!r}, target {texts['targetDataType']!r}; it is not read"
        raise LayoutError(msg)
    return JsonColumn(
        name,
        texts["label"],
        texts["dataType"],
        texts["targetDataType"] or None,
        counts["length"],
        texts["displayFormat"],
        counts["keySequence"],
    )


def sas_decimal(text: str) -> float:
    """A decimal number written as text: point for the fraction, comma allowed between thousands.

    Raises
    ------
    ValueError
        The text is no such number.
    """
    return plain_number(text.replace(",", "") if THOUSANDS.fullmatch(text) else text)


class ColumnReader:
    """Takes a column's values in batches; text is numbered, so that each distinct value is converted once.

    Parameters
    ----------
    column : JsonColumn
    where : str
        The file's name, for errors.
    """

    def __init__(self, column: JsonColumn, where: str) -> None:
        self.column = column
        self.where = f"{where}, {column.name}"
        self.records = 0
        self.words: dict[str | None, int] = {}
        self.codes = array("l")
        self.numbers = array("d")

    def add(self, values: Sequence[Any]) -> None:
        """Take the values of the next records.

        Raises
        ------
        LayoutError
            A value is not of the column's type.
        """
        kinds = set(map(type, values))
        if kinds <= {str, type(None)} and not len(self.numbers):
            words = self.words
            self.codes.extend([words.setdefault(value, len(words)) for value in values])
        elif self.column.data_type in NUMBERS and kinds <= {int, float, str, type(None)}:
            self._numbers_from_now_on()
            self.numbers.extend([self._number(value) for value in values])
        else:
            allowed = {int, float, str} if self.column.data_type in NUMBERS else {str}
            wrong = next(value for value in values if value is not None and type(value) not in allowed)
            msg = f"{self.column.name}, declared {self.column.data_type}, holds {str(wrong)[:40]}"
            raise LayoutError(msg)
        self.records += len(values)

    def _number(self, value: float | str | None) -> float:
        if value is None:
            return math.nan
        number = self._converted(value, sas_decimal) if isinstance(value, str) else float(value)
        if math.isinf(number):
            msg = f"{self.column.name} holds a number too large for a double"
            raise LayoutError(msg)
        return number

    def _converted(self, text: str, convert: Callable[[str], float]) -> float:
        bare = text.strip(" ")  # exporters pad decimals with blanks
        try:
            return math.nan if bare in MISSING else convert(bare)
        except ValueError as error:
            msg = f"{self.column.name} holds {error}"
            raise LayoutError(msg) from None

    def _numbers_from_now_on(self) -> None:
        if self.words:
            self.numbers.extend(self._coded_numbers(sas_decimal).tolist())
            self.words, self.codes = {}, array("l")

    def _coded_numbers(self, convert: Callable[[str], float]) -> NDArray[np.float64]:
        table = [math.nan if word is None else self._converted(word, convert) for word in self.words]
        if any(map(math.isinf, table)):
            msg = f"{self.column.name} holds a number too large for a double"
            raise LayoutError(msg)
        return np.array(table, dtype=np.float64)[np.array(self.codes, dtype=np.int64)]

    def values(self) -> NDArray[Any]:
        """All values taken: text as ``object``, else ``float64``."""
        convert = self.column.convert
        if convert is None:
            words = clean(["" if word is None else word for word in self.words], self.where)
            return expand(np.array(self.codes, dtype=np.int64), words)
        return np.array(self.numbers, dtype=np.float64) if len(self.numbers) else self._coded_numbers(convert)
