"""Status of a marker at baseline and at a second visit, and the effect of treatment by the status at baseline."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy.stats import chi2, norm

from qc.biomarker.marker_effects import effects, events
from qc.biomarker.markers import NOT_EVALUABLE, biomarkers, marker_times, status
from qc.contract import Data, Row, arm_variable, as_frame, members, named, share
from qc.descriptive import column_rows, columns, count_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from csrbook.plan.models import Biomarker, Output, Plan

__all__ = ["mcnemar", "recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a table of conversion."""
    (analysis_set,) = output.population
    given = output.parameters
    adsl = members(data, plan, analysis_set)
    who = columns(plan, adsl)
    keys = {"analysis_set": analysis_set, "group1": arm_variable(plan, analysis_set)}
    of_times = {**keys, "dataset": "ADTTE", "group2": "PARAMCD", "group2_level": given["paramcd"]}

    rows = list(column_rows(plan, analysis_set, who))
    for marker in biomarkers(plan).markers:
        if marker.id in given["markers"]:
            first = status(data, marker, adsl["USUBJID"])
            second = status(data, marker, adsl["USUBJID"], given["second_visit"])
            rows.extend(_pairs({**keys, "dataset": "ADBM"}, marker, first, second, who, plan.study.confidence))
    markers = marker_times(data, plan, analysis_set, given["paramcd"])
    shown = [times for times in markers if times.marker.id in given["markers"]]
    for times in shown:
        rows.extend(events(of_times, plan, times))
    # The q-values are those among all markers, of which only some are shown.
    names = {times.marker.parameter for times in shown}
    rows.extend(row for row in effects(of_times, plan, markers) if row["variable"] in names)
    return as_frame(output, rows)


def _pairs(
    keys: Row,
    marker: Biomarker,
    first: pd.Series,
    second: pd.Series,
    who: Mapping[str, pd.Series],
    confidence: float,
) -> Iterator[Row]:
    """Valid results at either visit and at both of all patients; the four courses of the pairs; McNemar's test."""
    levels = (marker.positive, marker.negative)
    row = {**keys, "analysis_id": "PAIRED", "variable": marker.parameter}
    valid = {"FIRST": first.ne(NOT_EVALUABLE), "SECOND": second.ne(NOT_EVALUABLE)}
    pairs = valid["FIRST"] & valid["SECOND"]
    for name, there in {**valid, "PAIRS": pairs}.items():
        yield from count_rows({**row, "variable_level": name}, there, who)
    for column, inside in who.items():
        here = {**row, "group1_level": column}
        count = {(a, b): int((inside & first.eq(a) & second.eq(b)).sum()) for a in levels for b in levels}
        size = sum(count.values())
        for (a, b), n in count.items():
            detail = {**here, "method": "Count and percentage", "variable_level": f"{a} / {b}"}
            yield from share(detail, n, size)
        lost, gained = count[levels], count[levels[::-1]]
        detail = {**here, "analysis_id": "MCNEMAR", "method": "McNemar"}
        yield from named(detail, mcnemar(lost, gained, size, confidence))


def mcnemar(lost: int, gained: int, pairs: int, confidence: float = 0.95) -> dict[str, float]:
    """Change of the percentage with Wald limits, McNemar's test without correction, and its exact p-value.

    Limits do not go beyond -100 and 100. Where no pair changed there is neither a test nor a limit.
    """
    changed = lost + gained
    difference = (gained - lost) / pairs if pairs else math.nan
    numbers = {"difference": 100.0 * difference}
    if not changed:
        return {**numbers, **dict.fromkeys(("lower", "upper", "chi2", "p", "p_exact"), math.nan)}
    half = norm.isf((1.0 - confidence) / 2.0) * math.sqrt(max(changed - (gained - lost) ** 2 / pairs, 0.0)) / pairs
    chi_square = (gained - lost) ** 2 / changed
    return {
        **numbers,
        "lower": 100.0 * max(difference - half, -1.0),
        "upper": 100.0 * min(difference + half, 1.0),
        "chi2": chi_square,
        "p": float(chi2.sf(chi_square, 1)),
        "p_exact": min(1.0, 2 * sum(math.comb(changed, k) for k in range(min(lost, gained) + 1)) / 2**changed),
    }
