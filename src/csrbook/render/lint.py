"""Constructs that a document must not use: the two engines would render them differently, or no filter knows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from csrbook.errors import RenderError
from csrbook.render.shortcodes import SHORTCODE, front_matter

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Finding", "lint_document", "require_portable"]


class Finding(NamedTuple):
    """A refused construct: file, line, what it is."""

    file: str
    line: int
    what: str


REFUSED: Final = (
    (re.compile(r"(?<![\w\\])@(tbl|fig|sec|eq|lst|thm|tip|nte|wrn|imp|cau)-[\w-]+"), "a Quarto cross-reference"),
    (re.compile(r"#(tbl|fig|lst|eq)-[\w-]+\}"), "a label of a Quarto cross-reference"),
    (re.compile(r"\.callout-\w+"), "a callout"),
    (re.compile(r"\.(landscape|column-\w+|panel-tabset|content-visible|content-hidden)\b"), "a Quarto layout div"),
    (re.compile(r"\blayout(-ncol|-nrow|-align)?\s*="), "a Quarto layout attribute"),
    (re.compile(r"^\s*(```+|~~~+)\s*\{(?!=|\.)[^}]*\}"), "an executed cell"),
    (re.compile(r"`\{?[rR] [^`]*`|`\{(python|r|julia)\} [^`]*`"), "an executed expression"),
    (re.compile(r"^\s*(\|.*\||\+[-=+:]+\+)\s*$"), "a drawn table (write it as '.rows')"),
)
# What the filters in report/_render know; a name mistyped would be dropped without a word.
KNOWN: Final = (
    (
        re.compile(r"^\s*:::+\s*(?:\{\s*\.)?([\w-]+)"),
        {"frame", "half", "halves", "plan-table", "rows", "synopsis", "tlf", "wide"},
        "the unknown div '.{}'",
    ),
    (re.compile(r"\[[^\]]*\]\{\s*\.([\w-]+)"), {"ard", "plan"}, "the unknown span '.{}'"),
)
SHORTCODES: Final = {"include", "meta", "var"}
FRONT_MATTER_REFUSED: Final = {
    "date": "Quarto reformats it; give the date in the edition",
    "jupyter": "documents have no executed cells",
    "knitr": "documents have no executed cells",
    "execute": "documents have no executed cells",
    "number-sections": "sections are numbered by ICH E3",
}


def lint_document(path: Path, name: str) -> list[Finding]:
    """Refused constructs of one ``.qmd`` file, in the order of its lines.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        How findings call it.
    """
    text = path.read_text(encoding="utf-8")
    metadata, _ = front_matter(path)
    findings = [Finding(name, 1, f"'{key}' ({why})") for key, why in FRONT_MATTER_REFUSED.items() if key in metadata]
    for number, line in enumerate(text.splitlines(), start=1):
        refused = [Finding(name, number, what) for pattern, what in REFUSED if pattern.search(line)]
        findings += refused or [
            Finding(name, number, what.format(found))
            for pattern, names, what in KNOWN
            for found in pattern.findall(line)
            if found not in names
        ]
        findings += [
            Finding(name, number, f"the shortcode '{found[1]}'")
            for found in SHORTCODE.finditer(line)
            if found[1] not in SHORTCODES
        ]
    return sorted(findings)


def require_portable(root: Path) -> None:
    """Raise where any document below a folder uses a refused construct."""
    findings: list[Finding] = []
    for path in sorted(root.rglob("*.qmd")):
        findings += lint_document(path, path.relative_to(root).as_posix())
    if findings:
        raise RenderError(
            "documents use what the two engines render differently: " + "; ".join(f.what for f in findings[:5]),
            ", ".join(f"{f.file}:{f.line}" for f in findings[:5]),
            "write it with the constructs that report/README.md lists, or link by output number",
        )
