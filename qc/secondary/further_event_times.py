"""Recomputes the tables of several times to an event, with or without events that compete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.competing import competing_risks
from qc.contract import as_frame
from qc.primary.event_time import QUARTILES, Endpoint, endpoint
from qc.survival import tied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table.

    Of a parameter in ``competing`` the incidence is estimated, of one in ``curves``, or without competing events, the
    Kaplan-Meier curve. The stratified comparison is of cause-specific hazards, competing events censored.
    """
    parameters = output.parameters
    times = [endpoint(data, plan, output.population[0], code) for code in parameters["paramcd"]]
    rows = [*times[0].subjects()]
    for time in times:
        code, competing = time.keys["group2_level"], parameters.get("competing", [])
        if code in competing:
            rows.extend(_incidence(data, time, parameters))
        else:
            rows.extend(time.status())
        if code not in competing or code in parameters.get("curves", []):
            rows.extend(time.quantiles(parameters.get("quantiles", QUARTILES)))
            rows.extend(time.rates(parameters["landmarks_months"]))
        for pair in time.comparisons():
            rows.extend([*pair.hazard_ratio_rows(), *pair.log_rank_rows()])
    return as_frame(output, rows)


def _incidence(data: Data, time: Endpoint, parameters: dict[str, Any]) -> Iterator[Row]:
    """Counts and estimates that take ``COMPEV``, which tells competing events from censoring."""
    adtte = data.dataset("ADTTE")
    codes = adtte.loc[adtte["PARAMCD"] == time.keys["group2_level"], ["USUBJID", "COMPEV"]]
    frame = time.frame.merge(codes, on="USUBJID", how="left", validate="one_to_one")
    frame["AVAL"] = tied(frame["AVAL"].to_numpy(float))
    return competing_risks(frame, time.members, time.plan, time.keys, parameters["landmarks_months"])
