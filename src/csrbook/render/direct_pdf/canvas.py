"""The operators of a page or form: text and rules, each tagged or set apart as an artifact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from csrbook.render.direct_pdf.typesetting import FontChain, Line

__all__ = ["PAGINATION", "Canvas", "Text", "marked"]

PAGINATION: Final = b"/Artifact<</Type/Pagination>>BDC"
"""Opens what stands on every page and is no content."""


class Text(NamedTuple):
    """A line with its baseline at ``y``, which runs down from the top, as on the page of a reader."""

    x: float
    y: float
    line: Line
    chain: FontChain


class Canvas:
    """Content of a page that is ``height`` points high."""

    def __init__(self, height: float) -> None:
        self._height = height
        self._rules: list[bytes] = []
        self.parts: list[bytes] = []
        """Operators of the text, one after the other."""

    def text(self, texts: Iterable[Text], tag: bytes = PAGINATION) -> None:
        """Lines of text in one piece of marked content, which ``tag`` opens."""
        self.parts += [tag, b"BT"]
        for x, y, line, style in texts:
            self.parts.append(b"%b 1 0 0 1 %.2f %.2f Tm %b" % (style.select, x, self._height - y, line.content))
        self.parts += [b"ET", b"EMC"]

    def rule(self, x1: float, x2: float, y: float, width: float, grey: float = 0.0, *, square: bool = False) -> None:
        """A horizontal line; a ``square`` one is longer by half its width at both ends."""
        y = self._height - y
        cap = b"2 J" if square else b"0 J"
        self._rules.append(b"%b %g w %g G %.2f %.2f m %.2f %.2f l S" % (cap, width, grey, x1, y, x2, y))

    def content(self) -> bytes:
        """The operators, rules last."""
        rules = [b"/Artifact<</Type/Layout>>BDC", *self._rules, b"EMC"] if self._rules else []
        return b"\n".join([*self.parts, *rules])


def marked(tag: str, mark: int) -> bytes:
    """The operator that opens a piece of marked content."""
    return b"/%b<</MCID %d>>BDC" % (tag.encode(), mark)
