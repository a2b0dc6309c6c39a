"""Patients beyond thresholds: laboratory, electrocardiogram and other values on treatment, alone and together.

Values are put side by side, a column a measure and a line a subject's day (what coincides) or a subject (its peak), so
that a row of the table is a condition on a line, such as ALT ≥3 and bilirubin ≥2 times the upper limit on the same day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd
from pydantic import Field

from csrbook.displays.columns import arm_heading
from csrbook.displays.conditions import Condition, Selection, describe_conditions
from csrbook.displays.counts import add_counts, count_cell
from csrbook.displays.estimates import confidence_label
from csrbook.displays.model import Cell, Column, Row
from csrbook.displays.parameters import Parameters
from csrbook.displays.risk_difference import RiskDifferences, risk_difference_cell
from csrbook.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.displays.program import Data
    from csrbook.plan.models import Plan

__all__ = ["Measure", "ThresholdBlock", "ThresholdRow", "Values", "add_thresholds", "side_by_side", "threshold_columns",
           "threshold_header", "threshold_rows"]  # fmt: skip


class Measure(Parameters):
    """A number of a record: a variable of a parameter, in percent of another variable where that is given."""

    paramcd: str
    variable: str = "AVAL"
    percent_of: str = ""
    of_day: Literal["highest", "lowest"] = "highest"
    """Which of several values of one day counts, where there is a line for each day."""


class Values(Parameters):
    """Values of a dataset side by side."""

    dataset: str
    where: tuple[Condition, ...]
    """Records that count: on treatment."""
    measures: dict[str, Measure] = Field(min_length=1)
    """Column of each measure."""
    line: Literal["day", "highest", "lowest"]
    """A line for each day of a subject, or one for each subject with its highest or lowest values."""
    required: tuple[str, ...] = ()
    """Measures without which a line does not count; where empty, one of them is enough."""


class ThresholdRow(Parameters):
    """Subjects with a line that meets all of ``where`` and, if given, one of ``any_of``; a heading without ``id``."""

    label: str
    id: str = ""
    where: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()
    indent: int = 0


class ThresholdBlock(Values):
    """Values and the rows on them; percentages are of the subjects with a line."""

    id: str
    label: str
    evaluable: str = "Patients with a value on treatment"
    rows: tuple[ThresholdRow, ...]


def side_by_side(data: Data, subjects: pd.DataFrame, values: Values) -> pd.DataFrame:
    """Measures of the subjects as columns, with ``USUBJID`` and ``ARM``.

    A line without a value, or without a required one, is left out.

    Parameters
    ----------
    data : Data
        Locked data.
    subjects : DataFrame
        One record a subject, with ``USUBJID`` and ``ARM``.
    values : Values
        What is put side by side.
    """
    records = data.dataset(values.dataset)
    records = records[Selection(records, values.dataset)(values.where) & records["USUBJID"].isin(subjects["USUBJID"])]
    keys = ["USUBJID", "ADT"] if values.line == "day" else ["USUBJID"]
    columns = {}
    for name, measure in values.measures.items():
        own = records[records["PARAMCD"] == measure.paramcd]
        if missing := {measure.variable, measure.percent_of} - {"", *own.columns}:
            raise ProgramError(
                f"{values.dataset} has no variable {', '.join(sorted(missing))}",
                f"measure {name}",
                "name a variable of the dataset",
            )
        number = (
            own[measure.variable] if not measure.percent_of else 100.0 * own[measure.variable] / own[measure.percent_of]
        )
        grouped = number.groupby([own[key] for key in keys])
        counts = measure.of_day if values.line == "day" else values.line
        columns[name] = grouped.min() if counts == "lowest" else grouped.max()
    wide = pd.DataFrame(columns).dropna(how="all").dropna(subset=list(values.required))
    wide = wide.rename_axis(keys).reset_index()
    return wide.merge(subjects[["USUBJID", "ARM"]], on="USUBJID", how="left", validate="many_to_one")


def add_thresholds(
    ard: Ard, data: Data, plan: Plan, subjects: pd.DataFrame, groups: Groups, block: ThresholdBlock
) -> None:
    """Count the subjects of each row, with risk differences.

    Keys: ``analysis_id`` is the block's and the row's id (``LIVER.HYS_LAW``), ``variable`` and ``variable_level`` the
    conditions; ``LIVER.EVALUABLE`` holds the denominators.
    """
    wide = side_by_side(data, subjects, block)
    select = Selection(wide, f"{block.dataset} side by side")

    def tally(frame: pd.DataFrame) -> Sequence[int]:
        each = frame.drop_duplicates("USUBJID")
        return [int(n) for n in groups.sizes(each["ARM"])]

    evaluable = tally(wide)
    add_counts(ard, groups, evaluable, None, analysis_id=f"{block.id}.EVALUABLE", dataset=block.dataset)
    differences = RiskDifferences(groups, evaluable, plan.study.confidence)
    for row in block.rows:
        if not row.id:
            continue
        keys = {"analysis_id": f"{block.id}.{row.id}", "dataset": block.dataset}
        keys |= describe_conditions(row.where, row.any_of)
        counts = tally(wide[select(row.where, row.any_of)])
        add_counts(ard, groups, counts, evaluable, **keys)
        differences.add(ard, counts, **keys)


def threshold_rows(ard: Ard, groups: Groups, block: ThresholdBlock, *, differences: bool = True) -> list[Row]:
    """The rows of a block, read from the ARD: a cell an arm and, with ``differences``, one a comparison."""
    pairs = groups.comparisons() if differences else ()
    evaluable = tuple(count_cell(ard, arm, analysis_id=f"{block.id}.EVALUABLE") for arm in groups.levels)
    blank = ("",) * len(pairs)
    rows = [Row(label=block.label, kind="group"), Row((*evaluable, *blank), f"{block.evaluable}, n", indent=1)]
    for row in block.rows:
        if not row.id:
            rows.append(Row(label=row.label, indent=row.indent + 1))
            continue
        analysis = f"{block.id}.{row.id}"
        counts = (count_cell(ard, arm, analysis_id=analysis) for arm in groups.levels)
        compared = (risk_difference_cell(ard, test, analysis_id=analysis) for test, _ in pairs)
        rows.append(Row((*counts, *compared), row.label, indent=row.indent + 1))
    return rows


def threshold_header(ard: Ard, groups: Groups, plan: Plan, stub: str) -> tuple[tuple[Cell, ...], ...]:
    """Arms, and the risk difference of each test arm."""
    level = confidence_label(plan.study.confidence)
    return (
        (
            Cell(""),
            *(Cell(arm_heading(ard, groups, arm), rule=True) for arm in groups.levels),
            *(
                Cell(f"Risk difference\n{test.short}\n− {control.short}", rule=True)
                for test, control in groups.comparisons()
            ),
        ),
        (
            Cell(stub, align="left"),
            *(Cell("n (%)") for _ in groups.levels),
            *(Cell(f"% ({level} CI)") for _ in groups.comparisons()),
        ),
    )


def threshold_columns(groups: Groups) -> tuple[Column, ...]:
    """Columns that go with :func:`threshold_header`."""
    return (
        Column(3.4),
        *(Column(1.0, "decimal") for _ in groups.levels),
        *(Column(1.4, "decimal") for _ in groups.comparisons()),
    )
