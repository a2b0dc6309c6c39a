"""What makes a PDF ready for fast web view (ISO 32000-1, annex F): where a reader finds each page before the rest.

A reader that fetches parts of a file needs its beginning and then the parts of the page that it goes to, which the hint
tables name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PARAMETERS", "FirstPage", "Outline", "parameters", "primary_hints"]

PARAMETERS: Final = 128
"""Bytes of the parameter dictionary, whatever its numbers are."""


class Outline(NamedTuple):
    """The object that holds the bookmarks: its number, place and length."""

    number: int
    offset: int
    length: int


class FirstPage(NamedTuple):
    """The section of the first page: its place, the lengths of its objects, and which of them all pages share."""

    offset: int
    lengths: Sequence[int]
    shared: Sequence[int]


def parameters(*, length: int, hints: tuple[int, int], first: int, end: int, pages: int, table: int) -> bytes:
    """The linearization parameter dictionary, as long whatever the numbers are (table F.1).

    Parameters
    ----------
    length : int
        Of the file.
    hints : tuple of int
        Place and length of the hint stream.
    first : int
        Object of the first page.
    end : int
        Where the section of the first page ends.
    pages : int
        How many there are.
    table : int
        Where the cross-references of the other sections are.
    """
    content = b"<</Linearized 1/L %d/H[%d %d]/O %d/E %d/N %d/T %d>>" % (length, *hints, first, end, pages, table - 1)
    return content.ljust(PARAMETERS)


def primary_hints(first: FirstPage, pages: Sequence[Sequence[int]], outline: Outline) -> tuple[bytes, int, int]:
    """The hint tables of pages, shared objects and bookmarks, and where the second and the third begin.

    Parameters
    ----------
    first : FirstPage
        Section of the first page. Its place, as that of the bookmarks, is counted without the hint stream itself.
    pages : sequence of sequence of int
        Lengths of the objects of each further page.
    outline : Outline
        Bookmarks.
    """
    by_page = _page_offsets(first, pages)
    by_object = _shared_objects(first)
    by_bookmark = _bits([(outline.number, 32), (outline.offset, 32), (1, 32), (outline.length, 32)])
    return by_page + by_object + by_bookmark, len(by_page), len(by_page) + len(by_object)


def _page_offsets(first: FirstPage, pages: Sequence[Sequence[int]]) -> bytes:
    """Tables F.3 and F.4."""
    counts = [len(first.lengths), *map(len, pages)]
    lengths = [sum(first.lengths), *map(sum, pages)]
    least, shortest = min(counts), min(lengths)
    for_count, for_length = _width(max(counts) - least), _width(max(lengths) - shortest)
    for_shares, for_share = _width(len(first.shared)), _width(max(first.shared, default=0))
    header = [
        *((least, 32), (first.offset, 32), (for_count, 16)),
        *((shortest, 32), (for_length, 16)),
        # The content stream of a page is taken for the whole page, as other writers do.
        *((0, 32), (0, 16), (shortest, 32), (for_length, 16)),
        *((for_shares, 16), (for_share, 16), (0, 16), (4, 16)),
    ]
    delta_lengths = [(length - shortest, for_length) for length in lengths]
    # What the first page has in its own section is not listed for it.
    shares = [(0, for_shares), *((len(first.shared), for_shares) for _ in pages)]
    items = [
        [(count - least, for_count) for count in counts],
        delta_lengths,
        shares,
        [(place, for_share) for _ in pages for place in first.shared],
        delta_lengths,
    ]
    return b"".join(map(_bits, [header, *items]))


def _shared_objects(first: FirstPage) -> bytes:
    """Tables F.5 and F.6: each object of the first page's section by itself, none in a section of its own."""
    count, shortest = len(first.lengths), min(first.lengths)
    for_length = _width(max(first.lengths) - shortest)
    header = [(0, 32), (0, 32), (count, 32), (count, 32), (0, 16), (shortest, 32), (for_length, 16)]
    items = [[(length - shortest, for_length) for length in first.lengths], [(0, 1)] * count]
    return b"".join(map(_bits, [header, *items]))


def _width(largest: int) -> int:
    """Bits for numbers up to the largest."""
    return largest.bit_length()


def _bits(items: Sequence[tuple[int, int]]) -> bytes:
    """Numbers in so many bits each, filled up to whole bytes."""
    digits = "".join([f"{number:0{width}b}" for number, width in items if width])
    size = -(-len(digits) // 8)
    return int(digits.ljust(size * 8, "0") or "0", 2).to_bytes(size)
