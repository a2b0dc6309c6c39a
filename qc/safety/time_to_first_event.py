"""Recomputes the table of the times to first adverse events, with the end of treatment as competing event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.competing import competing_risks
from qc.contract import Row, arm_variable, as_frame, members, subjects

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the output, each parameter in turn."""
    chosen = output.population[0]
    adsl = members(data, plan, chosen)
    adtte = data.dataset("ADTTE")
    rows: list[Row] = list(subjects(plan, chosen, adsl))
    for parameter in output.parameters["paramcd"]:
        records = adtte.loc[adtte["PARAMCD"] == parameter, ["USUBJID", "AVAL", "COMPEV", "EVNTDESC"]].dropna()
        frame = adsl[["USUBJID", "ARM"]].merge(records, on="USUBJID", how="inner", validate="one_to_one")
        keys: Row = {
            "dataset": "ADTTE",
            "analysis_set": chosen,
            "group1": arm_variable(plan, chosen),
            "group2": "PARAMCD",
            "group2_level": parameter,
        }
        rows += competing_risks(frame, adsl, plan, keys, output.parameters["landmarks_months"])
    return as_frame(output, rows)
