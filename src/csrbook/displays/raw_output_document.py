"""What the models gave, unrounded, as strings for the document of the statistical methods.

The numbers are rows of the ARD with ten significant digits: more would differ between processors. Each output computes
its own numbers; where an analysis gives exactly those of an earlier output, a reference to it takes their place.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from csrbook.displays.plan_table import Table, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from csrbook.plan.models import Output, Plan

__all__ = ["DIGITS", "INFERENCE", "INTERVAL", "PART", "raw_output_document", "shown_number"]

PART: Final = "report/_raw-output.qmd"
"""Headings and places of the tables, made for a render."""

DIGITS: Final = 10

INFERENCE: Final = frozenset(
    {"chi2", "chi_square", "coef", "df", "hr", "log_hr", "lr_p", "odds_ratio", "p", "p_exact", "q", "se", "slope",
     "statistic", "t", "theta", "z"}
)  # fmt: skip
"""Statistics of a model or a test: coefficients and what they stand for, standard errors, test statistics, degrees of
freedom, p-values."""

INTERVAL: Final = frozenset({"lower", "upper"})

LEVELS: Final = (("group1", "group1_level"), ("group2", "group2_level"), ("variable", "variable_level"))

Row = dict[str, Any]
Lines = tuple[str, tuple[tuple[str, str], ...]]
"""An analysis, and for each level its numbers as they are printed."""


def raw_output_document(plan: Plan, rows: Iterable[Row]) -> dict[str, Any]:
    """Values, tables and the text that places them.

    Parameters
    ----------
    plan : Plan
        Says which outputs decide and come first: those of the primary and co-primary estimands, and of the gate's
        steps.
    rows : iterable of dict
        Rows of the ARD.

    Returns
    -------
    dict
        ``values``, ``tables`` and ``parts``, as :func:`csrbook.displays.methods_document.methods_document` returns
        them. Of each output there are all numbers of a method that gives, in this output, a statistic of
        :data:`INFERENCE`; of the outputs of the primary and co-primary estimands those of a method that gives an
        interval, too.
    """
    by_method: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        by_method.setdefault(row["output_id"], {}).setdefault(row["method"], []).append(row)
    estimands = [item for item in plan.endpoints.estimands if item.role in {"primary", "co-primary"}]
    primary = {name for item in estimands for name in item.outputs}
    deciding = primary | {name for step in plan.study.gate for name in step.outputs}
    models: dict[str, list[Row]] = {}
    left: dict[str, list[list[Row]]] = {}
    for output in plan.catalogue.outputs:
        wanted = INFERENCE | INTERVAL if output.id in primary else INFERENCE
        for method, found in by_method.get(output.id, {}).items():
            if any(row["stat_name"] in wanted and not _is_percentage(row) for row in found):
                models.setdefault(output.id, []).extend(found)
            else:
                left.setdefault(method, []).append(found)
    ordered = [output for output in plan.catalogue.outputs if output.id in models]
    first = [output for output in ordered if output.id in deciding]
    others = [output for output in ordered if output.id not in deciding]
    shown = [row for output in ordered for row in models[output.id]]
    values = {f"raw.title.{output.id}": f"{output.number} {output.title}" for output in ordered}
    values |= {
        "raw.numbers": f"{len(shown):,}",
        "raw.all": f"{sum(len(group) for found in by_method.values() for group in found.values()):,}",
        "raw.outputs": str(len(ordered)),
        "raw.digits": str(DIGITS),
    }
    tables = {"raw_left_out": _left_out(left)}
    seen: dict[Lines, str] = {}
    tables |= {f"raw.{output.id}": _numbers(output, models[output.id], seen) for output in [*first, *others]}
    return {"values": values, "tables": tables, "parts": {PART: _text(plan, first, others)}}


def shown_number(row: Row) -> str:
    """A number with its unit, as ``hr 0.8013042161`` or ``median 11.2 months``; a text or ``NE`` as it is printed.

    The reason why it is not estimable, and a warning, follow in brackets.
    """
    value = row["value"]
    known = value is not None and math.isfinite(value)
    if row["unit"] == "text" or not known:
        said = f"{row['stat_name']} {row['formatted']}"
    else:
        said = f"{row['stat_name']} {value:.{DIGITS}g}{_unit(row['unit'])}"
    notes = [str(row[name]) for name in ("error", "warning") if row[name]]
    return f"{said} [{'; '.join(notes)}]" if notes else said


def _is_percentage(row: Row) -> bool:
    """Whether ``p`` is a percentage and no p-value."""
    return (row["stat_name"], row["unit"]) == ("p", "%")


def _unit(unit: str) -> str:
    return unit if unit == "%" else f" {unit}".rstrip()


def _text(plan: Plan, first: Sequence[Output], others: Sequence[Output]) -> str:
    """A heading a section of the catalogue, and below it one an output with its table."""
    blocks = ["## Outputs that decide"] if first else []
    blocks += [_place(output) for output in first]
    before = None
    for output in others:
        section = plan.catalogue.section(output).number
        if section != before:
            blocks.append(f"## Section {section}")
            before = section
        blocks.append(_place(output))
    return "\n\n".join(blocks) + "\n"


def _place(output: Output) -> str:
    return f'### []{{.plan key="raw.title.{output.id}"}}\n\n::: {{.plan-table src="raw.{output.id}"}}\n:::'


def _numbers(output: Output, rows: Sequence[Row], seen: dict[Lines, str]) -> Table:
    """A line an analysis and level; an analysis is named where it begins, or refers to an earlier output."""
    analyses: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        analyses.setdefault(_analysis(row), {}).setdefault(_level(row), []).append(shown_number(row))
    shown: list[tuple[str, str]] = []
    for analysis, levels in analyses.items():
        lines = tuple((level, "; ".join(numbers)) for level, numbers in levels.items())
        before = seen.setdefault((analysis, lines), output.number)
        if before != output.number:
            shown.append((analysis, f"As in {before}."))
            continue
        for position, (level, numbers) in enumerate(lines):
            named = [analysis] if position == 0 else []
            shown.append(("\n".join([*named, *([level] if level else [])]), numbers))
    return table("", [("Analysis; of which levels", 4.2, "left"), ("Numbers", 5.4, "left")], shown)


def _analysis(row: Row) -> str:
    """Such as ``COX_STRATIFIED (ADTTE, ITT): Cox proportional hazards, Efron, stratified``."""
    where = ", ".join(text for text in (row["dataset"], row["analysis_set"]) if text)
    return f"{row['analysis_id']}{f' ({where})' if where else ''}: {row['method'] or 'as the plan says'}"


def _level(row: Row) -> str:
    named = [f"{row[name]} {row[level]}".strip() for name, level in LEVELS]
    return "; ".join(text for text in named if text)


def _left_out(left: Mapping[str, Sequence[Sequence[Row]]]) -> Table:
    rows = [
        (method or "As the plan's row says", str(len(groups)), f"{sum(map(len, groups)):,}")
        for method, groups in left.items()
    ]
    columns = [("Method", 5, "left"), ("Outputs", 1, "right"), ("Numbers", 1, "right")]
    return table("Numbers that are not printed here", columns, rows or [("–", "0", "0")])
