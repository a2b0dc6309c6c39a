"""Where everything but the rows stands on the pages of a long listing, as ``report/_render/display.typ`` has it."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from csrbook.render.direct_pdf.canvas import Text
from csrbook.render.large_listing.cells import ListingCells
from csrbook.render.large_listing.style import (
    APART,
    BLANK,
    BOTTOM,
    FOOT,
    GAP,
    HANGING,
    HEADER_INSET,
    INSET,
    LEADING,
    LEFT,
    LOCK_SHOWN,
    NOTES_INSET,
    NOTHING_INSET,
    PAGE,
    RIGHT,
    SHARE,
    TITLE_LEADING,
    TOP,
    WIDTH,
    aligned,
)
from csrbook.render.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from csrbook.render.direct_pdf.typesetting import FontChain, Line
    from csrbook.render.large_listing.style import Fonts

__all__ = ["HeaderCell", "ListingLayout"]


class HeaderCell(NamedTuple):
    """A cell of the column headers with its spans; without texts it is empty."""

    texts: list[Text]
    colspan: int
    rowspan: int


class _Spanned(NamedTuple):
    """A cell of the column headers before its height is known: its row and first column, content and lines."""

    row: int
    column: int
    cell: Mapping[str, Any]
    lines: list[tuple[float, Line]]


class ListingLayout:
    """Where everything of one listing stands, apart from its rows.

    Parameters
    ----------
    display : mapping
        Display JSON of a listing; its rows are not read.
    fonts : Fonts
        Made by :func:`csrbook.render.large_listing.style.load_fonts`.
    words : mapping
        Fixed words in the display's language.

    Attributes
    ----------
    cells : ListingCells
        Of the rows.
    band, foot : list of Text
        What stands on every page above the title and below the footnotes.
    heading, population : list of Text
        The title and the line under it.
    header : list of list of HeaderCell
        Column headers, row by row.
    header_rules : list of tuple
        Under spanners: from, to, height on the page.
    notes : list of list of Text
        Footnotes and sources.
    table_top, first_row, last_row, top_of_notes : float
        Where on the page the table begins, between which heights its rows stand, where the footnotes begin.
    """

    def __init__(self, display: Mapping[str, Any], fonts: Fonts, words: Mapping[str, str]) -> None:
        self.display = display
        self._fonts = fonts
        self._words = words
        self._leading = LEADING.get(display["language"], LEADING["en"])
        self.cells = ListingCells(display["columns"], fonts.regular, self._leading)
        self.band, title_top = self._band()
        self.heading, self.population, self.table_top = self._title(title_top + GAP)
        self.header_rules: list[tuple[float, float, float]] = []
        self.header, self.first_row = self._header()
        self.notes, self.top_of_notes = self._notes()
        self.last_row = self.top_of_notes - 6
        self.foot, self._foot_top = self._foot()

    def page_number(self, number: int, pages: int) -> tuple[list[Text], Text]:
        """What only one page says in band and foot, and at the foot the id of the listing."""
        regular = self._fonts.regular
        top = regular.line(say(self._words, "page", x=number, y=pages))
        name, foot = regular.line(self.display["id"]), regular.line(f"{number} / {pages}")
        texts = [
            Text(RIGHT - top.width, TOP + top.ascent, top, regular),
            Text(RIGHT - foot.width, self._foot_top + foot.ascent, foot, regular),
        ]
        x = RIGHT - foot.width - APART - name.width
        return texts, Text(x, self._foot_top + name.ascent, name, regular)

    def nothing(self) -> tuple[Text, float]:
        """What stands in place of rows where there are none, and where the table then ends."""
        regular = self._fonts.regular
        line = regular.line(say(self._words, "nothing"))
        y = self.first_row + NOTHING_INSET + line.ascent
        return Text(LEFT + aligned(line, WIDTH, SHARE["center"]), y, line, regular), y + NOTHING_INSET

    def _literal(self, text: str, width: float, hanging: float = 0.0) -> list[tuple[float, Line]]:
        """Lines of a text with line breaks of its own, each with its indent; leading blanks of a line indent it."""
        placed: list[tuple[float, Line]] = []
        for part in text.replace("\n", " \n").split("\n"):
            printed = part.lstrip(" ")
            indent = BLANK * (len(part) - len(printed)) + (hanging if placed else 0.0)
            first, *others = self._fonts.regular.wrap(printed, width - indent, hanging - indent)
            placed += [(indent, first), *((hanging, line) for line in others)]
        return placed

    def _stack(self, lines: Sequence[Line], style: FontChain, top: float, share: float, leading: float) -> list[Text]:
        """Lines one below the other over the whole width."""
        texts = []
        for line in lines:
            texts.append(Text(LEFT + aligned(line, WIDTH, share), top + line.ascent, line, style))
            top += line.ascent + leading
        return texts

    def _band(self) -> tuple[list[Text], float]:
        """Lines at the left, in the middle and at the right, and where they end."""
        d, regular, italic = self.display, self._fonts.regular, self._fonts.italic
        status = f"{d['status']} · {say(self._words, 'cutoff', x=d['data_cutoff'])}"
        page = regular.line(say(self._words, "page", x=1, y=1))
        left = [regular.line(d["sponsor"]), regular.line(say(self._words, "protocol", x=d["protocol"]))]
        right = [page, regular.line(status)]
        middle = [italic.line(d["section"])]
        texts = [
            *self._stack(left, regular, TOP, SHARE["left"], self._leading),
            *self._stack(middle, italic, TOP, SHARE["center"], self._leading),
            # The number of the page is written with its page.
            *self._stack(right, regular, TOP, SHARE["right"], self._leading)[1:],
        ]
        return texts, TOP + max(_height(lines, self._leading) for lines in (left, middle, right))

    def _title(self, top: float) -> tuple[list[Text], list[Text], float]:
        """The heading, the population under it, and where the table begins."""
        leading = self._leading + TITLE_LEADING
        bold, small = self._fonts.bold, self._fonts.population
        lines = [bold.line(self.display["number"]), *bold.wrap(self.display["title"], WIDTH)]
        heading = self._stack(lines, bold, top, SHARE["center"], leading)
        top += _height(lines, leading)
        if not self.display["population"]:
            return heading, [], top + GAP
        line = small.line(self.display["population"])
        population = self._stack([line], small, top + leading, SHARE["center"], leading)
        return heading, population, top + leading + line.ascent + GAP

    def _header(self) -> tuple[list[list[HeaderCell]], float]:
        """Column headers, which may span columns and rows and stand at the bottom, and where they end."""
        edges, spanned = self.cells.edges, self._spanned()
        heights = [0.0] * len(self.display["header"])
        for row, _, cell, lines in spanned:
            last = row + cell["rowspan"] - 1
            needed = 2 * HEADER_INSET + _height([line for _, line in lines], self._leading)
            heights[last] += max(needed - sum(heights[row : last + 1]), 0.0)
        bottoms = [self.table_top + height for height in accumulate(heights)]
        rows: list[list[HeaderCell]] = [[] for _ in heights]
        for row, column, cell, lines in spanned:
            left, right = edges[column] + INSET, edges[column + cell["colspan"]] - INSET
            bottom = bottoms[row + cell["rowspan"] - 1]
            y = bottom - HEADER_INSET - _height([line for _, line in lines], self._leading)
            texts = []
            for indent, line in lines:
                x = left + indent + aligned(line, right - left - indent, SHARE[cell["align"]])
                texts.append(Text(x, y + line.ascent, line, self._fonts.regular))
                y += line.ascent + self._leading
            rows[row].append(HeaderCell(texts if cell["text"] else [], cell["colspan"], cell["rowspan"]))
            if cell["rule"]:
                self.header_rules.append((left + 2, right - 2, bottom))
        return rows, bottoms[-1]

    def _spanned(self) -> list[_Spanned]:
        edges = self.cells.edges
        spanned = []
        taken: set[tuple[int, int]] = set()
        for i, cells in enumerate(self.display["header"]):
            column = 0
            for cell in cells:
                while (i, column) in taken:
                    column += 1
                end = column + cell["colspan"]
                taken |= {(row, c) for row in range(i, i + cell["rowspan"]) for c in range(column, end)}
                room = edges[end] - edges[column] - 2 * INSET
                spanned.append(_Spanned(i, column, cell, self._literal(cell["text"], room)))
                column = end
        return spanned

    def _notes(self) -> tuple[list[list[Text]], float]:
        """Footnotes and sources, and where they begin."""
        d, regular = self.display, self._fonts.regular
        source = [say(self._words, "source", x=", ".join(d["sources"]))] if d["sources"] else []
        notes = [self._literal(note, WIDTH, HANGING) for note in [*d["footnotes"], *source]]
        height = NOTES_INSET + _height([line for note in notes for _, line in note], self._leading)
        top = PAGE[1] - BOTTOM - FOOT - height
        y = top + NOTES_INSET
        placed = []
        for note in notes:
            texts = []
            for indent, line in note:
                texts.append(Text(LEFT + indent, y + line.ascent, line, regular))
                y += line.ascent + self._leading
            placed.append(texts)
        return placed, top

    def _foot(self) -> tuple[list[Text], float]:
        """Program, lock and what the second programmer found, and where the line begins."""
        d, regular = self.display, self._fonts.regular
        lock = d["lock"][:LOCK_SHOWN] if d["lock"].startswith("sha256:") else d["lock"]
        said = (say(self._words, "program", x=d["program"]), say(self._words, "lock", x=lock), d["double_programming"])
        lines = [regular.line(text) for text in said]
        places = accumulate((line.width + APART for line in lines), initial=LEFT)
        texts = [Text(x, PAGE[1] - BOTTOM, line, regular) for x, line in zip(places, lines, strict=False)]
        return texts, PAGE[1] - BOTTOM - max(line.ascent for line in lines)


def _height(lines: Sequence[Line], leading: float) -> float:
    return sum(line.ascent for line in lines) + leading * max(len(lines) - 1, 0)
