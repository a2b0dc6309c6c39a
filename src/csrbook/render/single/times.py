"""Widths of Times, as Times New Roman and Liberation Serif have them, in thousandths of the type size."""

from __future__ import annotations

import re
from functools import lru_cache
from math import ceil
from typing import Final

__all__ = ["line_count", "width"]

_ASCII: Final = (
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278,
    500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444,
    921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889, 722, 722,
    556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500,
    333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500,
    500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
)  # fmt: skip
_WIDTHS: Final = {**{chr(32 + i): value for i, value in enumerate(_ASCII)}, "–": 500, "−": 564, "≤": 549, "≥": 549}
_OTHER: Final = 600
_WIDE: Final = "\u2e80-\ud7ff\uf900-\ufaff\ufe30-\uffef\U00020000-\U0003ffff"
_IS_WIDE: Final = re.compile(f"[{_WIDE}]")
# What a line may break after: blanks, a hyphen inside a word, any Chinese character.
_PIECE: Final = re.compile(f"[{_WIDE}]|[^\\s{_WIDE}-]*-+|[^\\s{_WIDE}-]+|\\s+")


@lru_cache(maxsize=4096)
def _width_of(c: str) -> int:
    return _WIDTHS.get(c) or (1000 if _IS_WIDE.match(c) else _OTHER)


def width(text: str) -> int:
    """Width of a line."""
    return sum(map(_width_of, text))


def line_count(text: str, room: int) -> int:
    """Lines that a text takes in a room, rather one more than one less."""
    return sum(_lines(line, room) for line in text.split("\n"))


def _lines(text: str, room: int) -> int:
    if width(text) <= room:
        return 1
    count, used = 1, 0
    for piece in _PIECE.findall(text):
        wide = width(piece)
        if used + wide <= room:
            used += wide
        elif not piece.isspace():
            # A word that is wider than the line breaks anywhere.
            count += ceil(wide / room) - (used == 0)
            used = wide % room
    return count
