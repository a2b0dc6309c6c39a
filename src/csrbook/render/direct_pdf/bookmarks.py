"""Bookmarks of a long document: one for each subject, in groups where there are thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from csrbook.render.direct_pdf.objects import text_string

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.render.direct_pdf.writer import PdfWriter

__all__ = ["Bookmark", "add_outline", "grouped"]

MOST: Final = 500
"""Bookmarks that stand below one without being grouped."""

GROUP: Final = 100
LEVELS: Final = 2
"""Of groups. With the listing above and the subjects below there are at most four levels."""


class Bookmark(NamedTuple):
    """A title, the destination that it leads to, and what stands below it."""

    title: str
    goal: bytes
    children: tuple[Bookmark, ...] = ()


def grouped(marks: Sequence[Bookmark]) -> Sequence[Bookmark]:
    """The bookmarks, under ones such as ``001-0001 – 003-0015`` where there are too many for one list."""
    for _ in range(LEVELS):
        if len(marks) <= MOST:
            break
        parts = [tuple(marks[i : i + GROUP]) for i in range(0, len(marks), GROUP)]
        marks = [Bookmark(f"{_first(part[0])} – {_last(part[-1])}", part[0].goal, part) for part in parts]
    return marks


def _first(mark: Bookmark) -> str:
    return _first(mark.children[0]) if mark.children else mark.title


def _last(mark: Bookmark) -> str:
    return _last(mark.children[-1]) if mark.children else mark.title


def add_outline(pdf: PdfWriter, marks: Sequence[Bookmark]) -> int:
    """Write an outline of which the first level is open, and return the number of its root."""
    bodies = [b""]
    root = pdf.reserve(1 + sum(map(_size, marks)))
    first, last = _add_level(bodies, root, root, marks)
    bodies[0] = b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % (first, last, len(marks))
    pdf.first.add_bookmarks(root, bodies)
    return root


def _size(mark: Bookmark) -> int:
    return 1 + sum(map(_size, mark.children))


def _add_level(bodies: list[bytes], root: int, parent: int, marks: Sequence[Bookmark]) -> tuple[int, int]:
    """Append bookmarks and what stands below them; returns the numbers of the first and the last."""
    first = root + len(bodies)
    last = first + len(marks) - 1
    bodies.extend([b""] * len(marks))
    for number, mark in enumerate(marks, first):
        links = b"/Prev %d 0 R" % (number - 1) if number > first else b""
        links += b"/Next %d 0 R" % (number + 1) if number < last else b""
        if mark.children:
            links += b"/First %d 0 R/Last %d 0 R" % _add_level(bodies, root, number, mark.children)
            links += b"/Count %d" % -len(mark.children)
        title = text_string(mark.title)
        bodies[number - root] = b"<</Title %b/Parent %d 0 R/Dest%b%b>>" % (title, parent, mark.goal, links)
    return first, last
