"""A PDF written object by object, ready for fast web view, so that 10,000 pages need little memory.

Such a file has three sections: what is needed to show the first page, the other pages, the rest. The first is kept,
the others wait on disk until all is known; :mod:`csrbook.render.direct_pdf.assembly` puts them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from csrbook.render.direct_pdf.assembly import Page, Sections, assemble
from csrbook.render.direct_pdf.first_section import FirstSection, PageObjects
from csrbook.render.direct_pdf.objects import Block, CrossReferences, object_stream, plain_object, stream
from csrbook.render.direct_pdf.waiting import WaitingObjects

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

__all__ = ["PdfWriter"]

OBJECTS_OF_A_STREAM: Final = 200

KEPT_FOR_STREAMS: Final = 100
"""Numbers for streams of the rest, beside those that are full of objects."""


class PdfWriter:
    """Objects of a PDF 1.7 file. Numbers are reserved first, as objects refer to ones that are written later.

    Objects of the rest that are no streams are collected and compressed together.

    Parameters
    ----------
    pages, objects : int
        Pages and objects in streams to expect at most. Readers count the objects of the second page and those after it
        from 1, and streams come before what is in them, so numbers are kept for both. With more than expected the file
        is as good, but for fast web view.
    linked : bool
        Whether each page has a link.

    Attributes
    ----------
    first : FirstSection
        What a reader needs for the first page.
    """

    def __init__(self, *, pages: int, objects: int, linked: bool = False) -> None:
        self._references = CrossReferences()
        self._objects_of_a_page = len(PageObjects._fields) if linked else len(PageObjects._fields) - 1
        self._page_numbers = Block(self._references, pages * self._objects_of_a_page)
        self.first = FirstSection(self._references, self._objects_of_a_page)
        self._streams = Block(self._references, KEPT_FOR_STREAMS + objects // OBJECTS_OF_A_STREAM)
        self._begin = self._references.count
        self._pages: list[Page] = []
        self._begun = 0
        self._contents = WaitingObjects()
        self._rest = WaitingObjects()
        self._numbers: list[int] = []
        self._bodies: list[bytes] = []

    def reserve(self, count: int = 1) -> int:
        """The number of a new object; the first of several."""
        return self._references.reserve(count)

    def write(self, number: int, body: bytes) -> None:
        """Write the object with a reserved number."""
        self.write_all(number, [body])

    def write_all(self, first: int, bodies: Sequence[bytes]) -> None:
        """Write objects with reserved numbers that follow one another."""
        self._numbers.extend(range(first, first + len(bodies)))
        self._bodies.extend(bodies)
        if len(self._bodies) >= OBJECTS_OF_A_STREAM:
            self._flush()

    def add(self, body: bytes) -> int:
        """Write a new object and return its number."""
        number = self.reserve()
        self.write(number, body)
        return number

    def add_stream(self, content: bytes, entries: bytes = b"", *, compressed: bool = True) -> int:
        """Write a new stream and return its number; ``entries`` go into its dictionary."""
        number = self._streams.reserve()
        self._rest.put(number, stream(number, content, entries, compressed=compressed))
        return number

    def begin_page(self) -> PageObjects:
        """The numbers of a new page."""
        self._begun += 1
        if self._begun == 1:
            return self.first.page
        size = self._objects_of_a_page
        begin = self._page_numbers.reserve(size)
        return PageObjects(*range(begin, begin + size))

    def write_content(self, objects: PageObjects, content: bytes) -> None:
        """Write the content of a page; pages are written in their order."""
        self._contents.put(objects.content, stream(objects.content, content))

    def write_page(self, objects: PageObjects, body: bytes, late: bytes, link: bytes = b"") -> None:
        """Write a page, the late part of its content, and its link; pages are written in their order."""
        self._pages.append(
            Page(
                objects[: self._objects_of_a_page],
                plain_object(objects.page, body),
                stream(objects.late, late),
                plain_object(objects.link, link) if link else b"",
            )
        )

    def finish(self, handle: BinaryIO, catalogue: bytes, information: int) -> None:
        """Write the file: its catalogue's body and the number of its information."""
        self._flush()
        table = self._streams.reserve()
        collected = (self._begin, self._references.count - self._begin)
        ranges = [(0, 1 + self._page_numbers.used), self._streams.range, collected]
        sections = Sections(self._references, self.first, self._pages, self._contents, self._rest, ranges)
        assemble(sections, handle, catalogue, information, table)
        self._contents.close()
        self._rest.close()

    def _flush(self) -> None:
        """Write the objects collected, as one stream."""
        if self._bodies:
            number = self._streams.reserve()
            self._references.in_stream(number, self._numbers)
            self._rest.put(number, object_stream(number, self._numbers, self._bodies))
            self._numbers, self._bodies = [], []
