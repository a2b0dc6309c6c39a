"""Counts of patients by the states of several variables at once, the common part of disposition, flow and sets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from qc.descriptive import levels

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from qc.contract import Row

__all__ = ["NOT", "Group", "reasons"]

NOT = "NE "
"""``NE Y``: any value but ``Y``."""


@dataclass(frozen=True)
class Group:
    """Patients in a state, such as randomised and treated and with treatment discontinued.

    Attributes
    ----------
    analysis_id : str
    states : dict
        Value of each variable, with :data:`NOT` before it for any other, blank for missing; they hold together.
    """

    analysis_id: str
    states: dict[str, str]

    def members(self, adsl: pd.DataFrame) -> pd.Series:
        """Tell who is in the state."""
        return reduce(and_, (_state(adsl[variable], value) for variable, value in self.states.items()))

    def keys(self) -> Row:
        """Name the state."""
        return {
            "analysis_id": self.analysis_id,
            "variable": " & ".join(self.states),
            "variable_level": " & ".join(self.states.values()),
        }


def _state(column: pd.Series, value: str) -> pd.Series:
    return column.ne(value.removeprefix(NOT)) if value.startswith(NOT) else column.eq(value)


def reasons(
    group: Group, variable: str, adsl: pd.DataFrame, declared: Iterable[str] = ()
) -> list[tuple[Row, pd.Series]]:
    """Reasons that the plan declares and those found in a group, each with the keys of its count and who has it.

    Patients of the group without a reason, if there are any, have the reason ``MISSING``.
    """
    inside = group.members(adsl)
    given = adsl[variable].replace("", "MISSING")
    keys: Row = {"analysis_id": group.analysis_id, "variable": variable}
    names = levels(given[inside], declared)
    return [({**keys, "variable_level": reason}, inside & given.eq(reason)) for reason in names]
