"""Derived variables of a locked dataset beside those that a second programmer derives again from other datasets.

A record's variable is a number (or a word) like any other: it has a key, and is compared as those of the tables are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csrbook.ard import ARD_COLUMNS, ARD_KEYS
from csrbook.errors import ProgramError

if TYPE_CHECKING:
    from types import ModuleType

    import pandas as pd

    from csrbook.plan.double_programming import Derivation
    from csrbook.plan.models import Plan

__all__ = ["derived_again", "locked_values"]


def locked_values(data: Any, derivation: Derivation) -> pd.DataFrame:
    """The derived variables as they stand in the lock, in the form of an ARD."""
    frame = data.dataset(derivation.dataset)
    for variable, values in derivation.records.items():
        frame = frame[frame[variable].isin(values)]
    long = _long(frame, derivation)
    return long.assign(formatted=long["text"]).reindex(columns=list(ARD_COLUMNS), fill_value="")


def derived_again(module: ModuleType, data: Any, plan: Plan, derivation: Derivation) -> pd.DataFrame:
    """The same variables by the second programmer's program.

    Returns
    -------
    DataFrame
        :data:`csrbook.ard.ARD_KEYS`, ``value`` and ``text``.

    Raises
    ------
    ProgramError
        The program fails, or gives not the keys and variables that the register names.
    """
    try:
        frame = module.derive(data, plan)
    except Exception as error:
        raise ProgramError(
            f"the second derivation of {derivation.dataset} failed: {type(error).__name__}: {error}",
            derivation.program,
            "mend the QC program",
        ) from error
    absent = [name for name in (*derivation.keys, *derivation.variables) if name not in frame.columns]
    if absent:
        raise ProgramError(
            f"the second derivation of {derivation.dataset} gives no {', '.join(absent)}",
            derivation.program,
            "give the keys and variables of qc/programs.yaml",
        )
    for variable, values in derivation.records.items():
        frame = frame[frame[variable].isin(values)]
    return _long(frame, derivation)


def _long(frame: pd.DataFrame, derivation: Derivation) -> pd.DataFrame:
    """A row a variable of a record: its keys as groups, its number in ``value`` or its word in ``text``."""
    import pandas as pd

    first, *others = derivation.keys
    parts = []
    for variable in derivation.variables:
        column = frame[variable]
        is_number = pd.api.types.is_numeric_dtype(column)
        parts.append(
            pd.DataFrame(
                {
                    **dict.fromkeys(ARD_KEYS, ""),
                    "output_id": derivation.dataset,
                    "analysis_id": "DERIVED",
                    "dataset": derivation.dataset,
                    "group1": first,
                    "group1_level": frame[first].astype(str),
                    "group2": "/".join(others),
                    "group2_level": frame[others].astype(str).agg("/".join, axis="columns") if others else "",
                    "stat_name": variable,
                    "value": column.astype("float64") if is_number else float("nan"),
                    "text": "" if is_number else column.fillna("").astype(str),
                    "unit": "" if is_number else "text",
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
