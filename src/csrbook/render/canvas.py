"""A page that is drawn on directly, and the measures of the pages that Typst makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from csrbook.render.typesetting import Line

__all__ = [
    "BOLD_CAP",
    "BOTTOM",
    "CAP",
    "GAP",
    "HANGING",
    "INSET",
    "LEADING",
    "LEFT",
    "PAGE",
    "PITCH",
    "ROW_INSET",
    "SIZE",
    "TOP",
    "WIDTH",
    "Canvas",
]

# Measures of report/_render/theme.typ, in points.
MM: Final = 72 / 25.4
PAGE: Final = (297 * MM, 210 * MM)
LEFT: Final = 20 * MM
WIDTH: Final = 257 * MM
TOP: Final = 19.5 * MM
BOTTOM: Final = 11 * MM
GAP: Final = 11.0
SIZE: Final = 9.0
CAP: Final = 0.662
BOLD_CAP: Final = 0.676
LEADING: Final = 0.42
PITCH: Final = (CAP + LEADING) * SIZE
INSET: Final = 3.0
ROW_INSET: Final = 2.9
HANGING: Final = 800.0


class Canvas:
    """Text and lines of one page or form; ``y`` runs down from the top, as on the page of a reader."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._text: list[str] = []
        self._font = ""

    def rule(self, x1: float, x2: float, y: float, width: float, grey: float = 0.0) -> None:
        """A horizontal line."""
        height = PAGE[1] - y
        self._lines.append(f"{width:g} w {grey:g} G {x1:.2f} {height:.2f} m {x2:.2f} {height:.2f} l S")

    def line(self, x: float, y: float, runs: Line, size: float = SIZE) -> None:
        """A line of text with its baseline at ``y``."""
        shown = [f"1 0 0 1 {x:.2f} {PAGE[1] - y:.2f} Tm"]
        for place, glyphs in runs:
            font = f"/F{place} {size:g} Tf"
            if font != self._font:
                shown.append(font)
                self._font = font
            shown.append(f"<{glyphs}> Tj")
        self._text.append(" ".join(shown))

    def content(self) -> bytes:
        """The operators."""
        return "\n".join([*self._lines, "BT", *self._text, "ET"]).encode()
