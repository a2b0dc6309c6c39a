"""Quarto's ``include``, ``meta`` and ``var`` shortcodes, for the embedded engine, and the settings they read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["SHORTCODE", "Source", "expand", "front_matter", "read_yaml", "settings"]

SHORTCODE: Final = re.compile(r"\{\{<\s*(\S+)\s*(.*?)\s*>\}\}")
FRONT_MATTER: Final = re.compile(r"\A---\n(.*?\n)?---\n", re.DOTALL)
MAX_DEPTH: Final = 16
Source = tuple[dict[str, Any], str]
"""Front matter and the text after it."""


def read_yaml(text: str, where: str) -> dict[str, Any]:
    """A YAML mapping; duplicate keys are refused."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content = YAML(typ="safe", pure=True).load(text)
    except YAMLError as problem:
        raise RenderError(f"the YAML cannot be read: {problem}", where, "correct the file") from problem
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise RenderError("the YAML is not a mapping", where, "write 'key: value' lines")
    return content


def front_matter(path: Path) -> Source:
    """Front matter and text of a document."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise RenderError("a document cannot be read", str(path), "check the name of the file") from problem
    found = FRONT_MATTER.match(text)
    if not found:
        return {}, text
    return read_yaml(found[1] or "", path.name), text[found.end() :]


def settings(root: Path, document: dict[str, Any], writer: str) -> dict[str, Any]:
    """Settings of a document as Quarto merges them: project, then the project's format, then the document's own."""
    project = read_yaml((root / "_quarto.yml").read_text(encoding="utf-8"), "_quarto.yml")
    formats = project.pop("format", {})
    project.pop("project", None)
    own = dict(document)
    own_formats = own.pop("format", {})
    merged: dict[str, Any] = {}
    for layer in (project, _format(formats, writer), own, _format(own_formats, writer)):
        merged = _merge(merged, layer)
    return merged


def expand(text: str, path: Path, root: Path, meta: Mapping[str, Any]) -> str:
    """The text with its shortcodes replaced.

    Raises
    ------
    RenderError
        A shortcode, file or key is unknown.
    """
    variables_file = root / "_variables.yml"
    known = {"meta": meta, "var": {}}
    if variables_file.is_file():
        known["var"] = read_yaml(variables_file.read_text(encoding="utf-8"), variables_file.name)

    def value(found: re.Match[str]) -> str:
        name, key = found[1], found[2]
        if name not in known:
            raise RenderError(
                f"the shortcode '{found[0]}' is not supported",
                path.name,
                "use include, meta or var; nothing else renders alike under both engines",
            )
        return _lookup(known[name], name, key, path)

    return SHORTCODE.sub(value, _include(text, path, root, 0))


def _format(formats: Any, writer: str) -> dict[str, Any]:
    chosen = formats.get(writer) if isinstance(formats, dict) else None
    return chosen if isinstance(chosen, dict) else {}


def _merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _include(text: str, path: Path, root: Path, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise RenderError("included documents include each other", path.name, "remove the circle")

    def content(found: re.Match[str]) -> str:
        if found[1] != "include":
            return found[0]
        name = found[2]
        target = root / name.lstrip("/") if name.startswith("/") else path.parent / name
        return _include(front_matter(target)[1], target, root, depth + 1)

    return SHORTCODE.sub(content, text)


def _lookup(content: Any, name: str, key: str, path: Path) -> str:
    for part in key.split("."):
        if not isinstance(content, dict) or part not in content:
            raise RenderError(
                f"the {name} shortcode names '{key}', which does not exist", path.name, "correct the key or define it"
            )
        content = content[part]
    return str(content)
