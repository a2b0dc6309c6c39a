"""Documents to PDF, by whichever engine there is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from csrbook.render.engine import choose_engine
from csrbook.render.finish import finish
from csrbook.render.links import require_destinations
from csrbook.render.lint import require_portable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from csrbook.render.project import RenderProject

__all__ = ["Rendered", "render_documents"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """Finished PDFs, in the order asked for, and what made them."""

    files: tuple[Path, ...]
    engine: str
    versions: dict[str, str]
    fonts: tuple[str, ...]


def render_documents(
    project: RenderProject, documents: Sequence[str], *, engine: str = "auto", timestamp: int, workers: int = 2
) -> Rendered:
    """Render documents of a project.

    Parameters
    ----------
    project : RenderProject
        Made by :func:`csrbook.render.project.create_project`.
    documents : sequence of str
        Paths in the project, such as ``report/csr-appendix.qmd``.
    engine : {"auto", "quarto", "embedded"}
        ``auto`` takes Quarto where a CLI is found.
    timestamp : int
        Seconds since 1970 that the PDFs carry as their date: that of the lock, never the clock's.
    workers : int
        Documents at a time, where the engine allows it.

    Returns
    -------
    Rendered
        PDFs beside their documents in the project folder; the caller moves them to where they belong.

    Raises
    ------
    RenderError
        A document uses what the engines render differently, names or links to what does not exist, or cannot be laid
        out.
    """
    require_portable(project.folder)
    chosen = choose_engine(engine)

    def one(document: str) -> Path:
        return finish(chosen.render(project.folder, document, timestamp))

    if chosen.parallel and len(documents) > 1:
        with ThreadPoolExecutor(max_workers=workers) as pool:
            files = tuple(pool.map(one, documents))
    else:
        files = tuple(one(document) for document in documents)
    require_destinations(files)
    return Rendered(files, chosen.name, chosen.versions(), project.fonts.names())
