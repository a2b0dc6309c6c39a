"""Duration of response and time to response of confirmed responders (plan, sections 8.3 and 11): no comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.contract import Data, Row, arm_variable, as_frame, event_times, members, named, share, subjects
from qc.descriptive import describe
from qc.survival import Limits, ProductLimit

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan

__all__ = ["recompute"]

QUARTILES = {0.25: "KM_Q1", 0.5: "KM_MEDIAN", 0.75: "KM_Q3"}


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a table of the duration of an event's consequence and of the time to it."""
    (analysis_set,) = output.population
    adsl = members(data, plan, analysis_set)
    given = output.parameters
    duration = event_times(data, plan, analysis_set, given["paramcd"])
    onset = event_times(data, plan, analysis_set, given["response_paramcd"])
    keys = {"dataset": "ADTTE", "analysis_set": analysis_set, "group1": arm_variable(plan, analysis_set)}
    of_duration = {**keys, "group2": "PARAMCD", "group2_level": given["paramcd"]}

    rows = list(subjects(plan, analysis_set, adsl))
    for arm in plan.study.arms:
        here = {"group1_level": arm.id}
        responders = duration[duration["ARM"].eq(arm.id)]
        row = {**keys, **here, "group2": "PARAMCD", "analysis_id": "RESPONDERS", "method": "Count and percentage"}
        rows.extend(share(row, len(responders), int(adsl["ARM"].eq(arm.id).sum())))
        rows.extend(_status({**of_duration, **here}, responders, duration))
        rows.extend(_curve({**of_duration, **here}, responders, output, plan.study.confidence))
        first = onset.loc[onset["ARM"].eq(arm.id), "AVAL"]
        summary = {"analysis_id": "SUMMARY", "method": "Descriptive statistics", "variable": given["response_paramcd"]}
        rows.extend(named({**keys, **here, **summary}, describe(first)))
    return as_frame(output, rows)


def _status(keys: Row, responders: pd.DataFrame, everybody: pd.DataFrame) -> Iterator[Row]:
    """Events and censorings, in all and by the descriptions that occur in any arm, as percentage of the responders."""
    for analysis, code in (("EVENTS", everybody["CNSR"].eq(0)), ("CENSORED", everybody["CNSR"].ne(0))):
        row = {**keys, "analysis_id": analysis, "method": "Count and percentage"}
        inside = responders.loc[code[responders.index], "EVNTDESC"]
        yield from share(row, len(inside), len(responders))
        for description in everybody.loc[code, "EVNTDESC"].unique():
            detail = {**row, "variable": "EVNTDESC", "variable_level": description}
            yield from share(detail, int(inside.eq(description).sum()), len(responders))


def _curve(keys: Row, responders: pd.DataFrame, output: Output, confidence: float) -> Iterator[Row]:
    """Quantiles and rates of the duration, and the median of the follow-up."""
    time, event = responders["AVAL"].to_numpy(float), responders["CNSR"].eq(0).to_numpy()
    lasting = ProductLimit(time, event, confidence)
    estimate = {**keys, "method": "Kaplan-Meier, log-log"}
    for part in output.parameters["quantiles"]:
        name = QUARTILES.get(part, f"KM_P{100.0 * part:g}")
        yield from _limits({**estimate, "analysis_id": name}, lasting.quantile(part))
    for month in output.parameters["landmarks_months"]:
        detail = {"analysis_id": "KM_RATE", "variable": "MONTH", "variable_level": f"{month:g}"}
        yield from _limits({**estimate, **detail}, lasting.at(float(month)), 100.0)
    censoring = ProductLimit(time, ~event, confidence)
    follow_up = {"analysis_id": "FOLLOW_UP", "method": "Kaplan-Meier of censoring, log-log"}
    yield from _limits({**keys, **follow_up}, censoring.quantile(0.5))


def _limits(keys: Row, limits: Limits, scale: float = 1.0) -> Iterator[Row]:
    numbers = {"estimate": limits.estimate, "lower": limits.lower, "upper": limits.upper}
    yield from named(keys, {name: scale * value for name, value in numbers.items()})
