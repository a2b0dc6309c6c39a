"""Measures and fonts of the pages of a long listing: those of ``report/_render/theme.typ``, in points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from csrbook.render.direct_pdf.fonts import EmbeddedFont
from csrbook.render.direct_pdf.typesetting import FontChain
from csrbook.render.fonts import bundled_font

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from csrbook.render.direct_pdf.first_section import FirstSection
    from csrbook.render.direct_pdf.typesetting import Line
    from csrbook.render.fonts import FontSet

MM: Final = 72 / 25.4
PAGE: Final = (297 * MM, 210 * MM)
LEFT: Final = 20 * MM
WIDTH: Final = 257 * MM
RIGHT: Final = LEFT + WIDTH
TOP: Final = 19.5 * MM
BOTTOM: Final = 11 * MM
GAP: Final = 11.0
SIZE: Final = 9.0
TITLE: Final = 11.0
POPULATION: Final = 10.0
LEADING: Final = {"en": 0.42 * SIZE, "zh": 0.5 * SIZE}
ASCENT: Final = {"zh": 662.0}
"""How far lines reach above their baseline where that is not the height of their fonts' capitals."""

INSET: Final = 3.0
ROW_INSET: Final = 2.9
HEADER_INSET: Final = 3.0
NOTES_INSET: Final = 4.0
NOTHING_INSET: Final = 10.0
FOOT: Final = 16.0
TITLE_LEADING: Final = 0.03 * SIZE
BLANK: Final = 0.5 * SIZE
HANGING: Final = 0.8 * SIZE
APART: Final = 1.5 * SIZE

LINK: Final = (0x0B / 255, 0x3D / 255, 0x91 / 255)
"""Colour of links: red, green, blue."""

LOCK_SHOWN: Final = 19
"""Characters of a lock that a page shows: ``sha256:`` and 12 digits."""


SHARE: Final = {"left": 0.0, "center": 0.5, "decimal": 0.5, "right": 1.0}
"""How much of the free room of a line is at its left."""


@dataclass(frozen=True)
class Fonts:
    """Chains of the styles, and every font that was needed."""

    regular: FontChain
    bold: FontChain
    italic: FontChain
    population: FontChain
    loaded: Mapping[tuple[Path, int], EmbeddedFont]

    def embed(self, pdf: FirstSection) -> bytes:
        """Write the fonts of which a character was used; returns their dictionary."""
        used = [font for font in self.loaded.values() if font.is_used]
        return b"".join(b"/F%d %d 0 R" % (font.place, font.embed(pdf)) for font in used)


def load_fonts(fonts: FontSet, language: str) -> Fonts:
    """Each style in its own face, then in the Chinese one, then what other faces can help out with."""
    loaded: dict[tuple[Path, int], EmbeddedFont] = {}

    def font(file: Path, index: int = 0) -> EmbeddedFont:
        if (file, index) not in loaded:
            loaded[file, index] = EmbeddedFont(file, index, len(loaded) + 1)
        return loaded[file, index]

    def style(name: str, size: float, *, bold: bool = False) -> FontChain:
        latin = [(bundled_font(file), 0) for file in (name, "STIXGeneral.ttf", "DejaVuSansMono.ttf")]
        chinese = [(face.file, face.index) for face in sorted(fonts.east_asian, key=lambda f: f.bold is not bold)]
        faces = dict.fromkeys([latin[0], *chinese, *latin[1:]])
        return FontChain([partial(font, *face) for face in faces], size, language, ASCENT.get(language))

    # Chinese has no italics.
    slanted = "STIXGeneral.ttf" if language == "zh" else "STIXGeneralItalic.ttf"
    return Fonts(
        style("STIXGeneral.ttf", SIZE),
        style("STIXGeneralBol.ttf", TITLE, bold=True),
        style(slanted, SIZE),
        style("STIXGeneral.ttf", POPULATION),
        loaded,
    )


def aligned(line: Line, room: float, share: float) -> float:
    """Where a line begins in its room; a full stop or hyphen at its end hangs over the edge in part."""
    return share * (room - line.width + line.overhang)
