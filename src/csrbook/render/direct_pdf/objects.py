"""Objects of a PDF as they stand in a file (ISO 32000-1, sections 7.3 and 7.5), and their cross-references."""

from __future__ import annotations

import struct
import zlib
from itertools import accumulate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Block", "CrossReferences", "object_stream", "plain_object", "stream", "text_string"]

COMPRESSION: Final = 4
"""A third faster than the usual 6, files a twentieth larger."""

_ENTRY: Final = struct.Struct(">BIH")
_FREE, _PLAIN, _IN_STREAM = 0, 1, 2


def text_string(text: str) -> bytes:
    """A string of the document's structure (title, bookmark), in UTF-16 as PDF wants it."""
    return b"<feff" + text.encode("utf-16-be").hex().encode() + b">"


def plain_object(number: int, body: bytes) -> bytes:
    """An object by itself."""
    return b"%d 0 obj\n%b\nendobj\n" % (number, body)


def stream(number: int, content: bytes, entries: bytes = b"", *, compressed: bool = True) -> bytes:
    """A stream; ``entries`` go into its dictionary."""
    if compressed:
        content, entries = zlib.compress(content, COMPRESSION), entries + b"/Filter/FlateDecode"
    return plain_object(number, b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(content), content))


def object_stream(number: int, numbers: Sequence[int], bodies: Sequence[bytes]) -> bytes:
    """A stream that holds numbered objects."""
    offsets = accumulate(map(len, bodies), lambda offset, length: offset + length + 1, initial=0)
    places = b" ".join(map(b"%d %d".__mod__, zip(numbers, offsets, strict=False)))
    content = b"\n".join([places, *bodies])
    return stream(number, content, b"/Type/ObjStm/N %d/First %d" % (len(bodies), len(places) + 1))


class CrossReferences:
    """Where each numbered object of a file is."""

    def __init__(self) -> None:
        self._entries = bytearray(_ENTRY.pack(_FREE, 0, 0xFFFF))

    @property
    def count(self) -> int:
        """Numbers taken so far, with the 0 that stands for none."""
        return len(self._entries) // _ENTRY.size

    def reserve(self, count: int = 1) -> int:
        """The number of a new object; the first of several."""
        first = self.count
        self._entries.extend(bytes(count * _ENTRY.size))
        return first

    def plain(self, number: int, offset: int) -> None:
        """An object by itself begins at this place of the file."""
        _ENTRY.pack_into(self._entries, number * _ENTRY.size, _PLAIN, offset, 0)

    def in_stream(self, stream: int, numbers: Sequence[int]) -> None:
        """Objects are in an object stream, in this order."""
        for index, number in enumerate(numbers):
            _ENTRY.pack_into(self._entries, number * _ENTRY.size, _IN_STREAM, stream, index)

    def section(self, ranges: Sequence[tuple[int, int]], entries: bytes) -> tuple[bytes, bytes]:
        """Content and dictionary entries of a cross-reference stream for ranges of numbers (first, how many)."""
        size = _ENTRY.size
        content = b"".join([bytes(self._entries[first * size : (first + many) * size]) for first, many in ranges])
        index = b" ".join([b"%d %d" % part for part in ranges])
        return content, b"/Type/XRef/W[1 4 2]/Index[%b]/Size %d%b" % (index, self.count, entries)


class Block:
    """Numbers kept for objects of one kind; what is more gets numbers at the end."""

    def __init__(self, references: CrossReferences, size: int) -> None:
        self._references = references
        self.first = references.reserve(size)
        self._size = size
        self.used = 0

    def reserve(self, count: int = 1) -> int:
        """The number of a new object; the first of several."""
        if self.used + count > self._size:
            return self._references.reserve(count)
        self.used += count
        return self.first + self.used - count

    @property
    def range(self) -> tuple[int, int]:
        """The first number and how many are used."""
        return self.first, self.used
