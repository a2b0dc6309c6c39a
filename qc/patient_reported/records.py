"""The records of questionnaires that an output takes, and the keys of what it says of a scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.conditions import holds
from qc.contract import arm_variable

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["chosen_records", "scale_keys"]


def chosen_records(data: Data, output: Output) -> pd.DataFrame:
    """Records of ADQS that meet all conditions ``where`` of the output."""
    records = data.dataset("ADQS")
    return records[holds(records, output.parameters.get("where", []))]


def scale_keys(plan: Plan, analysis_set: str, scale: str) -> Row:
    """Keys that all numbers of a scale share."""
    return {
        "dataset": "ADQS",
        "analysis_set": analysis_set,
        "group1": arm_variable(plan, analysis_set),
        "group2": "PARAMCD",
        "group2_level": scale,
    }
