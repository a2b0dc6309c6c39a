"""What stands around the body on every page of an RTF file, and the room that it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from csrbook.render.single.rtf_text import EM, LINE, TINY, escaped, lines
from csrbook.render.single.times import line_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.render.single.sheet import Sheet

__all__ = ["BOTTOM", "HEIGHT", "SIDE", "TOP", "WIDTH", "Furniture"]

# A4 landscape in twips; margins of report/_render/theme.typ.
HEIGHT: Final = 11906
SIDE, TOP, BOTTOM = 1134, 1106, 624
WIDTH: Final = 16838 - 2 * SIDE

BAND_SIDE: Final = 5200
FOOT_SIDE: Final = 3200
TITLE, TITLE_LINE, TITLE_GAP = 220, 250, 140
POPULATION_LINE: Final = 240
HANGING: Final = 144
RULE: Final = r"\brdrt\brdrs\brdrw10\brsp60"
RULE_HEIGHT: Final = 70
FOOT_GAP: Final = 60
EXACT: Final = rf"\sl-{LINE}\slmult0"

SPARE: Final = LINE
"""Left free on each page, for readers that break a line where this does not expect it."""


class Furniture:
    """Band, titles, footnotes and identification of a sheet.

    Attributes
    ----------
    band : str
        Sponsor, protocol, section, page and status: the header of every page.
    foot : str
        Footnotes and identification: the footer of every page.
    room : int
        Height in twips that they leave to the body.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self.band = self._band()
        self.foot = self._foot()
        self.room = HEIGHT - TOP - BOTTOM - SPARE - self._band_height() - self._titles_height() - self._foot_height()

    def titles(self, *, heading: bool) -> str:
        """Number, title and population; a heading where they are part of the text."""
        style = r"\s1\outlinelevel0" if heading else r"\s5"
        population = escaped(self._sheet["population"])
        below = 0 if population else TITLE_GAP
        return (
            rf"\pard\plain{style}\qc\keepn\sb{TITLE_GAP}\sa{below}\sl-{TITLE_LINE}\slmult0\b\f0\fs22 "
            rf"{escaped(self._sheet['number'])}\line {escaped(self._sheet['title'])}\par"
            + (rf"\pard\plain\s2\qc\keepn\sa{TITLE_GAP}\f0\fs20 {population}\par" if population else "")
            + "\n"
        )

    def _titles_height(self) -> int:
        titles = line_count(self._sheet["title"], _room(WIDTH, TITLE) * 100 // 108)
        return 2 * TITLE_GAP + (1 + titles) * TITLE_LINE + POPULATION_LINE * bool(self._sheet["population"])

    def _band(self) -> str:
        sheet = self._sheet
        before, between, after = map(escaped, sheet.page_words)
        page = f"{before}{_field('PAGE')}{between}{_field('NUMPAGES')}{after}"
        return _side_by_side(
            [
                (BAND_SIDE, r"\ql", rf"{escaped(sheet['sponsor'])}\par {escaped(sheet.protocol)}"),
                (WIDTH - 2 * BAND_SIDE, r"\qc", rf"{{\i {escaped(sheet['section'])}}}"),
                (BAND_SIDE, r"\qr", rf"{page}\par {escaped(sheet.status)}"),
            ]
        )

    def _band_height(self) -> int:
        sheet = self._sheet
        side, middle = _room(BAND_SIDE), _room(WIDTH - 2 * BAND_SIDE)
        left = line_count(sheet["sponsor"], side) + line_count(sheet.protocol, side)
        return LINE * max(left, line_count(sheet["section"], middle), 1 + line_count(sheet.status, side)) + 20

    def _foot(self) -> str:
        sheet = self._sheet
        style = rf"\pard\plain\s4\ql\fi-{HANGING}\li{HANGING}{EXACT}"
        notes = [f"{style}{'' if i else RULE}\\f0\\fs18 {lines(note)}\\par" for i, note in enumerate(sheet.notes)]
        name = f"{escaped(sheet['id'])}   {_field('PAGE')} / {_field('NUMPAGES')}"
        identification = "   ".join(map(escaped, sheet.identification))
        below = _side_by_side(
            [(WIDTH - FOOT_SIDE, rf"\ql\sb{FOOT_GAP}", identification), (FOOT_SIDE, rf"\qr\sb{FOOT_GAP}", name)]
        )
        return "".join([*notes, below, rf"\pard\plain{TINY}"])

    def _foot_height(self) -> int:
        sheet = self._sheet
        notes = [LINE * line_count(note, _room(WIDTH - HANGING)) for note in sheet.notes]
        identification = line_count("   ".join(sheet.identification), _room(WIDTH - FOOT_SIDE))
        return sum(notes) + RULE_HEIGHT * bool(notes) + FOOT_GAP + LINE * identification + 20


def _room(width: int, em: int = EM) -> int:
    """Thousandths of the type size in a width, a little less than there are."""
    return width * 970 // em


def _side_by_side(cells: Sequence[tuple[int, str, str]]) -> str:
    """Texts beside each other: width, alignment and content."""
    edges = [sum(width for width, *_ in cells[: j + 1]) for j in range(len(cells))]
    row = r"\trowd\trgaph0\trleft0\trautofit0" + "".join(rf"\cellx{edge}" for edge in edges)
    content = "".join(rf"\pard\plain\intbl\s5{align}{EXACT}\f0\fs18 {text}\cell" for _, align, text in cells)
    return f"{row}{content}{row}\\row"


def _field(name: str) -> str:
    return rf"{{\field{{\*\fldinst {{ {name} }}}}{{\fldrslt {{1}}}}}}"
