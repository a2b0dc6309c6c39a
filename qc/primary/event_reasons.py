"""Recomputes the table of events and of reasons for censoring, several analysis sets side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.contract import as_frame
from qc.primary.event_time import STATUSES, endpoint

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table; what occurs in one set only stands with a zero in the others."""
    codes = output.parameters["paramcd"]
    times = [endpoint(data, plan, chosen, codes[chosen]) for chosen in output.population]
    reasons = {name: {reason for time in times for reason in time.reasons(name)} for name in STATUSES}
    return as_frame(output, [row for time in times for row in (*time.subjects(), *time.status(reasons))])
