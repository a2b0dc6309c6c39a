"""The files of every output alone."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from csrbook.errors import RenderError, UsageError
from csrbook.processes import processes
from csrbook.render.compiler import TypstCompiler
from csrbook.render.single.docx import write_docx
from csrbook.render.single.html import html
from csrbook.render.single.rtf import rtf
from csrbook.render.single.sheet import display_file, read_sheet
from csrbook.render.single.typst_pages import pdf_standards, png_pictures, svg_drawings, write_pdf

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from csrbook.render.project import RenderProject

__all__ = ["FORMATS", "write_single_outputs"]

FORMATS: Final = ("pdf", "rtf", "docx", "html")

_FILE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,58}")
"""What eCTD allows, with a suffix of five characters."""


def write_single_outputs(
    project: RenderProject,
    names: Sequence[str],
    target: Path,
    *,
    formats: Sequence[str] = FORMATS,
    timestamp: int,
    workers: int = 2,
) -> list[Path]:
    """Write outputs of a project as ``<target>/<anchor>.<format>``.

    Parameters
    ----------
    project : RenderProject
        Made by :func:`csrbook.render.project.create_project`; nothing is written into it.
    names : sequence of str
        Output ids.
    target : Path
        Folder that receives the files.
    formats : sequence of str
        Of ``pdf``, ``rtf``, ``docx`` and ``html``.
    timestamp : int
        Seconds since 1970 that the files carry as their date: that of the lock, never the clock's.
    workers : int
        Processes; one works in this one.

    Returns
    -------
    list of Path
        The files, in the order of the names and formats. A listing that the project holds as a PDF of its own
        (``RenderProject.listings``) is not written as PDF again.

    Raises
    ------
    UsageError
        A format is unknown.
    RenderError
        The project has no such display, or it cannot be laid out.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise UsageError(f"there is no format '{unknown[0]}'", "formats", f"use some of {', '.join(FORMATS)}")
    target.mkdir(parents=True, exist_ok=True)
    write = partial(
        _write,
        folder=project.folder,
        target=target,
        formats=tuple(formats),
        standards=pdf_standards(project.folder),
        timestamp=timestamp,
    )
    if workers < 2 or len(names) < 2:
        written = {name: write(name) for name in names}
    else:
        ended = RenderError("a process that wrote outputs was ended from outside", "single", "give the machine memory")
        with processes(min(workers, len(names)), ended) as pool:
            # So that no process waits for a large one at the end.
            order = partial(_largest_first, project.folder)
            futures = {name: pool.submit(write, name) for name in sorted(set(names), key=order)}
            written = {name: future.result() for name, future in futures.items()}
    return [path for name in names for path in written[name]]


def _largest_first(folder: Path, name: str) -> tuple[int, str]:
    return -display_file(folder, name).stat().st_size, name


@lru_cache(maxsize=1)
def _compiler(folder: Path) -> TypstCompiler:
    """The compiler of this process."""
    return TypstCompiler(folder)


def _write(
    name: str, *, folder: Path, target: Path, formats: Sequence[str], standards: Sequence[str], timestamp: int
) -> list[Path]:
    sheet = read_sheet(folder, name)
    if not _FILE_NAME.fullmatch(sheet["anchor"]):
        raise RenderError(
            f"'{sheet['anchor']}' cannot be the name of a file", name, "use lower-case letters, digits and hyphens"
        )
    drawn = sheet["figure"] is not None
    pictures = png_pictures(_compiler(folder), name) if drawn and {"rtf", "docx"} & set(formats) else []
    written = []
    for suffix in formats:
        path = target / f"{sheet['anchor']}.{suffix}"
        if suffix == "pdf":
            if sheet.separate:
                continue
            write_pdf(_compiler(folder), name, path, standards=standards, timestamp=timestamp)
        elif suffix == "docx":
            write_docx(sheet, pictures, timestamp, path)
        elif suffix == "rtf":
            _write_text(path, rtf(sheet, pictures, timestamp))
        else:
            _write_text(path, html(sheet, svg_drawings(_compiler(folder), name) if drawn else []))
        written.append(path)
    return written


def _write_text(path: Path, pieces: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(pieces)
