"""A font file of which the used glyphs are embedded in a PDF: widths, kerning, codes."""

from __future__ import annotations

import io
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from csrbook.render.direct_pdf.first_section import FirstSection

__all__ = ["EmbeddedFont"]

_CID_NAME: Final = re.compile(r"cid\d{5}")
_DROPPED_TABLES: Final = ("BASE", "DSIG", "FFTM", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx")
_PAIR_POSITIONING: Final = 2
_EXTENSION: Final = 9
_ESCAPED: Final = {ord(c): f"\\{c}" for c in "\\()"} | {ord("\r"): "\\r"}


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

    Attributes
    ----------
    widths : dict
        Of each character, by its code, in thousandths of the size.
    cap_height : float
        Height of a capital in thousandths of the size: how far a line reaches above its baseline.
    """

    def __init__(self, file: Path, index: int, place: int) -> None:
        from fontTools.ttLib import TTFont

        self._font: Any = TTFont(str(file), fontNumber=index, recalcTimestamp=False, lazy=True)
        self.place = place
        self._scale: float = 1000 / self._font["head"].unitsPerEm
        self._glyphs: dict[int, str] = self._font.getBestCmap()
        advances = self._font["hmtx"].metrics
        self.widths = {code: advances[glyph][0] * self._scale for code, glyph in self._glyphs.items()}
        self._used: dict[int, int] = {}

    @cached_property
    def cap_height(self) -> float:
        """As Typst finds it: the ascender where the font does not state the height of its capitals."""
        metrics = self._font["OS/2"]
        height: float = getattr(metrics, "sCapHeight", 0) or metrics.sTypoAscender
        return height * self._scale

    def kerning(self, first: str, second: str) -> float:
        """What two neighbours are moved apart (or together, below 0), in thousandths of the size."""
        one, other = self._glyphs[ord(first)], self._glyphs[ord(second)]
        for table in self._pair_tables:
            if one not in table.Coverage.glyphs:
                continue
            value = _pair_value(table, one, other)
            if value is not None:
                return value * self._scale
        return 0.0

    @cached_property
    def _pair_tables(self) -> list[Any]:
        if "GPOS" not in self._font:
            return []
        positioning = self._font["GPOS"].table
        wanted = [
            record.Feature.LookupListIndex
            for record in positioning.FeatureList.FeatureRecord
            if record.FeatureTag == "kern"
        ]
        lookups = [positioning.LookupList.Lookup[i] for i in sorted({i for indices in wanted for i in indices})]
        tables = [table for lookup in lookups for table in lookup.SubTable]
        tables = [table.ExtSubTable if table.LookupType == _EXTENSION else table for table in tables]
        return [table for table in tables if table.LookupType == _PAIR_POSITIONING]

    def encode(self, character: str) -> bytes:
        """The character in a string of a PDF; remembers that it is used."""
        code = self._code(self._glyphs[ord(character)])
        self._used.setdefault(code, ord(character))
        return code.to_bytes(2).decode("latin-1").translate(_ESCAPED).encode("latin-1")

    @property
    def is_used(self) -> bool:
        """Whether any character was encoded."""
        return bool(self._used)

    @cached_property
    def _is_cff(self) -> bool:
        return "CFF " in self._font

    @cached_property
    def _is_cid_keyed(self) -> bool:
        return self._is_cff and all(map(_CID_NAME.fullmatch, set(self._glyphs.values())))

    def _code(self, glyph: str) -> int:
        """What Identity-H shows: in a CID-keyed font the character identifier of its charset, else the glyph's."""
        return int(glyph[3:]) if self._is_cid_keyed else int(self._font.getGlyphID(glyph))

    def embed(self, pdf: FirstSection) -> int:
        """Write the font with the glyphs used, its widths and the way back to characters."""
        name = b"/CSRBKS+" + str(self._font["name"].getDebugName(6)).encode()
        head, lines = self._font["head"], self._font["hhea"]
        edges = [round(edge * self._scale) for edge in (head.xMin, head.yMin, head.xMax, head.yMax)]
        heights = [round(height * self._scale) for height in (lines.ascent, lines.descent)]
        program, entries, key = self._program()
        file = pdf.add_stream(program, entries)
        descriptor = pdf.add(
            b"<</Type/FontDescriptor/FontName%b/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d"
            b"/CapHeight %d/StemV 80/%b %d 0 R>>" % (name, *edges, *heights, round(self.cap_height), key, file)
        )
        used = sorted(self._used.items())
        widths = b"".join(b"%d[%d]" % (code, round(self.widths[character])) for code, character in used)
        kind = b"0" if self._is_cff else b"2/CIDToGIDMap/Identity"
        descendant = pdf.add(
            b"<</Type/Font/Subtype/CIDFontType%b/BaseFont%b/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            b"/Supplement 0>>/FontDescriptor %d 0 R/DW 1000/W[%b]>>" % (kind, name, descriptor, widths)
        )
        unicode = pdf.add_stream(_to_unicode(used))
        return pdf.add(
            b"<</Type/Font/Subtype/Type0/BaseFont%b/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>"
            % (name, descendant, unicode)
        )

    def _program(self) -> tuple[bytes, bytes, bytes]:
        """The subset font, the entries of its stream, and the key of the descriptor that points to it; closes it."""
        from fontTools import subset
        from fontTools.ttLib import TTFont

        options = subset.Options(layout_features=[], hinting=False, notdef_outline=True)
        options.retain_gids = not self._is_cid_keyed
        options.drop_tables += _DROPPED_TABLES
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=sorted(self._used.values()))
        subsetter.subset(self._font)
        buffer = io.BytesIO()
        self._font.save(buffer)
        self._font.close()
        if not self._is_cff:
            return buffer.getvalue(), b"/Length1 %d" % buffer.tell(), b"FontFile2"
        compact = TTFont(io.BytesIO(buffer.getvalue())).getTableData("CFF ")
        return compact, b"/Subtype/CIDFontType0C", b"FontFile3"


def _pair_value(table: Any, first: str, second: str) -> int | None:
    """Advance of a pair in one table of either format; None where it does not speak of the pair."""
    if table.Format == 1:
        pairs = table.PairSet[table.Coverage.glyphs.index(first)].PairValueRecord
        record = next((record for record in pairs if record.SecondGlyph == second), None)
    else:
        row = table.Class1Record[table.ClassDef1.classDefs.get(first, 0)]
        record = row.Class2Record[table.ClassDef2.classDefs.get(second, 0)]
    if record is None:
        return None
    return getattr(record.Value1, "XAdvance", 0) or 0


def _hundreds(used: Sequence[tuple[int, int]]) -> Iterator[Sequence[tuple[int, int]]]:
    return (used[i : i + 100] for i in range(0, len(used), 100))


def _to_unicode(used: Sequence[tuple[int, int]]) -> bytes:
    head = (
        "/CIDInit/ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"
        "/CMapName/Adobe-Identity-UCS def/CMapType 2 def\n1 begincodespacerange<0000><ffff>endcodespacerange\n"
    )
    tail = "endcmap CMapName currentdict/CMap defineresource pop end end"
    blocks = [
        f"{len(part)} beginbfchar\n"
        + "\n".join(f"<{code:04x}><{chr(character).encode('utf-16-be').hex()}>" for code, character in part)
        + "\nendbfchar\n"
        for part in _hundreds(used)
    ]
    return (head + "".join(blocks) + tail).encode()
