"""The table of an output in HTML, with headers that a screen reader finds."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from csrbook.render.single.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csrbook.render.single.decimal import Place
    from csrbook.render.single.grid import BodyRow, HeadCell
    from csrbook.render.single.sheet import Sheet

__all__ = ["html_table"]

DIGIT: Final = 500
LONG: Final = 60
"""Rows from which the column headers stay in sight."""

ALIGN: Final = {"left": "l", "right": "r", "center": "c", "decimal": "c"}


def html_table(sheet: Sheet) -> Iterator[str]:
    """The table in pieces."""
    writer = _Rows(sheet)
    caption = f"{sheet.name}. {sheet['population']}" if sheet["population"] else sheet.name
    parts = [column["width"] for column in sheet["columns"]]
    columns = "".join(f'<col style="width:{100 * part / sum(parts):.2f}%">' for part in parts)
    kind = "wide long" if len(sheet["rows"]) > LONG else "wide"
    yield (
        f'<div class="{kind}" role="region" aria-labelledby="title" tabindex="0">\n'
        f"<table>\n<caption>{escape(caption)}</caption>\n"
        f"<colgroup>{columns}</colgroup>\n<thead>\n{writer.header()}</thead>\n<tbody>\n"
    )
    for i, row in enumerate(writer.grid.rows()):
        # A group of rows begins at its label.
        if i and row.kind in {"group", "section"}:
            yield "</tbody>\n<tbody>\n"
        yield writer.row(row)
    yield "</tbody>\n</table>\n</div>\n"


class _Rows:
    """Writes the rows of a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self.grid = grid = Grid(sheet)
        # Where headers span columns, each cell names its headers; else its row and column say them.
        self.named = len(grid.header) > 1
        self.over = [self._headers_over(column) for column in range(grid.columns)]
        self.labels: list[tuple[int, str]] = []
        self.count = 0
        self.blocks = {j: f"{numbers.width / DIGIT:.2f}" for j, numbers in grid.decimals.items()}

    def header(self) -> str:
        """The header; a cell without a text is no header."""
        last = len(self.grid.header) - 1
        return "".join(
            f"<tr>{''.join(self._head(c, i, last) for c in line if not c.merged)}</tr>\n"
            for i, line in enumerate(self.grid.header)
        )

    def _head(self, cell: HeadCell, row: int, last: int) -> str:
        classes = [ALIGN[cell.align]]
        if row + cell.rowspan - 1 == last:
            classes.append("last")
        elif cell.rule:
            classes.append("spanner")
        spans = "".join(
            f' {name}="{count}"' for name, count in (("colspan", cell.colspan), ("rowspan", cell.rowspan)) if count > 1
        )
        if not cell.text:
            return f'<td class="{" ".join(classes)}"{spans}></td>'
        scope = "colgroup" if cell.colspan > 1 else "col"
        name = f' id="h{row}-{cell.column}"' if self.named else ""
        return f'<th scope="{scope}"{name} class="{" ".join(classes)}"{spans}>{escape(cell.text)}</th>'

    def row(self, row: BodyRow) -> str:
        """A row of the body."""
        columns = self.grid.columns
        if row.kind == "nothing":
            return f'<tr><td class="nothing" colspan="{columns}">{escape(row.texts[0])}</td></tr>\n'
        if row.kind == "blank":
            return f'<tr aria-hidden="true"><td colspan="{columns}"></td></tr>\n'
        cells = [self._cell(row, column, text) for column, text in enumerate(row.texts)]
        kind = " ".join(filter(None, ["section" * (row.kind == "section"), "ruled" * row.ruled]))
        opening = f'<tr class="{kind}">' if kind else "<tr>"
        return f"{opening}{''.join(cells)}</tr>\n"

    def _cell(self, row: BodyRow, column: int, text: str) -> str:
        if column == 0 and self.grid.labelled:
            return self._label(row, text)
        place = self.grid.decimals[column].place(text) if column in self.grid.decimals else None
        align = ALIGN[self.grid.heading_align(column) if place else self.grid.aligns[column]]
        kind = "" if align == "l" else f' class="{align}"'
        opening = f"<td{kind}{self._headers(column)}>"
        if place is None:
            return f"{opening}{escape(text)}</td>"
        indent = f";padding-left:{place.indent / DIGIT:.2f}ch" if place.indent else ""
        block = f'<span class="n" style="width:{self.blocks[column]}ch{indent}">{_placed(text, place)}</span>'
        return f"{opening}{block}</td>"

    def _label(self, row: BodyRow, text: str) -> str:
        indent = f' style="--indent:{row.indent}"' if row.indent else ""
        spans = f' colspan="{self.grid.columns}"' if row.spans and self.grid.columns > 1 else ""
        scope = "rowgroup" if row.kind in {"group", "section"} else "row"
        self.labels = [label for label in self.labels if label[0] < row.indent]
        if not text:
            return f"<td{spans}></td>"
        name = f"r{self.count}"
        self.count += 1
        self.labels.append((row.indent, name))
        identifier = f' id="{name}"' if self.named else ""
        return f'<th scope="{scope}"{identifier}{indent}{spans}>{escape(text)}</th>'

    def _headers(self, column: int) -> str:
        """The headers of a cell: those over it, then its label and the labels that this stands under."""
        if not self.named:
            return ""
        names = [*self.over[column], *(name for _, name in self.labels)]
        return f' headers="{" ".join(names)}"' if names else ""

    def _headers_over(self, column: int) -> list[str]:
        return [
            f"h{i}-{cell.column}"
            for i, line in enumerate(self.grid.header)
            for cell in line
            if cell.text and not cell.merged and cell.column <= column < cell.column + cell.colspan
        ]


def _placed(text: str, place: Place) -> str:
    """A number with the gap of its place."""
    if not place.gap:
        return escape(text)
    head, letter, tail = text[: place.cut - 1], text[place.cut - 1], text[place.cut :]
    gap = f'<span style="letter-spacing:{place.gap / DIGIT:.2f}ch">{escape(letter)}</span>'
    return f"{escape(head)}{gap}{escape(tail)}"
