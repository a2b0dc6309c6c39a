"""A screen reader can tell the cells of a table: rows of one width, and headers that say for what they stand."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csrbook.conformance.document import Document
    from csrbook.conformance.finding import Finding
    from csrbook.conformance.structure import Element

__all__ = ["Grid", "check", "grid_of", "rows_of"]

PARTS = ("THead", "TBody", "TFoot")
SCOPES = ("/Row", "/Column", "/Both")


class Grid(NamedTuple):
    """The cells that each row of a table covers, by their columns."""

    widths: list[int]
    """Columns of each row, with those that a cell above reaches into."""
    clashes: int
    """Places that two cells claim."""
    overhang: int
    """Rows that the last cells reach beyond the table."""


def check(document: Document) -> Iterator[Finding]:
    """Rules on the file."""
    for element in document.structure.elements:
        if element.kind in {"TR", "TH", "TD", *PARTS} and not _in_place(element):
            what = f"a {element.kind} stands outside of its table"
            yield document.finding("tables.nesting", _page(element), what)
    for table in document.structure.of("Table"):
        yield from _table(document, table)


def rows_of(table: Element) -> list[Element]:
    """Rows of a table, those of its head and foot too, in reading order."""
    rows = []
    for part in table.elements():
        rows += part.elements() if part.kind in PARTS else [part] if part.kind == "TR" else []
    return rows


def grid_of(rows: list[Element]) -> Grid:
    """Lay the cells of rows out, as a reader of the tags does."""
    taken: set[tuple[int, int]] = set()
    clashes = 0
    for y, row in enumerate(rows):
        x = 0
        for cell in row.elements():
            while (y, x) in taken:
                x += 1
            across, down = cell.spans()
            own = [(y + j, x + i) for j in range(down) for i in range(across)]
            clashes += sum(place in taken for place in own)
            taken.update(own)
            x += across
    lengths = Counter(y for y, _ in taken)
    overhang = max(lengths, default=-1) + 1 - len(rows)
    return Grid([lengths[y] for y in range(len(rows))], clashes, max(overhang, 0))


def _table(document: Document, table: Element) -> Iterator[Finding]:
    page = _page(table)
    rows = rows_of(table)
    if not rows:
        yield document.finding("tables.rows", page, "a table has no rows")
        return
    grid = grid_of(rows)
    if len(set(grid.widths)) > 1 or grid.clashes or grid.overhang:
        sizes = ", ".join(str(width) for width in sorted(set(grid.widths)))
        yield document.finding("tables.regular", page, f"rows of a table have {sizes} columns")
    headers = [cell for row in rows for cell in row.elements() if cell.kind == "TH"]
    if not headers:
        yield document.finding("tables.header", page, "a table has no header cells")
    if any(str(cell.attribute("Scope")) not in SCOPES for cell in headers):
        yield document.finding("tables.scope", page, "a header cell does not say for what it stands")


def _in_place(element: Element) -> bool:
    above = element.parent.kind if element.parent is not None else ""
    if element.kind == "TR":
        return above in {"Table", *PARTS}
    return above == ("Table" if element.kind in PARTS else "TR")


def _page(element: Element) -> int | str:
    return next((content.page for content in element.contents()), "")
