"""The part of the graphics state of a PDF page that is saved and restored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from csrbook.conformance.geometry import IDENTITY, Box, Matrix

if TYPE_CHECKING:
    from csrbook.conformance.typeface import Typeface

__all__ = ["SETTINGS", "GraphicsState"]

SETTINGS: Final = {
    "w": "line_width",
    "Tr": "mode",
    "TL": "leading",
    "Tc": "spacing",
    "Tw": "word_spacing",
    "Tz": "scale",
    "Ts": "rise",
}
"""Operators that set one number, and what they set."""


@dataclass(slots=True)
class GraphicsState:
    """Place, clip and text settings that hold at a time."""

    matrix: Matrix = IDENTITY
    clip: Box | None = None
    typeface: Typeface | None = None
    size: float = 0.0
    mode: float = 0
    spacing: float = 0.0
    word_spacing: float = 0.0
    scale: float = 100.0
    leading: float = 0.0
    rise: float = 0.0
    line_width: float = 1.0
    alpha: float = 1.0

    def copy(self) -> GraphicsState:
        """A copy to be restored (much faster than that of the standard library, and made for each text)."""
        return GraphicsState(
            self.matrix, self.clip, self.typeface, self.size, self.mode, self.spacing, self.word_spacing, self.scale,
            self.leading, self.rise, self.line_width, self.alpha,
        )  # fmt: skip
