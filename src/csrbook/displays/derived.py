"""Variables of one value a subject that the plan takes from a dataset with many records: counts, sums, flags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from csrbook.displays.conditions import Condition, Selection
from csrbook.displays.parameters import Parameters
from csrbook.errors import DataError, ProgramError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from csrbook.displays.program import Data

__all__ = ["Derived", "add_derived"]


class Derived(Parameters):
    """A variable added to the subjects.

    Attributes
    ----------
    name : str
        The new variable.
    dataset : str
        Whose records are looked at.
    where, any_of : tuple of Condition
        Records that count: all of ``where`` and, where given, one of ``any_of``.
    variable : str
        Variable that is reduced; not needed for ``count`` and ``any``.
    reduce
        ``value``: the value of the one record (an error where a subject has several); ``sum``, ``mean``, ``minimum``,
        ``maximum`` of a number; ``count``: number of records, 0 where there is none; ``distinct``: number of different
        values; ``any``: ``Y`` where there is a record, else ``N``. Without a record the others are missing.
    minus : str
        ADSL variable that is taken away from the result (a date gives a number of days).
    divide : float
        What the result is divided by (days to weeks: 7).
    """

    name: str
    dataset: str
    where: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()
    variable: str = ""
    reduce: Literal["value", "sum", "mean", "minimum", "maximum", "count", "distinct", "any"]
    minus: str = ""
    divide: float = 1.0


def add_derived(data: Data, subjects: pd.DataFrame, derived: Iterable[Derived]) -> pd.DataFrame:
    """The subjects with the derived variables.

    Parameters
    ----------
    data : Data
        Locked data.
    subjects : DataFrame
        One record a subject.
    derived : iterable of Derived
        In order; a condition on ``ADSL`` may use one that stands before it.

    Raises
    ------
    ProgramError
        Where a variable does not exist.
    DataError
        Where ``value`` meets several records of a subject.
    """
    added = subjects.copy()
    for item in derived:
        source = added if item.dataset == "ADSL" else data.dataset(item.dataset)
        source = source[Selection(source, item.dataset)(item.where, item.any_of)]
        _require(source, item)
        added[item.name] = _scaled(_reduced(source, added["USUBJID"], item), added, item)
    return added


def _require(source: pd.DataFrame, item: Derived) -> None:
    needed = item.reduce not in ("count", "any")
    if needed and item.variable not in source.columns:
        raise ProgramError(
            f"{item.dataset} has no variable {item.variable!r} to derive {item.name} from",
            "sap/outputs.yaml, parameters.derived",
            "name a variable of the dataset",
        )


def _reduced(source: pd.DataFrame, subjects: pd.Series[Any], item: Derived) -> pd.Series[Any]:
    grouped = source.groupby("USUBJID", sort=False)
    match item.reduce:
        case "count":
            return subjects.map(grouped.size()).fillna(0.0).astype(float)
        case "any":
            return pd.Series(np.where(subjects.isin(source["USUBJID"]), "Y", "N"), index=subjects.index, dtype=object)
        case "distinct":
            return subjects.map(grouped[item.variable].nunique()).fillna(0.0).astype(float)
        case "value":
            if len(double := source[source["USUBJID"].duplicated()]):
                raise DataError(
                    f"{double['USUBJID'].nunique()} subjects have more than one record for {item.name}",
                    f"{item.dataset}, {item.variable}",
                    "give the conditions that leave one record a subject, or another way to reduce them",
                )
            found = subjects.map(source.set_index("USUBJID")[item.variable])
            return found if pd.api.types.is_numeric_dtype(source[item.variable]) else found.fillna("")
        case "sum" | "mean":
            # A sum over no number is missing, not 0: the subject has no value.
            values = grouped[item.variable]
            return subjects.map(values.sum(min_count=1) if item.reduce == "sum" else values.mean())
        case "minimum":
            return subjects.map(grouped[item.variable].min())
        case "maximum":
            return subjects.map(grouped[item.variable].max())


def _scaled(values: pd.Series[Any], subjects: pd.DataFrame, item: Derived) -> pd.Series[Any]:
    if item.minus:
        values = values - subjects[item.minus]
    return values if item.divide == 1.0 else values / item.divide
