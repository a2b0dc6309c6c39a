"""Recomputes the dot plot of the frequent adverse events with their risk differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.contract import as_frame
from qc.safety.adverse_events import Patients
from qc.safety.event_rates import frequent
from qc.safety.occurrences import NOT_CODED, hierarchy

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]

TERM = "AEDECOD"


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the plot: those of the table of occurrences, of terms frequent in an arm."""
    return as_frame(output, _rows(Patients(data, output, plan)))


def _rows(patients: Patients) -> Iterator[Row]:
    yield from patients.heads()
    shown = {term or NOT_CODED for term in frequent(patients, TERM, patients.output.parameters["minimum_percent"])}
    rule = {"hierarchy": [TERM], "grade": "", "bands": [{"id": "ANY", "difference": True}]}
    for row in hierarchy(patients, rule):
        if row["variable"] != TERM or row["variable_level"] in shown:
            yield row
