"""Cells of the rows of a long listing: their lines in the width of their column."""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from csrbook.render.large_listing.style import INSET, LEFT, SHARE, WIDTH, aligned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from csrbook.render.direct_pdf.typesetting import FontChain

__all__ = ["TOLERANCE", "Cell", "CellLine", "ListingCells"]

REMEMBERED: Final = 2**15
"""Cells whose lines are kept; most texts of a listing come again."""

TOLERANCE: Final = 1e-6
"""Points by which rows may be too high."""


class CellLine(NamedTuple):
    """A line of a cell: where it begins, how far it reaches above its baseline, and the operators that show it."""

    x: float
    ascent: float
    content: bytes


class Cell(NamedTuple):
    """Operators that show a cell from its upper left corner, and the height of its lines."""

    content: bytes
    height: float


class ListingCells:
    """The columns of a listing.

    Parameters
    ----------
    columns : sequence of mapping
        Width and alignment of each, as the display's JSON has them.
    style : FontChain
        Of the text.
    leading : float
        Points between two lines.

    Attributes
    ----------
    edges : list of float
        Left edge of each column, and the right one of the last.
    """

    def __init__(self, columns: Sequence[Mapping[str, Any]], style: FontChain, leading: float) -> None:
        total = sum(column["width"] for column in columns)
        widths = [column["width"] / total * WIDTH for column in columns]
        self.edges = [*accumulate(widths, initial=LEFT)]
        self.lefts = [edge + INSET for edge in self.edges[:-1]]
        self._rooms = [width - 2 * INSET for width in widths]
        self._shares = [SHARE[column["align"]] for column in columns]
        self._style = style
        self._leading = leading
        self.cell = lru_cache(REMEMBERED)(self._cell)
        """Cell of a column, by the column's place and the text."""

    @property
    def select(self) -> bytes:
        """The operator that chooses the font in which cells begin."""
        return self._style.select

    def lines(self, column: int, text: str) -> list[CellLine]:
        """Lines of a cell; none of an empty one."""
        room = self._rooms[column]
        lines = self._style.wrap(text, room) if text else []
        return [CellLine(aligned(line, room, self._shares[column]), line.ascent, line.content) for line in lines]

    def fitting(self, lines: Sequence[CellLine], room: float) -> int:
        """How many lines fit one below the other."""
        ends = accumulate(line.ascent + self._leading for line in lines)
        return sum(end - self._leading <= room + TOLERANCE for end in ends)

    def shown(self, lines: Sequence[CellLine]) -> Cell:
        """Lines one below the other."""
        content: list[bytes] = []
        x = height = 0.0
        for line in lines:
            step = line.ascent + (self._leading if content else 0.0)
            content.append(b"%.2f %.3f Td%b" % (line.x - x, -step, line.content))
            x = line.x
            height += step
        return Cell(b"\n".join(content), height)

    def _cell(self, column: int, text: str) -> Cell:
        return self.shown(self.lines(column, text))
