"""Text can be read and copied: fonts in the file, a character for each code, sizes of 9 to 12 points."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from csrbook.conformance.typeface import program_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csrbook.conformance.content import PageContent
    from csrbook.conformance.document import Document
    from csrbook.conformance.finding import Finding
    from csrbook.conformance.typeface import Typeface

__all__ = ["LEAST", "MOST", "check", "check_page"]

LEAST: Final = 9.0
MOST: Final = 12.0
"""Points; the title page and headings may be larger, parts of formulas may be both."""

ROUNDING: Final = 0.05
SUBSET: Final = re.compile(r"[A-Z]{6}\+.+")
NO_CHARACTER: Final = frozenset("\x00\ufeff\ufffe\ufffd")
LARGER: Final = ("H1", "H2", "H3", "H4", "H5", "H6")


def check(document: Document) -> Iterator[Finding]:
    """Rules on the fonts, once all pages were read."""
    for typeface in document.typefaces.values():
        yield from _typeface(document, typeface)


def _typeface(document: Document, typeface: Typeface) -> Iterator[Finding]:
    font, name = typeface.dictionary, typeface.name
    if font.get("/Subtype") == "/Type3":
        yield document.finding("typography.kind", name, "the font is made of drawings (Type 3)")
        return
    if program_of(font) is None:
        yield document.finding("typography.embedded", name, "the font is not in the file")
    if not SUBSET.fullmatch(name):
        yield document.finding("typography.subset", name, "the font is not a subset of the characters that are used")
    missing = [code for code in typeface.used if not typeface.characters.get(code)]
    missing += [code for code in typeface.used if set(typeface.characters.get(code, "")) & NO_CHARACTER]
    if missing:
        what = f"{len(missing)} codes have no character: text cannot be searched or copied"
        yield document.finding("typography.unicode", name, what)
    private = sorted({c for code in typeface.used for c in typeface.characters.get(code, "") if _private(c)})
    if private:
        shown = ", ".join(f"U+{ord(c):04X}" for c in private[:5])
        yield document.finding("typography.unicode", name, f"characters of private use have no meaning: {shown}")
    if typeface.two_bytes:
        holder = font.DescendantFonts[0]
        if holder.get("/Subtype") == "/CIDFontType2" and "/CIDToGIDMap" not in holder:
            yield document.finding("typography.embedded", name, "the font does not say which glyphs its codes are")


def _private(character: str) -> bool:
    code = ord(character)
    return 0xE000 <= code <= 0xF8FF or code >= 0xF0000


def check_page(document: Document, number: int, page: PageContent) -> Iterator[Finding]:
    """Rules on a page."""
    found: dict[tuple[float, str], list[str]] = {}
    for run in page.runs:
        if LEAST - ROUNDING <= run.size <= MOST + ROUNDING or not run.text.strip():
            continue
        element = document.owner(number, run.tag)
        # Scripts and brackets of formulas; the title page; headings, and those that a further page repeats.
        allowed = element is not None and element.within("Formula") is not None
        if run.size > MOST and not allowed:
            allowed = number == 0 or run.artifact or (element is not None and element.within(*LARGER) is not None)
        if not allowed:
            limit = f"less than {LEAST:g}" if run.size < LEAST else f"more than {MOST:g}"
            found.setdefault((round(run.size, 1), limit), []).append(run.text.strip())
    for (size, limit), texts in sorted(found.items()):
        what = f"{len(texts)} texts of {size:g} pt, {limit}: '{texts[0]}'"
        yield document.finding("typography.size", number, what)
