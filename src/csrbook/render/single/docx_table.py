"""The table of an output in WordprocessingML; its header rows are repeated by the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import quoteattr

from csrbook.render.single.docx_text import EM, paragraph, placed, run, runs
from csrbook.render.single.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from csrbook.render.single.grid import BodyRow, HeadCell
    from csrbook.render.single.sheet import Sheet

__all__ = ["docx_tables"]

# Twips.
PADDING: Final = 60
INDENT: Final = 198
HANGING: Final = 144

KEEP: Final = "<w:keepNext/>"
RULE: Final = '<w:tcBorders><w:bottom w:val="single" w:sz="5" w:space="0" w:color="000000"/></w:tcBorders>'
HAIR: Final = '<w:tcBorders><w:top w:val="single" w:sz="2" w:space="0" w:color="8C8C8C"/></w:tcBorders>'
SPANNER: Final = '<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="1" w:color="000000"/></w:pBdr>'
JUSTIFICATION: Final = {
    "left": "",
    "right": '<w:jc w:val="right"/>',
    "center": '<w:jc w:val="center"/>',
    "decimal": '<w:jc w:val="center"/>',
}
NEW_PAGE: Final = paragraph("Separator", '<w:r><w:br w:type="page"/></w:r>')


def docx_tables(sheet: Sheet, width: int) -> Iterator[str]:
    """The table in pieces; several tables where it has more rows than a word processor takes in one.

    Parameters
    ----------
    sheet : Sheet
        The display.
    width : int
        Width of the table in twips.
    """
    writer = _Rows(sheet, width)
    for place, rows in enumerate(writer.grid.tables()):
        yield (NEW_PAGE if place else "") + writer.opening()
        for row in rows[:-1]:
            yield writer.row(row)
        # The footnotes stand on a page with the last row.
        yield writer.row(rows[-1]._replace(keep=True))
        yield "</w:tbl>"


class _Rows:
    """Writes the rows of a sheet."""

    def __init__(self, sheet: Sheet, width: int) -> None:
        self.sheet = sheet
        self.grid = grid = Grid(sheet)
        self.edges = edges = grid.edges(width)
        self.width = width
        self.widths = [b - a for a, b in zip([0, *edges], edges, strict=False)]
        self.blocks = {j: self._block(j) for j in grid.decimals}

    def opening(self) -> str:
        """Properties, columns and the rows that are repeated."""
        first = int(self.grid.labelled)
        look = f'w:firstRow="1" w:lastRow="0" w:firstColumn="{first}" w:lastColumn="0" w:noHBand="1" w:noVBand="1"'
        columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in self.widths)
        last = len(self.grid.header) - 1
        header = "".join(self._head_row(cells, last=i == last) for i, cells in enumerate(self.grid.header))
        return (
            f'<w:tbl><w:tblPr><w:tblStyle w:val="OutputTable"/><w:tblW w:w="{self.width}" w:type="dxa"/>'
            f'<w:tblLayout w:type="fixed"/><w:tblLook w:val="{"06A0" if first else "0620"}" {look}/>'
            f"<w:tblCaption w:val={quoteattr(self.sheet.name)}/>"
            f"<w:tblDescription w:val={quoteattr(self.sheet['population'] or self.sheet['section'])}/>"
            f"</w:tblPr><w:tblGrid>{columns}</w:tblGrid>{header}"
        )

    def row(self, row: BodyRow) -> str:
        """A row of the body, which stays on one page."""
        border = HAIR if row.ruled else ""
        cells = []
        for column, text in enumerate(row.texts):
            keep = KEEP if row.keep and column == 0 else ""
            size = _size(self.width, len(self.widths)) if row.spans else _size(self.widths[column])
            cells.append(f"<w:tc><w:tcPr>{size}{border}</w:tcPr>{self._cell(row, column, text, keep)}</w:tc>")
        return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"

    def _head_row(self, cells: Sequence[HeadCell], *, last: bool) -> str:
        written = []
        for cell in cells:
            size = _size(sum(self.widths[cell.column : cell.column + cell.colspan]), cell.colspan)
            start = '<w:vMerge w:val="restart"/>' if cell.rowspan > 1 else ""
            merge = "<w:vMerge/>" if cell.merged else start
            rule = RULE if last else ""
            spanner = SPANNER if cell.rule and not last else ""
            text = paragraph(
                "TableHeading", runs("" if cell.merged else cell.text), spanner + JUSTIFICATION[cell.align]
            )
            written.append(f'<w:tc><w:tcPr>{size}{merge}{rule}<w:vAlign w:val="bottom"/></w:tcPr>{text}</w:tc>')
        return f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{''.join(written)}</w:tr>"

    def _cell(self, row: BodyRow, column: int, text: str, keep: str) -> str:
        if row.kind == "nothing":
            return paragraph(
                "TableText", run(text), f'{keep}<w:spacing w:before="200" w:after="200"/><w:jc w:val="center"/>'
            )
        if column == 0 and self.grid.labelled:
            style = "TableGroup" if row.kind in {"group", "section"} else "TableLabel"
            left = row.indent * INDENT + HANGING
            indented = f'<w:ind w:left="{left}" w:hanging="{HANGING}"/>' if row.indent else ""
            return paragraph(style, runs(text), keep + indented)
        style = "TableGroupText" if row.kind == "section" else "TableText"
        place = self.grid.decimals[column].place(text) if column in self.grid.decimals else None
        if place is None:
            return paragraph(style, runs(text), keep + JUSTIFICATION[self.grid.aligns[column]])
        indent = self.blocks[column] + place.indent * EM // 1000
        return paragraph(style, placed(text, place), f'{keep}<w:ind w:left="{indent}"/>')

    def _block(self, column: int) -> int:
        """Indent of the block of a column's numbers, which stands as its heading does."""
        free = max(self.widths[column] - 2 * PADDING - self.grid.decimals[column].width * EM // 1000, 0)
        return {"left": 0, "right": free}.get(self.grid.heading_align(column), free // 2)


def _size(width: int, columns: int = 1) -> str:
    spanned = f'<w:gridSpan w:val="{columns}"/>' if columns > 1 else ""
    return f'<w:tcW w:w="{width}" w:type="dxa"/>{spanned}'
