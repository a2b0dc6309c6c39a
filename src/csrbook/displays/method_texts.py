"""The docstrings of :mod:`csrbook.stats` as Markdown: what each method is, its formula, source, SAS and R equivalents.

The source is parsed, not imported, so the text is the same on every Python and machine.
"""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Definition", "Module", "inline", "modules", "sections", "text_blocks"]

STATS: Final = Path(__file__).parents[1] / "stats"
LABELS: Final = ("Source", "SAS", "R", "Known differences")
"""What a paragraph may begin with, before a colon."""

_UNDERLINED: Final = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}$", re.MULTILINE)
_LABEL: Final = re.compile(rf"(?:^|(?<=\s))({'|'.join(LABELS)}):(?=\s)")
_ROLE: Final = re.compile(r":(?:func|mod|class|meth|attr):`~?([^`]+)`")

Definition: TypeAlias = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Module:
    """A public module of csrbook.stats: its docstring, and its public definitions in the order of the source."""

    name: str
    summary: str
    body: str
    source: str
    definitions: tuple[Definition, ...]

    @property
    def functions(self) -> tuple[ast.FunctionDef, ...]:
        """Public functions; the classes are what they return."""
        return tuple(d for d in self.definitions if isinstance(d, ast.FunctionDef))


def modules(folder: Path = STATS) -> list[Module]:
    """Every public module that has public names, by name."""
    found = []
    for path in sorted(folder.glob("[!_]*.py")):
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        public = _public(tree)
        definitions = tuple(n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name in public)
        summary, _, body = (ast.get_docstring(tree) or "").partition("\n")
        found.append(Module(path.stem, summary, body.strip(), source, definitions))
    return found


def _public(tree: ast.Module) -> set[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return set(ast.literal_eval(node.value))
    return set()


def sections(docstring: str) -> dict[str, str]:
    """Text of each section of a NumPy docstring by its title; that before the first has the title ``""``."""
    parts = _UNDERLINED.split(docstring)
    return {"": parts[0]} | dict(zip(parts[1::2], parts[2::2], strict=True))


def text_blocks(body: str, module: str, where: Mapping[str, str]) -> list[str]:
    """Markdown blocks of a text: paragraphs, formulas, and what follows one of :data:`LABELS` as a bullet.

    Parameters
    ----------
    body : str
        Of a docstring, without sections.
    module : str
        Name of the module that it stands in.
    where : mapping
        Link target by full name (``csrbook.stats.cox.cox_arm``); what is not in it is code without a link.
    """
    blocks = []
    for paragraph in re.split(r"\n\s*\n", textwrap.dedent(body).strip("\n")):
        if paragraph.startswith(".. math::"):
            blocks.append("$$\n" + " ".join(paragraph.removeprefix(".. math::").split()) + "\n$$")
            continue
        pieces = _LABEL.split(" ".join(paragraph.split()))
        if pieces[0].strip():
            blocks.append(inline(pieces[0].strip(), module, where))
        bullets = [
            f"- **{label}**: {inline(text.strip(), module, where)}"
            for label, text in zip(pieces[1::2], pieces[2::2], strict=True)
        ]
        if bullets:
            blocks.append("\n".join(bullets))
    return blocks


def inline(text: str, module: str, where: Mapping[str, str]) -> str:
    """Roles as links, formulas between dollars, and code in single back quotes."""

    def link(match: re.Match[str]) -> str:
        target = match[1]
        short = target.rsplit(".", 1)[-1]
        for full in (target, f"csrbook.stats.{module}.{target}", f"csrbook.stats.{target}"):
            if full in where:
                return f"[`{short}`]({where[full]})"
        return f"`{target}`"

    text = _ROLE.sub(link, text)
    text = re.sub(r":math:`([^`]+)`", r"$\1$", text)
    return re.sub(r"``(.+?)``", r"`\1`", text)
