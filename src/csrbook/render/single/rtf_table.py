"""The table of an output in RTF, one table a page: not every reader repeats column headers by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from csrbook.render.single.grid import Grid
from csrbook.render.single.pagination import paginate
from csrbook.render.single.rtf_text import EM, LINE, TINY, escaped, lines, placed
from csrbook.render.single.times import line_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from csrbook.render.single.grid import BodyRow, HeadCell
    from csrbook.render.single.sheet import Sheet

__all__ = ["rtf_pages"]

# Twips.
PADDING: Final = 60
INDENT: Final = 198
HANGING: Final = 144
SPACE: Final = 18
LABEL_SPACE: Final = 46
HEAD_SPACE: Final = 30
NOTHING_SPACE: Final = 200
THICK, RULE, THIN, HAIR = 20, 12, 10, 5

ALIGN: Final = {"left": r"\ql", "right": r"\qr", "center": r"\qc", "decimal": r"\qc"}
PARAGRAPH: Final = rf"\pard\intbl\s3\sl-{LINE}\slmult0"
NEW_PAGE: Final = rf"\pard\plain\pagebb{TINY}"


def rtf_pages(sheet: Sheet, width: int, room: int) -> Iterator[str]:
    """The table of each page.

    Parameters
    ----------
    sheet : Sheet
        The display.
    width : int
        Width of the table in twips.
    room : int
        Height that a page has for it.
    """
    writer = _Rows(sheet, width)
    header = writer.header()
    pages = paginate(writer.grid.rows(), writer.height, room - writer.header_height())
    for place, rows in enumerate(pages):
        if place:
            yield NEW_PAGE
        last = len(rows) - 1
        yield header
        yield "".join([writer.row(row, last=i == last) for i, row in enumerate(rows)])


class _Rows:
    """Writes and measures the rows of a sheet."""

    def __init__(self, sheet: Sheet, width: int) -> None:
        self.grid = grid = Grid(sheet)
        self.again = sheet.words["continued"]
        self.width = width
        self.edges = grid.edges(width)
        self.starts = [0, *self.edges[:-1]]
        self.formats = [_style(align, SPACE) for align in grid.aligns]
        self.blocks = {j: self._block(j) for j in grid.decimals}
        self.counted: list[dict[str, int]] = [{} for _ in self.edges]

    def header(self) -> str:
        """The column headers."""
        last = len(self.grid.header) - 1
        rows = [self._head_row(cells, i == 0, i == last) for i, cells in enumerate(self.grid.header)]
        return "".join([r"\pard\plain\f0\fs18 ", *rows])

    def row(self, row: BodyRow, *, last: bool) -> str:
        """A row of the body; the last one of a page closes the table."""
        edges = [self.width] if row.spans else self.edges
        rule = _border("t", HAIR, 2) if row.ruled else ""
        close = _border("b", THICK) if last else ""
        definition = _definition([rule + close] * len(edges), edges)
        cells, before = [], ""
        for column, text in enumerate(row.texts):
            style, content = self._cell(row, column, text)
            # A paragraph has the format of the one before it unless it says otherwise.
            cells.append(content if style == before else f"{PARAGRAPH}{style} {content}")
            before = style
        return f"{definition}{''.join(cells)}\\row\n"

    def header_height(self) -> int:
        """Height of the column headers."""
        heights = [0] * len(self.grid.header)
        for i, cells in enumerate(self.grid.header):
            for cell in cells:
                if not cell.merged:
                    last = i + cell.rowspan - 1
                    count = line_count(cell.text, self._room(cell.column, cell.column + cell.colspan - 1))
                    missing = LINE * count + 2 * HEAD_SPACE + 2 * RULE - sum(heights[i : last + 1])
                    heights[last] += max(missing, 0)
        return sum(heights)

    def height(self, row: BodyRow) -> int:
        """Height of a row of the body."""
        if row.kind == "nothing":
            return LINE + 2 * NOTHING_SPACE
        space = LABEL_SPACE if row.kind in {"group", "section"} else SPACE
        if row.spans:
            # Bold letters are wider.
            room = (self.width - 2 * PADDING - row.indent * INDENT) * 900 // EM
            return LINE * line_count(row.texts[0], room) + space + SPACE
        counts = map(self._count, range(len(row.texts)), row.texts)
        indented = self._indented(row) if self.grid.labelled else 1
        return LINE * max(indented, *counts) + space + SPACE

    def _head_row(self, cells: Sequence[HeadCell], first: bool, last: bool) -> str:
        definitions, content = [], []
        for cell in cells:
            merge = r"\clvmrg" if cell.merged else r"\clvmgf" if cell.rowspan > 1 else ""
            rules = (_border("t", THICK) if first else "") + (_border("b", RULE) if last else "")
            definitions.append(f"{merge}{rules}\\clvertalb")
            # The rule of a spanner is that of its paragraph, which stops short of its neighbours.
            spanner = rf"\brdrb\brdrs\brdrw{THIN}\brsp20" if cell.rule and not last else ""
            text = "" if cell.merged else lines(cell.text)
            style = _style(cell.align, HEAD_SPACE, below=HEAD_SPACE)
            content.append(f"{PARAGRAPH}\\keepn{style}{spanner} {text}\\cell ")
        edges = [self.edges[cell.column + cell.colspan - 1] for cell in cells]
        return f"{_definition(definitions, edges, header=True)}{''.join(content)}\\row\n"

    def _cell(self, row: BodyRow, column: int, text: str) -> tuple[str, str]:
        """Format of a cell's paragraph, and its content."""
        if row.kind == "nothing":
            return _style("center", NOTHING_SPACE, below=NOTHING_SPACE), f"{escaped(text)}\\cell "
        if column == 0 and self.grid.labelled:
            return self._label(row, text)
        space = LABEL_SPACE if row.kind == "section" else SPACE
        place = self.grid.decimals[column].place(text) if column in self.grid.decimals else None
        if place is not None:
            indent = self.blocks[column] + place.indent * EM // 1000
            return _style("left", space, indent), f"{placed(text, place)}\\cell "
        style = self.formats[column] if space == SPACE else _style(self.grid.aligns[column], space)
        return style, f"{lines(text)}\\cell "

    def _label(self, row: BodyRow, text: str) -> tuple[str, str]:
        shown = lines(text)
        space = SPACE
        if row.kind in {"group", "section"}:
            space = LABEL_SPACE
            shown = f"{{\\b {shown}}}" + (f" {{\\i {escaped(self.again)}}}" if row.continued else "")
        return rf"{_style('left', space, row.indent * INDENT + HANGING)}\fi-{HANGING}", f"{shown}\\cell "

    def _block(self, column: int) -> int:
        """Indent of the block of a column's numbers, which stands as its heading does."""
        room = self.edges[column] - self.starts[column] - 2 * PADDING
        free = max(room - self.grid.decimals[column].width * EM // 1000, 0)
        return {"left": 0, "right": free}.get(self.grid.heading_align(column), free // 2)

    def _room(self, first: int, last: int, indent: int = 0) -> int:
        """Thousandths of the type size between two columns, a little less than there are."""
        return max(self.edges[last] - self.starts[first] - 2 * PADDING - indent, EM) * 970 // EM

    def _count(self, column: int, text: str) -> int:
        known = self.counted[column].get(text)
        if known is None:
            known = self.counted[column][text] = line_count(text, self._room(column, column))
        return known

    def _indented(self, row: BodyRow) -> int:
        """Lines of the label of a row."""
        room = self._room(0, 0, row.indent * INDENT + HANGING)
        return line_count(row.texts[0], room * 92 // 100 if row.kind == "section" else room)


def _style(align: str, above: int, indent: int = 0, below: int = SPACE) -> str:
    """Format of a paragraph: padding is indents, for readers differ on where a table with padding begins."""
    return rf"{ALIGN[align]}\li{PADDING + indent}\ri{PADDING}\sb{above}\sa{below}"


def _border(side: str, width: int, colour: int = 1) -> str:
    return rf"\clbrdr{side}\brdrs\brdrw{width}\brdrcf{colour}"


def _definition(cells: Sequence[str], edges: Sequence[int], *, header: bool = False) -> str:
    columns = "".join(rf"{cell}\cellx{edge}" for cell, edge in zip(cells, edges, strict=True))
    repeated = r"\trhdr" if header else ""
    return rf"\trowd\trgaph0\trleft0\trautofit0\trkeep{repeated}{columns}"
