"""Grouping factors: the arms, and the variables whose levels the numbers of the ARD belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from csrbook.ars.conditions import SUBJECTS, Variables, clauses, comparison, level_selection
from csrbook.ars.model import CompoundExpression, Group, GroupingFactor, ReferencedClause, ResultGroup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from csrbook.ars.identifiers import Identifiers
    from csrbook.plan.models import Plan

__all__ = ["PARAMETER", "TOTAL", "Groupings"]

PARAMETER: Final = "PARAMCD"
"""A second group that selects records, so that it makes a data subset and no grouping."""

TOTAL: Final = "TOTAL"
"""Level of the column of all arms."""


class Groupings:
    """All grouping factors of an ARD.

    Parameters
    ----------
    ard : DataFrame
        Its groups and variables with levels make the factors, in the order of its rows.
    plan : Plan
        Arms of the treatment columns.
    variables : Variables
        A variable of the data is data-driven; levels that are conditions, or belong to a variable that a program
        derived, are prespecified groups.
    identifiers : Identifiers
    """

    def __init__(self, ard: pd.DataFrame, plan: Plan, variables: Variables, identifiers: Identifiers) -> None:
        self._factors: dict[tuple[str, str], GroupingFactor] = {}
        self._results: dict[tuple[str, str, str], ResultGroup] = {}
        self._identifiers = identifiers
        for name, levels in _levels(ard, ["group1"], "group1_level").items():
            self._add_columns(name[0], levels, plan, variables)
        second = ard[ard["group2"] != PARAMETER]
        found = _levels(second, ["dataset", "group2"], "group2_level")
        for key, levels in _levels(ard, ["dataset", "variable"], "variable_level").items():
            found[key] = list(dict.fromkeys([*found.get(key, []), *levels]))
        for (dataset, variable), levels in found.items():
            self._add_levels(dataset, variable, levels, variables)

    @property
    def factors(self) -> tuple[GroupingFactor, ...]:
        """The factors."""
        return tuple(self._factors.values())

    def columns(self, name: str, level: str) -> ResultGroup:
        """The group of a column, of ``group1``."""
        return self._results["", name, level]

    def levels(self, dataset: str, variable: str, level: str) -> ResultGroup:
        """The group of a level, of ``group2`` or ``variable``."""
        return self._results[dataset, variable, level]

    def _add_columns(self, name: str, levels: Sequence[str], plan: Plan, variables: Variables) -> None:
        """The factor of columns: the arms of the plan, or levels of another variable; and all of them together."""
        arms = {arm.id: arm.label for arm in plan.study.arms}
        factor = self._identifiers.new("GF", name)
        groups = []
        for order, level in enumerate((item for item in levels if item != TOTAL), 1):
            label = arms.get(level, level)
            condition = comparison(SUBJECTS, name, label, variables)
            identifier = self._identifiers.new(factor, level)
            groups.append(Group(id=identifier, name=label, label=level, level=1, order=order, condition=condition))
        if TOTAL in levels:
            parts = tuple(ReferencedClause(level=2, order=n, sub_clause_id=g.id) for n, g in enumerate(groups, 1))
            together = CompoundExpression(logical_operator="OR", where_clauses=parts)
            identifier = self._identifiers.new(factor, TOTAL)
            order = len(groups) + 1
            groups.append(
                Group(id=identifier, name="Total", label=TOTAL, level=1, order=order, compound_expression=together)
            )
        treatment = set(levels) <= {*arms, TOTAL}
        self._add("", name, factor, groups, name=f"Treatment ({name})" if treatment else name, home=(SUBJECTS, name))

    def _add_levels(self, dataset: str, variable: str, levels: Sequence[str], variables: Variables) -> None:
        factor = self._identifiers.new("GF", dataset, variable)
        selected = {level: level_selection(dataset, variable, level, variables) for level in levels}
        home = variables.home(dataset, variable)
        if home is not None and all(s is not None and s[0][0].comparator == "EQ" for s in selected.values()):
            self._factors[dataset, variable] = GroupingFactor(
                id=factor,
                name=variable,
                data_driven=True,
                grouping_dataset=home.dataset,
                grouping_variable=variable,
            )
            for level in levels:
                self._results[dataset, variable, level] = ResultGroup(grouping_id=factor, group_value=level)
            self._results[dataset, variable, ""] = ResultGroup(grouping_id=factor)
            return
        groups = []
        for order, (level, selection) in enumerate(selected.items(), 1):
            where = {} if selection is None else clauses(selection)
            identifier = self._identifiers.new(factor, f"{order:03d}")
            groups.append(Group(id=identifier, name=level, label=level, level=1, order=order, **where))
        self._add(dataset, variable, factor, groups, name=variable, home=home and (home.dataset, variable))

    def _add(
        self,
        dataset: str,
        variable: str,
        factor: str,
        groups: Sequence[Group],
        *,
        name: str,
        home: tuple[str, str] | None,
    ) -> None:
        self._factors[dataset, variable] = GroupingFactor(
            id=factor,
            name=name,
            description=None if home else "Levels that the program of the output forms; no variable of a dataset.",
            data_driven=False,
            grouping_dataset=home[0] if home else None,
            grouping_variable=home[1] if home else None,
            groups=tuple(groups),
        )
        for group in groups:
            self._results[dataset, variable, group.label or ""] = ResultGroup(grouping_id=factor, group_id=group.id)
        self._results[dataset, variable, ""] = ResultGroup(grouping_id=factor)


def _levels(ard: pd.DataFrame, key: list[str], level: str) -> dict[tuple[str, ...], list[str]]:
    """Levels that are not empty by key, both in the order of the ARD; keys without a name are left out."""
    found: dict[tuple[str, ...], list[str]] = {}
    rows: Iterable[tuple[str, ...]] = ard[[*key, level]].drop_duplicates().itertuples(index=False, name=None)
    for *names, value in rows:
        if names[-1]:
            levels = found.setdefault(tuple(names), [])
            if value:
                levels.append(value)
    return {names: levels for names, levels in found.items() if levels or len(key) == 1}
