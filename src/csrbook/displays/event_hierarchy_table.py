"""The page of an event hierarchy: from the ARD of :mod:`csrbook.displays.event_hierarchy` to a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.displays.columns import arm_heading, treatment_groups
from csrbook.displays.counts import count_cell, not_estimable_notes
from csrbook.displays.event_hierarchy import NOT_CODED, OVERALL
from csrbook.displays.model import Cell, Column, Display, Row
from csrbook.displays.parameters import sentence_case
from csrbook.displays.risk_difference import risk_difference_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.displays.event_hierarchy import Band, HierarchyParameters
    from csrbook.plan.models import Arm, Output, Plan

__all__ = ["hierarchies_display", "hierarchy_display"]


def hierarchy_display(ard: Ard, output: Output, plan: Plan, parameters: HierarchyParameters) -> Display:
    """Lay the hierarchy out.

    The outer term is a ``section`` row, which the next page repeats as "(continued)"; each arm has a column for
    each band that is shown, and each comparison one for each band with a risk difference.
    """
    return hierarchies_display(ard, output, plan, (parameters,))


def hierarchies_display(ard: Ard, output: Output, plan: Plan, hierarchies: Sequence[HierarchyParameters]) -> Display:
    """Lay several hierarchies out below each other; bands, total and header are those of the first."""
    parameters = hierarchies[0]
    groups = treatment_groups(plan, output.population[0], total=parameters.total)
    rows: list[Row] = []
    for hierarchy in hierarchies:
        rows += [Row(kind="blank")] if rows and not hierarchy.section else []
        rows += _hierarchy_rows(ard, groups, hierarchy)
    compared = [band for band in parameters.bands if band.difference]
    bands = [band for band in parameters.bands if band.shown]
    pairs = groups.comparisons() if compared else ()
    return Display(
        columns=_columns(groups, bands, len(pairs) * len(compared)),
        header=_header(ard, groups, parameters, pairs, plan.study.confidence),
        rows=tuple(rows),
        footnotes=(*_ungraded(ard, groups), *not_estimable_notes(ard, rows)),
    )


def _hierarchy_rows(ard: Ard, groups: Groups, parameters: HierarchyParameters) -> list[Row]:
    """The rows of a hierarchy, read from the ARD."""
    bands = [band for band in parameters.bands if band.shown]
    compared = [band for band in parameters.bands if band.difference]
    pairs = groups.comparisons() if compared else ()
    prefix = f"{parameters.id}." if parameters.id else ""

    def cells(row: str, **more: str) -> tuple[str, ...]:
        keys = {"dataset": parameters.dataset, **more}
        row = prefix + row
        counts = [
            count_cell(ard, level, analysis_id=f"{row}.{band.id}", **keys) for level in groups.levels for band in bands
        ]
        differences = [
            risk_difference_cell(ard, test, analysis_id=f"{row}.{band.id}", **keys)
            for test, _ in pairs
            for band in compared
        ]
        return (*counts, *differences)

    rows = [Row(cells(OVERALL), parameters.overall, kind="section" if parameters.section else "row")]
    outer, inner = parameters.hierarchy[0], parameters.hierarchy[-1]
    first = {"stat_name": "n", "group1_level": groups.levels[0], "dataset": parameters.dataset}
    band = parameters.bands[0].id
    for found in ard.select(analysis_id=f"{prefix}{outer}.{band}", variable=outer, **first):
        term = str(found["variable_level"])
        if outer == inner:
            label = _printed(parameters, outer, term)
            rows.append(Row(cells(outer, variable_level=term), label, indent=int(parameters.section)))
            continue
        rows.append(Row(cells(outer, variable_level=term), _printed(parameters, outer, term), kind="section"))
        for below in ard.select(analysis_id=f"{prefix}{inner}.{band}", group2_level=term, **first):
            name = str(below["variable_level"])
            label = _printed(parameters, inner, name)
            rows.append(Row(cells(inner, variable_level=name, group2_level=term), label, indent=1))
    return rows


def _printed(parameters: HierarchyParameters, variable: str, term: str) -> str:
    if term == NOT_CODED:
        return "Not coded"
    plain = sentence_case(term) if parameters.sentence_case else term
    return parameters.labels.get(variable, {}).get(term, plain)


def _columns(groups: Groups, bands: list[Band], differences: int) -> tuple[Column, ...]:
    counts = [Column(1.0 if band.percent else 0.4, "decimal") for band in bands]
    return (Column(3.4), *(counts * len(groups.levels)), *(Column(1.5, "decimal") for _ in range(differences)))


def _header(
    ard: Ard, groups: Groups, parameters: HierarchyParameters, pairs: tuple[tuple[Arm, Arm], ...], confidence: float
) -> tuple[tuple[Cell, ...], ...]:
    bands = [band for band in parameters.bands if band.shown]
    compared = [band for band in parameters.bands if band.difference]
    stub = "\n".join(
        f"{'  ' * depth}{head}" for depth, head in enumerate(parameters.heads[: len(parameters.hierarchy)])
    )
    interval = f"% ({100 * confidence:g}% CI)"
    # A band whose label is no more than "n (%)" needs no name over its only difference.
    named = len(compared) > 1 or any("\n" in band.label for band in compared)
    names = [f"{band.label.splitlines()[0]}\n" if named else "" for band in compared]
    return (
        (
            Cell(""),
            *(Cell(arm_heading(ard, groups, level), colspan=len(bands), rule=True) for level in groups.levels),
            *(
                Cell(f"Risk difference\n{test.short}\n− {control.short}", colspan=len(compared), rule=True)
                for test, control in pairs
            ),
        ),
        (
            Cell(stub, align="left"),
            *(Cell(band.label) for _ in groups.levels for band in bands),
            *(Cell(f"{name}{interval}") for _ in pairs for name in names),
        ),
    )


def _ungraded(ard: Ard, groups: Groups) -> tuple[str, ...]:
    """A footnote where events without a grade keep the single grades from adding up."""
    counts = [
        f"{row['formatted']} in {_name(groups, str(row['group1_level']))}"
        for row in ard.select(analysis_id=f"{OVERALL}.MISSING", stat_name="n")
        if row["formatted"] != "0" and row["group1_level"] != "TOTAL"
    ]
    unknown = any(str(row["analysis_id"]).endswith(".MISSING") for row in ard.select(stat_name="n"))
    if not unknown:
        return ()
    overall = f" Patients whose events all lack a grade: {', '.join(counts)}." if counts else ""
    return (f"Events without a grade are counted under any grade only.{overall}",)


def _name(groups: Groups, level: str) -> str:
    return next(arm.short for arm in groups.arms if arm.id == level)
