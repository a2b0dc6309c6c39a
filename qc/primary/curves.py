"""Recomputes the figures of Kaplan-Meier curves with numbers at risk."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from qc.contract import as_frame
from qc.primary.event_time import endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data

__all__ = ["axis", "recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a plot: steps of the curves, numbers at risk, and those of its legend."""
    parameters = output.parameters
    time = endpoint(data, plan, output.population[0], parameters["paramcd"])
    rows = [
        *time.subjects(),
        *time.status(),
        *time.quantiles([0.5]),
        *time.rates(parameters.get("landmarks_months", [])),
        *time.steps(),
        *time.at_risk(axis([time.frame["AVAL"]], parameters["grid_months"])),
    ]
    for pair in time.comparisons():
        rows.extend(pair.hazard_ratio_rows())
        if parameters.get("noninferiority", True):
            rows.extend(pair.noninferiority_rows())
    return as_frame(output, rows)


def axis(times: Iterable[pd.Series[float]], step: float) -> list[float]:
    """Marks of the axis of months: multiples of a step from 0 to the first that no time exceeds."""
    longest = max((float(time.max()) for time in times if len(time)), default=0.0)
    return [step * mark for mark in range(math.ceil(longest / step) + 1)]
