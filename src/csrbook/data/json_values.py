"""Reads large JSON files value by value, so that neither their size nor their nesting fills the memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NoReturn, TextIO

from csrbook.data.reading import LayoutError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["JsonStream", "json_value"]

CHUNK: Final = 1 << 19
LARGEST: Final = 1 << 21
"""Characters of the largest single value: a record, or the list of columns."""


def _no_number(name: str) -> NoReturn:
    msg = f"{name} is no JSON number"
    raise LayoutError(msg)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        msg = "an object has one name twice"
        raise LayoutError(msg)
    return content


DECODER: Final = json.JSONDecoder(parse_constant=_no_number, object_pairs_hook=_unique)


def json_value(text: str) -> Any:
    """The one value that a text holds.

    Raises
    ------
    ValueError
        The text is no JSON, or has NaN, an infinity, or one name twice in an object.
    RecursionError
        It is nested more deeply than Python's stack.
    """
    return DECODER.decode(text)


class JsonStream:
    """A JSON text from its beginning, a value at a time.

    Parameters
    ----------
    file : text file
        Open for reading, and seekable.
    """

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.buffer = ""
        self.at = 0

    def _more(self) -> bool:
        """Read on; whether there was anything left to read."""
        kept = self.buffer[self.at :]
        if len(kept) > LARGEST:
            msg = f"a value has more than {LARGEST} characters, or is no JSON"
            raise LayoutError(msg)
        chunk = self.file.read(max(CHUNK, len(kept)))
        self.buffer, self.at = kept + chunk, 0
        return bool(chunk)

    def peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            while self.at < len(self.buffer):
                if self.buffer[self.at] not in " \t\r\n":
                    return self.buffer[self.at]
                self.at += 1
            if not self._more():
                return ""

    def take(self, wanted: str) -> str:
        """The next character, which must be one of those wanted."""
        found = self.peek()
        if not found or found not in wanted:
            msg = f"it has {found!r} where {' or '.join(map(repr, wanted))} belongs" if found else "it is truncated"
            raise LayoutError(msg)
        self.at += 1
        return found

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                found, end = DECODER.raw_decode(self.buffer, self.at)
            except json.JSONDecodeError:
                # The value may only be cut off; it is tried again with more of the file until that ends.
                if not self._more():
                    raise
                continue
            # A number at the very end of what was read may go on.
            if end == len(self.buffer) and self._more():
                continue
            self.at = end
            return found

    def names(self) -> Iterator[str]:
        """The names of the object that comes next; the caller reads each one's value before it asks on."""
        self.take("{")
        if self.peek() == "}":
            self.take("}")
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                msg = "an object has a name that is no text"
                raise LayoutError(msg)
            self.take(":")
            yield name
            if self.take(",}") == "}":
                return

    def items(self) -> Iterator[Any]:
        """The values of the array that comes next."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        while True:
            yield self.value()
            if self.take(",]") == "]":
                return
