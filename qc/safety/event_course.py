"""Recomputes the course of an adverse event: prevalence by week, mean cumulative functions, duration of an episode."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from qc.conditions import holds
from qc.contract import as_frame, share
from qc.safety.adverse_events import Patients
from qc.survival import ProductLimit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["mean_cumulative", "recompute"]

WEEK = 7


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the figure."""
    return as_frame(output, _rows(Patients(data, output, plan)))


def _rows(patients: Patients) -> Iterator[Row]:
    yield from patients.heads()
    rule = patients.output.parameters
    episodes = _episodes(patients, rule)
    kinds = {name: episodes[holds(episodes, kind.get("where", ()))] for name, kind in rule["kinds"].items()}
    for arm in patients.plan.study.arms:
        adsl = patients.adsl[patients.adsl["ARM"].eq(arm.id)]
        keys: Row = {**patients.keys(), "group1_level": arm.id}
        at_risk = adsl["RISK"].to_numpy()[:, None] >= np.arange(1, WEEK * rule["weeks"] + 1)
        yield from _weeks(keys, at_risk)
        for name, kind in kinds.items():
            mine = kind[kind["ARM"].eq(arm.id)]
            yield from _prevalence({**keys, "analysis_id": f"PREVALENCE.{name}"}, at_risk, _days(adsl, mine, at_risk))
            yield from _duration({**keys, "analysis_id": f"DURATION.{name}"}, mine)
        yield from _cumulative(keys, adsl, episodes[episodes["ARM"].eq(arm.id)], at_risk, patients.plan)


def _episodes(patients: Patients, rule: dict[str, Any]) -> pd.DataFrame:
    """Records of the event with first and last day; one that does not end in the time at risk goes on to its end."""
    events = patients.events
    events = events[holds(events, rule["where"], rule.get("any_of", ())) & (events["START"] <= events["RISK"])]
    ended = events["END"] <= events["RISK"]
    return events.assign(ENDED=ended, LASTDAY=events["END"].where(ended, events["RISK"]))


def _days(adsl: pd.DataFrame, episodes: pd.DataFrame, at_risk: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a patient (row) has the event on a day (column)."""
    position = pd.Series(np.arange(len(adsl)), index=adsl["USUBJID"])
    days: NDArray[np.bool_] = np.zeros(at_risk.shape, dtype=np.bool_)
    for patient, first, last in zip(
        position.loc[episodes["USUBJID"]], episodes["START"], episodes["LASTDAY"], strict=True
    ):
        days[patient, max(int(first), 1) - 1 : int(last)] = True
    return days & at_risk


def _weeks(keys: Row, at_risk: NDArray[np.bool_]) -> Iterator[Row]:
    """Patients at risk on the first day of each week."""
    for week, number in enumerate(at_risk[:, ::WEEK].sum(axis=0), start=1):
        row = {**keys, "analysis_id": "AT_RISK", "method": "Count", "variable": "WEEK", "variable_level": str(week)}
        yield {**row, "stat_name": "n", "value": float(number)}


def _prevalence(keys: Row, at_risk: NDArray[np.bool_], days: NDArray[np.bool_]) -> Iterator[Row]:
    """Patients with the event on a day of the week, of those at risk on its first."""
    for week in range(at_risk.shape[1] // WEEK):
        here = at_risk[:, WEEK * week]
        having = here & days[:, WEEK * week : WEEK * (week + 1)].any(axis=1)
        row = {**keys, "method": "Count and percentage", "variable": "WEEK", "variable_level": str(week + 1)}
        yield from share(row, int(having.sum()), int(here.sum()))


def _duration(keys: Row, episodes: pd.DataFrame) -> Iterator[Row]:
    """Number of episodes and the Kaplan-Meier median of their days; those that go on are censored."""
    days = (episodes["LASTDAY"] - episodes["START"] + 1.0).to_numpy(float)
    median = ProductLimit(days, episodes["ENDED"].to_numpy(bool)).quantile(0.5).estimate if len(days) else math.nan
    yield {**keys, "method": "Count", "stat_name": "n", "value": float(len(days))}
    yield {**keys, "method": "Kaplan-Meier", "stat_name": "median", "value": median}


def _cumulative(
    keys: Row, adsl: pd.DataFrame, episodes: pd.DataFrame, at_risk: NDArray[np.bool_], plan: Plan
) -> Iterator[Row]:
    """Mean number of episodes, by their first days, and mean number of days with the event."""
    starts = np.zeros(at_risk.shape)
    position = pd.Series(np.arange(len(adsl)), index=adsl["USUBJID"])
    begun = episodes[episodes["START"].between(1, at_risk.shape[1])]
    np.add.at(starts, (position.loc[begun["USUBJID"]].to_numpy(), begun["START"].to_numpy(int) - 1), 1.0)
    amounts = {"EPISODES": starts, "DAYS": _days(adsl, episodes, at_risk).astype(float)}
    for name, amount in amounts.items():
        estimate, lower, upper = mean_cumulative(amount, at_risk, plan.study.confidence)
        seen = np.flatnonzero(at_risk.any(axis=0))
        for day in np.union1d(np.flatnonzero(amount.any(axis=0)), seen[-1:]):
            row = {**keys, "analysis_id": f"MCF.{name}", "method": "Mean cumulative function, Lawless-Nadeau"}
            row.update(variable="DAY", variable_level=str(day + 1))
            for stat, value in (("estimate", estimate), ("lower", lower), ("upper", upper)):
                yield {**row, "stat_name": stat, "value": float(value[day])}


def mean_cumulative(
    amount: NDArray[np.float64], at_risk: NDArray[np.bool_], confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean cumulative function by day with its limits, symmetric on the log scale.

    Parameters
    ----------
    amount : array of shape (patients, days)
        What the events of a patient on a day amount to.
    at_risk : array of shape (patients, days)
        Whether the patient is still observed on the day.
    confidence : float
        Level of the two-sided, pointwise limits.

    Notes
    -----
    The variance is that of Lawless and Nadeau (1995): the sum over patients of the squares of the sum over days of
    ``(amount - mean amount) / number at risk``. Days after the last patient's end have no value.
    """
    number = at_risk.sum(axis=0)
    known = number > 0
    size = np.where(known, number, 1)
    mean = np.where(at_risk, amount, 0.0).sum(axis=0) / size
    estimate = np.where(known, np.cumsum(mean), np.nan)
    residual = np.cumsum(np.where(at_risk, amount - mean, 0.0) / size, axis=1)
    error = np.sqrt((residual**2).sum(axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.exp(float(ndtri((1.0 + confidence) / 2.0)) * error / np.where(estimate > 0.0, estimate, np.nan))
    return estimate, estimate / factor, estimate * factor
