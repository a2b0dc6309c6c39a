"""The sections of a PDF put together, each object at its place, for fast web view (ISO 32000-1, annex F)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from csrbook.render.direct_pdf.linearization import PARAMETERS, FirstPage, Outline, parameters, primary_hints
from csrbook.render.direct_pdf.objects import plain_object, stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import BinaryIO

    from csrbook.render.direct_pdf.first_section import FirstSection
    from csrbook.render.direct_pdf.objects import CrossReferences
    from csrbook.render.direct_pdf.waiting import WaitingObjects

__all__ = ["Page", "Sections", "assemble"]

_HEADER: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_END_OF_FIRST: Final = b"startxref\n0\n%%EOF\n"


class Page(NamedTuple):
    """Numbers of the objects of a page, and the objects but for its content as they stand in the file."""

    numbers: tuple[int, ...]
    page: bytes
    late: bytes
    link: bytes

    def lengths(self, content: int) -> list[int]:
        """Lengths of its objects, in the order of their numbers; of the content this is the length."""
        return [len(self.page), len(self.late), content, len(self.link)][: len(self.numbers)]


class Sections(NamedTuple):
    """What a file is put together of."""

    references: CrossReferences
    first: FirstSection
    pages: Sequence[Page]
    contents: WaitingObjects
    rest: WaitingObjects
    ranges: Sequence[tuple[int, int]]
    """Numbers of the other pages and the rest: the first and how many, of each kind."""


def assemble(sections: Sections, handle: BinaryIO, catalogue: bytes, information: int, table: int) -> None:
    """Write a file.

    Parameters
    ----------
    sections : Sections
        All objects but those of the file itself.
    handle : binary file
        Receives it.
    catalogue : bytes
        Body of the catalogue.
    information : int
        Object of the information.
    table : int
        Number of the cross-references of all that the first section does not hold.
    """
    references, first, pages, contents, rest, ranges = sections
    opening, *others = zip(pages, contents.lengths, strict=True)
    waiting = iter(contents)
    for number, written in zip(opening[0].numbers, _objects(opening[0], next(waiting)), strict=True):
        first.put(number, written)
    needed = first.needed
    identifier = _identifier(sections, catalogue)
    trailer = b"/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]" % (first.catalogue, information, identifier, identifier)

    def first_references(previous: int) -> bytes:
        entries = b"%b/Prev %010d" % (trailer, previous)
        return stream(first.references, *references.section([first.range, first.bookmarked], entries), compressed=False)

    def place(at: int, numbers: Iterable[int], lengths: Iterable[int]) -> int:
        """Note where objects begin that follow one another; returns where they end."""
        for number, length in zip(numbers, lengths, strict=True):
            references.plain(number, at)
            at += length
        return at

    described = plain_object(first.catalogue, catalogue)
    head = [len(plain_object(first.parameters, bytes(PARAMETERS))), len(first_references(0))]
    at = place(len(_HEADER), [first.parameters, first.references], head)
    hints_at = place(at + len(_END_OF_FIRST), [first.catalogue], [len(described)])
    hints = _hints(first, needed, hints_at, [page.lengths(content) for page, content in others])
    at = place(hints_at, [first.hints], [len(hints)])
    end = at = place(at, needed, map(len, needed.values()))
    for page, content in others:
        at = place(at, page.numbers, page.lengths(content))
    at = place(at, rest.numbers, rest.lengths)
    references.plain(table, at)
    last = stream(table, *references.section(ranges, trailer))
    last += b"startxref\n%d\n%%%%EOF\n" % (len(_HEADER) + head[0])
    about = parameters(
        length=at + len(last),
        hints=(hints_at, len(hints)),
        first=first.page.page,
        end=end,
        pages=len(pages),
        table=at,
    )
    handle.write(_HEADER + plain_object(first.parameters, about) + first_references(at) + _END_OF_FIRST)
    handle.writelines([described, hints, *needed.values()])
    for (page, _), written in zip(others, waiting, strict=True):
        handle.writelines(_objects(page, written))
    rest.copy(handle)
    handle.write(last)


def _objects(page: Page, content: bytes) -> list[bytes]:
    return [page.page, page.late, content, page.link][: len(page.numbers)]


def _hints(first: FirstSection, needed: Mapping[int, bytes], at: int, pages: Sequence[Sequence[int]]) -> bytes:
    """The hint stream, which stands right before the first page."""
    lengths = [len(written) for written in needed.values()]
    before = sum(length for number, length in zip(needed, lengths, strict=True) if number < first.bookmarks)
    outline = Outline(first.bookmarks, at + before, len(needed[first.bookmarks]))
    content, shared_at, outline_at = primary_hints(FirstPage(at, lengths, first.shared), pages, outline)
    return stream(first.hints, content, b"/S %d/O %d" % (shared_at, outline_at))


def _identifier(sections: Sections, catalogue: bytes) -> bytes:
    """A hash of the content."""
    digest = hashlib.sha256(catalogue)
    for written in sections.first.needed.values():
        digest.update(written)
    for page in sections.pages:
        digest.update(page.page + page.late + page.link)
    digest.update(sections.contents.digest + sections.rest.digest)
    return digest.hexdigest()[:32].encode()
