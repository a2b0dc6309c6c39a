"""Numbers lined up at the decimal point, and a parenthesis after them: `12 (34.5)` above ` 3 ( 9.1)`.

The rule is that of ``report/_render/decimal.typ``. Here a number is moved by an indent and by space between two of its
characters, so that its text stays that of the display. Widths are thousandths of the type size in Times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from csrbook.render.single.times import width

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DecimalColumn", "Place"]

_NUMBER: Final = re.compile(
    r"([<>≥≤−-]?[0-9]+(?:,[0-9]{3})*)(\.[0-9]+)?(?:( ?[(\[])([<>−-]?[0-9]+)(.*))?(.*)",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a number stands in its block: indent before it, and the gap after its first ``cut`` characters."""

    indent: int
    cut: int = 0
    gap: int = 0


class DecimalColumn:
    """The numbers of a column.

    Parameters
    ----------
    texts : iterable of str
        All cells of the column.

    Attributes
    ----------
    width : int
        Width of the block that all numbers fit into; 0 where there are none.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        parts = {text: parts for text in set(texts) if (parts := _split(text))}
        self._whole = max((width(whole) for whole, *_ in parts.values()), default=0)
        inner = [width(inside) for _, fraction, _, inside, _ in parts.values() if inside and not fraction]
        self._inner = max(inner, default=0)
        self._places = {text: self._place(*found) for text, found in parts.items()}
        rest = [width(text[len(parts[text][0]) :]) + place.gap for text, place in self._places.items()]
        self.width = self._whole + max(rest, default=0)

    def place(self, text: str) -> Place | None:
        """Place of a cell's text, None where it is no number."""
        return self._places.get(text)

    def _place(self, whole: str, fraction: str, opening: str, inside: str, _: str) -> Place:
        indent = self._whole - width(whole)
        # Only counts (`12 (34.5)`) are lined up in the parenthesis; `12.3 (4.56)` follows its own point.
        gap = self._inner - width(inside) if inside and not fraction else 0
        return Place(indent, len(whole + opening) if gap else 0, gap)


def _split(text: str) -> tuple[str, str, str, str, str] | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    whole, fraction, opening, inside, rest, tail = (part or "" for part in found.groups())
    return whole, fraction, opening, inside, rest + tail
