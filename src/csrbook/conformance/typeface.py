"""Fonts of a PDF as a reader of its text needs them: from codes to characters and widths."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Typeface", "program_of", "read_typeface"]

_BLOCK: Final = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)
_TOKEN: Final = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")
UNKNOWN: Final = "\ufffd"
"""Stands for a code without a character."""


@dataclass(slots=True)
class Typeface:
    """A font of a page's resources."""

    name: str
    dictionary: Any
    two_bytes: bool
    characters: Mapping[int, str]
    """From the ToUnicode map; empty where there is none."""
    widths: Mapping[int, float]
    """In thousandths of the size."""
    default_width: float
    used: set[int] = field(default_factory=set)
    _known: dict[bytes, tuple[str, float, int]] = field(default_factory=dict)

    def read(self, string: bytes) -> tuple[str, float, int]:
        """Text of a string, its width in thousandths of the size, and its number of codes."""
        known = self._known.get(string)
        if known is None:
            codes = self.codes(string)
            self.used.update(codes)
            text = "".join([self.characters.get(code, UNKNOWN) for code in codes])
            width = sum([self.widths.get(code, self.default_width) for code in codes])
            known = self._known[string] = (text, width, len(codes))
        return known

    def codes(self, string: bytes) -> list[int]:
        """Character codes of a string."""
        if not self.two_bytes:
            return list(string)
        return [string[i] << 8 | string[i + 1] for i in range(0, len(string) - 1, 2)]


def read_typeface(font: Any) -> Typeface:
    """Read a font dictionary, composite or simple."""
    composite = str(font.get("/Subtype", "")) == "/Type0"
    characters = dict(_to_unicode(font["/ToUnicode"].read_bytes())) if "/ToUnicode" in font else {}
    if composite:
        descendant = font.DescendantFonts[0]
        widths = dict(_composite_widths(list(descendant.get("/W", []))))
        default = float(descendant.get("/DW", 1000))
    else:
        first = int(font.get("/FirstChar", 0))
        widths = {first + i: float(width) for i, width in enumerate(font.get("/Widths", []))}
        default = 0.0
    name = str(font.get("/BaseFont", "/")).removeprefix("/")
    return Typeface(name, font, composite, characters, widths, default)


def program_of(font: Any) -> Any:
    """The embedded font program of a font dictionary, None where it is not embedded."""
    holder = font.DescendantFonts[0] if "/DescendantFonts" in font else font
    descriptor = holder.get("/FontDescriptor", {})
    return next((descriptor[key] for key in ("/FontFile", "/FontFile2", "/FontFile3") if key in descriptor), None)


def _composite_widths(array: list[Any]) -> Iterator[tuple[int, float]]:
    """The pairs of a /W array: ``first [w w w]`` or ``first last w``."""
    place = 0
    while place + 1 < len(array):
        first, second = int(array[place]), array[place + 1]
        try:
            widths = [float(width) for width in second]
        except TypeError:
            yield from ((code, float(array[place + 2])) for code in range(first, int(second) + 1))
            place += 3
        else:
            yield from ((first + i, width) for i, width in enumerate(widths))
            place += 2


def _to_unicode(content: bytes) -> Iterator[tuple[int, str]]:
    for kind, block in _BLOCK.findall(content):
        tokens = iter(_TOKEN.findall(block))
        for token in tokens:
            first = _number(token[0])
            if kind == b"bfchar":
                yield first, _text(next(tokens)[0])
                continue
            last, target = _number(next(tokens)[0]), next(tokens)
            if target[1]:
                yield from ((first + i, _text(next(tokens)[0])) for i in range(last - first + 1))
                next(tokens)
            else:
                start = _text(target[0])
                yield from ((code, start[:-1] + chr(ord(start[-1]) + code - first)) for code in range(first, last + 1))


def _number(digits: bytes) -> int:
    return int(b"".join(digits.split()), 16)


def _text(digits: bytes) -> str:
    return bytes.fromhex(digits.decode("ascii")).decode("utf-16-be", errors="replace")
