"""Recomputes the restricted means, their difference and ratio."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from qc.contract import Data, Row, as_frame, event_times, members, named, of_parameter, share, subjects
from qc.restricted_mean import difference, exponential_loss, ratio, restricted_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Arm, Output, Plan

__all__ = ["recompute"]

METHOD = "Restricted mean, Greenwood"


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table: status of the subjects, and the restricted means to either horizon."""
    chosen, parameter = output.population[0], output.parameters["paramcd"]
    frame = event_times(data, plan, chosen, parameter)
    adsl = members(data, plan, chosen)
    keys = of_parameter(plan, chosen, parameter)
    rows = [*subjects(plan, chosen, adsl), *_status(keys, frame, adsl, plan)]
    for test in plan.study.test_arms:
        arms = [test, plan.study.arm("control")]
        shorter = min(frame.loc[frame["ARM"].eq(arm.id), "AVAL"].max() for arm in arms)
        horizons = {"PRESPECIFIED": float(output.parameters["horizon_months"]), "SHORTER FOLLOW-UP": float(shorter)}
        for name, horizon in horizons.items():
            rows += _comparison({**keys, "variable": "HORIZON", "variable_level": name}, frame, arms, horizon, plan)
    return as_frame(output, rows)


def _status(keys: Row, frame: pd.DataFrame, adsl: pd.DataFrame, plan: Plan) -> Iterator[Row]:
    """Subjects with an event and censored, and of either those by kind; the percentage is of the arm."""
    happened = frame["CNSR"].eq(0)
    for arm in plan.study.arms:
        here = frame["ARM"].eq(arm.id)
        whole = int(adsl["ARM"].eq(arm.id).sum())
        for analysis, chosen in (("EVENTS", happened), ("CENSORED", ~happened)):
            row = {**keys, "analysis_id": analysis, "method": "Count and percentage", "group1_level": arm.id}
            yield from share(row, int((here & chosen).sum()), whole)
            for kind in frame.loc[chosen, "EVNTDESC"].unique():
                detail = {**row, "variable": "EVNTDESC", "variable_level": kind}
                yield from share(detail, int((here & chosen & frame["EVNTDESC"].eq(kind)).sum()), whole)


def _comparison(keys: Row, frame: pd.DataFrame, arms: list[Arm], horizon: float, plan: Plan) -> Iterator[Row]:
    """Mean of the test and of the control arm, difference, ratio, and the margin in months."""
    test = arms[0]
    confidence = plan.study.confidence
    keys = {**keys, "group1_level": test.id, "method": METHOD}
    yield from named({**keys, "analysis_id": "RMST_COMPARISON"}, {"tau": horizon})
    means = []
    for arm in arms:
        here = frame[frame["ARM"].eq(arm.id)]
        mean = restricted_mean(here["AVAL"], here["CNSR"].eq(0), horizon)
        limits = mean.limits(confidence)
        row = {**keys, "analysis_id": "RMST", "group1_level": arm.id, "group2": "COMPARISON", "group2_level": test.id}
        yield from named(row, {"estimate": limits.estimate, "lower": limits.lower, "upper": limits.upper})
        means.append(mean)
    found = difference(means[0], means[1], confidence)
    for analysis, contrast in (("RMST_DIFFERENCE", found), ("RMST_RATIO", ratio(means[0], means[1], confidence))):
        yield from named({**keys, "analysis_id": analysis}, vars(contrast))
    rule, design = plan.study.noninferiority, plan.study.sample_size
    if rule is not None and design is not None:
        loss = exponential_loss(rule.margin, design.control_median, horizon)
        row = {**keys, "analysis_id": "RMST_MARGIN", "method": "Exponential times of the design"}
        # Without limits the page has a word here and no number.
        met = {} if math.isnan(found.lower) else {"met": float(found.lower > -loss)}
        yield from named(row, {"margin": -loss, **met})
