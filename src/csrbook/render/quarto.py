"""The Quarto engine: a ``quarto`` command, 1.9 or newer, named by ``QUARTO`` or found on the path."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from csrbook.errors import RenderError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MINIMUM", "QuartoCommand", "QuartoEngine", "find_quarto"]

MINIMUM: Final = (1, 9)
"""The first version whose Typst makes PDF/A-2a."""

VARIABLE: Final = "QUARTO"
TAIL: Final = 25
UNRESOLVED: Final = re.compile(r"\?(?:meta|var):[\w.\\-]+|\{\{\\?<[^>\n]*")
TROUBLE: Final = re.compile(r"layout did not converge|\[WARNING\].*(?:filter|shortcode)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class QuartoCommand:
    """A usable command and its version."""

    path: str
    version: str


def find_quarto(*, required: bool) -> QuartoCommand | None:
    """The command named by ``QUARTO``, else the one on the path; None where there is none or it is too old.

    Raises
    ------
    RenderError
        It is required, or ``QUARTO`` names it, and it cannot be used.
    """
    named = os.environ.get(VARIABLE, "")
    path = shutil.which(named or "quarto")
    version = _version([path, "--version"]) if path else ""
    number = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if path and number >= MINIMUM:
        return QuartoCommand(path, version)
    if not (required or named):
        return None
    raise RenderError(
        f"Quarto {version} is too old" if number else "no Quarto command can be run",
        f"{VARIABLE}={named}" if named else (path or "the search path"),
        f"install Quarto {MINIMUM[0]}.{MINIMUM[1]} or newer, name it in {VARIABLE}, or use the embedded engine",
    )


@dataclass(frozen=True)
class QuartoEngine:
    """Renders by ``quarto render <document> --to typst`` in the project folder."""

    command: QuartoCommand
    name: str = "quarto"
    # Two runs would share the project's scratch folder.
    parallel: bool = False

    @cached_property
    def _versions(self) -> dict[str, str]:
        tools = {tool: _version([self.command.path, tool, "--version"]) for tool in ("pandoc", "typst")}
        return {"quarto": self.command.version, **{tool: version for tool, version in tools.items() if version}}

    def versions(self) -> dict[str, str]:
        """Versions of Quarto and of the pandoc and Typst that it brings."""
        return dict(self._versions)

    def render(self, folder: Path, document: str, timestamp: int) -> Path:
        """Render one document; the intermediate Typst file is searched for shortcodes that Quarto left unresolved."""
        source = folder / document
        if not source.is_file():
            raise RenderError("a document does not exist", document, "check the name of the document")
        pdf, typst = source.with_suffix(".pdf"), source.with_suffix(".typ")
        pdf.unlink(missing_ok=True)
        run = subprocess.run(
            [self.command.path, "render", document, "--to", "typst"],
            cwd=folder,
            env=_environment(folder, timestamp),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        output = run.stdout.decode("utf-8", errors="replace")
        if run.returncode != 0 or not pdf.is_file():
            raise RenderError(
                f"Quarto could not render the document (exit code {run.returncode}):\n{_tail(output)}",
                document,
                "correct what Quarto's last lines say",
            )
        markup = typst.read_text(encoding="utf-8") if typst.is_file() else ""
        left = UNRESOLVED.findall(markup) + UNRESOLVED.findall(output) + TROUBLE.findall(output)
        if left:
            raise RenderError(
                f"Quarto left something unresolved: {', '.join(sorted(set(left))[:5])}\n{_tail(output)}",
                document,
                "define the key, or use a shortcode that csrbook supports (include, meta, var)",
            )
        return pdf


def _environment(folder: Path, timestamp: int) -> dict[str, str]:
    """Quarto's environment: the date and the fonts come from the project, nothing from the machine."""
    return {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(timestamp),
        "TYPST_FONT_PATHS": str(folder / "fonts"),
        "TYPST_IGNORE_SYSTEM_FONTS": "true",
        # Quarto sets it itself where the folder is a project; the filter needs it in any case.
        "QUARTO_PROJECT_DIR": str(folder),
        "NO_COLOR": "1",
    }


def _version(command: list[str]) -> str:
    try:
        run = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"\d+\.\d+[.\w-]*", run.stdout)
    return found[0] if run.returncode == 0 and found else ""


def _tail(output: str) -> str:
    return "\n".join([line for line in output.splitlines() if line.strip()][-TAIL:])
