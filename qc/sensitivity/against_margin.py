"""Rows that the sensitivity analyses of a hazard ratio share: subjects and events by arm, test against the margin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.contract import Row, against_control, named, share
from qc.survival import CoxEstimate, cox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from csrbook.plan.models import Arm, NonInferiority, Plan

__all__ = ["analysed", "cox_against_margin", "tested"]


def analysed(keys: Row, frame: pd.DataFrame, arms: Iterable[Arm]) -> Iterator[Row]:
    """Subjects analysed in each arm, and those with an event."""
    for arm in arms:
        here = frame[frame["ARM"].eq(arm.id)]
        row = {**keys, "group1_level": arm.id}
        yield {**row, "analysis_id": "ANALYSED", "method": "Count", "stat_name": "n", "value": float(len(here))}
        events = int(here["CNSR"].eq(0).sum())
        yield from share({**row, "analysis_id": "EVENTS", "method": "Count and percentage"}, events, len(here))


def tested(keys: Row, method: str, fit: CoxEstimate, rule: NonInferiority) -> Iterator[Row]:
    """Hazard ratio with limits, and the test against the margin."""
    limits = fit.limits(1.0 - 2.0 * rule.alpha_one_sided)
    numbers = {
        "hr": limits.estimate,
        "lower": limits.lower,
        "upper": limits.upper,
        "log_hr": fit.log_hazard_ratio,
        "se": fit.standard_error,
        "z": fit.z_against(rule.margin),
        "p": fit.p_below(rule.margin),
        "met": float(limits.upper < rule.margin),
    }
    yield from named({**keys, "analysis_id": "ANALYSIS", "method": method}, numbers)


def cox_against_margin(
    keys: Row, frame: pd.DataFrame, plan: Plan, stratum: str | None, method: str | None = None
) -> Iterator[Row]:
    """Subjects and events, and the Cox model of each test arm against control, in the strata of a column."""
    rule = plan.study.noninferiority
    if rule is None:
        raise ValueError("the plan has no margin")
    labelled = frame.assign(COX_STRATUM=frame[stratum] if stratum else "all")
    yield from analysed(keys, frame, plan.study.arms)
    for test, both in against_control(plan, labelled):
        fit = cox(
            both["AVAL"].to_numpy(float),
            both["CNSR"].eq(0).to_numpy(),
            both["TEST"].to_numpy(bool),
            both["COX_STRATUM"].to_numpy(object),
        )
        name = method or ("Cox proportional hazards, Efron" + (", stratified" if stratum else ""))
        yield from tested({**keys, "group1_level": test.id}, name, fit, rule)
