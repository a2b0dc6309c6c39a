"""Tables whose rows are counts of subjects under conditions: disposition, analysis sets, flow charts.

A table is a list of :class:`Line`. The same list makes the numbers and the rows, so that a row cannot show another
row's number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from csrbook.displays.columns import MISSING, TOTAL
from csrbook.displays.conditions import Selection, describe_conditions
from csrbook.displays.counts import add_counts, count_cell, count_levels
from csrbook.displays.model import Row
from csrbook.displays.parameters import label_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.displays.conditions import Condition
    from csrbook.displays.parameters import Labels

__all__ = ["Line", "add_lines", "line_levels", "line_numbers", "line_rows"]


@dataclass(frozen=True)
class Line:
    """A row that counts subjects, with a row below it for each level of a variable.

    Attributes
    ----------
    id : str
        ``analysis_id`` of its numbers. A heading without numbers has none.
    label : str
        Printed label.
    where : tuple of Condition
        Subjects that count.
    of : str or None
        Id of the line whose counts are the denominators; None prints counts alone.
    by : str or None
        Variable whose levels among these subjects give the rows below; they sum to this line.
    indent : int
        Steps of indentation.
    total_only : bool
        Whether the line has a meaning only for all subjects together (before randomisation).
    optional : bool
        Whether the line is left out where no subject counts (it stays in the ARD).
    """

    id: str
    label: str
    where: tuple[Condition, ...] = ()
    of: str | None = None
    by: str | None = None
    indent: int = 0
    total_only: bool = False
    optional: bool = False


def add_lines(ard: Ard, subjects: pd.DataFrame, groups: Groups, lines: Sequence[Line], labels: Labels) -> None:
    """Count every line and its levels.

    Parameters
    ----------
    ard : Ard
        Receives the numbers: ``analysis_id`` is the line's id, ``variable`` and ``variable_level`` its conditions;
        the levels below it have the same ``analysis_id`` with ``by`` as variable.
    subjects : DataFrame
        ADSL records with ``ARM``.
    groups : Groups
        Columns.
    lines : sequence of Line
        A line stands after the line that it takes its denominators from.
    labels : Labels
        Levels that the plan names: they are counted also where no subject has them.
    """
    codes = groups.codes(subjects["ARM"])
    select = Selection(subjects, "ADSL")
    counted = {}
    for line in lines:
        if not line.id:
            continue
        chosen = select(line.where)
        table = [(describe_conditions(line.where), groups.tally(codes[chosen]))]
        counted[line.id] = table[0][1]
        if line.by:
            levels = count_levels(groups, codes[chosen], subjects[line.by][chosen], list(labels.get(line.by, {})))
            table += [({"variable": line.by, "variable_level": level}, counts) for level, counts in levels.items()]
        wholes = None if line.of is None else counted[line.of]
        for keys, counts in table:
            add_counts(ard, groups, counts, wholes, only=TOTAL if line.total_only else "", analysis_id=line.id, **keys)


def line_levels(ard: Ard, groups: Groups, line: Line) -> list[str]:
    """Levels that stand below a line, in their order, from the ARD."""
    last = groups.levels[-1]
    own = describe_conditions(line.where)
    rows = ard.select(stat_name="n", analysis_id=line.id, variable=line.by or "", group1_level=last)
    levels = [str(row["variable_level"]) for row in rows]
    return [level for level in levels if {"variable": line.by, "variable_level": level} != own]


def line_rows(ard: Ard, groups: Groups, lines: Sequence[Line], labels: Labels) -> list[Row]:
    """The rows of the lines, read from the ARD."""
    rows = []
    for line in lines:
        if not line.id:
            rows.append(Row(label=line.label, kind="group"))
            continue

        def cells(keys: dict[str, str], line: Line = line) -> tuple[str, ...]:
            return tuple(
                "" if line.total_only and level != TOTAL else count_cell(ard, level, analysis_id=line.id, **keys)
                for level in groups.levels
            )

        own = cells(describe_conditions(line.where))
        if line.optional and not set(own) - {"0", ""}:
            continue
        rows.append(Row(own, line.label, indent=line.indent))
        for level in line_levels(ard, groups, line) if line.by else ():
            keys = {"variable": line.by or "", "variable_level": level}
            label = "Not recorded" if level == MISSING else label_of(labels, line.by or "", level)
            rows.append(Row(cells(keys), label, indent=line.indent + 1))
    return rows


def line_numbers(ard: Ard, groups: Groups, lines: Sequence[Line]) -> dict[str, str]:
    """What running text may quote: ``randomised_TOTAL`` is the count of that line in that column."""
    return {
        f"{line.id.lower()}_{level}": ard.text(
            "n", analysis_id=line.id, group1_level=level, **describe_conditions(line.where)
        )
        for line in lines
        if line.id
        for level in groups.levels
        if level == TOTAL or not line.total_only
    }
