"""The rows of a long listing on its pages, their tags, and where each subject begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.render.direct_pdf.canvas import marked
from csrbook.render.direct_pdf.tags import references
from csrbook.render.large_listing.cells import TOLERANCE
from csrbook.render.large_listing.style import LEFT, PAGE, RIGHT, ROW_INSET

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from csrbook.render.direct_pdf.tags import StructureTree
    from csrbook.render.direct_pdf.writer import PdfWriter
    from csrbook.render.large_listing.layout import ListingLayout
    from csrbook.render.large_listing.pages import ListingPages

__all__ = ["ListingTable"]


class ListingTable:
    """Writes rows, turning pages where they are full; a row is divided only where no page has room for it.

    Parameters
    ----------
    pdf : PdfWriter
        Receives the tags of cells.
    tree : StructureTree
        Receives other tags.
    layout : ListingLayout
        Where everything stands.
    pages : ListingPages
        Turned where they are full.

    Attributes
    ----------
    records : int
        Rows so far.
    subjects : dict
        Destination of each value of the leading columns: where its rows begin.
    """

    def __init__(self, pdf: PdfWriter, tree: StructureTree, layout: ListingLayout, pages: ListingPages) -> None:
        self._pdf, self._tree, self._layout, self._pages = pdf, tree, layout, pages
        self.records = 0
        self.subjects: dict[str, bytes] = {}
        self._group_by: int = layout.display["group_by"]
        self._key: Sequence[str] | None = None
        self._group = 0
        self._groups: list[int] = []
        self._rows: list[int] = []
        self._lefts = [b"%.2f" % left for left in layout.cells.lefts]
        # The first cell of a row names it.
        others = len(self._lefts) - 1
        self._tags = [b"TH", *[b"TD"] * others]
        self._starts = [b"<</S/TH/A %d 0 R" % pdf.add(b"<</O/Table/Scope/Row>>"), *[b"<</S/TD"] * others]
        self._y = 0.0
        self._is_empty = True

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Write all rows, from the first page to the last."""
        layout = self._layout
        self._open()
        for cells in rows:
            drawn = [layout.cells.cell(j, text) for j, text in enumerate(cells)]
            height = 2 * ROW_INSET + max(cell.height for cell in drawn)
            if height > layout.last_row - layout.first_row + TOLERANCE:
                self._divide(cells)
                continue
            if self._y + height > layout.last_row + TOLERANCE:
                self._turn()
            self._begin(cells)
            row = self._new_row(len(cells))
            marks = self._show(row, [cell.content for cell in drawn])
            held = b"/Pg %d 0 R/K %%d" % self._pages.page
            self._tag(row, [b"" if mark is None else held % mark for mark in marks])
            self._y += height
        if not self.records:
            self._say_nothing()
        self._end_group()
        self._close(last=True)
        self._tree.write(self._pages.table, "Table", self._tree.document, references([self._pages.head, *self._groups]))

    def _open(self) -> None:
        self._pages.open()
        self._pages.canvas.parts += [b"BT", self._layout.cells.select]
        self._y, self._is_empty = self._layout.first_row, True

    def _close(self, *, last: bool = False) -> None:
        canvas = self._pages.canvas
        canvas.parts.append(b"ET")
        canvas.rule(LEFT, RIGHT, self._y, 1, square=True)
        self._pages.close(last=last)

    def _turn(self) -> None:
        self._close()
        self._open()

    def _begin(self, cells: Sequence[str]) -> None:
        """What a row needs before it is shown: a rule where the leading columns change, a group, a bookmark."""
        key = cells[: self._group_by]
        if key != self._key:
            if self._key is not None:
                self._end_group()
                if not self._is_empty:
                    self._pages.canvas.rule(LEFT, RIGHT, self._y, 0.25, 0.55, square=True)
            self._key, self._group = key, self._pdf.reserve()
        self._is_empty = False
        self.records += 1
        subject = ", ".join(filter(None, cells[: max(self._group_by, 1)]))
        if subject and subject not in self.subjects:
            self.subjects[subject] = b"[%d 0 R/XYZ null %.2f null]" % (self._pages.page, PAGE[1] - self._y)

    def _end_group(self) -> None:
        """Write the element of the rows whose leading columns are the same."""
        self._tree.write(self._group, "TBody", self._pages.table, references(self._rows))
        self._groups.append(self._group)
        self._rows = []

    def _new_row(self, cells: int) -> int:
        """The element of a row, which those of its cells follow."""
        row = self._pdf.reserve(1 + cells)
        self._rows.append(row)
        return row

    def _show(self, row: int, contents: Iterable[bytes]) -> list[int | None]:
        """Show the cells of a row in their columns; returns their marks, None for an empty one."""
        parts, mark = self._pages.canvas.parts, self._pages.mark
        y = b"%.2f" % (PAGE[1] - self._y - ROW_INSET)
        marks: list[int | None] = []
        for tag, left, content in zip(self._tags, self._lefts, contents, strict=False):
            row += 1
            number = mark(row) if content else None
            marks.append(number)
            if number is not None:
                parts.append(b"/%b<</MCID %d>>BDC 1 0 0 1 %b %b Tm %b EMC" % (tag, number, left, y, content))
        return marks

    def _tag(self, row: int, contents: Sequence[bytes]) -> None:
        """Write the elements of a row and its cells."""
        cells = references(range(row + 1, row + 1 + len(contents)))
        parent = b"/P %d 0 R" % row
        elements = [start + parent + content + b">>" for start, content in zip(self._starts, contents, strict=False)]
        self._pdf.write_all(row, [b"<</S/TR/P %d 0 R/K%b>>" % (self._group, cells), *elements])

    def _divide(self, cells: Sequence[str]) -> None:
        """Show a row that fits no page from here over as many pages as it needs."""
        layout, pages = self._layout, self._pages
        waiting = [layout.cells.lines(j, text) for j, text in enumerate(cells)]
        fitting = [layout.cells.fitting(lines, self._room) for lines in waiting]
        if not any(fitting):
            self._turn()
        self._begin(cells)
        row = self._new_row(len(cells))
        contents: list[list[bytes]] = [[] for _ in cells]
        while any(waiting):
            taken = [lines[: layout.cells.fitting(lines, self._room)] for lines in waiting]
            waiting = [lines[len(part) :] for lines, part in zip(waiting, taken, strict=True)]
            drawn = [layout.cells.shown(part) for part in taken]
            for place, mark in enumerate(self._show(row, [cell.content for cell in drawn])):
                if mark is not None:
                    contents[place].append(b"<</Type/MCR/Pg %d 0 R/MCID %d>>" % (pages.page, mark))
            self._y += 2 * ROW_INSET + max(cell.height for cell in drawn)
            if any(waiting):
                self._turn()
                self._is_empty = False
        self._tag(row, [b"/K[%b]" % b"".join(content) for content in contents])

    @property
    def _room(self) -> float:
        """Height that is left on the page for the lines of a row."""
        return self._layout.last_row - self._y - 2 * ROW_INSET

    def _say_nothing(self) -> None:
        """One cell over all columns that says so where there are no rows."""
        self._group = self._pdf.reserve()
        row = self._new_row(1)
        mark = self._pages.mark(row + 1)
        text, self._y = self._layout.nothing()
        self._pages.canvas.parts.append(
            b"%b 1 0 0 1 %.2f %.2f Tm %b EMC" % (marked("TD", mark), text.x, PAGE[1] - text.y, text.line.content)
        )
        columns = b"/A<</O/Table/ColSpan %d>>" % len(self._lefts)
        self._tree.write(row, "TR", self._group, references([row + 1]))
        self._tree.write(row + 1, "TD", row, b"%d" % mark, b"/Pg %d 0 R%b" % (self._pages.page, columns))
