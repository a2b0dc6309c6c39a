"""What makes up an output's program: its module, what that imports of ``analyses/``, and what it names of the plan."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from csrbook.errors import ProgramError
from csrbook.plan.parts import digest, file_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csrbook.plan.models import Plan

__all__ = ["ProgramSource", "program_sources"]

ROOM: Final = "analyses"
BUILDERS: Final = "csrbook.displays"
ENGINE: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class ProgramSource:
    """The source of one output's program."""

    files: tuple[str, ...]
    """Its module and all modules of ``analyses/`` that it reaches, as paths in the study."""
    hash: str
    """Over these files. The engine is not among them: locks and versions of the pages hold the hash of its code."""
    names: frozenset[str]
    """Attributes that these files, and the engine's builders that they reach, name: ``strata`` of ``study.strata``."""


def program_sources(plan: Plan, root: Path) -> dict[str, ProgramSource]:
    """The source of each programmed output, by its id.

    Parameters
    ----------
    plan : Plan
        Its catalogue names the programs.
    root : Path
        The study's folder.

    Notes
    -----
    Imports are found by reading, not by running: a module that a program loads by a name that it puts together itself
    is not found. Relative imports and packages' ``__init__.py`` are.
    """
    sources = {}
    for output in plan.catalogue.outputs:
        if output.program is not None:
            files, names = _reached(root.resolve(), root.resolve() / output.program)
            own = tuple(sorted(path.relative_to(root.resolve()).as_posix() for path in files))
            sources[output.id] = ProgramSource(own, digest({name: file_digest(root / name) for name in own}), names)
    return sources


def _reached(root: Path, start: Path) -> tuple[set[Path], frozenset[str]]:
    own: set[Path] = set()
    seen: set[Path] = set()
    names: frozenset[str] = frozenset()
    queue = [start]
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        base = root if path.is_relative_to(root / ROOM) else ENGINE
        imported, named = _read(path.read_bytes(), path.relative_to(base).as_posix())
        names |= named
        if base is root:
            own.add(path)
        for module in imported:
            if module.split(".")[0] == ROOM:
                queue += _files(root, module)
            elif module == BUILDERS or module.startswith(f"{BUILDERS}."):
                queue += _files(ENGINE, module)
    return own, names


def _files(base: Path, module: str) -> Iterator[Path]:
    """The file of a module and the ``__init__.py`` of the packages that it stands in; a name in a module has none."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        place = base.joinpath(*parts[:end])
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                yield path


@cache
def _read(source: bytes, name: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Full names of what a file imports, and the attributes that it names."""
    package = name.split("/")[:-1]
    modules: list[str] = []
    names = set()
    try:
        tree = ast.parse(source, filename=name)
    except (SyntaxError, ValueError) as error:
        raise ProgramError(f"the program is no Python: {error}", name, "mend the program") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*above, *([node.module] if node.module else [])])
            modules += [start, *(f"{start}.{alias.name}" for alias in node.names)]
    return tuple(modules), frozenset(names)
