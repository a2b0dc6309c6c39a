"""What the user sees while work is done: one line a stage, with its seconds."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Progress"]


class Progress:
    """Prints stages to standard error; a spinner where that is a terminal."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._started = time.perf_counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[str], None]]:
        """Show a stage while it lasts; the function given takes what to say of it at its end."""
        began = time.perf_counter()
        note: list[str] = []
        with self.console.status(name) if self.console.is_terminal else _nothing():
            yield note.append
        seconds = time.perf_counter() - began
        # The seconds stand before the note, so that a long note does not push them out of line.
        self.console.print(f"{name:<20}{seconds:6.1f} s  {'; '.join(note)}".rstrip(), markup=False)

    def say(self, text: str) -> None:
        """Print a line."""
        self.console.print(text, markup=False)

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._started


@contextmanager
def _nothing() -> Iterator[None]:
    yield
