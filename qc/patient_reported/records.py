"""The records of questionnaires that an output takes."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from csrbook.plan.models import Output
    from qc.contract import Data

__all__ = ["chosen_records"]

COMPARATORS: dict[str, Callable[[Any, Any], Any]] = {
    "EQ": operator.eq,
    "NE": operator.ne,
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
    "IN": lambda column, values: column.isin(values),
    "NOTIN": lambda column, values: ~column.isin(values),
}


def chosen_records(data: Data, output: Output) -> pd.DataFrame:
    """Records of ADQS that meet all conditions ``where`` of the output (variable, comparator, value)."""
    records = data.dataset("ADQS")
    for variable, comparator, value in output.parameters.get("where", []):
        records = records[COMPARATORS[comparator](records[variable], value)]
    return records
