"""Recomputes the hazard ratio in other populations, without single sites, and with a frailty of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.contract import Data, Row, against_control, as_frame, event_times, named, of_parameter
from qc.gamma_frailty import gamma_frailty
from qc.sensitivity.against_margin import analysed, cox_against_margin, tested

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import NonInferiority, Output, Plan

__all__ = ["recompute"]

FRAILTY = "Cox proportional hazards, Efron, gamma frailty of the site"


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table: populations, frailty, and each site of some size left out."""
    rule = plan.study.noninferiority
    if rule is None:
        raise ValueError("the plan has no margin")
    parameter = output.parameters["paramcd"]
    strata = "STRATUM" if plan.study.strata else None
    rows: list[Row] = []
    for population in output.parameters["populations"]:
        chosen = population["analysis_set"]
        keys = _keys(plan, chosen, parameter, f"SET {chosen}")
        rows += cox_against_margin(keys, event_times(data, plan, chosen, parameter), plan, strata)

    chosen = output.population[0]
    frame = event_times(data, plan, chosen, parameter)
    rows += _frailty(_keys(plan, chosen, parameter, "FRAILTY"), frame, plan, rule)
    sizes = frame["SITEID"].value_counts().sort_index()
    for site, size in sizes[sizes >= output.parameters["smallest_site"]].items():
        keys = _keys(plan, chosen, parameter, f"WITHOUT {site}")
        rows += cox_against_margin(keys, frame[frame["SITEID"] != site], plan, strata)
        left_out = {**keys, "analysis_id": "SITE", "variable": "SITEID", "variable_level": str(site)}
        rows.append({**left_out, "stat_name": "n", "value": float(size)})
    return as_frame(output, rows)


def _keys(plan: Plan, chosen: str, parameter: str, analysis: str) -> Row:
    return {**of_parameter(plan, chosen, parameter), "variable": "ANALYSIS", "variable_level": analysis}


def _frailty(keys: Row, frame: pd.DataFrame, plan: Plan, rule: NonInferiority) -> Iterator[Row]:
    """Hazard ratio within a site, and the variance of the frailty."""
    yield from analysed(keys, frame, plan.study.arms)
    for test, both in against_control(plan, frame):
        fit = gamma_frailty(both["AVAL"], both["CNSR"].eq(0), both["TEST"], both["SITEID"], both["STRATUM"])
        row = {**keys, "group1_level": test.id}
        yield from tested(row, FRAILTY, fit.arm, rule)
        numbers = {"n": fit.groups, "theta": fit.variance, "chi_square": fit.chi_square, "p": fit.p}
        whole = {**row, "analysis_id": "FRAILTY", "method": FRAILTY, "variable": "", "variable_level": ""}
        yield from named(whole, numbers)
