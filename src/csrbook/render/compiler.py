"""The Typst compiler, as it is used here: fonts of the project and no others, errors in the words of this package."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

from csrbook.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["TypstCompiler"]

ALWAYS: Final = "ua-1"
"""A standard that this compiler holds every page to, whatever else is asked for."""


class TypstCompiler:
    """Compiles sources of one project; what it has learnt from one serves the next.

    Parameters
    ----------
    folder : Path
        The render project.
    """

    def __init__(self, folder: Path) -> None:
        import typst

        fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(folder / "fonts")])
        self._compiler = typst.Compiler(root=str(folder), font_paths=fonts, ignore_system_fonts=True)

    def pdf(self, source: Path | str, target: Path, document: str, *, standards: Sequence[str], timestamp: int) -> None:
        """Write a PDF.

        Parameters
        ----------
        source : Path or str
            A file of the project, or a text that stands in its root.
        target : Path
            The PDF.
        document : str
            What an error names.
        standards : sequence of str
            Such as ``a-2a``, besides ``ua-1``.
        timestamp : int
            Seconds since 1970 that the PDF carries as its date.

        Raises
        ------
        RenderError
            It cannot be laid out.
        """
        asked = list(dict.fromkeys([*standards, ALWAYS]))
        options = {"output": str(target), "format": "pdf", "pdf_standards": asked, "timestamp": timestamp}
        self._compile(source, document, options)

    def drawings(self, source: str, document: str, kind: Literal["svg", "png"], ppi: int = 144) -> list[bytes]:
        """Pictures of the pages of a text that stands in the project's root.

        Raises
        ------
        RenderError
            It cannot be laid out.
        """
        pages: bytes | list[bytes] = self._compile(source, document, {"format": kind, "ppi": ppi})
        return pages if isinstance(pages, list) else [pages]

    def _compile(self, source: Path | str, document: str, options: dict[str, Any]) -> Any:
        import typst

        given = source.encode() if isinstance(source, str) else str(source)
        try:
            result, warnings = self._compiler.compile_with_warnings(input=given, **options)
        except typst.TypstError as problem:
            raise _error(document, problem.message, problem.diagnostic, problem.hints) from problem
        unsettled = [str(warning.message) for warning in warnings if "converge" in str(warning.message)]
        if unsettled:
            raise RenderError(f"the pages do not settle: {unsettled[0]}", document, "simplify the document's contents")
        return result


def _error(document: str, message: str, diagnostic: str, hints: list[str]) -> RenderError:
    if "could not be displayed" in message:
        return RenderError(
            f"a character is in no font: {message}",
            document,
            "install a Chinese font (Debian: apt-get install fonts-noto-cjk), or name a folder with fonts in "
            "CSRBOOK_FONTS",
        )
    label = re.search(r"label `<(.+?)>` does not exist", message)
    if label:
        return RenderError(
            f"a link points to '#{label[1]}', which does not exist", document, "place that output, or correct the link"
        )
    return RenderError(
        f"Typst could not lay the document out: {message}\n{diagnostic.strip()}",
        document,
        "; ".join(hints) or "correct the document or the display",
    )
