"""Alterations at baseline and the allele fraction over time: the numbers beside the oncoprint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qc.biomarker.markers import NOT_EVALUABLE, biomarkers, status
from qc.contract import Data, Row, arm_variable, as_frame, members, named, share
from qc.descriptive import column_rows, columns, describe, describe_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from csrbook.plan.models import Output, Plan

__all__ = ["recompute"]

SHOWN = ("n", "median", "min", "max")


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of an oncoprint: altered and not evaluable by marker, allele fraction by visit, its change."""
    (analysis_set,) = output.population
    adsl = members(data, plan, analysis_set)
    who = columns(plan, adsl)
    keys = {"dataset": "ADBM", "analysis_set": analysis_set, "group1": arm_variable(plan, analysis_set)}
    rows = list(column_rows(plan, analysis_set, who))
    known = {marker.id: marker for marker in biomarkers(plan).markers}
    for name in output.parameters["markers"]:
        marker = known[name]
        result = status(data, marker, adsl["USUBJID"])
        row = {**keys, "analysis_id": "ALTERED", "variable": marker.parameter}
        rows.extend(_altered(row, marker.positive, result, who))
    rows.extend(_fractions(keys, data, output, adsl["USUBJID"], who))
    return as_frame(output, rows)


def _altered(keys: Row, positive: str, result: pd.Series, who: Mapping[str, pd.Series]) -> Iterator[Row]:
    """Altered patients as percentage of those with a valid result, and how many have none."""
    missing = result.eq(NOT_EVALUABLE)
    for column, inside in who.items():
        row = {**keys, "group1_level": column}
        altered = int((result.eq(positive) & inside).sum())
        detail = {**row, "method": "Count and percentage", "variable_level": positive}
        yield from share(detail, altered, int((~missing & inside).sum()))
        detail = {**row, "method": "Count", "variable_level": NOT_EVALUABLE}
        yield from named(detail, {"n": int((missing & inside).sum())})


def _fractions(
    keys: Row, data: Data, output: Output, subject: pd.Series, who: Mapping[str, pd.Series]
) -> Iterator[Row]:
    """Largest allele fraction at each visit; change from the first to the second visit of patients with both."""
    given = output.parameters
    adbm = data.dataset("ADBM")
    mine = adbm[adbm["PARAMCD"].eq(given["fraction"]) & adbm["BMSPEC"].eq(given["specimen"])]
    row = {**keys, "variable": given["fraction"]}
    at = {}
    for visit in given["visits"]:
        value = mine[mine["AVISIT"].eq(visit)].set_index("USUBJID", verify_integrity=True)["AVAL"]
        at[visit] = subject.map(value)
        detail = {**row, "analysis_id": "ALLELE_FRACTION", "variable_level": visit}
        yield from describe_rows(detail, at[visit], who, _shown)

    first, second, *_ = given["visits"]
    change = at[second] - at[first]
    row["analysis_id"] = "CHANGE"
    yield from describe_rows({**row, "variable_level": second}, change, who, _shown)
    for level, there in (("FALLEN", change < 0.0), ("GONE", (change < 0.0) & at[second].eq(0.0))):
        for column, inside in who.items():
            detail = {**row, "group1_level": column, "method": "Count and percentage", "variable_level": level}
            yield from share(detail, int((there & inside).sum()), int((change.notna() & inside).sum()))


def _shown(values: Any) -> dict[str, float]:
    summary = describe(values)
    return {name: summary[name] for name in SHOWN}
