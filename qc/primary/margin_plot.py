"""Recomputes the figure that holds all hazard ratios of an endpoint against the margin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qc.contract import as_frame
from qc.primary.event_time import endpoint

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the figure: subjects and events once for each parameter and set, then each analysis.

    Percentages are of the subjects analysed, who have a record of the parameter.
    """
    times, rows = {}, []
    for analysis in output.parameters["analyses"]:
        key = analysis["set"], analysis["paramcd"]
        if key not in times:
            time = endpoint(data, plan, *key)
            times[key] = replace(time, members=time.frame)
            rows.extend([*times[key].analysed(), *times[key].total("EVENTS")])
        for pair in times[key].comparisons(stratified=analysis["strata"]):
            rows.extend([*pair.hazard_ratio_rows(), *pair.noninferiority_rows()])
    return as_frame(output, rows)
