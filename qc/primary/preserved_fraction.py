"""Recomputes the table of the fraction of the control's effect that is preserved (plan, section 10.5)."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING

from scipy.stats import norm

from qc.contract import as_frame, named
from qc.primary.event_time import Comparison, endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table: the hazard ratio, and the synthesis test under each assumption of the grid."""
    time = endpoint(data, plan, output.population[0], output.parameters["paramcd"])
    rows: list[Row] = []
    for pair in time.comparisons():
        rows.extend([*pair.hazard_ratio_rows(), *_preserved(pair, output)])
    return as_frame(output, rows)


def _preserved(pair: Comparison, output: Output) -> Iterator[Row]:
    """Rothmann's statistic, by the normal distribution of the sum of two independent log hazard ratios."""
    parameters, fit = output.parameters, pair.fit
    keys = {**pair.endpoint.of(pair.test, "PRESERVED", "Synthesis test"), "variable": "ASSUMPTION"}
    grid = product(parameters["hazard_ratios"], parameters["standard_errors"], parameters["fractions"])
    for ratio, error, fraction in grid:
        kept = 1.0 - fraction
        total = fit.log_hazard_ratio + kept * math.log(ratio)
        spread = math.hypot(fit.standard_error, kept * error)
        numbers = {
            "assumed_hr": ratio,
            "assumed_se": error,
            "z": total / spread,
            "p": norm.cdf(total, scale=spread),
        }
        level = f"HR {ratio:g}, SE {error:g}, fraction {fraction:g}"
        yield from named({**keys, "variable_level": level}, numbers)
