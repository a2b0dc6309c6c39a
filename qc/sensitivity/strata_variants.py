"""Recomputes the primary hazard ratio without strata and with other strata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.contract import Data, Row, as_frame, event_times, of_parameter, share, stratum
from qc.sensitivity.against_margin import cox_against_margin

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.plan.models import Output, Plan

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table: one Cox model for each way to stratify, and the subjects whose stratum changes."""
    chosen, parameter = output.population[0], output.parameters["paramcd"]
    frame = event_times(data, plan, chosen, parameter)
    factors = plan.study.strata
    variables = {
        "randomised": [factor.variable for factor in factors],
        "verified": [factor.verified or factor.variable for factor in factors],
        "none": [],
    }
    keys = of_parameter(plan, chosen, parameter)
    rows: list[Row] = []
    for analysis in output.parameters["analyses"]:
        kind = analysis["strata"]
        named = {**keys, "variable": "ANALYSIS", "variable_level": kind}
        labelled = frame.assign(VARIANT=stratum(frame, variables[kind]))
        rows += cox_against_margin(named, labelled, plan, "VARIANT" if variables[kind] else None)
    moved = stratum(frame, variables["randomised"]) != stratum(frame, variables["verified"])
    rows += share({**keys, "analysis_id": "OTHER_STRATUM", "method": "Count"}, int(moved.sum()), len(frame))
    return as_frame(output, rows)
