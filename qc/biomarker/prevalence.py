"""Valid results and prevalence of the biomarkers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.biomarker.markers import NOT_EVALUABLE, biomarkers, status
from qc.contract import Data, Row, arm_variable, as_frame, members, named, share
from qc.descriptive import column_rows, columns, count_rows
from qc.proportions import clopper_pearson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from csrbook.plan.models import Biomarker, Output, Plan

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a table of prevalences."""
    (analysis_set,) = output.population
    adsl = members(data, plan, analysis_set)
    who = columns(plan, adsl)
    keys = {"dataset": "ADBM", "analysis_set": analysis_set, "group1": arm_variable(plan, analysis_set)}
    rows = list(column_rows(plan, analysis_set, who))
    for marker in biomarkers(plan).markers:
        result = status(data, marker, adsl["USUBJID"])
        rows.extend(_marker({**keys, "analysis_id": "PREVALENCE"}, marker, result, who, plan.study.confidence))
    return as_frame(output, rows)


def _marker(
    keys: Row, marker: Biomarker, result: pd.Series, who: Mapping[str, pd.Series], confidence: float
) -> Iterator[Row]:
    """Valid and not evaluable of all patients; the levels of the valid ones."""
    row = {**keys, "variable": marker.parameter}
    valid = result.ne(NOT_EVALUABLE)
    yield from count_rows({**row, "variable_level": "TESTED"}, valid, who)
    yield from count_rows({**row, "variable_level": NOT_EVALUABLE}, ~valid, who)
    for column, inside in who.items():
        here = {**row, "group1_level": column}
        tested = int((valid & inside).sum())
        for level in (marker.positive, marker.negative):
            detail = {**here, "method": "Count and percentage", "variable_level": level}
            yield from share(detail, int((result.eq(level) & inside).sum()), tested)
        limits = clopper_pearson(int((result.eq(marker.positive) & inside).sum()), tested, confidence)
        detail = {**here, "method": "Clopper-Pearson", "variable_level": marker.positive}
        yield from named(detail, {"lower": 100.0 * limits.lower, "upper": 100.0 * limits.upper})
