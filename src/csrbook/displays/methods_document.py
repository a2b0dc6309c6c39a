"""Statistical methods as strings for their document (ICH E3, 16.1.9): which output uses which, formulas, software.

``report/statistical-methods.qmd`` quotes and places the tables as the analysis plan does its own (see
:mod:`csrbook.displays.plan_document`), and includes :data:`PART`, which is made of the docstrings of
:mod:`csrbook.stats`. What the models gave is in :mod:`csrbook.displays.raw_output_document`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from csrbook.displays.method_texts import inline, modules, sections, text_blocks
from csrbook.displays.plan_table import Table, pairs, table

if TYPE_CHECKING:
    from ast import FunctionDef
    from collections.abc import Iterable, Mapping, Sequence

    from csrbook.displays.method_texts import Module
    from csrbook.plan.models import Plan

__all__ = ["PART", "MethodsUsed", "methods_document", "names_equivalents"]

PART: Final = "report/_methods.qmd"
"""The text of the methods, made for a render."""

FULL: Final = "csrbook.stats."
EQUIVALENTS: Final = re.compile(r"(?:^|\s)(?:SAS|R):\s")
PACKAGES_A_ROW: Final = 3


@dataclass(frozen=True)
class MethodsUsed:
    """Which methods the programs use; a method is named by its module and function (``cox.cox_arm``)."""

    calls: Mapping[str, Sequence[str]]
    """By id of each programmed output, the methods that its program calls."""
    behind: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By method, the other methods that it calls."""
    packages: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By method, the packages that it rests on."""
    reported: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By output id, the methods that its numbers name (``method`` of the ARD), each once."""


def methods_document(
    plan: Plan, used: MethodsUsed, session: Mapping[str, str], pins: Mapping[str, str]
) -> dict[str, Any]:
    """Values, tables and the text of the methods.

    Parameters
    ----------
    plan : Plan
    used : MethodsUsed
    session : mapping
        What fixes the session, by name.
    pins : mapping
        Version by package, of all that are pinned.

    Returns
    -------
    dict
        ``values`` and ``tables``, as :func:`csrbook.displays.plan_document.plan_document` returns them, and ``parts``:
        text of a document by its path.
    """
    callers: dict[str, list[str]] = {}
    for output, names in used.calls.items():
        for name in names:
            callers.setdefault(name, []).append(plan.catalogue.output(output).number)
    described = _described(callers, used)
    standing: dict[str, list[str]] = {}
    for name in described:
        for other in (other for other in used.behind.get(name, ()) if other in described):
            standing.setdefault(other, []).append(name.split(".")[1])
    values = {f"methods.standing.{name}": ", ".join(others) for name, others in standing.items()}
    for name in described:
        versions = [f"{package} {pins.get(package, 'not pinned')}" for package in used.packages.get(name, ())]
        values[f"methods.software.{name}"] = "; ".join([session["Engine"], *versions])
    values |= {
        "methods.outputs": str(sum(bool(names) for names in used.calls.values())),
        "methods.programmed": str(len(used.calls)),
        "methods.functions": str(len(callers)),
    }
    tables = {
        "methods_by_output": _by_output(plan, used),
        "methods_session": pairs(session.items()),
        "methods_packages": _packages(pins),
    }
    return {"values": values, "tables": tables, "parts": {PART: _text(described, callers, standing)}}


def names_equivalents(docstring: str) -> bool:
    """Whether a docstring names what SAS or R has for a method."""
    return EQUIVALENTS.search(docstring) is not None


def _described(called: Mapping[str, object], used: MethodsUsed) -> dict[str, tuple[Module, FunctionDef]]:
    """The methods that are described: those called, and those behind them that have equivalents, in order."""
    behind = {other for name in called for other in used.behind.get(name, ())}
    every = {f"{module.name}.{f.name}": (module, f) for module in modules() for f in module.functions}
    texts = {name: _docstring(function) for name, (_, function) in every.items()}
    # A method that names no equivalents says which other method does.
    behind |= {
        other
        for name in called
        for other in every
        if not names_equivalents(texts[name]) and f"`{other.split('.')[1]}`" in texts[name]
    }
    return {n: at for n, at in every.items() if n in called or (n in behind and names_equivalents(texts[n]))}


def _docstring(function: FunctionDef) -> str:
    from ast import get_docstring

    return get_docstring(function) or ""


def _text(
    described: Mapping[str, tuple[Module, FunctionDef]],
    callers: Mapping[str, Sequence[str]],
    standing: Mapping[str, Sequence[str]],
) -> str:
    """A heading for each module with its methods below it."""
    where = {f"{FULL}{name}": f"#{_anchor(name)}" for name in described}
    blocks: list[str] = []
    before = None
    for name, (module, function) in described.items():
        if module is not before:
            blocks.append(f"## {inline(module.summary.rstrip('.'), module.name, {})}")
            blocks += text_blocks(module.body, module.name, where) if module.body else []
            before = module
        parts = sections(_docstring(function))
        blocks.append(f"### {function.name} {{#{_anchor(name)}}}")
        blocks += text_blocks(parts[""], module.name, where)
        if "Notes" in parts:
            blocks += text_blocks(parts["Notes"], module.name, where)
        facts = [f'- **Software**: `{FULL}{name}`, []{{.plan key="methods.software.{name}"}}']
        if name in callers:
            # As plain text, whose numbers become links to the outputs.
            facts.append(f"- **Outputs**: {', '.join(callers[name])}")
        if name in standing:
            facts.append(f'- **Part of**: []{{.plan key="methods.standing.{name}"}}')
        blocks.append("\n".join(facts))
    return "\n\n".join(blocks) + "\n"


def _anchor(name: str) -> str:
    return f"method-{name.replace('.', '-').replace('_', '-')}"


def _by_output(plan: Plan, used: MethodsUsed) -> Table:
    rows = [
        (
            output.number,
            output.method,
            "; ".join(used.reported.get(output.id, ())) or "–",
            ", ".join(name.split(".")[1] for name in used.calls[output.id]) or "–",
        )
        for output in plan.catalogue.outputs
        if output.id in used.calls
    ]
    columns = [
        ("Output", 1.7, "left"),
        ("Method in the plan", 3.5, "left"),
        ("Methods that its numbers name", 3.8, "left"),
        ("Functions", 2.6, "left"),
    ]
    return table("Methods of each output", columns, rows)


def _packages(pins: Mapping[str, str]) -> Table:
    """Packages in columns, read from top to bottom."""
    named: list[tuple[str, str]] = list(pins.items())
    length = -(-len(named) // PACKAGES_A_ROW)
    named += [("", "")] * (length * PACKAGES_A_ROW - len(named))
    rows = [[text for cell in _cells(named, row, length) for text in cell] for row in range(length)]
    columns = [("Package", 2, "left"), ("Version", 1.2, "left")] * PACKAGES_A_ROW
    return table("Pinned packages", columns, rows)


def _cells(named: Sequence[tuple[str, str]], row: int, length: int) -> Iterable[tuple[str, str]]:
    return (named[row + column * length] for column in range(PACKAGES_A_ROW))
