"""Listings of any length, written to PDF directly.

Typst needs 313 s and 10 GB for 100,000 rows. This writer lays a listing out in two passes, one over the rows to find
where pages break, one to write them, and looks like the pages that Typst makes: same band, titles, columns, rules and
footnotes (``report/_render/display.typ``). Its files are not tagged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from csrbook.render.canvas import (
    BOLD_CAP,
    BOTTOM,
    CAP,
    GAP,
    HANGING,
    INSET,
    LEADING,
    LEFT,
    PAGE,
    PITCH,
    ROW_INSET,
    SIZE,
    TOP,
    WIDTH,
    Canvas,
)
from csrbook.render.fonts import bundled_font
from csrbook.render.pdf_writer import PdfWriter, text_string
from csrbook.render.typesetting import EmbeddedFont, FontChain, Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from csrbook.render.fonts import FontSet

__all__ = ["write_large_listing"]


@dataclass(frozen=True)
class Fonts:
    """Chains of the three styles, and every font that was needed."""

    regular: FontChain
    bold: FontChain
    italic: FontChain
    loaded: dict[tuple[Path, int], EmbeddedFont]


def write_large_listing(display: Mapping[str, Any], target: Path, *, fonts: FontSet, timestamp: int) -> int:
    """Write a listing as a PDF of its own.

    Parameters
    ----------
    display : mapping
        Display JSON of a listing.
    target : Path
        The file; its folder is made.
    fonts : FontSet
        Fonts that hold every character of the listing.
    timestamp : int
        Seconds since 1970 that the file carries as its date.

    Returns
    -------
    int
        Number of pages.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    layout = Layout(display, _load(fonts))
    with target.open("wb") as handle:
        pdf = PdfWriter(handle)
        layout.write(pdf)
        pdf.finish(
            layout.catalogue,
            title=f"{display['number']} {display['title']}, {display['protocol']}",
            author=display["sponsor"],
            timestamp=timestamp,
        )
    return len(layout.pages)


def _load(fonts: FontSet) -> Fonts:
    """Each style in its own face, then what other faces can help out with."""
    loaded: dict[tuple[Path, int], EmbeddedFont] = {}

    def font(file: Path, index: int = 0) -> EmbeddedFont:
        if (file, index) not in loaded:
            loaded[file, index] = EmbeddedFont(file, index, len(loaded) + 1)
        return loaded[file, index]

    def chain(name: str, *, bold: bool) -> FontChain:
        latin = [(bundled_font(file), 0) for file in (name, "STIXGeneral.ttf", "DejaVuSansMono.ttf")]
        chinese = [(face.file, face.index) for face in sorted(fonts.east_asian, key=lambda f: f.bold is not bold)]
        return FontChain([partial(font, *face) for face in (*latin, *chinese)])

    return Fonts(
        chain("STIXGeneral.ttf", bold=False),
        chain("STIXGeneralBol.ttf", bold=True),
        chain("STIXGeneralItalic.ttf", bold=False),
        loaded,
    )


class Layout:
    """Where everything of one listing stands, and its pages."""

    def __init__(self, display: Mapping[str, Any], fonts: Fonts) -> None:
        self.display = display
        self.fonts = fonts
        total = sum(column["width"] for column in display["columns"])
        widths = [column["width"] / total * WIDTH for column in display["columns"]]
        self.edges = [LEFT + sum(widths[:j]) for j in range(len(widths) + 1)]
        self.rooms = [(width - 2 * INSET) * 1000 / SIZE for width in widths]
        self.titles = self.fonts.bold.wrap(display["title"], WIDTH * 1000 / 11)
        self.notes = self._notes()
        self.notes_height = 4 + len(self.notes) * PITCH - LEADING * SIZE
        self.table_top = self._table_top()
        self.header_height = 0.0
        self.form = self._furniture()
        self.first_row = self.table_top + self.header_height
        self.last_row = PAGE[1] - BOTTOM - 16 - self.notes_height - 6
        self.cells: list[dict[str, tuple[Line, ...]]] = [{} for _ in widths]
        self.pages = self._paginate()
        self.catalogue = 0

    def _notes(self) -> list[tuple[float, str]]:
        """Lines of the footnotes with their indents."""
        source = f"Source: {', '.join(self.display['sources'])}." if self.display["sources"] else ""
        lines: list[tuple[float, str]] = []
        for note in [*self.display["footnotes"], *([source] if source else [])]:
            wrapped = self.fonts.regular.wrap(note, WIDTH * 1000 / SIZE, HANGING)
            lines += [(0.0 if i == 0 else HANGING / 1000 * SIZE, line) for i, line in enumerate(wrapped)]
        return lines

    def _table_top(self) -> float:
        leading = 0.45 * SIZE
        titles = (1 + len(self.titles)) * (BOLD_CAP * 11 + leading) - leading
        population = leading + CAP * 10 if self.display["population"] else 0.0
        return TOP + CAP * SIZE + PITCH + GAP + titles + population + GAP

    def _furniture(self) -> Canvas:
        """What is the same on every page: band, titles, column headers, footnotes, identification."""
        d, canvas, regular = self.display, Canvas(), self.fonts.regular
        right = LEFT + WIDTH
        first, second = TOP + CAP * SIZE, TOP + CAP * SIZE + PITCH
        canvas.line(LEFT, first, regular.encode(d["sponsor"]))
        canvas.line(LEFT, second, regular.encode(f"Protocol {d['protocol']}"))
        self._aligned(canvas, 0.5, first, d["section"], self.fonts.italic)
        status = f"{d['status']} · Data cut-off {d['data_cutoff']}"
        self._aligned(canvas, 1.0, second, status, regular)
        y = second + GAP + BOLD_CAP * 11
        for text in (d["number"], *self.titles):
            self._aligned(canvas, 0.5, y, text, self.fonts.bold, 11)
            y += BOLD_CAP * 11 + 0.45 * SIZE
        if d["population"]:
            self._aligned(canvas, 0.5, y - BOLD_CAP * 11 + CAP * 10, d["population"], regular, 10)
        self.header_height = self._header(canvas)
        top_of_notes = PAGE[1] - BOTTOM - 16 - self.notes_height
        canvas.rule(LEFT, right, top_of_notes, 0.5)
        for i, (indent, text) in enumerate(self.notes):
            canvas.line(LEFT + indent, top_of_notes + 4 + CAP * SIZE + i * PITCH, regular.encode(text))
        lock = d["lock"][:19] if d["lock"].startswith("sha256:") else d["lock"]
        offset = LEFT
        for text in (f"Program: {d['program']}", f"Data lock: {lock}", d["double_programming"]):
            canvas.line(offset, PAGE[1] - BOTTOM, regular.encode(text))
            offset += regular.width(text) * SIZE / 1000 + 1.5 * SIZE
        return canvas

    def _aligned(self, canvas: Canvas, share: float, y: float, text: str, chain: FontChain, size: float = SIZE) -> None:
        free = WIDTH - chain.width(text) * size / 1000
        canvas.line(LEFT + share * free, y, chain.encode(text), size)

    def _header(self, canvas: Canvas) -> float:
        """Draw the column headers; return their height. Cells may span columns and rows and stand at the bottom."""
        rows = self.display["header"]
        placed: list[tuple[int, int, Mapping[str, Any], list[str]]] = []
        taken: set[tuple[int, int]] = set()
        heights = [0.0] * len(rows)
        for i, cells in enumerate(rows):
            column = 0
            for cell in cells:
                while (i, column) in taken:
                    column += 1
                last, end = i + cell["rowspan"] - 1, column + cell["colspan"]
                taken |= {(row, c) for row in range(i, last + 1) for c in range(column, end)}
                room = (self.edges[end] - self.edges[column] - 2 * INSET) * 1000 / SIZE
                lines = self.fonts.regular.wrap(cell["text"], room)
                placed.append((last, column, cell, lines))
                missing = 6 + CAP * SIZE + (len(lines) - 1) * PITCH - sum(heights[i : last + 1])
                heights[last] += max(missing, 0.0)
                column = end
        bottoms = [self.table_top + sum(heights[: i + 1]) for i in range(len(rows))]
        for last, column, cell, lines in placed:
            left, right = self.edges[column] + INSET, self.edges[column + cell["colspan"]] - INSET
            for k, line in enumerate(reversed(lines)):
                shown = line.lstrip(" ")
                indent = (len(line) - len(shown)) * 0.5 * SIZE
                free = right - left - indent - self.fonts.regular.width(shown) * SIZE / 1000
                share = {"left": 0.0, "center": 0.5, "right": 1.0}[cell["align"]]
                canvas.line(
                    left + indent + share * free, bottoms[last] - 3 - k * PITCH, self.fonts.regular.encode(shown)
                )
            if cell["rule"]:
                canvas.rule(left + 2, right - 2, bottoms[last], 0.5)
        canvas.rule(LEFT, LEFT + WIDTH, self.table_top, 1)
        canvas.rule(LEFT, LEFT + WIDTH, bottoms[-1], 0.6)
        return sum(heights)

    def _paginate(self) -> list[tuple[int, int]]:
        """First row and row after the last of each page; a row is never divided."""
        pages: list[tuple[int, int]] = []
        start, y = 0, self.first_row
        for i, row in enumerate(self.display["rows"]):
            height = self._height(row["cells"])
            if y + height > self.last_row and i > start:
                pages.append((start, i))
                start, y = i, self.first_row
            y += height
        return [*pages, (start, len(self.display["rows"]))]

    def _height(self, cells: Sequence[str]) -> float:
        lines = max(len(self._lines(j, text)) for j, text in enumerate(cells))
        return 2 * ROW_INSET + CAP * SIZE + (lines - 1) * PITCH

    def _lines(self, column: int, text: str) -> tuple[Line, ...]:
        """Encoded lines of a cell; equal texts of a column are wrapped once."""
        known = self.cells[column].get(text)
        if known is None:
            chain = self.fonts.regular
            known = tuple(chain.encode(line) for line in chain.wrap(text, self.rooms[column]))
            self.cells[column][text] = known
        return known

    def write(self, pdf: PdfWriter) -> None:
        """Write pages, fonts and bookmarks."""
        tree, resources = pdf.reserve(), pdf.reserve()
        numbers = [pdf.reserve() for _ in self.pages]
        box = b"[0 0 %.2f %.2f]" % PAGE
        form = pdf.add_stream(
            self.form.content(), b"/Type/XObject/Subtype/Form/BBox%b/Resources %d 0 R" % (box, resources)
        )
        for place, (first, end) in enumerate(self.pages):
            content = pdf.add_stream(b"/X1 Do\n" + self._page(place, first, end).content())
            pdf.write(
                numbers[place],
                b"<</Type/Page/Parent %d 0 R/MediaBox%b/Contents %d 0 R/Resources %d 0 R>>"
                % (tree, box, content, resources),
            )
        used = [font for font in self.fonts.loaded.values() if font.is_used]
        embedded = b"".join(b"/F%d %d 0 R" % (font.place, font.embed(pdf)) for font in used)
        pdf.write(resources, b"<</Font<<%b>>/XObject<</X1 %d 0 R>>>>" % (embedded, form))
        kids = b" ".join(b"%d 0 R" % number for number in numbers)
        pdf.write(tree, b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(numbers), kids))
        outlines = self._bookmarks(pdf, numbers)
        self.catalogue = pdf.add(
            b"<</Type/Catalog/Pages %d 0 R/Outlines %d 0 R/PageMode/UseOutlines/Lang(%b)"
            b"/ViewerPreferences<</DisplayDocTitle true>>>>" % (tree, outlines, self.display["language"].encode())
        )

    def _page(self, place: int, first: int, end: int) -> Canvas:
        canvas, regular, count = Canvas(), self.fonts.regular, len(self.pages)
        self._aligned(canvas, 1.0, TOP + CAP * SIZE, f"Page {place + 1} of {count}", regular)
        name, page = self.display["id"], f"{place + 1} / {count}"
        self._aligned(canvas, 1.0, PAGE[1] - BOTTOM, page, regular)
        offset = (regular.width(page) + regular.width(name)) * SIZE / 1000 + 1.5 * SIZE
        canvas.line(LEFT + WIDTH - offset, PAGE[1] - BOTTOM, regular.encode(name))
        y, previous = self.first_row, None
        for cells in self._rows(first, end):
            key = cells[: self.display["group_by"]]
            if previous is not None and key != previous:
                canvas.rule(LEFT, LEFT + WIDTH, y, 0.25, 0.55)
            previous = key
            for j, text in enumerate(cells):
                for k, runs in enumerate(self._lines(j, text)):
                    canvas.line(self.edges[j] + INSET, y + ROW_INSET + CAP * SIZE + k * PITCH, runs)
            y += self._height(cells)
        canvas.rule(LEFT, LEFT + WIDTH, y, 1)
        return canvas

    def _rows(self, first: int, end: int) -> Iterator[Sequence[str]]:
        return (row["cells"] for row in self.display["rows"][first:end])

    def _bookmarks(self, pdf: PdfWriter, pages: Sequence[int]) -> int:
        """The listing, and under it the first group (subject) of each page where that changes."""
        root, listing = pdf.reserve(), pdf.reserve()
        marks: list[tuple[str, int]] = []
        for (first, end), number in zip(self.pages, pages, strict=True):
            name = self.display["rows"][first]["cells"][0] if first < end else ""
            if name and (not marks or marks[-1][0] != name):
                marks.append((name, number))
        items = [pdf.reserve() for _ in marks]
        for i, (name, number) in enumerate(marks):
            before = b"/Prev %d 0 R" % items[i - 1] if i else b""
            after = b"/Next %d 0 R" % items[i + 1] if i + 1 < len(items) else b""
            pdf.write(
                items[i],
                b"<</Title %b/Parent %d 0 R/Dest[%d 0 R/Fit]%b%b>>"
                % (text_string(name), listing, number, before, after),
            )
        kids = b"/First %d 0 R/Last %d 0 R/Count %d" % (items[0], items[-1], -len(items)) if items else b""
        title = text_string(f"{self.display['number']} {self.display['title']}")
        pdf.write(listing, b"<</Title %b/Parent %d 0 R/Dest[%d 0 R/Fit]%b>>" % (title, root, pages[0], kids))
        pdf.write(root, b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count 1>>" % (listing, listing))
        return root
