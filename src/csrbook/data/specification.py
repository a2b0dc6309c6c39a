"""What is known of a dataset before its records are read: variables, labels, kinds, keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["DatasetSpecification", "Kind", "Variable", "specified"]

Kind = Literal["text", "number", "date"]


@dataclass(frozen=True)
class Variable:
    """A variable of a dataset."""

    name: str
    label: str
    kind: Kind
    """``date`` is a number of days since 1960-01-01, as SAS counts them."""


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


def specified(name: str, schema: Any) -> DatasetSpecification:
    """The specification that a pandera model, or its schema, states.

    Parameters
    ----------
    name : str
        Name of the dataset.
    schema : DataFrameModel, DataFrameSchema or DatasetSpecification
        The schema's ``title`` is the dataset's label, its ``unique`` the key; a column's ``title`` is the variable's
        label, and ``metadata["kind"]`` says ``text``, ``number`` or ``date``.
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
            Variable(column, spec.title or column, spec.metadata["kind"]) for column, spec in schema.columns.items()
        ),
    )
