"""Recompute the duration of follow-up: events, censoring, reverse Kaplan–Meier, range of the censored."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from qc.contract import arm_variable, as_frame, event_times, members, named, subjects
from qc.descriptive import columns, count_rows, describe
from qc.survival import Limits, ProductLimit

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table, for each time to an event that the plan lists."""
    analysis_set = output.population[0]
    adsl = members(data, plan, analysis_set)
    rows = [*subjects(plan, analysis_set, adsl)]
    for parameter in output.parameters["paramcd"]:
        keys: Row = {
            "dataset": "ADTTE",
            "analysis_set": analysis_set,
            "group1": arm_variable(plan, analysis_set),
            "group2": "PARAMCD",
            "group2_level": parameter,
        }
        times = event_times(data, plan, analysis_set, parameter).set_index("USUBJID")
        rows += _counts(keys, plan, adsl.set_index("USUBJID"), times)
        rows += _follow_up(keys, plan, times)
    return as_frame(output, rows)


def _counts(keys: Row, plan: Plan, adsl: pd.DataFrame, times: pd.DataFrame) -> Iterator[Row]:
    """Events and censorings, whole and by description, as percentages of the arm."""
    who = columns(plan, adsl, total=False)
    for name, chosen in (("EVENTS", times["CNSR"].eq(0)), ("CENSORED", times["CNSR"].ne(0))):
        row = {**keys, "analysis_id": name}
        yield from count_rows(row, _on(adsl, times[chosen]), who)
        for description in times.loc[chosen, "EVNTDESC"].unique():
            detail = {**row, "variable": "EVNTDESC", "variable_level": description}
            yield from count_rows(detail, _on(adsl, times[chosen & times["EVNTDESC"].eq(description)]), who)


def _on(adsl: pd.DataFrame, records: pd.DataFrame) -> pd.Series:
    return adsl.index.to_series().isin(records.index)


def _follow_up(keys: Row, plan: Plan, times: pd.DataFrame) -> Iterator[Row]:
    """Median of the curve on which censoring is the event; shortest and longest time of the censored."""
    for arm in plan.study.arms:
        mine = times[times["ARM"].eq(arm.id)]
        row = {**keys, "group1_level": arm.id}
        censored = mine["CNSR"].ne(0)
        median = _reverse_median(mine["AVAL"], censored, plan.study.confidence)
        reverse = {"analysis_id": "FOLLOW_UP", "method": "Kaplan-Meier of censoring, log-log"}
        yield from named({**row, **reverse}, vars(median))
        extremes = describe(mine.loc[censored, "AVAL"])
        numbers = {name: extremes[name] for name in ("min", "max")}
        yield from named({**row, "analysis_id": "FOLLOW_UP_RANGE", "method": "Range"}, numbers)


def _reverse_median(time: pd.Series, censored: pd.Series, confidence: float) -> Limits:
    if time.empty:
        return Limits(math.nan, math.nan, math.nan)
    return ProductLimit(time.to_numpy(float), censored.to_numpy(bool), confidence).quantile(0.5)
