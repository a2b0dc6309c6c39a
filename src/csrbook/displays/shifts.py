"""Shifts from baseline to the worst value on treatment: every subject in one cell, as ARD rows and two layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from pydantic import Field

from csrbook.displays.columns import MISSING, arm_heading
from csrbook.displays.conditions import Condition, Selection
from csrbook.displays.counts import add_counts, as_text, count_cell
from csrbook.displays.model import Cell, Column, Row
from csrbook.displays.parameters import Parameters

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups

__all__ = ["Shift", "ShiftLevels", "add_shift", "shift_columns", "shift_header", "shift_matrix_rows", "shift_pair_rows"]

ALL: Final = "ALL"
"""Level of the baseline, and of the worst value, that stands for all subjects."""


class ShiftLevels(Parameters):
    """Levels from the best to the worst, with their labels, and where the records stand."""

    dataset: str
    levels: dict[str, str] = Field(min_length=1)
    missing: str = "Missing"
    """Label of subjects without a value."""
    on_treatment: tuple[Condition, ...]
    """Records whose worst value counts."""
    baseline: tuple[Condition, ...]
    """The record that holds the baseline value; one a subject."""


class Shift(Parameters):
    """A shift of one variable of one parameter; its key in the ARD is ``id``."""

    id: str
    label: str
    paramcd: str
    variable: str


def add_shift(
    ard: Ard, subjects: pd.DataFrame, records: pd.DataFrame, groups: Groups, shift: Shift, levels: ShiftLevels
) -> None:
    """Count subjects by baseline and worst level.

    Parameters
    ----------
    ard : Ard
        Receives, under ``analysis_id`` ``SHIFT.<id>``, ``n`` and ``p`` (of all subjects of the column) by
        ``variable_level`` (baseline) and ``group2_level`` (worst): ``MISSING`` without a value, ``ALL`` for any.
    subjects : DataFrame
        One record a subject, with ``USUBJID`` and ``ARM``: every one stands in a cell.
    records : DataFrame
        The dataset.
    groups : Groups
        Columns.
    shift, levels
        What is counted.
    """
    own = records[records["PARAMCD"] == shift.paramcd]
    select = Selection(own, levels.dataset)
    baseline = _worst(subjects, own[select(levels.baseline)], shift, levels)
    worst = _worst(subjects, own[select(levels.on_treatment)], shift, levels)
    names = [*levels.levels, MISSING]
    codes = groups.codes(subjects["ARM"])
    sizes = groups.tally(codes)
    table = groups.cross_tally(codes, baseline * len(names) + worst, len(names) ** 2)
    cells = table.reshape(len(names), len(names), -1)
    cells = np.concatenate([cells, cells.sum(axis=0, keepdims=True)])
    cells = np.concatenate([cells, cells.sum(axis=1, keepdims=True)], axis=1)
    for row, counts in zip((*names, ALL), cells, strict=True):
        for column, number in zip((*names, ALL), counts, strict=True):
            keys = {"variable": shift.variable, "variable_level": row, "group2": "WORST", "group2_level": column}
            add_counts(ard, groups, number, sizes, analysis_id=f"SHIFT.{shift.id}", **keys)


def _worst(subjects: pd.DataFrame, records: pd.DataFrame, shift: Shift, levels: ShiftLevels) -> NDArray[np.intp]:
    """Position of each subject's worst level; behind the last where it has no value or one that is no level."""
    position = {name: place for place, name in enumerate(levels.levels)}
    places = as_text(records[shift.variable]).map(position)
    by_subject = places.groupby(records["USUBJID"]).max()
    found = subjects["USUBJID"].map(by_subject).to_numpy(dtype=np.float64)
    return np.where(np.isfinite(found), found, len(position)).astype(np.intp)


def _levels(ard: Ard, shift: Shift, levels: ShiftLevels, key: str, other: str) -> list[str]:
    """Levels that a subject of any column has, ``MISSING`` last: the others have no line."""
    found = ard.select(analysis_id=f"SHIFT.{shift.id}", stat_name="n", **{other: ALL})
    seen = {row[key] for row in found if row["formatted"] != "0"}
    return [level for level in (*levels.levels, MISSING) if level in seen]


def _label(levels: ShiftLevels, level: str) -> str:
    return levels.missing if level == MISSING else levels.levels[level]


def shift_columns(groups: Groups, levels: ShiftLevels) -> tuple[Column, ...]:
    """Columns of a matrix: the stub, and for each arm the worst levels, missing, and all."""
    return (Column(2.6), *(Column(0.55, "decimal") for _ in groups.levels for _ in range(len(levels.levels) + 2)))


def shift_header(
    ard: Ard, groups: Groups, levels: ShiftLevels, stub: str, spanner: str
) -> tuple[tuple[Cell, ...], ...]:
    """Arms over the worst levels; ``spanner`` says what these are."""
    below = [Cell(text) for text in (*levels.levels.values(), levels.missing, "Total")]
    return (
        (
            Cell(""),
            *(
                Cell(f"{arm_heading(ard, groups, arm)}\n{spanner}", colspan=len(below), rule=True)
                for arm in groups.levels
            ),
        ),
        (Cell(stub, align="left"), *(below * len(groups.levels))),
    )


def shift_matrix_rows(ard: Ard, groups: Groups, shift: Shift, levels: ShiftLevels) -> list[Row]:
    """A section with a line a baseline level that occurs and one for all: the lines of each arm add up to its N."""
    analysis = f"SHIFT.{shift.id}"

    def cells(row: str) -> tuple[str, ...]:
        own = {"analysis_id": analysis, "variable_level": row}
        columns = (*levels.levels, MISSING, ALL)
        return tuple(ard.text("n", group1_level=a, group2_level=c, **own) for a in groups.levels for c in columns)

    lines = [(level, _label(levels, level)) for level in _levels(ard, shift, levels, "variable_level", "group2_level")]
    return [
        Row(label=shift.label, kind="section"),
        *(Row(cells(level), label, indent=1) for level, label in (*lines, (ALL, "Total"))),
    ]


def shift_pair_rows(ard: Ard, groups: Groups, shift: Shift, levels: ShiftLevels) -> list[Row]:
    """A line for each pair of baseline and worst level, arms in columns: ``n (%)`` of the column."""
    analysis = f"SHIFT.{shift.id}"
    rows = [Row(label=shift.label, kind="group")]
    for before in _levels(ard, shift, levels, "variable_level", "group2_level"):
        for after in _levels(ard, shift, levels, "group2_level", "variable_level"):
            own = {"analysis_id": analysis, "variable_level": before, "group2_level": after}
            shown = tuple(count_cell(ard, arm, **own) for arm in groups.levels)
            rows.append(Row(shown, f"{_label(levels, before)} to {_label(levels, after).lower()}", indent=1))
    return rows
