"""The embedded engine: the pandoc and the Typst compiler that come as Python packages.

They are the programs that Quarto itself bundles. What Quarto does around them is done here: settings are merged,
shortcodes replaced (:mod:`csrbook.render.shortcodes`), then pandoc runs with the same filter and template.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import RenderError
from csrbook.render.compiler import TypstCompiler
from csrbook.render.shortcodes import expand, front_matter, settings

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["EmbeddedEngine", "convert"]

# Settings for the engine itself; everything else is metadata that templates and shortcodes may read.
ENGINE_SETTINGS: Final = {
    "engine",
    "execute",
    "filters",
    "font-paths",
    "format",
    "from",
    "keep-typ",
    "pdf-standard",
    "shift-heading-level-by",
    "template",
}


@dataclass(frozen=True)
class EmbeddedEngine:
    """Renders in this process; several documents may be rendered at a time."""

    name: str = "embedded"
    parallel: bool = True

    def versions(self) -> dict[str, str]:
        """Versions of pandoc and of the Typst package."""
        import pypandoc

        return {"pandoc": str(pypandoc.get_pandoc_version()), "typst": importlib.metadata.version("typst")}

    def render(self, folder: Path, document: str, timestamp: int) -> Path:
        """Document to Typst by pandoc, Typst to PDF by the compiler."""
        markup, options = convert(folder, document, "typst", timestamp)
        source = (folder / document).with_suffix(".typ")
        source.write_text(markup, encoding="utf-8", newline="\n")
        pdf = source.with_suffix(".pdf")
        standards = [str(item) for item in options.get("pdf-standard", [])]
        TypstCompiler(folder).pdf(source, pdf, document, standards=standards, timestamp=timestamp)
        return pdf


def convert(folder: Path, document: str, writer: str, timestamp: int) -> tuple[str, dict[str, Any]]:
    """Document to the markup of a pandoc writer (``typst``, ``html``), and the settings that held.

    Raises
    ------
    RenderError
        A shortcode, key, display or number is unknown, or pandoc fails.
    """
    import pypandoc

    source = folder / document
    metadata, text = front_matter(source)
    options = settings(folder, metadata, writer)
    body = expand(text, source, folder, options)
    metadata_file = source.with_suffix(f".{writer}.json")
    visible = {key: value for key, value in options.items() if key not in ENGINE_SETTINGS}
    metadata_file.write_text(json.dumps(visible, default=str), encoding="utf-8")
    command = [
        str(pypandoc.get_pandoc_path()),
        "--from=markdown",
        f"--to={writer}",
        "--standalone",
        "--wrap=none",
        f"--metadata-file={metadata_file}",
        f"--shift-heading-level-by={options.get('shift-heading-level-by', 0)}",
        *(f"--lua-filter={folder / name}" for name in options.get("filters", [])),
    ]
    if "template" in options:
        command.append(f"--template={folder / options['template']}")
    environment = {**os.environ, "QUARTO_PROJECT_DIR": str(folder), "SOURCE_DATE_EPOCH": str(timestamp)}
    run = subprocess.run(
        command, input=body.encode(), capture_output=True, cwd=source.parent, env=environment, check=False
    )
    if run.returncode != 0:
        raise _pandoc_error(document, run.stderr.decode("utf-8", errors="replace"))
    return run.stdout.decode("utf-8"), options


def _pandoc_error(document: str, output: str) -> RenderError:
    own = re.search(r"csrbook: (.*)", output)
    if own:
        return RenderError(own[1], document, "correct the name in the document, or make the output that it names")
    return RenderError(f"pandoc could not read the document:\n{output.strip()}", document, "correct the document")
