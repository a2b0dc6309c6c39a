"""Conditions on records, in the words of CDISC ARS: variable, comparator, value.

A condition is data, not code: the plan can state it, a log can print it, and the records behind a number can be found
again by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from csrbook.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Condition", "Selection", "describe_conditions"]


class Condition(BaseModel):
    """One comparison; the plan may write it as a list, ``[ATOXGRN, GE, 3]``.

    A missing number satisfies ``NE`` and ``NOTIN`` only, as in SAS.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    variable: str
    comparator: Literal["EQ", "NE", "GT", "GE", "LT", "LE", "IN", "NOTIN"]
    value: str | int | float | tuple[str | int | float, ...]

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, given: Any) -> Any:
        if isinstance(given, list | tuple):
            if len(given) != 3:
                msg = "a condition has three parts: variable, comparator, value"
                raise ValueError(msg)
            return dict(zip(("variable", "comparator", "value"), given, strict=True))
        return given

    @model_validator(mode="after")
    def _list_for_in(self) -> Condition:
        if (self.comparator in ("IN", "NOTIN")) != isinstance(self.value, tuple):
            msg = "IN and NOTIN take a list of values, every other comparator takes one value"
            raise ValueError(msg)
        return self

    def test(self, values: pd.Series[Any]) -> NDArray[np.bool_]:
        """Which of the values satisfy the condition."""
        match self.comparator:
            case "EQ":
                found = values == self.value
            case "NE":
                found = values != self.value
            case "GT":
                found = values > self.value
            case "GE":
                found = values >= self.value
            case "LT":
                found = values < self.value
            case "LE":
                found = values <= self.value
            case "IN":
                found = values.isin(self._listed())
            case "NOTIN":
                found = ~values.isin(self._listed())
        return np.asarray(found, dtype=bool)

    def _listed(self) -> list[str | int | float]:
        return list(self.value) if isinstance(self.value, tuple) else [self.value]

    @property
    def level(self) -> str:
        """The value as an ARD level: ``DRUG WITHDRAWN``, ``GE 3``, ``NE ''``."""
        if self.comparator == "EQ":
            return str(self.value)
        shown = ", ".join(str(item) for item in self._listed())
        return f"{self.comparator} {shown or repr('')}"


class Selection:
    """Selects records of one dataset by conditions; every comparison is made once.

    Parameters
    ----------
    frame : DataFrame
        Records.
    dataset : str
        Name for messages (``ADAE``).
    """

    def __init__(self, frame: pd.DataFrame, dataset: str) -> None:
        self._frame = frame
        self._dataset = dataset
        self._made: dict[Condition, NDArray[np.bool_]] = {}

    def __call__(self, where: Sequence[Condition] = (), any_of: Sequence[Condition] = ()) -> NDArray[np.bool_]:
        """Records that satisfy all of ``where`` and, where given, at least one of ``any_of``."""
        chosen = np.ones(len(self._frame), dtype=bool)
        for condition in where:
            chosen &= self._test(condition)
        if any_of:
            chosen &= np.logical_or.reduce([self._test(condition) for condition in any_of])
        return chosen

    def _test(self, condition: Condition) -> NDArray[np.bool_]:
        if condition not in self._made:
            if condition.variable not in self._frame.columns:
                raise ProgramError(
                    f"{self._dataset} has no variable {condition.variable}",
                    f"condition {condition.variable} {condition.level}",
                    "name a variable of the dataset in the condition",
                )
            self._made[condition] = condition.test(self._frame[condition.variable])
        return self._made[condition]


def describe_conditions(where: Sequence[Condition], any_of: Sequence[Condition] = ()) -> dict[str, str]:
    """Conditions as the ARD columns ``variable`` and ``variable_level``.

    Examples
    --------
    >>> describe_conditions([Condition(variable="ATOXGRN", comparator="GE", value=3)])
    {'variable': 'ATOXGRN', 'variable_level': 'GE 3'}
    """
    names, levels = [c.variable for c in where], [c.level for c in where]
    if any_of:
        names.append(" | ".join(c.variable for c in any_of))
        levels.append(" | ".join(c.level for c in any_of))
    return {"variable": " & ".join(names), "variable_level": " & ".join(levels)}
