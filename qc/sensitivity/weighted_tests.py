"""Recomputes the weighted log-rank tests and their maximum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qc.contract import Data, Row, against_control, as_frame, event_times, named, of_parameter
from qc.weighted_log_rank import Weight, fleming_harrington, gehan, largest_of, weighted_log_rank

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan

__all__ = ["recompute"]

FLEMING_HARRINGTON = "fleming-harrington"
WEIGHTS: dict[str, Weight] = {
    "gehan-breslow": gehan,
    "tarone-ware": lambda at_risk, _curve: np.sqrt(at_risk),
    "log-rank": fleming_harrington(0.0, 0.0),
}


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table, each test arm against control."""
    chosen, parameter = output.population[0], output.parameters["paramcd"]
    frame = event_times(data, plan, chosen, parameter)
    rows: list[Row] = []
    keys = {**of_parameter(plan, chosen, parameter), "analysis_id": "WEIGHTED_TEST", "variable": "TEST"}
    for test, both in against_control(plan, frame):
        rows += _tests({**keys, "group1_level": test.id}, both, output.parameters)
    return as_frame(output, rows)


def _tests(keys: Row, both: pd.DataFrame, parameters: dict[str, Any]) -> Iterator[Row]:
    """Each test, and the largest of those of Fleming and Harrington."""
    kinds = [test.get("weight", FLEMING_HARRINGTON) for test in parameters["tests"]]
    weights = [
        WEIGHTS.get(kind) or fleming_harrington(test.get("rho", 0.0), test.get("gamma", 0.0))
        for kind, test in zip(kinds, parameters["tests"], strict=True)
    ]
    found = weighted_log_rank(both["AVAL"], both["CNSR"].eq(0), both["TEST"], both["STRATUM"], weights)
    for at, (kind, test) in enumerate(zip(kinds, parameters["tests"], strict=True)):
        row = {**keys, "method": f"Weighted log-rank, {kind}", "variable_level": test["label"]}
        yield from named(row, {"z": found.z[at], "chi_square": found.chi_square[at], "p": found.p[at]})
    combined = [at for at, kind in enumerate(kinds) if kind == FLEMING_HARRINGTON]
    largest = float(np.abs(found.z[combined]).max())
    p = largest_of(found.correlation[np.ix_(combined, combined)], largest)
    row = {**keys, "method": "MaxCombo", "variable_level": parameters["maximum_label"]}
    yield from named(row, {"statistic": largest, "p": p})
