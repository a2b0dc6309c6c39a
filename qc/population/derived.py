"""Variables of a subject that the plan derives from the records of a dataset (``parameters.derived``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from csrbook.errors import DataError
from qc.conditions import holds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qc.contract import Data

__all__ = ["with_derived"]


def with_derived(data: Data, adsl: pd.DataFrame, definitions: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """ADSL with each variable in turn, so that one may use those before it."""
    for definition in definitions:
        adsl = adsl.assign(**{definition["name"]: _variable(data, adsl, definition)})
    return adsl


def _variable(data: Data, adsl: pd.DataFrame, definition: dict[str, Any]) -> pd.Series:
    """Reduce the selected records of each subject to one value.

    ``any``: ``Y`` where there is a record; ``count`` of the records; number of ``distinct`` values that are not blank;
    ``value`` of the one record, missing without.
    """
    source = adsl if definition["dataset"] == "ADSL" else data.dataset(definition["dataset"])
    records = source[holds(source, definition.get("where", ()), definition.get("any_of", ()))]
    subject = adsl["USUBJID"]
    kind = definition["reduce"]
    if kind == "any":
        return subject.isin(records["USUBJID"]).map({True: "Y", False: ""})
    if kind == "count":
        return subject.map(records.groupby("USUBJID").size()).fillna(0.0)
    values = records.set_index("USUBJID")[definition["variable"]]
    if kind == "distinct":
        known = values[values.ne("") & values.notna()]
        return subject.map(known.groupby(level=0).nunique()).fillna(0.0)
    if not values.index.is_unique:
        raise DataError(
            f"more than one record a subject for {definition['name']}", definition["dataset"], "mend the data"
        )
    result: pd.Series = subject.map(values)
    if not pd.api.types.is_numeric_dtype(values):
        text: pd.Series = result.fillna("")
        return text
    start: pd.Series | float = adsl[definition["minus"]] if "minus" in definition else 0.0
    number: pd.Series = result.sub(start).div(definition.get("divide", 1))
    return number
