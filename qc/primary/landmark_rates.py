"""Recomputes the table of Kaplan-Meier rates at landmarks and of their differences."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from qc.contract import as_frame, named
from qc.primary.event_time import Endpoint, endpoint
from qc.survival import rate_difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]

PERCENT = {"estimate", "lower", "upper"}
"""Statistics of a difference that are given in percentage points."""


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a table of rates."""
    months = output.parameters["landmarks_months"]
    time = endpoint(data, plan, output.population[0], output.parameters["paramcd"])
    return as_frame(output, [*time.subjects(), *time.status(), *time.rates(months), *_differences(time, months)])


def _differences(time: Endpoint, months: Iterable[float]) -> Iterator[Row]:
    """Each test arm less control, not stratified."""
    study = time.plan.study
    control = time.curve(study.arm("control"))
    for arm in study.test_arms:
        test, keys = time.curve(arm), time.of(arm, "RATE_DIFFERENCE", "Difference of Kaplan-Meier estimates, Greenwood")
        for month in months:
            found = asdict(rate_difference(test, control, float(month), study.confidence))
            numbers = {name: 100.0 * value if name in PERCENT else value for name, value in found.items()}
            yield from named({**keys, "variable": "MONTH", "variable_level": f"{month:g}"}, numbers)
