"""Fonts of the direct PDF writer: widths, encoding with fallback, wrapping, and embedding of what was used."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from csrbook.render.pdf_writer import PdfWriter

__all__ = ["EmbeddedFont", "FontChain", "Line"]

Line = tuple[tuple[int, str], ...]
"""Runs of a line: place of the font in the document, and its glyphs in hexadecimal."""

# What a line may break after: a blank, a hyphen or slash inside a word, any Chinese character.
_PIECE: Final = re.compile(r"\s+|[\u2e80-\uffff]|[^\s\u2e80-\uffff/-]+[/-]*|[/-]+")
# A shorter word is never divided, as on the pages that Typst makes (report/_render/literal.typ).
_LONG: Final = re.compile(r"[^\s\u2e80-\uffff]{8,}")
_CID_NAME: Final = re.compile(r"cid\d{5}")
DROPPED_TABLES: Final = ("BASE", "DSIG", "FFTM", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx")


class EmbeddedFont:
    """A font file of which the used glyphs are embedded.

    Parameters
    ----------
    file : Path
        TrueType or OpenType file or collection.
    index : int
        Place in the collection.
    place : int
        Place among the document's fonts; its name there is ``/F<place>``.
    """

    def __init__(self, file: Path, index: int, place: int) -> None:
        font = self._open(file, index)
        self.file, self.index, self.place = file, index, place
        self.name = str(font["name"].getDebugName(6))
        scale = 1000 / font["head"].unitsPerEm
        advances = font["hmtx"].metrics
        characters = font.getBestCmap()
        self.widths = {code: advances[glyph][0] * scale for code, glyph in characters.items()}
        self.is_cff = "CFF " in font
        self._is_cid_keyed = self.is_cff and all(map(_CID_NAME.fullmatch, set(characters.values())))
        self._codes = {code: self._code(font, glyph) for code, glyph in characters.items()}
        self._used: dict[int, int] = {}
        box = font["head"]
        self._box = [round(edge * scale) for edge in (box.xMin, box.yMin, box.xMax, box.yMax)]
        self._ascent, self._descent = round(font["hhea"].ascent * scale), round(font["hhea"].descent * scale)

    @staticmethod
    def _open(file: Path, index: int) -> Any:
        from fontTools.ttLib import TTFont

        return TTFont(str(file), fontNumber=index, recalcTimestamp=False, lazy=True)

    def _code(self, font: Any, glyph: str) -> int:
        """The character identifier that Identity-H shows: in a CID-keyed font that of its charset, else the glyph's."""
        return int(glyph[3:]) if self._is_cid_keyed else int(font.getGlyphID(glyph))

    def encode(self, text: str) -> str:
        """Glyphs in hexadecimal; remembers that they are used."""
        codes = [(self._codes[ord(c)], ord(c)) for c in text]
        for code, character in codes:
            self._used.setdefault(code, character)
        return "".join(f"{code:04x}" for code, _ in codes)

    def embed(self, pdf: PdfWriter) -> int:
        """Write the font with the glyphs used, its widths and the way back to characters."""
        program, entries, key = self._program()
        tag = b"/CSRBKS+" + self.name.encode()
        file = pdf.add_stream(program, entries)
        descriptor = pdf.add(
            b"<</Type/FontDescriptor/FontName%b/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d"
            b"/CapHeight 662/StemV 80/%b %d 0 R>>" % (tag, *self._box, self._ascent, self._descent, key, file)
        )
        used = sorted(self._used.items())
        widths = b"".join(b"%d[%d]" % (code, round(self.widths[character])) for code, character in used)
        kind = b"0" if self.is_cff else b"2/CIDToGIDMap/Identity"
        descendant = pdf.add(
            b"<</Type/Font/Subtype/CIDFontType%b/BaseFont%b/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            b"/Supplement 0>>/FontDescriptor %d 0 R/W[%b]>>" % (kind, tag, descriptor, widths)
        )
        unicode = pdf.add_stream(_to_unicode(used))
        return pdf.add(
            b"<</Type/Font/Subtype/Type0/BaseFont%b/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>"
            % (tag, descendant, unicode)
        )

    @property
    def is_used(self) -> bool:
        """Whether any glyph was encoded."""
        return bool(self._used)

    def _program(self) -> tuple[bytes, bytes, bytes]:
        """The subset font, the entries of its stream, and the key of the descriptor that points to it."""
        from fontTools import subset
        from fontTools.ttLib import TTFont

        options = subset.Options(layout_features=[], hinting=False, notdef_outline=True)
        options.retain_gids = not self._is_cid_keyed
        options.drop_tables += DROPPED_TABLES
        font = self._open(self.file, self.index)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=sorted(self._used.values()))
        subsetter.subset(font)
        buffer = io.BytesIO()
        font.save(buffer)
        if not self.is_cff:
            return buffer.getvalue(), b"/Length1 %d" % buffer.tell(), b"FontFile2"
        compact = TTFont(io.BytesIO(buffer.getvalue())).getTableData("CFF ")
        return compact, b"/Subtype/CIDFontType0C", b"FontFile3"


class FontChain:
    """Fonts tried in order for each character; knows widths and breaks lines.

    Parameters
    ----------
    loaders : sequence of callables
        Each gives a font. A later one is asked only when no earlier one has a character, for Chinese fonts are large.
    """

    def __init__(self, loaders: Sequence[Callable[[], EmbeddedFont]]) -> None:
        self._loaders = list(loaders)
        self._fonts: list[EmbeddedFont] = []
        self._widths = _Widths(self)

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

    def width(self, text: str) -> float:
        """Width in thousandths of the size; control characters have none."""
        widths = self._widths
        return sum([widths[ord(c)] for c in text])

    def encode(self, text: str) -> Line:
        """Runs of one font each."""
        runs: list[tuple[EmbeddedFont, str]] = []
        for c in text:
            font = self.font_of(ord(c))
            if font is None:
                continue
            if runs and runs[-1][0] is font:
                runs[-1] = (font, runs[-1][1] + c)
            else:
                runs.append((font, c))
        return tuple((font.place, font.encode(run)) for font, run in runs)

    def wrap(self, text: str, width: float, hanging: float = 0.0) -> list[str]:
        """Lines no wider than ``width`` (thousandths of the size), lines after the first narrower by ``hanging``.

        A newline breaks the line; a word of eight characters or more that is wider than the line breaks anywhere.
        """
        return [line for part in text.split("\n") for line in self._wrap(part, width, hanging)]

    def _wrap(self, text: str, width: float, hanging: float) -> list[str]:
        if self.width(text) <= width:
            return [text]
        lines: list[str] = []
        line, room = "", width
        divisible = [match.span() for match in _LONG.finditer(text)]
        for match in _PIECE.finditer(text):
            piece = match[0]
            if self.width((line + piece).rstrip()) <= room:
                line += piece
                continue
            if line.strip():
                lines.append(line.rstrip())
                line, room = "", width - hanging
            rest = piece.lstrip()
            if any(start <= match.start() < end for start, end in divisible):
                while rest and self.width(rest) > room:
                    cut = self._fitting(rest, room)
                    lines.append(rest[:cut])
                    rest, room = rest[cut:], width - hanging
            line = rest
        return [*lines, line.rstrip()] if line.strip() else lines

    def _fitting(self, text: str, room: float) -> int:
        """Characters of a word that fit, at least one."""
        used = 0.0
        for i, c in enumerate(text):
            used += self._widths[ord(c)]
            if used > room and i > 0:
                return i
        return len(text)


class _Widths(dict[int, float]):
    """Widths by character, looked up in the fonts once."""

    def __init__(self, chain: FontChain) -> None:
        super().__init__()
        self._chain = chain

    def __missing__(self, code: int) -> float:
        font = self._chain.font_of(code)
        width = self[code] = font.widths[code] if font else 0.0
        return width


def _to_unicode(used: Sequence[tuple[int, int]]) -> bytes:
    head = (
        "/CIDInit/ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"
        "/CMapName/Adobe-Identity-UCS def/CMapType 2 def\n1 begincodespacerange<0000><ffff>endcodespacerange\n"
    )
    tail = "endcmap CMapName currentdict/CMap defineresource pop end end"
    blocks = []
    for i in range(0, len(used), 100):
        rows = [f"<{code:04x}><{chr(c).encode('utf-16-be').hex()}>" for code, c in used[i : i + 100]]
        blocks.append(f"{len(rows)} beginbfchar\n" + "\n".join(rows) + "\nendbfchar\n")
    return (head + "".join(blocks) + tail).encode()
