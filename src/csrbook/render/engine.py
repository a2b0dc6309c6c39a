"""The two engines behind one interface, and the choice between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from csrbook.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NAMES", "Engine", "choose_engine"]

NAMES: Final = ("auto", "quarto", "embedded")


class Engine(Protocol):
    """Turns a document of a render project into a PDF."""

    @property
    def name(self) -> str:
        """``quarto`` or ``embedded``."""
        ...

    @property
    def parallel(self) -> bool:
        """Whether two documents of one project may be rendered at a time."""
        ...

    def versions(self) -> dict[str, str]:
        """Versions of the programs that make the pages, for the manifest."""
        ...

    def render(self, folder: Path, document: str, timestamp: int) -> Path:
        """Render ``document`` (a path in the project folder) to a PDF beside it."""
        ...


def choose_engine(name: str) -> Engine:
    """Quarto where a CLI of a supported version is found, else the embedded engine.

    Raises
    ------
    UsageError
        The name is none of ``auto``, ``quarto``, ``embedded``.
    RenderError
        ``quarto`` was asked for (by ``name`` or by the variable ``QUARTO``) and there is none that can be used.
    """
    if name not in NAMES:
        raise UsageError(f"there is no engine '{name}'", "--engine", f"use one of {', '.join(NAMES)}")
    from csrbook.render.embedded import EmbeddedEngine
    from csrbook.render.quarto import QuartoEngine, find_quarto

    if name == "embedded":
        return EmbeddedEngine()
    command = find_quarto(required=name == "quarto")
    return EmbeddedEngine() if command is None else QuartoEngine(command)
