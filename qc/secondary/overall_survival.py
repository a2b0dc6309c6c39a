"""Recomputes the table of overall survival."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.contract import as_frame, share
from qc.primary.event_time import QUARTILES, endpoint

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table; maturity is the share of the set with an event, all arms together."""
    parameters = output.parameters
    time = endpoint(data, plan, output.population[0], parameters["paramcd"])
    maturity = {**time.keys, "analysis_id": "MATURITY", "method": "Count and percentage"}
    del maturity["group1"]
    rows = [
        *time.subjects(),
        *time.status(),
        *share(maturity, int(time.happened.sum()), len(time.members)),
        *time.quantiles(parameters.get("quantiles", QUARTILES)),
        *time.rates(parameters["landmarks_months"]),
        *time.follow_up(),
        *time.strata_counts(),
    ]
    for pair in time.comparisons():
        rows.extend([*pair.hazard_ratio_rows(), *pair.log_rank_rows()])
    return as_frame(output, rows)
