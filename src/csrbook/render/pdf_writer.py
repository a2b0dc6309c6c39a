"""A PDF written object by object, so that a file of 10,000 pages needs the memory of one."""

from __future__ import annotations

import hashlib
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["PdfWriter", "text_string"]

COMPRESSION: Final = 6


def text_string(text: str) -> bytes:
    """A string of the document's structure (title, bookmark), in UTF-16 as PDF wants it."""
    return b"<feff" + text.encode("utf-16-be").hex().encode() + b">"


class PdfWriter:
    """Objects, cross-reference table and trailer of a PDF 1.7 file (ISO 32000-1, section 7.5).

    Numbers are reserved first, so that objects may refer to ones that are written later.
    """

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self._offsets: list[int] = [0]
        self._position = 0
        self._digest = hashlib.sha256()
        self._put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def reserve(self) -> int:
        """The number of a new object."""
        self._offsets.append(0)
        return len(self._offsets) - 1

    def write(self, number: int, body: bytes) -> None:
        """Write the object with a reserved number."""
        self._offsets[number] = self._position
        self._put(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def add(self, body: bytes) -> int:
        """Write a new object and return its number."""
        number = self.reserve()
        self.write(number, body)
        return number

    def add_stream(self, content: bytes, entries: bytes = b"") -> int:
        """Write a new compressed stream and return its number; ``entries`` go into its dictionary."""
        packed = zlib.compress(content, COMPRESSION)
        head = b"<<%b/Filter/FlateDecode/Length %d>>stream\n" % (entries, len(packed))
        return self.add(head + packed + b"\nendstream")

    def finish(self, catalogue: int, *, title: str, author: str, timestamp: int) -> None:
        """Write information, cross-references and trailer. The file's identifier is a hash of its content."""
        date = datetime.fromtimestamp(timestamp, UTC).strftime("D:%Y%m%d%H%M%SZ").encode()
        information = self.add(
            b"<</Title %b/Author %b/Producer(csrbook)/CreationDate(%b)/ModDate(%b)>>"
            % (text_string(title), text_string(author), date, date)
        )
        start = self._position
        size = len(self._offsets)
        table = b"".join(b"%010d 00000 n \n" % offset for offset in self._offsets[1:])
        self._put(b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table))
        identifier = self._digest.hexdigest()[:32].encode()
        self._put(
            b"trailer<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]>>\nstartxref\n%d\n%%%%EOF\n"
            % (size, catalogue, information, identifier, identifier, start)
        )

    def _put(self, content: bytes) -> None:
        self._handle.write(content)
        self._digest.update(content)
        self._position += len(content)
