"""Make ``docs/methods`` from the docstrings of csrbook.stats: ``python -m tools.method_pages docs/methods``.

The source is parsed, not imported, so the pages are the same on every Python and machine.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from csrbook.displays.method_texts import inline, modules, sections, text_blocks

if TYPE_CHECKING:
    from csrbook.displays.method_texts import Definition, Module

__all__ = ["main", "modules", "pages"]

NOTE: Final = "<!-- Made from the docstrings by `nox -s docs`: edit those. -->"
_ENTRIES: Final = ("Parameters", "Attributes", "Returns", "Raises")


def pages() -> dict[str, str]:
    """Text of each page by file name."""
    every = modules()
    where = {f"csrbook.stats.{m.name}": f"{m.name}.md" for m in every}
    where |= {f"csrbook.stats.{m.name}.{d.name}": f"{m.name}.md#{d.name.lower()}" for m in every for d in m.definitions}
    result = {f"{module.name}.md": _page(module, where) for module in every}
    result["README.md"] = _index(every, where)
    return result


def main(arguments: list[str]) -> int:
    """Write the pages into the folder given, and remove those of modules that are gone."""
    if len(arguments) != 1:
        print("usage: python -m tools.method_pages FOLDER", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for path in sorted(folder.glob("*.md")):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(made)} pages in {folder}")
    return 0


def _index(every: list[Module], where: dict[str, str]) -> str:
    lines = [NOTE, "", "# Methods of csrbook.stats", ""]
    lines += [
        "A page a module: formula, assumptions, source, the SAS code and the R call that give the same,",
        "known differences. How far R agrees: [crosscheck](../crosscheck.md).",
        "",
        "| Method | Functions | What it is |",
        "| --- | --- | --- |",
    ]
    for module in every:
        links = ", ".join(f"[`{f.name}`]({module.name}.md#{f.name.lower()})" for f in module.functions)
        lines.append(f"| [{module.name}]({module.name}.md) | {links} | {inline(module.summary, module.name, where)} |")
    return "\n".join([*lines, ""])


def _page(module: Module, where: dict[str, str]) -> str:
    blocks = [NOTE, f"# {inline(module.summary.rstrip('.'), module.name, where)}"]
    blocks.append(f"Module `csrbook.stats.{module.name}`. [All methods](README.md)")
    if module.body:
        blocks += text_blocks(module.body, module.name, where)
    functions: list[Definition] = list(module.functions)
    for definition in functions + [d for d in module.definitions if isinstance(d, ast.ClassDef)]:
        blocks.append(f"## {definition.name}")
        if isinstance(definition, ast.FunctionDef):
            blocks.append(_signature(definition, module.source))
        blocks += _docstring(ast.get_docstring(definition) or "", module.name, where)
        if isinstance(definition, ast.ClassDef):
            blocks += _class(definition, module, where)
    return "\n\n".join(blocks) + "\n"


def _class(definition: ast.ClassDef, module: Module, where: dict[str, str]) -> list[str]:
    """Fields where the docstring does not list them, and public methods and properties."""
    blocks = []
    fields = [n for n in definition.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)]
    if fields and "Attributes\n-" not in (ast.get_docstring(definition) or ""):
        lines = [f"- `{ast.unparse(n.target)}` : `{_segment(module.source, n.annotation)}`" for n in fields]
        blocks += ["**Attributes**", "\n".join(lines)]
    for node in definition.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            doc = ast.get_docstring(node) or ""
            is_property = any(isinstance(d, ast.Name) and d.id == "property" for d in node.decorator_list)
            blocks.append(f"### {definition.name}.{node.name}")
            if not is_property:
                blocks.append(_signature(node, module.source))
            blocks += _docstring(doc, module.name, where)
    return blocks


def _signature(node: ast.FunctionDef, source: str) -> str:
    """Python's signature, a line a parameter, with the source's own text of annotations and defaults."""
    a = node.args
    plain = a.posonlyargs + a.args
    gaps: list[ast.expr | None] = [None] * (len(plain) - len(a.defaults))
    parts = [_parameter(p, d, source) for p, d in zip(plain, gaps + list(a.defaults), strict=True) if p.arg != "self"]
    if a.vararg is not None:
        parts.append("*" + _parameter(a.vararg, None, source))
    elif a.kwonlyargs:
        parts.append("*")
    parts += [_parameter(p, d, source) for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True)]
    back = f" -> {_segment(source, node.returns)}" if node.returns is not None else ""
    inner = "".join(f"    {part},\n" for part in parts)
    head = f"{node.name}(\n{inner}){back}" if parts else f"{node.name}(){back}"
    return f"```python\n{head}\n```"


def _parameter(argument: ast.arg, default: ast.expr | None, source: str) -> str:
    text = argument.arg
    if argument.annotation is not None:
        text += f": {_segment(source, argument.annotation)}"
    if default is not None:
        text += (
            f" = {_segment(source, default)}" if argument.annotation is not None else f"={_segment(source, default)}"
        )
    return text


def _segment(source: str, node: ast.AST) -> str:
    return " ".join((ast.get_source_segment(source, node) or "").split())


def _docstring(doc: str, module: str, where: dict[str, str]) -> list[str]:
    """Blocks of Markdown from a NumPy docstring."""
    parts = sections(doc)
    blocks = text_blocks(parts.pop(""), module, where)
    for title, body in parts.items():
        blocks.append(f"**{title}**")
        if title in _ENTRIES:
            blocks.append(_entries(body, module, where))
        elif title == "Examples":
            blocks.append(f"```python\n{body.strip()}\n```")
        else:
            blocks += text_blocks(body, module, where)
    return blocks


def _entries(body: str, module: str, where: dict[str, str]) -> str:
    """Bullets of a section of entries: a head at the margin, its description indented under it."""
    lines = []
    for entry in re.split(r"\n(?=\S)", body.strip("\n")):
        head, _, description = entry.partition("\n")
        name, colon, kind = head.partition(" : ")
        text = f"- `{name}`" + (f" : {inline(kind, module, where)}" if colon else "")
        if description.strip():
            text += f" — {inline(' '.join(description.split()), module, where)}"
        lines.append(text)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
