"""Recompute the timing of tumour assessments: intervals, windows, missed assessments, by patient and by visit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import kruskal

from csrbook.errors import PlanError
from qc.conditions import holds
from qc.contract import arm_variable, as_frame, members, named
from qc.descriptive import column_rows, columns, count_rows, describe
from qc.population.summary import variable_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]

DAYS_OF_WEEK = 7


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table."""
    analysis_set = output.population[0]
    adsl = members(data, plan, analysis_set)
    records = _assessments(data, output, adsl)
    patients = _patients(adsl, records, plan)
    who = columns(plan, patients)
    keys: Row = {"dataset": "ADRS", "analysis_set": analysis_set, "group1": arm_variable(plan, analysis_set)}
    rows = [*column_rows(plan, analysis_set, who)]
    for name in ("NASSESS", "INTERVAL"):
        rows += variable_rows(keys, {"name": name, "type": "continuous"}, patients, who, patients[name])
    for name in ("OFFFL", "MISSFL", "MISS2FL"):
        rows += variable_rows(keys, {"name": name, "type": "flag"}, patients, who, patients[name])
    rows += _wilcoxon(keys, patients, plan)
    rows += _visits(keys, records, plan, output.parameters["last_week"])
    return as_frame(output, rows)


def _assessments(data: Data, output: Output, adsl: pd.DataFrame) -> pd.DataFrame:
    """Assessments in order of date with ``OFF``, days from the scheduled date, and the scheduled and observed gaps.

    ``WEEKS``: scheduled weeks since the assessment before; ``DAYS``: days since it; the first follows randomisation.
    """
    adrs = data.dataset("ADRS")
    columns_used = ["USUBJID", "AVISITN", "ADT"]
    records = adrs.loc[holds(adrs, output.parameters["where"]), columns_used]
    records = records.merge(adsl[["USUBJID", "ARM", "RANDDT"]], on="USUBJID").sort_values(["USUBJID", "ADT"])
    before = records.groupby("USUBJID")[["AVISITN", "ADT"]].shift()
    return records.assign(
        OFF=records["ADT"] - records["RANDDT"] - DAYS_OF_WEEK * records["AVISITN"],
        WEEKS=records["AVISITN"] - before["AVISITN"].fillna(0.0),
        DAYS=records["ADT"] - before["ADT"].fillna(records["RANDDT"]),
    )


def _patients(adsl: pd.DataFrame, records: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """One row a patient: number of assessments, mean interval in weeks, and the three flags."""
    every, window = _schedule(plan)
    flags = {
        "OFFFL": records["OFF"].abs() > window,
        "MISSFL": records["WEEKS"] >= 2 * every,
        "MISS2FL": records["WEEKS"] >= 3 * every,
    }
    subject = adsl["USUBJID"]
    return adsl.assign(
        NASSESS=subject.map(records.groupby("USUBJID").size()).fillna(0.0),
        INTERVAL=subject.map(records.groupby("USUBJID")["DAYS"].mean()) / DAYS_OF_WEEK,
        **{
            name: subject.isin(records.loc[chosen, "USUBJID"]).map({True: "Y", False: ""})
            for name, chosen in flags.items()
        },
    )


def _schedule(plan: Plan) -> tuple[int, int]:
    """Weeks between assessments and days of the window either side."""
    weeks, days = plan.study.scan_interval_weeks, plan.study.scan_window_days
    if weeks is None or days is None:
        raise PlanError("a table of the timing of assessments in a trial without a schedule of them", "sap/study.yaml")
    return weeks, days


def _wilcoxon(keys: Row, patients: pd.DataFrame, plan: Plan) -> Iterator[Row]:
    """Rank-sum test of the mean intervals against control: the Kruskal–Wallis test of two groups, which equals it."""
    control = _intervals(patients, plan.study.arm("control").id)
    for arm in plan.study.test_arms:
        test = _intervals(patients, arm.id)
        row = {**keys, "analysis_id": "WILCOXON", "method": "Wilcoxon rank-sum test", "variable": "INTERVAL"}
        numbers = {"chi_square": math.nan, "p": math.nan}
        if len(test) and len(control) and len(np.unique(np.concatenate([test, control]))) > 1:
            numbers["chi_square"], numbers["p"] = kruskal(test, control)
        yield from named({**row, "group1_level": arm.id}, numbers)


def _intervals(patients: pd.DataFrame, arm: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return patients.loc[patients["ARM"].eq(arm), "INTERVAL"].dropna().to_numpy(float)


def _visits(keys: Row, records: pd.DataFrame, plan: Plan, last_week: int) -> Iterator[Row]:
    """Patients assessed at each scheduled week, those outside the window among them, and the days off schedule."""
    every, window = _schedule(plan)
    for week in range(every, last_week + 1, every):
        visit = records[records["AVISITN"].eq(week)]
        who = columns(plan, visit)
        row = {**keys, "variable": "AVISITN", "variable_level": f"{week}"}
        yield from count_rows({**row, "analysis_id": "VISIT_OFF"}, visit["OFF"].abs() > window, who)
        for column, inside in who.items():
            mine = {**row, "group1_level": column}
            yield {**mine, "analysis_id": "VISIT", "method": "Count", "stat_name": "n", "value": float(inside.sum())}
            days = describe(visit.loc[inside, "OFF"])
            numbers = {name: days[name] for name in ("median", "min", "max")}
            yield from named({**mine, "analysis_id": "VISIT_DAYS", "method": "Descriptive statistics"}, numbers)
