"""Text, paragraphs and fields in WordprocessingML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from csrbook.render.single.decimal import Place

__all__ = ["EM", "NAMESPACES", "field", "paragraph", "placed", "run", "runs"]

EM: Final = 180
"""Type size of tables and footnotes in twips: 9 pt."""

_OOXML: Final = "http://schemas.openxmlformats.org"
NAMESPACES: Final = (
    f'xmlns:w="{_OOXML}/wordprocessingml/2006/main" '
    f'xmlns:r="{_OOXML}/officeDocument/2006/relationships" '
    f'xmlns:wp="{_OOXML}/drawingml/2006/wordprocessingDrawing" '
    f'xmlns:a="{_OOXML}/drawingml/2006/main" '
    f'xmlns:pic="{_OOXML}/drawingml/2006/picture"'
)


def run(text: str, properties: str = "") -> str:
    """A text of one line in one format; nothing where there is none."""
    if not text:
        return ""
    style = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{style}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def runs(text: str, properties: str = "") -> str:
    """A text with line breaks; leading blanks of a line indent it by half an em each."""
    if "\n" not in text and text[:1] != " ":
        return run(text, properties)
    return "<w:r><w:br/></w:r>".join(_line(line, properties) for line in text.split("\n"))


def _line(line: str, properties: str) -> str:
    shown = line.lstrip(" ")
    spacing = f'<w:spacing w:val="{EM // 4}"/>'
    return run(line[: len(line) - len(shown)], properties + spacing) + run(shown, properties)


def placed(text: str, place: Place) -> str:
    """A number with the gap of its place."""
    if not place.gap:
        return run(text)
    gap = f'<w:spacing w:val="{place.gap * EM // 1000}"/>'
    return run(text[: place.cut - 1]) + run(text[place.cut - 1], gap) + run(text[place.cut :])


def paragraph(style: str, content: str, properties: str = "") -> str:
    """A paragraph in a named style."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{content}</w:p>'


def field(name: str) -> str:
    """A field that the reader fills in, such as PAGE."""
    return f'<w:fldSimple w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
