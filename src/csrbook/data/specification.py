"""What is known of a dataset before its records are read: variables, labels, kinds, keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["DatasetSpecification", "Kind", "Variable", "is_date_format", "specified"]

Kind = Literal["text", "number", "date"]

DATE_FORMATS = {"DATE", "YYMMDD", "YYMMDDN", "DDMMYY", "DDMMYYN", "MMDDYY", "MMDDYYN", "E8601DA", "B8601DA"}


@dataclass(frozen=True)
class Variable:
    """A variable of a dataset."""

    name: str
    label: str
    kind: Kind
    """``date`` is a number of days since 1960-01-01, as SAS counts them."""
    length: int | None = None
    """The longest text, where it is stated."""
    codes: tuple[str | float, ...] | None = None
    """The codelist, where there is one; without the blank."""


@dataclass(frozen=True)
class DatasetSpecification:
    """A dataset: its variables in order, and those that identify a record."""

    name: str
    label: str
    keys: tuple[str, ...]
    variables: tuple[Variable, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables in order."""
        return tuple(variable.name for variable in self.variables)

    def of_kind(self, *kinds: Kind) -> tuple[str, ...]:
        """Names of the variables of these kinds, in order."""
        return tuple(variable.name for variable in self.variables if variable.kind in kinds)


def is_date_format(name: str) -> bool:
    """Whether a SAS display format such as ``DATE9.`` shows days since 1960-01-01 as a date."""
    return re.sub(r"[0-9.]+$", "", name.strip().upper()) in DATE_FORMATS


def specified(name: str, schema: Any) -> DatasetSpecification:
    """The specification that a pandera model, or its schema, states.

    Parameters
    ----------
    name : str
        Name of the dataset.
    schema : DataFrameModel, DataFrameSchema or DatasetSpecification
        The schema's ``title`` is the dataset's label, its ``unique`` the key; a column's ``title`` is the variable's
        label, ``metadata["kind"]`` says ``text``, ``number`` or ``date``, and its checks ``isin`` and ``str_length``
        the codelist and the longest text.
    """
    if isinstance(schema, DatasetSpecification):
        return schema
    if isinstance(schema, type):
        schema = schema.to_schema()  # type: ignore[attr-defined] # this room does not import pandera
    return DatasetSpecification(
        name=name,
        label=schema.title or name,
        keys=tuple(schema.unique),
        variables=tuple(
            Variable(
                name=column,
                label=spec.title or column,
                kind=spec.metadata["kind"],
                length=_stated(spec, "str_length", "max_value"),
                codes=_codes(_stated(spec, "isin", "allowed_values")),
            )
            for column, spec in schema.columns.items()
        ),
    )


def _stated(column: Any, check: str, statistic: str) -> Any:
    """What a column's check is given, or None where the column has no such check."""
    return next((found.statistics.get(statistic) for found in column.checks if found.name == check), None)


def _codes(values: Any) -> tuple[str | float, ...] | None:
    return None if values is None else tuple(value for value in values if value != "")
