"""Lines of text: which font shows a character, how wide a text is, where it breaks, and the operators that show it.

Typst is the model, line by line and to a hundredth of a point: its order of fonts, kerning of pairs, punctuation of
Chinese that closes up to its neighbour and to the edges of a line, first-fit breaking.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from csrbook.render.direct_pdf.line_breaks import BREAK_HERE, units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from csrbook.render.direct_pdf.fonts import EmbeddedFont

__all__ = ["FontChain", "Line"]

REMEMBERED: Final = 2**15
"""Parts of texts whose measures are kept: most words come again."""

TOLERANCE: Final = 1e-6
"""Points by which a line may be too wide."""

# White of Chinese punctuation as parts of its width: at its left, at its right, on both sides.
_LEFT: Final = dict.fromkeys("《（『「【〖〔〈［｛", 0.5)
_RIGHT: Final = dict.fromkeys("》）』」】〗〕〉］｝，。．、：；？！", 0.5)
_BOTH: Final = dict.fromkeys("·・", 0.25)
_PUNCTUATION: Final = frozenset(_LEFT | _RIGHT | _BOTH)
# What hangs over an edge that a line is aligned to, as parts of its width.
_OVERHANG: Final = {"–": 0.2, "—": 0.2, "-": 0.55, ".": 0.8, ",": 0.8, ":": 0.3, ";": 0.3}

# A shorter word is never divided, as on the pages that Typst makes (report/_render/literal.typ).
_LONG: Final = re.compile(r"[^\s\u2e80-\uffff\U00020000-\U0003ffff]{8,}")
_PART: Final = re.compile(r"[^/-]+[/-]*|[/-]+")


class Line(NamedTuple):
    """A line of text: operators that show it from where the text cursor stands, and measures in points."""

    content: bytes
    width: float
    ascent: float
    overhang: float


class _Glyph(NamedTuple):
    font: EmbeddedFont
    code: bytes
    width: float


class _Unit(NamedTuple):
    """What no line break divides, measured in thousandths of the size."""

    runs: tuple[tuple[EmbeddedFont, bytes], ...]
    """Parts in one font each, as they stand between ``[(`` and ``)]TJ``."""
    first: str
    last: str
    width: float
    trimmed: float
    """The width where a line ends with it: without blanks, or without the white half of a full stop of Chinese."""
    overhang: float
    """How far it reaches beyond the edge that a line which ends with it is aligned to."""
    indent: float
    """How far it moves to the left where a line begins with it."""
    ascent: float


class FontChain:
    """Fonts tried in order for each character, in one size.

    Parameters
    ----------
    loaders : sequence of callables
        Each gives a font. A later one is asked only when no earlier one has a character, for Chinese fonts are large.
    size : float
        In points.
    language : str
        Of the text, as ISO 639-1 has it.
    ascent : float, optional
        How far lines reach above their baseline, in thousandths of the size; the height of their fonts' capitals where
        it is not given.
    """

    def __init__(
        self,
        loaders: Sequence[Callable[[], EmbeddedFont]],
        size: float,
        language: str,
        ascent: float | None = None,
    ) -> None:
        self._loaders = list(loaders[1:])
        self._fonts = [loaders[0]()]
        self._size = size
        self._language = language
        self._ascent = ascent
        self._glyphs = _Glyphs(self)
        self._kerning = _Kerning(self._glyphs)
        self._unit = lru_cache(REMEMBERED)(self._measured)
        self.select = self._selecting(self._fonts[0])
        """The operator that chooses the first font, with which every line begins and ends."""

    def _selecting(self, font: EmbeddedFont) -> bytes:
        return b"/F%d %g Tf" % (font.place, self._size)

    def font_of(self, code: int) -> EmbeddedFont | None:
        """The first font with a character, None for control characters and the like."""
        for font in self._fonts:
            if code in font.widths:
                return font
        while self._loaders:
            self._fonts.append(self._loaders.pop(0)())
            if code in self._fonts[-1].widths:
                return self._fonts[-1]
        return None

    def line(self, text: str) -> Line:
        """A text without a newline on one line, however long."""
        return self.wrap(text, math.inf)[0]

    def wrap(self, text: str, width: float, hanging: float = 0.0) -> list[Line]:
        """Lines no wider than ``width``, lines after the first narrower by ``hanging``, all in points.

        A newline breaks the line; a word of eight characters or more that is wider than the line breaks after a hyphen
        or slash, and where that is not enough, anywhere.
        """
        room, narrower = (width + TOLERANCE) * 1000 / self._size, hanging * 1000 / self._size
        # A blank, which no line is wider for, parts words where the text is read without its lines.
        parts = text.replace("\n", " \n").split("\n")
        return [self._line(line) for part in parts for line in self._broken(part, room, narrower)]

    def _broken(self, text: str, room: float, narrower: float) -> Iterator[list[tuple[float, _Unit]]]:
        """Units of each line, first fit, each with what it is moved away from the one before."""
        line: list[tuple[float, _Unit]] = []
        used, last = 0.0, " "
        for unit in map(self._unit, units(self._divisible(text, room), self._language)):
            between = 0.0 if last == " " else self._kerning[last + unit.first]
            if line and used + between + unit.trimmed > room:
                yield line
                line, room, narrower = [], room - narrower, 0.0
            if not line:
                used, between = 0.0, -unit.indent
            line.append((between, unit))
            used += between + unit.width
            last = unit.last
        yield line

    def _divisible(self, text: str, room: float) -> str:
        """The text with breaks allowed inside the long words that are wider than a line."""

        def divided(word: re.Match[str]) -> str:
            if not self._is_wider(word[0], room):
                return word[0]
            parts = _PART.findall(word[0])
            return BREAK_HERE.join(BREAK_HERE.join(part) if self._is_wider(part, room) else part for part in parts)

        return _LONG.sub(divided, text)

    def _is_wider(self, text: str, room: float) -> bool:
        return len(text) * 1000 > room and self._unit(text).width > room

    def _line(self, line: Sequence[tuple[float, _Unit]]) -> Line:
        shown = [b"[("]
        font = self._fonts[0]
        width, ascent = 0.0, 0.0
        for between, unit in line:
            if between:
                shown.append(b")%g(" % -between)
            for needed, text in unit.runs:
                if needed is not font:
                    shown.append(b")]TJ %b[(" % self._selecting(needed))
                    font = needed
                shown.append(text)
            width += between + unit.width
            ascent = max(ascent, unit.ascent)
        shown.append(b")]TJ")
        if font is not self._fonts[0]:
            shown.append(self.select)
        end = line[-1][1]
        scale = self._size / 1000
        return Line(b"".join(shown), (width + end.trimmed - end.width) * scale, ascent * scale, end.overhang * scale)

    def _measured(self, text: str) -> _Unit:
        runs: list[tuple[EmbeddedFont, list[bytes]]] = []
        width, previous = 0.0, ""
        for character in text:
            glyph = self._glyphs[character]
            if glyph is None:
                previous = ""
                continue
            # A Latin letter begins a run of its own after Chinese, even with a quotation mark between them.
            if len(runs) > 1 and character.isalpha() and not previous.isalpha():
                previous = ""
            between = self._kerning[previous + character] if previous else 0.0
            if not runs or runs[-1][0] is not glyph.font:
                runs.append((glyph.font, []))
            if between:
                runs[-1][1].append(b")%g(" % -between)
            runs[-1][1].append(glyph.code)
            width += between + glyph.width
            previous = character
        first, last = text[:1], text[-1:]
        if last == " ":
            without = self._unit(text.rstrip(" "))
            trimmed, overhang = without.trimmed, without.overhang
        else:
            trimmed = width - self._share(last, _RIGHT)
            overhang = self._share(last, _OVERHANG)
        return _Unit(
            runs=tuple((font, b"".join(codes)) for font, codes in runs),
            first=first,
            last=last,
            width=width,
            trimmed=trimmed,
            overhang=overhang,
            indent=self._share(first, _LEFT),
            ascent=self._ascent or max((font.cap_height for font, _ in runs), default=self._fonts[0].cap_height),
        )

    def _share(self, character: str, shares: Mapping[str, float]) -> float:
        """Part of the width of a character."""
        glyph = self._glyphs[character] if character in shares else None
        return shares[character] * glyph.width if glyph else 0.0


class _Glyphs(dict[str, "_Glyph | None"]):
    """Font, code and width of a character, found once; None where no font has it."""

    def __init__(self, chain: FontChain) -> None:
        super().__init__()
        self._chain = chain

    def __missing__(self, character: str) -> _Glyph | None:
        font = self._chain.font_of(ord(character))
        found = _Glyph(font, font.encode(character), font.widths[ord(character)]) if font else None
        self[character] = found
        return found


class _Kerning(dict[str, float]):
    """What two neighbours are moved apart, in thousandths of the size, found once."""

    def __init__(self, glyphs: _Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs

    def __missing__(self, pair: str) -> float:
        found = self[pair] = self._between(*pair) if len(pair) > 1 else 0.0
        return found

    def _between(self, first: str, second: str) -> float:
        one, other = self._glyphs[first], self._glyphs[second]
        if one is None or other is None:
            return 0.0
        if {first, second} <= _PUNCTUATION:
            white = one.width * (_RIGHT | _BOTH).get(first, 0.0) + other.width * (_LEFT | _BOTH).get(second, 0.0)
            return -one.width / 2 if white >= one.width / 2 else 0.0
        return one.font.kerning(first, second) if one.font is other.font else 0.0
