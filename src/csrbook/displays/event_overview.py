"""Overview of adverse events: subjects with at least one event of a kind, events, and risk differences."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.adverse_events import TREATMENT_EMERGENT, read_events
from csrbook.displays.columns import add_sizes, arm_heading, treatment_groups
from csrbook.displays.conditions import Condition, Selection, describe_conditions
from csrbook.displays.counts import add_counts, count_cell, not_estimable_notes
from csrbook.displays.model import Cell, Column, Display, Row
from csrbook.displays.parameters import Parameters
from csrbook.displays.risk_difference import RiskDifferences, risk_difference_cell

if TYPE_CHECKING:
    from csrbook.displays.columns import Groups
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan

__all__ = ["OverviewParameters", "OverviewRow", "overview_display", "summarise_events"]


class OverviewRow(Parameters):
    """A kind of event.

    An event is of the kind where all of ``where`` hold and, if given, one of ``any_of``. A row without an ``id`` is
    a heading.
    """

    label: str
    id: str = ""
    where: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()
    indent: int = 0


class OverviewParameters(Parameters):
    """What the plan row of an overview may say."""

    rows: tuple[OverviewRow, ...]
    where: tuple[Condition, ...] = TREATMENT_EMERGENT
    """Conditions that every event of the table meets."""
    total: bool = False
    events: bool = True
    """Whether a column counts events beside subjects."""
    difference: bool = True
    """Whether columns give the risk difference of each test arm against the control arm."""


def summarise_events(data: Data, output: Output, plan: Plan, parameters: OverviewParameters) -> Ard:
    """Count subjects and events of each kind.

    The key of a row is its id as ``analysis_id`` and its conditions as ``variable`` and ``variable_level``; a
    subject counts once a row, ``events`` counts records.
    """
    kinds = [row for row in parameters.rows if row.id]
    named = chain(parameters.where, *(chain(row.where, row.any_of) for row in kinds))
    ard = Ard(output.id, dataset="ADAE", analysis_set=output.population[0])
    events = read_events(data, plan, output.population[0], [c.variable for c in named], total=parameters.total)
    groups = events.groups
    add_sizes(ard, groups, events.sizes)
    select = Selection(events.records, "ADAE")
    emergent = select(parameters.where)
    differences = RiskDifferences(groups, events.sizes, plan.study.confidence)
    for row in kinds:
        keys = {"analysis_id": row.id, **describe_conditions(row.where, row.any_of)}
        chosen = emergent & select(row.where, row.any_of)
        counts = events.subjects(chosen)
        add_counts(ard, groups, counts, events.sizes, **keys)
        for level, number in zip(groups.levels, events.events(chosen), strict=True):
            ard.add(
                "events",
                int(number),
                stat_label="Events",
                formatted=str(int(number)),
                method="Count",
                group1=groups.variable,
                group1_level=level,
                **keys,
            )
        if parameters.difference:
            differences.add(ard, counts, **keys)
    return ard


def overview_display(ard: Ard, output: Output, plan: Plan, parameters: OverviewParameters) -> Display:
    """Lay the overview out."""
    groups = treatment_groups(plan, output.population[0], total=parameters.total)
    pairs = groups.comparisons() if parameters.difference else ()
    span = 2 if parameters.events else 1
    below = [Cell("n (%)"), *([Cell("Events")] if parameters.events else [])] * len(groups.levels)
    level_of_confidence = f"{100 * plan.study.confidence:g}%"
    header = (
        (
            Cell(""),
            *(Cell(arm_heading(ard, groups, level), colspan=span, rule=True) for level in groups.levels),
            *(Cell(f"Risk difference\n{test.short}\n− {control.short}", rule=True) for test, control in pairs),
        ),
        (Cell("Category", align="left"), *below, *(Cell(f"% ({level_of_confidence} CI)") for _ in pairs)),
    )
    rows = []
    for row in parameters.rows:
        if not row.id:
            rows.append(Row(label=row.label, kind="group"))
            continue
        cells = []
        for level in groups.levels:
            cells.append(count_cell(ard, level, analysis_id=row.id))
            if parameters.events:
                cells.append(ard.text("events", analysis_id=row.id, group1_level=level))
        cells += [risk_difference_cell(ard, test, analysis_id=row.id) for test, _ in pairs]
        rows.append(Row(tuple(cells), row.label, indent=row.indent))
    counts = [Column(1.0, "decimal"), *([Column(0.6, "decimal")] if parameters.events else [])]
    return Display(
        columns=(Column(3.2), *(counts * len(groups.levels)), *(Column(1.5, "decimal") for _ in pairs)),
        header=header,
        rows=tuple(rows),
        numbers=_numbers(ard, groups, parameters),
        footnotes=not_estimable_notes(ard, rows),
    )


def _numbers(ard: Ard, groups: Groups, parameters: OverviewParameters) -> dict[str, str]:
    """What running text may quote: ``serious_FUL`` is ``n (p)``, ``serious_FUL_difference`` the risk difference."""
    ids = [row.id for row in parameters.rows if row.id]
    counts = {f"{i.lower()}_{level}": count_cell(ard, level, analysis_id=i) for i in ids for level in groups.levels}
    if not parameters.difference:
        return counts
    differences = {
        f"{i.lower()}_{test.id}_difference": risk_difference_cell(ard, test, analysis_id=i)
        for i in ids
        for test, _ in groups.comparisons()
    }
    return counts | differences
