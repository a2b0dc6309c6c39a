"""Recompute the agreement of the stratification factors as randomised with those verified."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from qc.contract import arm_variable, as_frame, members, named
from qc.descriptive import as_text, column_rows, columns, count_rows, levels
from qc.population.kappa import kappa

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table, for each pair of variables."""
    analysis_set = output.population[0]
    adsl = members(data, plan, analysis_set)
    who = columns(plan, adsl)
    keys: Row = {"dataset": "ADSL", "analysis_set": analysis_set, "group1": arm_variable(plan, analysis_set)}
    rows = [*column_rows(plan, analysis_set, who)]
    for pair in output.parameters["pairs"]:
        rows += _pair(keys, pair, adsl, who, plan.study.confidence)
    return as_frame(output, rows)


def _pair(
    keys: Row, pair: dict[str, Any], adsl: pd.DataFrame, who: dict[str, pd.Series], confidence: float
) -> Iterator[Row]:
    """Cross-tabulation as percentages of those with both ratings, who is discordant, who lacks one, and kappa."""
    first, second = as_text(adsl[pair["first"]]), as_text(adsl[pair["second"]])
    rated = first.ne("") & second.ne("")
    row = {**keys, "analysis_id": pair["id"], "variable": f"{pair['first']} & {pair['second']}"}
    names = levels(second, levels(first, pair["levels"]))
    judged = {column: inside & rated for column, inside in who.items()}
    for one, other in product(names, repeat=2):
        yield from count_rows({**row, "variable_level": f"{one} / {other}"}, first.eq(one) & second.eq(other), judged)
    yield from count_rows({**row, "variable_level": "DISCORDANT"}, rated & first.ne(second), judged)
    for column, inside in who.items():
        mine = {**row, "group1_level": column}
        unrated = float((~rated & inside).sum())
        yield {**mine, "method": "Count", "variable_level": "NOT RATED", "stat_name": "n", "value": unrated}
        table = [[(inside & first.eq(one) & second.eq(other)).sum() for other in names] for one in names]
        yield from named({**mine, "method": "Cohen's kappa"}, kappa(np.array(table, dtype=float), confidence))
