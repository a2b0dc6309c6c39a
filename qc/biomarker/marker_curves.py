"""Recomputes the figure of Kaplan-Meier curves by baseline marker and arm."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qc.contract import as_frame
from qc.primary.curves import axis
from qc.primary.event_time import Endpoint, endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Biomarker, Output, Plan
    from qc.contract import Data

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the figure: one plot a marker, one curve for each of its levels in each arm, one axis for all."""
    parameters, markers = output.parameters, plan.endpoints.biomarkers
    time = endpoint(data, plan, output.population[0], parameters["paramcd"])
    shown = [marker for marker in markers.markers if marker.id in parameters["markers"]] if markers is not None else []
    levels = [level for marker in shown for level in _levels(data, time, marker)]
    months = axis([time.frame["AVAL"]], parameters["grid_months"])
    rows = [*time.subjects()]
    for level in levels:
        rows.extend([*level.status(), *level.quantiles([0.5]), *level.steps(), *level.at_risk(months)])
    return as_frame(output, rows)


def _levels(data: Data, time: Endpoint, marker: Biomarker) -> Iterator[Endpoint]:
    """The endpoint in the subjects with a record and each valid result of a marker, at its visit, in its specimen."""
    adbm = data.dataset("ADBM")
    chosen = adbm["PARAMCD"].eq(marker.parameter) & adbm["AVISIT"].eq(marker.visit) & adbm["BMSPEC"].eq(marker.specimen)
    for result in (marker.positive, marker.negative):
        having = adbm.loc[chosen & adbm["AVALC"].eq(result), "USUBJID"]
        frame = time.frame[time.frame["USUBJID"].isin(having)]
        keys = {**time.keys, "group2": marker.id, "group2_level": result}
        yield replace(time, members=frame, frame=frame, keys=keys)
