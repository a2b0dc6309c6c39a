"""The section of a PDF that a reader needs to show the first page: catalogue, fonts, forms, bookmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from csrbook.render.direct_pdf.objects import Block, object_stream, plain_object, stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.render.direct_pdf.objects import CrossReferences

__all__ = ["FirstSection", "PageObjects"]

KEPT: Final = 200
"""Numbers for the section: a dozen fonts and forms of a few objects each."""


class PageObjects(NamedTuple):
    """Numbers of the objects of a page, which follow one another."""

    page: int
    late: int
    """The part of its content that is written when the number of pages is known."""
    content: int
    link: int = 0
    """Its link, where pages have one."""


class FirstSection:
    """Objects that stand near the beginning of the file, numbered in a row, the first page before the others.

    Attributes
    ----------
    parameters, references, catalogue, hints : int
        Objects of the file itself.
    page : PageObjects
        Of the first page.
    bookmarks : int
        The object stream that holds the bookmarks.
    bookmarked : tuple of int
        The first number of what it holds, and how many there are.
    """

    def __init__(self, references: CrossReferences, objects_of_a_page: int) -> None:
        self._references = references
        self._block = Block(references, KEPT)
        self._objects: dict[int, bytes] = {}
        self.parameters, self.references, self.catalogue, self.hints = (self.reserve() for _ in range(4))
        self.page = PageObjects(*(self.reserve() for _ in range(objects_of_a_page)))
        self.bookmarks = 0
        self.bookmarked = (0, 0)

    def reserve(self) -> int:
        """The number of a new object."""
        return self._block.reserve()

    def put(self, number: int, written: bytes) -> None:
        """Take an object as it stands in the file."""
        self._objects[number] = written

    def write(self, number: int, body: bytes) -> None:
        """Write the object with a reserved number."""
        self.put(number, plain_object(number, body))

    def add(self, body: bytes) -> int:
        """Write a new object and return its number."""
        number = self.reserve()
        self.write(number, body)
        return number

    def add_stream(self, content: bytes, entries: bytes = b"") -> int:
        """Write a new stream and return its number; ``entries`` go into its dictionary."""
        number = self.reserve()
        self.put(number, stream(number, content, entries))
        return number

    def add_bookmarks(self, first: int, bodies: Sequence[bytes]) -> None:
        """Write the objects of bookmarks, whose numbers follow one another, into one stream."""
        self.bookmarks, self.bookmarked = self.reserve(), (first, len(bodies))
        numbers = range(first, first + len(bodies))
        self._references.in_stream(self.bookmarks, numbers)
        self.put(self.bookmarks, object_stream(self.bookmarks, numbers, bodies))

    @property
    def range(self) -> tuple[int, int]:
        """The first number and how many there are."""
        return self._block.range

    @property
    def needed(self) -> dict[int, bytes]:
        """Objects of the first page and what it shows, by number."""
        return dict(sorted(self._objects.items()))

    @property
    def shared(self) -> list[int]:
        """Which of these, by their place, every page shows."""
        own = {*self.page, self.bookmarks}
        return [place for place, number in enumerate(self.needed) if number not in own]
