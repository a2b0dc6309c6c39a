"""Which numbers something holds for: a tolerance of their own, a waiver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from csrbook.ard import ARD_KEYS
from csrbook.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["Allowance", "Selection", "Waiver"]


@dataclass(frozen=True)
class Selection:
    """Numbers by their keys.

    Parameters
    ----------
    wanted : mapping of str to tuple of str
        By key column of the ARD, the values that are meant; a column that is absent is not looked at.

    Raises
    ------
    UsageError
        There is no such key column.
    """

    wanted: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.wanted) - set(ARD_KEYS)):
            raise UsageError(
                f"no key column {', '.join(unknown)}", "the numbers that are meant", f"use {', '.join(ARD_KEYS)}"
            )

    def mask(self, frame: pd.DataFrame) -> pd.Series[bool]:
        """Whether each row of a frame with the key columns is meant."""
        import pandas as pd

        meant = pd.Series(data=True, index=frame.index)
        for name, values in self.wanted.items():
            meant &= frame[name].isin(values)
        return meant


@dataclass(frozen=True)
class Allowance:
    """A tolerance of their own for some numbers."""

    numbers: Selection
    relative: float
    absolute: float


@dataclass(frozen=True)
class Waiver:
    """A difference that is admitted, and who admits it."""

    numbers: Selection
    reason: str
    name: str
    date: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.name}, {self.date})"
