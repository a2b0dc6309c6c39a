"""Text and paragraphs in RTF: nothing of a text can be read as a control word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from csrbook.render.single.decimal import Place

__all__ = ["EM", "LINE", "TINY", "escaped", "lines", "placed"]

EM: Final = 180
"""Type size of tables and footnotes in twips: 9 pt."""

LINE: Final = 195
"""Height of a line in twips, exactly, so that all readers fill a page alike."""

TINY: Final = r"\sl-20\slmult0\fs2\par"
"""The rest of a paragraph that must be there and should not be seen."""

_SPECIAL: Final = re.compile(r"[^ -\[\]^-z|~]")
_PLAIN: Final = {"\\": "\\\\", "{": "\\{", "}": "\\}", "\n": "\\line "}


def escaped(text: str) -> str:
    """The text; characters beyond ASCII as UTF-16 with ``?`` for readers that know none."""
    return _SPECIAL.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    c = found[0]
    if c in _PLAIN:
        return _PLAIN[c]
    units = c.encode("utf-16-le")
    codes = (int.from_bytes(units[i : i + 2], "little", signed=True) for i in range(0, len(units), 2))
    return "".join(f"\\u{code}?" for code in codes)


def lines(text: str) -> str:
    """Text whose lines may begin with blanks, which indent them by half an em each."""
    return "\\line ".join(map(_line, text.split("\n"))) if "\n" in text or text[:1] == " " else escaped(text)


def _line(line: str) -> str:
    shown = line.lstrip(" ")
    blanks = line[: len(line) - len(shown)]
    return f"{{\\expndtw{EM // 4} {blanks}}}{escaped(shown)}" if blanks else escaped(shown)


def placed(text: str, place: Place) -> str:
    """A number with the gap of its place."""
    if not place.gap:
        return escaped(text)
    head, last, tail = text[: place.cut - 1], text[place.cut - 1], text[place.cut :]
    return f"{escaped(head)}{{\\expndtw{place.gap * EM // 1000} {escaped(last)}}}{escaped(tail)}"
