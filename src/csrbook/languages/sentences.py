"""Pieces of a string: what is translated each by itself where the whole has no translation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Piece", "clauses", "joined", "sentences"]


class Piece(NamedTuple):
    """A piece, and what stands between it and the next: a stop and a blank."""

    text: str
    stop: str


_OPEN, _CLOSE = "([{", ")]}"
_SENTENCE_ENDS: Final = re.compile(r" · |\u00a0[†‡]|[.;:](?: |$)")
_CLAUSE_ENDS: Final = re.compile(r", | / ")
_NO_END: Final = re.compile(r"\b(?:e\.g|i\.e|vs|al|cf|approx)$")
_PARENTHESIS: Final = re.compile(r"(.*\S) \(([^()]*)\)")
# How a language writes what stands between two pieces, and after the last one.
_STOPS: Final = {"zh": {". ": "。", "; ": "；", ": ": "：", ".": "。", ";": "；", ":": "："}}
_COMMAS: Final = {"zh": "，"}
_IDEOGRAPH: Final = re.compile(r"[\u4e00-\u9fff]")


def sentences(text: str) -> list[Piece]:
    """Cut after full stop, semicolon and colon, and at ``·`` and a dagger; never within parentheses."""
    return list(_cut(text, _SENTENCE_ENDS))


def clauses(text: str) -> list[Piece]:
    """Cut after commas and at slashes outside of parentheses, else before and in a last parenthesis."""
    found = list(_cut(text, _CLAUSE_ENDS))
    if len(found) == 1 and (parts := _PARENTHESIS.fullmatch(text)):
        return [Piece(parts[1], " ("), Piece(parts[2], ")")]
    return found


def _cut(text: str, ends: re.Pattern[str]) -> Iterator[Piece]:
    start = depth = at = 0
    for end in ends.finditer(text):
        for c in text[at : end.start()]:
            depth = depth + 1 if c in _OPEN else max(depth - 1, 0) if c in _CLOSE else depth
        at = end.start()
        if depth or at == start or _NO_END.search(text, start, at):
            continue
        yield Piece(text[start:at], end[0])
        start = at = end.end()
    if start < len(text):
        yield Piece(text[start:], "")


def joined(translated: Sequence[Piece], language: str) -> str:
    """Pieces with the stops of a language between them; a comma before Latin letters, as in ``n (%)``, stays."""
    stops = _STOPS.get(language, {})
    out = ""
    for piece, following in zip(translated, [*translated[1:], Piece("", "")], strict=True):
        stop = stops.get(piece.stop, piece.stop)
        if stop == ", " and _IDEOGRAPH.match(following.text):
            stop = _COMMAS.get(language, stop)
        out += piece.text + stop
    return out
