"""Conditions on records: from the words of the ARD and the plan to clauses of the standard.

A selection is a conjunction of alternatives: a tuple of tuples of conditions, of each of which one must hold.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from csrbook.ars.model import CompoundExpression, Condition, WhereClause

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["SUBJECTS", "Selected", "Selecting", "Variables", "clauses", "comparison", "level_selection"]

Selected = tuple[tuple[Condition, ...], ...]
Selecting = dict[str, Any]
"""``condition`` or ``compound_expression`` of an analysis set, data subset or group."""

SUBJECTS: Final = "ADSL"
"""The dataset of subjects; its variables belong to every record."""

_COMPARISON = re.compile(r"(NE|GT|GE|LT|LE) (.+)", re.DOTALL)


class _Home(NamedTuple):
    dataset: str
    kind: str


class Variables:
    """The variables of the locked datasets.

    Parameters
    ----------
    kinds : mapping
        By name of the dataset, kind of each variable (``text``, ``number``, ``date``), as in a lock's manifest.
    parameters : collection of str
        Names that stand for parameters, such as biomarkers, where the dataset has no such variable of its own.
    """

    def __init__(self, kinds: Mapping[str, Mapping[str, str]], parameters: Collection[str] = ()) -> None:
        self._kinds = kinds
        self._parameters = frozenset(parameters)

    def home(self, dataset: str, variable: str) -> _Home | None:
        """Where a variable stands that belongs to the records of a dataset, and its kind; None for a derived one."""
        for name in (dataset, *([SUBJECTS] if variable not in self._parameters else [])):
            if variable in self._kinds.get(name, {}):
                return _Home(name, self._kinds[name][variable])
        return None

    def has(self, dataset: str, *variables: str) -> bool:
        """Whether a dataset itself has all of these variables."""
        return set(variables) <= set(self._kinds.get(dataset, {}))


def level_selection(dataset: str, variable: str, level: str, variables: Variables) -> Selected | None:
    """The records that an ARD level stands for.

    Parameters
    ----------
    dataset, variable, level : str
        Columns ``dataset``, ``variable`` and ``variable_level`` of the ARD, such as ``AREL & ATOXGRN`` and
        ``RELATED & GE 3``; conditions are joined by ``&``, alternatives by ``|``.
    variables : Variables

    Returns
    -------
    tuple or None
        None where a variable is derived in the program, or the level is no value of it.

    Examples
    --------
    >>> known = Variables({"ADAE": {"ATOXGRN": "number"}})
    >>> level_selection("ADAE", "ATOXGRN", "GE 3", known)[0][0].comparator
    'GE'
    """
    names, levels = ([part.split(" | ") for part in text.split(" & ")] for text in (variable, level))
    if [len(part) for part in names] != [len(part) for part in levels]:
        return None
    found = []
    for some_names, some_levels in zip(names, levels, strict=True):
        pairs = zip(some_names, some_levels, strict=True)
        alternatives = [comparison(dataset, name, text, variables) for name, text in pairs]
        if None in alternatives:
            return None
        found.append(tuple(item for item in alternatives if item is not None))
    return tuple(found)


def comparison(dataset: str, variable: str, level: str, variables: Variables) -> Condition | None:
    """One variable and one level, such as ``Y``, ``GE 3`` or ``NE ''``."""
    home = variables.home(dataset, variable)
    if home is None:
        return None
    matched = _COMPARISON.fullmatch(level)
    comparator, value = matched.groups() if matched else ("EQ", level)
    value = "" if value == "''" else value
    ordered = comparator in ("GT", "GE", "LT", "LE")
    if home.kind == "text" and ordered:
        return None
    if home.kind != "text" and not _is_number(value):
        return None
    return Condition(dataset=home.dataset, variable=variable, comparator=comparator, value=(value,))  # type: ignore[arg-type]


def clauses(selected: Selected) -> Selecting:
    """A selection as ``condition`` where it is one, else as ``compound_expression``."""
    if len(selected) == 1:
        return _alternatives(selected[0], level=2)
    parts = [WhereClause(level=2, order=n, **_alternatives(s, level=3)) for n, s in enumerate(selected, 1)]
    return {"compound_expression": CompoundExpression(logical_operator="AND", where_clauses=tuple(parts))}


def _alternatives(conditions: tuple[Condition, ...], *, level: int) -> Selecting:
    if len(conditions) == 1:
        return {"condition": conditions[0]}
    parts = tuple(WhereClause(level=level, order=n, condition=c) for n, c in enumerate(conditions, 1))
    return {"compound_expression": CompoundExpression(logical_operator="OR", where_clauses=parts)}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
