"""All rules on one file, and on all files of a version folder."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

import pikepdf

from csrbook.conformance import archival, layout, navigation, reading, rows, submission, tables, tags, typography
from csrbook.conformance.document import Document
from csrbook.conformance.finding import Finding
from csrbook.conformance.verapdf import find_verapdf, validate
from csrbook.errors import RenderError, UsageError
from csrbook.processes import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["check_folder", "check_pdf"]

Checked = tuple[list[Finding], set[str]]
"""Findings in a file, and the anchors of the outputs whose rows were compared."""

ON_PAGES: Final = (archival, tags, reading, typography, layout)
ON_FILES: Final = (archival, tags, tables, typography, navigation)


def check_pdf(path: Path, name: str = "", displays: Mapping[str, Mapping[str, Any]] | None = None) -> list[Finding]:
    """Check one PDF.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        How findings call it; its own name where empty.
    displays : mapping, optional
        Displays by anchor (:func:`csrbook.conformance.rows.read_displays`) whose rows must stand on its pages.

    Returns
    -------
    list of Finding
        Empty where it conforms.
    """
    name = name or path.name
    return _check(path, name, displays or {})[0] + _verapdf({path: name})


def check_folder(folder: Path, workers: int = 1) -> list[Finding]:
    """Check all files of a version folder that go into a submission.

    Parameters
    ----------
    folder : Path
        Such as ``outputs/<lock>/v001``; its ``results/`` say which rows the pages must hold.
    workers : int
        Files that are checked at a time, each in a process of its own.

    Returns
    -------
    list of Finding
        By file, in the order of their names; empty where all conform.

    Raises
    ------
    UsageError
        The folder does not exist or holds no PDF.
    """
    files = submission.submitted(folder) if folder.is_dir() else []
    if not any(path.suffix == ".pdf" for path in files):
        raise UsageError("there is no PDF to check", str(folder), "name a version folder, such as outputs/<lock>/v001")
    _displays.cache_clear()
    findings: list[Finding] = []
    compared: set[str] = set()
    for found, outputs in _checked(partial(_file, folder), files, workers):
        findings += found
        compared |= outputs
    findings += _verapdf({path: path.relative_to(folder).as_posix() for path in files if path.suffix == ".pdf"})
    missing = sorted(display["id"] for anchor, display in _displays(folder).items() if anchor not in compared)
    return findings + [
        Finding(f"{submission.RESULTS}/{name}.json", "rows.missing", "", "its rows stand in none of the files")
        for name in missing
    ]


def _checked(check: Callable[[Path], Checked], files: list[Path], workers: int) -> list[Checked]:
    if workers == 1:
        return [check(path) for path in files]
    ended = RenderError("a process that checked a file was ended from outside", "", "give the machine more memory")
    with processes(workers, ended) as pool:
        # The largest first, so that no process waits for it at the end.
        futures = {path: pool.submit(check, path) for path in sorted(files, key=lambda path: -path.stat().st_size)}
        return [futures[path].result() for path in files]


@lru_cache(maxsize=1)
def _displays(folder: Path) -> dict[str, dict[str, Any]]:
    """Displays of a version, which each process reads once: handing them on with each file would take longer."""
    return rows.read_displays(folder / submission.RESULTS)


def _file(folder: Path, path: Path) -> Checked:
    named = list(submission.check(folder, path))
    if path.suffix != ".pdf":
        return named, set()
    found, outputs = _check(path, path.relative_to(folder).as_posix(), _displays(folder))
    return named + found, outputs


def _check(path: Path, name: str, displays: Mapping[str, Mapping[str, Any]]) -> Checked:
    try:
        pdf = pikepdf.open(path)
    except pikepdf.PdfError as problem:
        return [
            Finding(name, "archival.readable", "", f"cannot be read: {str(problem).removeprefix(f'{path}: ')}")
        ], set()
    with pdf:
        document = Document(pdf, path, name)
        compared = rows.RowCheck(document, displays)
        findings = []
        for number, page in document.pages():
            compared.read(number, page)
            findings += [finding for theme in ON_PAGES for finding in theme.check_page(document, number, page)]
        # After the pages: they tell which characters of the fonts are used.
        findings += [finding for theme in ON_FILES for finding in theme.check(document)]
        findings += compared.findings()
    return findings, compared.compared


def _verapdf(files: Mapping[Path, str]) -> list[Finding]:
    """What the reference validator says, where there is one."""
    command = find_verapdf()
    return [] if command is None else list(validate(command, files))
