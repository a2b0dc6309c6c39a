"""Which methods of :mod:`csrbook.stats` the program of each output calls, and which datasets a function asks for."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from csrbook.displays.method_texts import modules
from csrbook.pipeline.source_reader import ENGINE_ROOT, SourceReader

if TYPE_CHECKING:
    from pathlib import Path

    from csrbook.pipeline.source_reader import Place
    from csrbook.plan.models import Plan

__all__ = ["MethodSource", "datasets_read", "method_calls", "methods_behind"]

METHODS: Final = "csrbook.stats"
BUILDERS: Final = ("analyses", "csrbook.displays")
PROGRAM: Final = ("analyse", "display")


@dataclass(frozen=True)
class MethodSource:
    """What a method rests on."""

    methods: tuple[str, ...]
    """Other public methods that it calls."""
    packages: tuple[str, ...]
    """Packages outside of the engine and of Python itself."""


def method_calls(plan: Plan, root: Path) -> dict[str, tuple[str, ...]]:
    """The methods (``cox.cox_arm``) that the program of each output, or a builder that it uses, calls.

    Parameters
    ----------
    plan : Plan
        Its catalogue names the programs.
    root : Path
        The study's folder.

    Returns
    -------
    dict
        By id of each programmed output, in the order of :mod:`csrbook.stats`. A call that depends on a parameter counts
        (see :class:`csrbook.pipeline.source_reader.SourceReader`).
    """
    reader = SourceReader(root)
    every = _methods()
    found = {}
    for output in plan.catalogue.outputs:
        if output.program is not None:
            module = _module(output.program)
            places = reader.reached([(module, name) for name in PROGRAM], lambda name: _in(name, BUILDERS))
            found[output.id] = tuple(name for name, place in every.items() if place in places)
    return found


def methods_behind() -> dict[str, MethodSource]:
    """What each method of :mod:`csrbook.stats` rests on, by name; private functions in between are passed through."""
    reader = SourceReader(ENGINE_ROOT)
    every = _methods()
    found = {}
    for name, own in every.items():
        places = reader.reached([own], lambda module: _in(module, (METHODS,)))
        packages = {module.split(".")[0] for module, _ in places}
        others = tuple(other for other, place in every.items() if other != name and place in places)
        found[name] = MethodSource(others, tuple(sorted(packages - {METHODS.split(".")[0], *sys.stdlib_module_names})))
    return found


def datasets_read(program: str, function: str, root: Path) -> tuple[str, ...]:
    """Names of the datasets that a function of the study asks for, as ``data.dataset("ADSL")``, in alphabetical order.

    Parameters
    ----------
    program : str
        Path in the study.
    function : str
        Name of the function.
    root : Path
        The study's folder.
    """
    room = program.split("/", maxsplit=1)[0]
    places = SourceReader(root).reached([(_module(program), function)], lambda name: _in(name, (room,)))
    calls = [part for nodes in places.values() for node in nodes for part in ast.walk(node)]
    named = {
        str(part.args[0].value)
        for part in calls
        if isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr == "dataset"
        and part.args
        and isinstance(part.args[0], ast.Constant)
    }
    return tuple(sorted(named))


def _methods() -> dict[str, Place]:
    """Every public function of csrbook.stats, by module and name."""
    return {
        f"{module.name}.{function.name}": (f"{METHODS}.{module.name}", function.name)
        for module in modules()
        for function in module.functions
    }


def _module(program: str) -> str:
    return program.removesuffix(".py").replace("/", ".")


def _in(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)
