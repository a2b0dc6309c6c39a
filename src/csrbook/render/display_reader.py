"""A display's JSON read from disk in parts, for the rows of a listing may be more than the memory has room for."""

from __future__ import annotations

from json import JSONDecodeError, JSONDecoder
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

__all__ = ["read_display", "read_rows"]

PART: Final = 2**20
"""Characters that are read at a time."""

ROWS: Final = "rows"
_BLANKS: Final = " \t\r\n"
_DECODER: Final = JSONDecoder()


def read_display(file: Path) -> tuple[dict[str, Any], int]:
    """A display without its rows, an empty list in their place, and how many there are.

    Raises
    ------
    RenderError
        The file does not hold a display.
    """
    display: dict[str, Any] = {}
    records = 0
    for key, value in _entries(file):
        display[key] = [] if key == ROWS else value
        records += key == ROWS
    return display, records


def read_rows(file: Path) -> Iterator[list[str]]:
    """Cells of each row of a display.

    Raises
    ------
    RenderError
        The file does not hold a display.
    """
    return (value for key, value in _entries(file) if key == ROWS)


def _entries(file: Path) -> Iterator[tuple[str, Any]]:
    """Keys and values of the file; the key ``rows`` comes with the cells of each row."""
    with file.open(encoding="utf-8") as handle:
        reader = _Reader(handle)
        try:
            reader.take("{")
            while not reader.has("}"):
                key = str(reader.value())
                reader.take(":")
                if key == ROWS:
                    yield from ((ROWS, row["cells"]) for row in reader.items())
                else:
                    yield key, reader.value()
                reader.has(",")
        except (JSONDecodeError, TypeError, KeyError) as problem:
            raise RenderError(f"a display cannot be read: {problem}", str(file), "make the results again") from problem


class _Reader:
    """Values of JSON text, one after the other."""

    def __init__(self, handle: TextIO) -> None:
        self._handle = handle
        self._text = ""
        self._at = 0

    def value(self) -> Any:
        """The next value."""
        while True:
            self._skip()
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except JSONDecodeError:
                if self._read():
                    continue
                raise
            # A number that ends where the text ends may go on.
            if end == len(self._text) and self._read():
                continue
            self._at = end
            return value

    def items(self) -> Iterator[Any]:
        """Items of an array."""
        self.take("[")
        while not self.has("]"):
            yield self.value()
            self.has(",")

    def has(self, mark: str) -> bool:
        """Whether a mark is next; it is passed over."""
        self._skip()
        found = self._text[self._at : self._at + 1] == mark
        self._at += found
        return found

    def take(self, mark: str) -> None:
        """Pass over a mark that must be there."""
        if not self.has(mark):
            raise JSONDecodeError(f"Expecting '{mark}'", self._text[:80], self._at)

    def _skip(self) -> None:
        while True:
            while self._text[self._at : self._at + 1] in _BLANKS and self._at < len(self._text):
                self._at += 1
            if self._at < len(self._text) or not self._read():
                return

    def _read(self) -> bool:
        part = self._handle.read(PART)
        self._text, self._at = self._text[self._at :] + part, 0
        return bool(part)
