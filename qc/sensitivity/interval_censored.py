"""Recomputes the interval-censored analysis: Turnbull's curve, Sun's score test, the Weibull model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qc.contract import against_control, as_frame, event_times, members, named, of_parameter, share, subjects
from qc.descriptive import quantile
from qc.sensitivity.against_margin import tested
from qc.turnbull import sun_test, turnbull
from qc.weibull import weibull_arm

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import NonInferiority, Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]

WEIBULL = "Weibull proportional hazards, interval-censored"


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table."""
    rule = plan.study.noninferiority
    if rule is None:
        raise ValueError("the plan has no margin")
    chosen, parameter = output.population[0], output.parameters["paramcd"]
    frame = _with_intervals(data, event_times(data, plan, chosen, parameter), parameter, plan.study.days_per_month)
    keys = of_parameter(plan, chosen, parameter)
    rows = [*subjects(plan, chosen, members(data, plan, chosen))]
    for arm in plan.study.arms:
        rows += _arm({**keys, "group1_level": arm.id}, frame[frame["ARM"].eq(arm.id)], output.parameters)
    for test, both in against_control(plan, frame):
        rows += _comparison({**keys, "group1_level": test.id}, both, rule)
    return as_frame(output, rows)


def _with_intervals(data: Data, frame: pd.DataFrame, parameter: str, days_per_month: float) -> pd.DataFrame:
    """Add the months between which the event lies: ``LEFT``, ``RIGHT``, and its ``KIND``.

    Without an assessment, the left end is randomisation. A date of death is exact; who has no event is censored.
    """
    adtte = data.dataset("ADTTE")
    dates = adtte.loc[adtte["PARAMCD"].eq(parameter), ["USUBJID", "STARTDT", "INTLDT", "INTRDT"]]
    frame = frame.merge(dates, on="USUBJID", validate="one_to_one")
    months = {name: (frame[name] - frame["STARTDT"] + 1.0) / days_per_month for name in ("INTLDT", "INTRDT")}
    seen = frame["CNSR"].eq(0)
    exact = seen & frame["INTLDT"].eq(frame["INTRDT"])
    assessed = frame["INTLDT"].gt(frame["STARTDT"])
    left = months["INTLDT"].where(assessed, 0.0)
    return frame.assign(
        LEFT=left.mask(exact, frame["AVAL"]),
        RIGHT=months["INTRDT"].mask(exact, frame["AVAL"]).where(seen, np.inf),
        KIND=np.select([exact, seen], ["EXACT", "INTERVAL"], "NO EVENT"),
    )


def _arm(keys: Row, here: pd.DataFrame, parameters: dict[str, Any]) -> Iterator[Row]:
    """Kinds of times, width of the intervals, and Turnbull's median and rates."""
    for kind in ("EXACT", "INTERVAL", "NO EVENT"):
        row = {**keys, "analysis_id": "INTERVALS", "method": "Count", "variable": "KIND", "variable_level": kind}
        yield from share(row, int(here["KIND"].eq(kind).sum()), len(here))
    width = (here["RIGHT"] - here["LEFT"])[here["KIND"].eq("INTERVAL")]
    numbers = {"median": quantile(width, 0.5), "maximum": width.max()}
    yield from named({**keys, "analysis_id": "WIDTH", "method": "Descriptive"}, numbers)
    curve = turnbull(here["LEFT"], here["RIGHT"])
    keys = {**keys, "method": "Turnbull"}
    median = curve.quantile(0.5)
    yield from named({**keys, "analysis_id": "TURNBULL_MEDIAN"}, {"from": median[0], "to": median[1]})
    for month in parameters["landmarks_months"]:
        least, greatest = curve.at(float(month))
        row = {**keys, "analysis_id": "TURNBULL_RATE", "variable": "MONTH", "variable_level": f"{month:g}"}
        yield from named(row, {"from": 100.0 * least, "to": 100.0 * greatest})


def _comparison(keys: Row, both: pd.DataFrame, rule: NonInferiority) -> Iterator[Row]:
    """Score test and hazard ratio of a test arm against control, stratified."""
    columns = [both[name] for name in ("LEFT", "RIGHT", "TEST", "STRATUM")]
    score = sun_test(*columns)
    yield from named({**keys, "analysis_id": "SCORE_TEST", "method": "Sun, permutation form"}, vars(score))
    row = {**keys, "variable": "ANALYSIS", "variable_level": "WEIBULL"}
    yield from tested(row, WEIBULL, weibull_arm(*columns), rule)
