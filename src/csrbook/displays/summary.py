"""Descriptive summary: continuous and categorical variables by treatment arm, for one or more analysis sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from pydantic import Field

from csrbook.ard import Ard
from csrbook.displays.columns import (
    MISSING,
    TOTAL,
    Groups,
    add_sizes,
    arm_heading,
    plain_header,
    treatment_groups,
)
from csrbook.displays.counts import add_counts, as_text, count_cell, count_levels, not_estimable_notes
from csrbook.displays.derived import Derived, add_derived
from csrbook.displays.format import NOT_ESTIMABLE, date9, fixed
from csrbook.displays.model import Cell, Column, Display, Row
from csrbook.displays.parameters import Parameters, sentence_case
from csrbook.displays.program import analysis_subjects
from csrbook.errors import ProgramError
from csrbook.stats.descriptive import describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan

__all__ = [
    "SummaryParameters",
    "Variable",
    "add_summary",
    "blocks_display",
    "summarise_sets",
    "summary_display",
    "variable_rows",
]


class Variable(Parameters):
    """A variable of a summary.

    ``continuous`` and ``categorical`` have a block of rows, a ``date`` its first and last value, a ``flag`` one row
    that counts ``Y``; flags in a row may share a ``heading``. ``digits`` are the decimals of the data, which minimum
    and maximum have; mean, median and quartiles get ``more`` beyond them, the standard deviation one more again.
    ``levels`` gives the printed label of each value, in the order of the rows; a value that stands in the data alone is
    added, by frequency or, with ``sort: value``, by its name. ``missing`` labels the row of subjects without a value,
    which stands only where there are any.
    """

    name: str
    label: str
    type: Literal["continuous", "categorical", "date", "flag"]
    heading: str = ""
    sort: Literal["frequency", "value"] = "frequency"
    digits: int = 0
    more: int = 1
    levels: dict[str, str] = Field(default_factory=dict)
    missing: str = "Missing"


class SummaryParameters(Parameters):
    """What the plan row of a summary may say."""

    variables: tuple[Variable, ...]
    derived: tuple[Derived, ...] = ()
    """Variables from other datasets than ADSL."""
    total: bool = True
    stub: str = "Characteristic\n  Statistic"


_CONTINUOUS: Final = (
    # ARD name and attribute of the description, and its label
    ("mean", "Mean"),
    ("sd", "Standard deviation"),
    ("median", "Median"),
    ("q1", "First quartile"),
    ("q3", "Third quartile"),
    ("min", "Minimum"),
    ("max", "Maximum"),
)

_ROWS: Final = (("n", "{n}"), ("Mean (SD)", "{mean} ({sd})"), ("Median", "{median}"), ("Q1, Q3", "{q1}, {q3}"),
                ("Min, Max", "{min}, {max}"))  # fmt: skip


def summarise_sets(data: Data, output: Output, plan: Plan, parameters: SummaryParameters) -> Ard:
    """Summarise ADSL variables in each analysis set of the plan row."""
    ard = Ard(output.id, dataset="ADSL")
    for analysis_set in output.population:
        subjects = add_derived(data, analysis_subjects(data, plan, analysis_set), parameters.derived)
        groups = treatment_groups(plan, analysis_set, total=parameters.total)
        add_sizes(ard, groups, groups.sizes(subjects["ARM"]), analysis_set=analysis_set)
        add_summary(ard, subjects, groups, parameters.variables, analysis_set=analysis_set)
    return ard


def add_summary(ard: Ard, subjects: pd.DataFrame, groups: Groups, variables: Sequence[Variable], **keys: str) -> None:
    """Add the statistics of each variable in each column.

    Parameters
    ----------
    ard : Ard
        Receives ``n``, ``mean``, ``sd``, ``median``, ``q1``, ``q3``, ``min``, ``max`` of continuous variables
        (method "Descriptive statistics"), ``n`` and ``p`` of each level of categorical ones and of the level ``Y`` of
        flags (method "Count and percentage"), ``n``, ``min`` and ``max`` of dates (method "Range"). Subjects without a
        value are the level ``MISSING``, counted without percentage.
    subjects : DataFrame
        One record a subject, with ``ARM`` and the variables.
    groups : Groups
        Columns.
    variables : sequence of Variable
        What is summarised.
    **keys : str
        Further ARD columns.
    """
    codes = groups.codes(subjects["ARM"])
    sizes = groups.tally(codes)
    for variable in variables:
        if variable.name not in subjects.columns:
            raise ProgramError(
                f"there is no variable {variable.name} to summarise",
                f"sap/outputs.yaml, output {ard.output_id}, parameters.variables",
                "name a variable of ADSL",
            )
        own = {"analysis_id": "SUMMARY", "variable": variable.name, **keys}
        values = subjects[variable.name]
        if variable.type == "flag":
            counts = groups.tally(codes[(values == "Y").to_numpy()])
            add_counts(ard, groups, counts, sizes, variable_level="Y", **own)
        elif variable.type == "categorical":
            for level, counts in count_levels(groups, codes, values, _planned(variable, values)).items():
                add_counts(ard, groups, counts, None if level == MISSING else sizes, variable_level=level, **own)
        elif variable.type == "date":
            _add_dates(ard, groups, codes, np.asarray(values, dtype=float), own)
        else:
            _add_continuous(ard, groups, codes, np.asarray(values, dtype=float), variable, own)


def _planned(variable: Variable, values: pd.Series[Any]) -> list[str]:
    """Levels in the order of their rows, as far as the plan says it."""
    if variable.sort == "frequency":
        return list(variable.levels)
    found = sorted(level for level in as_text(values).unique() if level != MISSING)
    return list(dict.fromkeys([*variable.levels, *found]))


def _add_dates(ard: Ard, groups: Groups, codes: np.ndarray, values: np.ndarray, keys: dict[str, str]) -> None:
    for position, level in enumerate(groups.levels):
        known = np.isfinite(values) if level == TOTAL else np.isfinite(values) & (codes == position)
        dates = values[known]
        column = {"group1": groups.variable, "group1_level": level, "method": "Range", **keys}
        ard.add("n", len(dates), formatted=str(len(dates)), **column)
        for name, label, found in (("min", "First", np.min), ("max", "Last", np.max)):
            day = float(found(dates)) if len(dates) else None
            text = NOT_ESTIMABLE if day is None else date9(day)
            reason = "" if len(dates) else f"{label.lower()} date needs 1 date"
            ard.add(name, day, stat_label=label, formatted=text, error=reason, **column)


def _add_continuous(
    ard: Ard, groups: Groups, codes: np.ndarray, values: np.ndarray, variable: Variable, keys: dict[str, str]
) -> None:
    known = np.isfinite(values)
    absent = groups.tally(codes[~known])
    for position, level in enumerate(groups.levels):
        mine = known if level == TOTAL else known & (codes == position)
        column = {"group1": groups.variable, "group1_level": level, "method": "Descriptive statistics", **keys}
        found = describe(values[mine])
        ard.add("n", found.n, formatted=str(found.n), **column)
        for name, label in _CONTINUOUS:
            number = float(getattr(found, name))
            estimable = bool(np.isfinite(number))
            needed = 2 if name == "sd" else 1
            ard.add(
                name,
                number if estimable else None,
                stat_label=label,
                formatted=fixed(number, _digits(variable, name)),
                error="" if estimable else f"{label.lower()} needs {needed} value{'s' if needed > 1 else ''}",
                **column,
            )
    if absent.any():
        add_counts(ard, groups, absent, None, **{**keys, "variable_level": MISSING})


def _digits(variable: Variable, statistic: str) -> int:
    if statistic in ("min", "max"):
        return variable.digits
    return variable.digits + variable.more + (statistic == "sd")


def summary_display(ard: Ard, output: Output, plan: Plan, parameters: SummaryParameters) -> Display:
    """Lay a summary out: one block of columns for each analysis set of the plan row, side by side."""
    return blocks_display(
        ard,
        [(name, treatment_groups(plan, name, total=parameters.total)) for name in output.population],
        plan,
        parameters,
    )


def blocks_display(
    ard: Ard, blocks: Sequence[tuple[str, Groups]], plan: Plan, parameters: SummaryParameters
) -> Display:
    """Lay a summary out by columns: analysis set and groups of each block, from left to right."""
    columns = [(name, level) for name, groups in blocks for level in groups.levels]
    headings = [
        arm_heading(ard, groups, level, analysis_set=name) for name, groups in blocks for level in groups.levels
    ]
    header = plain_header(parameters.stub, headings)
    if len(blocks) > 1:
        labels = [plan.study.analysis_set(name).label for name, _ in blocks]
        spanners = [Cell(text, colspan=len(g.levels), rule=True) for text, (_, g) in zip(labels, blocks, strict=True)]
        header = ((Cell(""), *spanners), *header)
    rows: list[Row] = []
    heading = ""
    for variable in parameters.variables:
        if variable.heading and variable.heading != heading:
            rows.append(Row(label=variable.heading, kind="group"))
        heading = variable.heading
        rows += variable_rows(ard, columns, variable)
    return Display(
        columns=(Column(2.4), *(Column(1.0, "decimal") for _ in columns)),
        header=header,
        rows=tuple(rows),
        footnotes=not_estimable_notes(ard, rows),
        numbers=_date_numbers(ard, columns, parameters),
    )


def _date_numbers(ard: Ard, columns: Sequence[tuple[str, str]], parameters: SummaryParameters) -> dict[str, str]:
    """First and last dates that running text may quote, such as ``randdt_first_TOTAL``, of the first analysis set."""
    first_set = columns[0][0]
    return {
        f"{variable.name.lower()}_{end}_{level}": ard.text(
            stat, analysis_id="SUMMARY", variable=variable.name, analysis_set=first_set, group1_level=level
        )
        for variable in parameters.variables
        if variable.type == "date"
        for name, level in columns
        if name == first_set
        for end, stat in (("first", "min"), ("last", "max"))
    }


def variable_rows(ard: Ard, columns: Sequence[tuple[str, str]], variable: Variable) -> list[Row]:
    """The rows of one variable: a cell for each analysis set and level of the columns."""
    own = {"analysis_id": "SUMMARY", "variable": variable.name}
    if variable.type == "flag":
        cells = tuple(count_cell(ard, column, analysis_set=name, variable_level="Y", **own) for name, column in columns)
        return [Row(cells, variable.label, indent=1 if variable.heading else 0)]
    if variable.type == "date":
        shown = [
            {str(row["stat_name"]): str(row["formatted"])
             for row in ard.select(analysis_set=name, group1_level=level, method="Range", **own)}
            for name, level in columns
        ]  # fmt: skip
        ends = (("First", "min"), ("Last", "max"))
        return [
            Row(label=variable.label, kind="group"),
            *(Row(tuple(texts[stat] for texts in shown), label, indent=1) for label, stat in ends),
        ]
    categorical = variable.type == "categorical"
    rows = [Row(label=f"{variable.label}, n (%)" if categorical else variable.label, kind="group")]
    if not categorical:
        texts = [_statistics(ard, name, level, own) for name, level in columns]
        rows += [Row(tuple(_filled(form, t) for t in texts), label, indent=1) for label, form in _ROWS]
    found = dict.fromkeys(
        str(row["variable_level"]) for row in ard.select(stat_name="n", **own) if row["variable_level"] != ""
    )
    # A level may occur in one analysis set only; planned levels keep the plan's order, "missing" stands last.
    known = [*variable.levels, *(level for level in found if level not in variable.levels and level != MISSING)]
    for level in [*known, *([MISSING] if MISSING in found else [])]:
        label = variable.missing if level == MISSING else variable.levels.get(level) or sentence_case(level)
        cells = tuple(
            count_cell(ard, column, analysis_set=name, variable_level=level, **own)
            if ard.select(stat_name="n", group1_level=column, analysis_set=name, variable_level=level, **own)
            else "0"
            for name, column in columns
        )
        rows.append(Row(cells, label, indent=1))
    return rows


def _filled(form: str, texts: dict[str, str]) -> str:
    """A cell of statistics; ``NE`` alone where none of them is estimable."""
    cell = form.format(**texts)
    return NOT_ESTIMABLE if set(cell.translate({ord(c): " " for c in "(),"}).split()) == {NOT_ESTIMABLE} else cell


def _statistics(ard: Ard, analysis_set: str, level: str, own: dict[str, str]) -> dict[str, str]:
    rows = ard.select(analysis_set=analysis_set, group1_level=level, method="Descriptive statistics", **own)
    return {str(row["stat_name"]): str(row["formatted"]) for row in rows}
