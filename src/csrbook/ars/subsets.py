"""Data subsets: the records that an analysis reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ars.conditions import Selected, Variables, clauses
from csrbook.ars.groupings import PARAMETER
from csrbook.ars.model import Condition, DataSubset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from csrbook.ars.identifiers import Identifiers
    from csrbook.ars.restrictions import Restriction
    from csrbook.displays.conditions import Condition as Planned

__all__ = ["Subsets"]


class Subsets:
    """All data subsets; each selection is one, however many analyses use it.

    Parameters
    ----------
    variables : Variables
        A restriction by a variable that no dataset has is left out as a whole.
    labels : mapping
        Label of a parameter by dataset and ``PARAMCD``, as far as the plan has one.
    identifiers : Identifiers
    """

    def __init__(self, variables: Variables, labels: Mapping[tuple[str, str], str], identifiers: Identifiers) -> None:
        self._variables = variables
        self._labels = labels
        self._identifiers = identifiers
        self._found: dict[Selected, DataSubset] = {}

    @property
    def subsets(self) -> tuple[DataSubset, ...]:
        """Those that analyses asked for."""
        return tuple(self._found.values())

    def find(self, dataset: str, parameter: str, restriction: Restriction | None) -> str | None:
        """Id of the subset of a parameter and a restriction; None where the analysis reads all records."""
        selected: list[tuple[Condition, ...]] = []
        if parameter:
            selected.append((Condition(dataset=dataset, variable=PARAMETER, comparator="EQ", value=(parameter,)),))
        if restriction is not None:
            selected += self._conditions(dataset, restriction)
        key = tuple(selected)
        if not key:
            return None
        if key not in self._found:
            self._found[key] = self._subset(key, len(self._found) + 1, self._labels.get((dataset, parameter)))
        return self._found[key].id

    def _conditions(self, dataset: str, restriction: Restriction) -> list[tuple[Condition, ...]]:
        parts = [[condition] for condition in restriction.where] + [list(restriction.any_of)] * bool(restriction.any_of)
        homes = {c.variable: self._variables.home(dataset, c.variable) for part in parts for c in part}
        if None in homes.values():
            return []
        return [
            tuple(
                Condition(dataset=home.dataset, variable=c.variable, comparator=c.comparator, value=_values(c))
                for c in part
                if (home := homes[c.variable]) is not None
            )
            for part in parts
        ]

    def _subset(self, selected: Selected, order: int, label: str | None) -> DataSubset:
        first = selected[0][0]
        parts = [f"{order:03d}"]
        if len(selected) == 1 and len(selected[0]) == 1 and first.comparator == "EQ":
            parts = [first.variable if first.variable != PARAMETER else "", first.value[0]]
        identifier = self._identifiers.new("DS", first.dataset, *parts)
        name = " and ".join(_said(part) for part in selected)
        return DataSubset(id=identifier, name=name, label=label, level=1, order=order, **clauses(selected))


def _values(condition: Planned) -> tuple[str, ...]:
    value = condition.value
    return tuple(str(item) for item in value) if isinstance(value, tuple) else (str(value),)


def _said(conditions: tuple[Condition, ...]) -> str:
    said = [f"{c.dataset}.{c.variable} {c.comparator} {', '.join(v or 'missing' for v in c.value)}" for c in conditions]
    return said[0] if len(said) == 1 else f"({' or '.join(said)})"
