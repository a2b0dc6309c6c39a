"""Analyses and their results: every number of the ARD, once."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from csrbook.ars.groupings import PARAMETER
from csrbook.ars.methods import COLUMN_SIZE, COUNT, DENOMINATOR, NUMERATOR, PERCENT
from csrbook.ars.model import (
    Analysis,
    DocumentReference,
    OperationResult,
    OrderedGrouping,
    ProgrammingCode,
    ReferencedOperation,
    ResultGroup,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd

    from csrbook.ars.conditions import Variables
    from csrbook.ars.groupings import Groupings
    from csrbook.ars.identifiers import Identifiers
    from csrbook.ars.methods import Methods
    from csrbook.ars.model import ControlledTerm, SponsorTermRef

__all__ = ["LANGUAGE", "SIGNIFICANT_DIGITS", "OutputFacts", "make_analyses", "raw_value"]

LANGUAGE: Final = "Python 3"

SIGNIFICANT_DIGITS: Final = 10
"""Of a raw value. The digits beyond may differ with the processor; ``ard.parquet`` has them all."""

Cell = tuple[str, str, str]
"""Levels of a result: column, second group, variable."""


class Key(NamedTuple):
    """What tells an analysis from another."""

    output: str
    analysis_id: str
    method: str
    dataset: str
    analysis_set: str
    column: str
    """Variable of the columns, ``group1``."""
    second: str
    """``group2`` where it is no parameter."""
    parameter: str
    variable: str


class Number(NamedTuple):
    """A row of the ARD within its analysis."""

    cell: Cell
    statistic: str
    unit: str
    value: float
    formatted: str
    error: str

    @property
    def kind(self) -> tuple[str, str]:
        """Statistic and unit."""
        return self.statistic, self.unit


@dataclass(frozen=True)
class OutputFacts:
    """What all analyses of an output have in common."""

    reason: ControlledTerm
    purpose: ControlledTerm | SponsorTermRef
    program: str | None
    """Id of the program's reference document."""


@dataclass(frozen=True)
class _Parts:
    methods: Methods
    groupings: Groupings
    variables: Variables
    subset: Callable[[str, str, str, str], str | None]
    sets: Mapping[str, str]
    facts: Mapping[str, OutputFacts]


def make_analyses(
    ard: pd.DataFrame,
    methods: Methods,
    groupings: Groupings,
    variables: Variables,
    *,
    subset: Callable[[str, str, str, str], str | None],
    sets: Mapping[str, str],
    facts: Mapping[str, OutputFacts],
    identifiers: Identifiers,
) -> dict[str, list[Analysis]]:
    """All analyses by output id, in the order in which the ARD begins them.

    Parameters
    ----------
    ard : DataFrame
        Every row is one result of one analysis. An analysis is one method applied to one variable in one analysis set,
        by its groupings, for one ``analysis_id`` of one output.
    methods, groupings, variables
        Of the same ARD.
    subset : callable
        Id of the data subset by output id, analysis id, dataset and ``PARAMCD``.
    sets : mapping
        Id of an analysis set by the plan's id.
    facts : mapping
        By output id.
    identifiers : Identifiers

    Returns
    -------
    dict
        Analyses by output id.
    """
    parts = _Parts(methods, groupings, variables, subset, sets, facts)
    grouped = _grouped(ard)
    names = {key: identifiers.new("AN", key.output, key.analysis_id) for key in grouped}
    sizes = _sizes(grouped, names)
    made: dict[str, list[Analysis]] = {}
    for key, numbers in grouped.items():
        made.setdefault(key.output, []).append(_analysis(names[key], key, numbers, parts, sizes))
    return made


def _grouped(ard: pd.DataFrame) -> dict[Key, list[Number]]:
    """The numbers of each analysis; a second group that is a parameter selects records, so it is part of the key."""
    found: dict[Key, list[Number]] = {}
    names = ["output_id", "analysis_id", "method", "dataset", "analysis_set", "group1", "group1_level", "group2"]
    names += ["group2_level", "variable", "variable_level", "stat_name", "unit", "value", "formatted", "error"]
    for row in zip(*(ard[name].tolist() for name in names), strict=True):
        output, analysis_id, method, dataset, analysis_set, column, column_level, second, second_level = row[:9]
        variable, variable_level = row[9:11]
        parameter = ""
        if second == PARAMETER:
            second, second_level, parameter = "", "", second_level
        key = Key(output, analysis_id, method, dataset, analysis_set, column, second, parameter, variable)
        found.setdefault(key, []).append(Number((column_level, second_level, variable_level), *row[11:]))
    return found


Sizes = dict[tuple[str, str, str], tuple[str, dict[str, float]]]


def _sizes(grouped: Mapping[Key, Sequence[Number]], names: Mapping[Key, str]) -> Sizes:
    """By output, analysis set and column variable: the analysis that counts the subjects of each column, and they."""
    found: Sizes = {}
    for key, numbers in grouped.items():
        counts = {number.cell[0]: number.value for number in numbers if number.kind == COLUMN_SIZE}
        if counts:
            found.setdefault((key.output, key.analysis_set, key.column), (names[key], counts))
    return found


def _analysis(name: str, key: Key, numbers: Sequence[Number], parts: _Parts, sizes: Sizes) -> Analysis:
    cells = dict.fromkeys(number.cell for number in numbers)
    # Whether any number has a level of the column, the second group, the variable.
    by_group = [any(levels) for levels in zip(*cells, strict=True)]

    def groups(cell: Cell) -> tuple[ResultGroup, ...]:
        column, second, variable = cell
        return (
            *([parts.groupings.columns(key.column, column)] if key.column else []),
            *([parts.groupings.levels(key.dataset, key.second, second)] if key.second else []),
            *([parts.groupings.levels(key.dataset, key.variable, variable)] if by_group[2] else []),
        )

    of_cell = {cell: groups(cell) or None for cell in cells}
    used = [by for by, has in zip(by_group, (key.column, key.second, by_group[2]), strict=True) if has]
    factors = [group.grouping_id for group in next(iter(of_cell.values())) or ()]
    facts = parts.facts[key.output]
    return Analysis(
        id=name,
        name=_name(key),
        label=key.analysis_id,
        description=_not_estimable(numbers),
        version=1,
        reason=facts.reason,
        purpose=facts.purpose,
        analysis_set_id=parts.sets.get(key.analysis_set),
        dataset=key.dataset or None,
        variable=_variable(key, parts.variables),
        data_subset_id=parts.subset(key.output, key.analysis_id, key.dataset, key.parameter),
        ordered_groupings=tuple(
            OrderedGrouping(order=order, grouping_id=factor, results_by_group=by)
            for order, (factor, by) in enumerate(zip(factors, used, strict=True), 1)
        )
        or None,
        method_id=parts.methods.method(key.method),
        referenced_analysis_operations=_references(
            name,
            numbers,
            parts.methods.relationships(key.method),
            sizes.get((key.output, key.analysis_set, key.column)),
        ),
        programming_code=_code(facts.program),
        results=tuple(
            OperationResult(
                operation_id=parts.methods.operation(key.method, number.statistic, number.unit),
                result_groups=of_cell[number.cell],
                raw_value=raw_value(number.value),
                formatted_value=number.formatted,
            )
            for number in numbers
        ),
    )


def raw_value(value: float) -> str | None:
    """A number with :data:`SIGNIFICANT_DIGITS`; None where it could not be estimated.

    Examples
    --------
    >>> raw_value(163.0), raw_value(2 / 3), raw_value(-0.0), raw_value(float("nan"))
    ('163', '0.6666666667', '0', None)
    """
    if math.isnan(value):
        return None
    return f"{value + 0.0:.{SIGNIFICANT_DIGITS}g}"


def _variable(key: Key, variables: Variables) -> str | None:
    """The analysis variable: a variable of the data, and of a time to event its time."""
    if key.variable:
        return key.variable if variables.home(key.dataset, key.variable) else None
    return "AVAL" if key.parameter and variables.has(key.dataset, "AVAL", "CNSR") else None


def _name(key: Key) -> str:
    of = f" of {key.variable}" if key.variable else ""
    by = ", ".join(name for name in (key.column, key.second) if name)
    return f"{key.method}{of}{f' by {by}' if by else ''}"


def _not_estimable(numbers: Iterable[Number]) -> str | None:
    """Why numbers are missing; the standard has no field for it beside the number."""
    reasons = Counter(number.error for number in numbers if number.error)
    said = "; ".join(f"{reason} ({times})" for reason, times in reasons.items())
    return f"Not estimable: {said}." if said else None


def _code(program: str | None) -> ProgrammingCode | None:
    if program is None:
        return None
    return ProgrammingCode(context=LANGUAGE, document_ref=DocumentReference(reference_document_id=program))


def _references(
    name: str, numbers: Sequence[Number], related: Mapping[str, str], size: tuple[str, dict[str, float]] | None
) -> tuple[ReferencedOperation, ...] | None:
    """Numerator and denominator of percentages; the latter only where all of them are of the size of their column."""
    percents = {number.cell: number.value for number in numbers if number.kind == PERCENT}
    if not related or not percents:
        return None
    counts = {number.cell: number.value for number in numbers if number.kind == COUNT}
    found = [(related[NUMERATOR], name)]
    if size is not None and DENOMINATOR in related and _are_of_columns(percents, counts, size[1]):
        found.append((related[DENOMINATOR], size[0]))
    return tuple(
        ReferencedOperation(referenced_operation_relationship_id=identifier, analysis_id=analysis)
        for identifier, analysis in found
    )


def _are_of_columns(percents: Mapping[Cell, float], counts: Mapping[Cell, float], sizes: Mapping[str, float]) -> bool:
    return all(
        cell in counts and math.isclose(percent * sizes.get(cell[0], math.nan), 100.0 * counts[cell], rel_tol=1e-9)
        for cell, percent in percents.items()
    )
