"""Pictures of a figure, for the formats that cannot draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["PPI", "Picture"]

PPI: Final = 200


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG."""

    png: bytes

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height, as the file's header says."""
        return int.from_bytes(self.png[16:20], "big"), int.from_bytes(self.png[20:24], "big")

    def size(self, per_inch: int) -> tuple[int, int]:
        """Width and height on paper, in units of which ``per_inch`` make an inch."""
        width, height = self.pixels
        return round(width * per_inch / PPI), round(height * per_inch / PPI)
