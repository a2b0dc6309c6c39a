"""What a program may reach of other modules, function by function: found by reading the source, not by running it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["ENGINE_ROOT", "Place", "SourceReader"]

ENGINE: Final = "csrbook"
ENGINE_ROOT: Final = Path(__file__).parents[2]

Place = tuple[str, str]
"""Full name of a module and a name in it."""


@dataclass(frozen=True)
class _Source:
    """A module's definitions, and where its imported names come from."""

    definitions: dict[str, list[ast.AST]]
    imports: dict[str, Place]
    """By local name; the second part is empty where the name is a module."""


class SourceReader:
    """Reads the modules of a study and of the engine.

    Parameters
    ----------
    root : Path
        The study's folder.

    Notes
    -----
    A name that a definition mentions counts as reached, whether or not it is called in the end; so does every method of
    a class that is mentioned. A module that a program loads by a name that it puts together itself is not found.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._sources: dict[str, _Source | None] = {}
        self._mentions: dict[Place, list[Place]] = {}

    def reached(self, start: Iterable[Place], within: Callable[[str], bool]) -> dict[Place, list[ast.AST]]:
        """The definitions that some definitions reach, themselves among them.

        Parameters
        ----------
        start : iterable of Place
        within : callable
            Whether definitions of the module of this name are followed; others are reached, but not gone into.

        Returns
        -------
        dict
            Syntax trees by place, in the order in which they are reached; none of those that are not gone into.
        """
        found: dict[Place, list[ast.AST]] = {}
        queue = list(start)
        while queue:
            place = queue.pop(0)
            if place in found:
                continue
            found[place] = []
            module, name = place
            source = self._read(module) if within(module) else None
            if source is not None:
                found[place] = source.definitions.get(name, [])
                queue += self._leads_to(place, source)
        return found

    def _leads_to(self, place: Place, source: _Source) -> list[Place]:
        if place not in self._mentions:
            module, name = place
            nodes = source.definitions.get(name, [])
            mentioned = [to for node in nodes for to in _mentioned(node, module, source)]
            imported = [source.imports[name]] if not nodes and name in source.imports else []
            self._mentions[place] = list(dict.fromkeys([*mentioned, *imported]))
        return self._mentions[place]

    def _read(self, module: str) -> _Source | None:
        if module not in self._sources:
            path = self._file(module)
            self._sources[module] = None if path is None else _source(ast.parse(path.read_bytes()), module)
        return self._sources[module]

    def _file(self, module: str) -> Path | None:
        parts = module.split(".")
        base = (ENGINE_ROOT if parts[0] == ENGINE else self._root).joinpath(*parts)
        return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def _source(tree: ast.Module, module: str) -> _Source:
    definitions: dict[str, list[ast.AST]] = {}
    imports: dict[str, Place] = {}
    for_types = {id(node) for block in tree.body if _only_for_types(block) for node in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) not in for_types and isinstance(node, ast.Import | ast.ImportFrom):
            imports |= _imported(node, module)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            definitions.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
            for name in names:
                definitions.setdefault(name, []).append(node.value)
    return _Source(definitions, imports)


def _only_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _imported(node: ast.Import | ast.ImportFrom, module: str) -> dict[str, Place]:
    if isinstance(node, ast.Import):
        return {alias.asname or alias.name: (alias.name, "") for alias in node.names}
    above = module.split(".")[: -node.level] if node.level else []
    start = ".".join([*above, *([node.module] if node.module else [])])
    return {alias.asname or alias.name: (start, alias.name) for alias in node.names}


def _mentioned(node: ast.AST, module: str, source: _Source) -> Iterator[Place]:
    """Where the names in a definition come from."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            if part.id in source.definitions:
                yield module, part.id
            elif part.id in source.imports:
                yield source.imports[part.id]
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in source.imports:
            above, name = source.imports[part.value.id]
            yield (f"{above}.{name}" if name else above), part.attr
