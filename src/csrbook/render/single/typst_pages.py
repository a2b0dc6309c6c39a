"""PDF of an output, and drawings of a figure, by the Typst library of the documents (``report/_render/alone.typ``)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from csrbook.render.finish import finish
from csrbook.render.shortcodes import settings
from csrbook.render.single.pictures import PPI, Picture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from csrbook.render.compiler import TypstCompiler

__all__ = ["pdf_standards", "png_pictures", "svg_drawings", "write_pdf"]


def pdf_standards(folder: Path) -> tuple[str, ...]:
    """Standards that the project's PDFs keep."""
    return tuple(str(item) for item in settings(folder, {}, "typst").get("pdf-standard", []))


def write_pdf(compiler: TypstCompiler, name: str, target: Path, *, standards: Sequence[str], timestamp: int) -> None:
    """Write the pages of an output as they stand in the documents."""
    compiler.pdf(_call("output-alone", name), target, name, standards=standards, timestamp=timestamp)
    finish(target)


def png_pictures(compiler: TypstCompiler, name: str) -> list[Picture]:
    """The parts of a figure as pictures, each as wide as the page's text."""
    return [Picture(png) for png in compiler.drawings(_call("figure-alone", name), name, "png", PPI)]


def svg_drawings(compiler: TypstCompiler, name: str) -> list[str]:
    """The parts of a figure as SVG."""
    return [svg.decode() for svg in compiler.drawings(_call("figure-alone", name), name, "svg")]


def _call(function: str, name: str) -> str:
    return f'#import "/report/_render/alone.typ": {function}\n#{function}({json.dumps(name)})\n'
