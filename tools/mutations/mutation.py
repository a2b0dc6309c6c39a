"""An error that is planted in one file of production."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["ROOT", "Mutation"]

ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Mutation:
    """A text of a file replaced by another.

    Attributes
    ----------
    kind : str
        Kind of error, such as ``wrong population``.
    planted : str
        What is wrong afterwards, in a few words.
    file : str
        Path in the repository: a program, a builder or a method of production, or the simulation that stands for the
        derivation of the datasets.
    old, new : str
        The text, which stands in the file once, and what takes its place.
    outputs : tuple of str
        Outputs in which it must be caught, or datasets (``ADTTE``) that are derived again.
    """

    kind: str
    planted: str
    file: str
    old: str
    new: str
    outputs: tuple[str, ...]

    def source(self) -> str:
        """The file with the error in it.

        Raises
        ------
        ValueError
            The text does not stand in the file exactly once: production has changed since.
        """
        text = (ROOT / self.file).read_text(encoding="utf-8")
        if text.count(self.old) != 1 or self.old == self.new:
            msg = f"{self.file}: the text stands there {text.count(self.old)} times, not once: {self.old!r}"
            raise ValueError(msg)
        return text.replace(self.old, self.new)
