"""What every program of the second programmer starts from: the subjects of a set, its arms and strata, rows of numbers.

The keys of the numbers are the contract between the two programmers (``csrbook qc template``); how the numbers come
about is each programmer's own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from csrbook.ard import ARD_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from csrbook.plan.models import Arm, Output, Plan

__all__ = [
    "MISSING",
    "Data",
    "Row",
    "against_control",
    "arm_variable",
    "as_frame",
    "event_times",
    "members",
    "named",
    "of_parameter",
    "share",
    "size",
    "stratum",
    "subjects",
]

Row = dict[str, Any]
"""The key columns of a number, as far as they apply, and its ``value``."""

MISSING = "Missing"
"""Level of a stratification factor that has no value."""


class Data(Protocol):
    """Locked data, as the engine's reader gives them."""

    def dataset(self, name: str) -> pd.DataFrame:
        """The records of a dataset: text with ``""`` for blank, numbers and SAS dates as floats with NaN."""


def as_frame(output: Output, rows: Iterable[Row]) -> pd.DataFrame:
    """Numbers of an output as the frame that is compared: :data:`csrbook.ard.ARD_KEYS` and ``value``."""
    complete = [{**dict.fromkeys(ARD_KEYS, ""), "output_id": output.id, **row} for row in rows]
    return pd.DataFrame(complete, columns=[*ARD_KEYS, "value"])


def arm_variable(plan: Plan, analysis_set: str) -> str:
    """``TRT01P``, or ``TRT01A`` where the set counts the treatment received."""
    return "TRT01P" if plan.study.analysis_set(analysis_set).treatment == "planned" else "TRT01A"


def members(data: Data, plan: Plan, analysis_set: str) -> pd.DataFrame:
    """ADSL of an analysis set in ``USUBJID`` order, with the id of the arm as ``ARM``."""
    chosen = plan.study.analysis_set(analysis_set)
    adsl = data.dataset("ADSL")
    if chosen.flag is not None:
        adsl = adsl[adsl[chosen.flag].eq("Y")]
    code = adsl[f"{arm_variable(plan, analysis_set)}N"]
    return adsl.assign(ARM=code.map({arm.code: arm.id for arm in plan.study.arms})).dropna(subset=["ARM"])


def stratum(frame: pd.DataFrame, variables: Iterable[str]) -> pd.Series:
    """Stratum of each subject, the factors' levels joined by ``/``; a blank level is the level ``Missing``."""
    names = list(variables)
    if not names or frame.empty:
        return pd.Series("all", index=frame.index, dtype=object)
    return frame[names].replace("", MISSING).agg("/".join, axis="columns")


def event_times(data: Data, plan: Plan, analysis_set: str, parameter: str) -> pd.DataFrame:
    """Members of a set that have a record of a time to an event, with ``AVAL``, ``CNSR``, ``EVNTDESC``, ``STRATUM``."""
    adtte = data.dataset("ADTTE")
    columns = ["USUBJID", "AVAL", "CNSR", "EVNTDESC"]
    records = adtte.loc[adtte["PARAMCD"] == parameter, columns].dropna(subset=["AVAL", "CNSR"])
    frame = members(data, plan, analysis_set).merge(records, on="USUBJID", how="inner", validate="one_to_one")
    return frame.assign(STRATUM=stratum(frame, [factor.variable for factor in plan.study.strata]))


def of_parameter(plan: Plan, analysis_set: str, parameter: str) -> Row:
    """Keys that the numbers of a parameter of ADTTE share."""
    return {
        "dataset": "ADTTE",
        "analysis_set": analysis_set,
        "group1": arm_variable(plan, analysis_set),
        "group2": "PARAMCD",
        "group2_level": parameter,
    }


def against_control(plan: Plan, frame: pd.DataFrame) -> Iterator[tuple[Arm, pd.DataFrame]]:
    """Each test arm, with the records of it and of control; ``TEST`` is 1 in the test arm and 0 in control."""
    control = plan.study.arm("control").id
    for arm in plan.study.test_arms:
        pair = frame[frame["ARM"].isin([arm.id, control])]
        yield arm, pair.assign(TEST=pair["ARM"].eq(arm.id).astype(float))


def share(keys: Row, count: int, whole: int) -> Iterator[Row]:
    """A count, ``n``, and its percentage of a whole, ``p``; NaN where the whole is nobody."""
    yield {**keys, "stat_name": "n", "value": float(count)}
    yield {**keys, "stat_name": "p", "value": 100.0 * count / whole if whole else math.nan}


def named(keys: Row, numbers: Mapping[str, float]) -> Iterator[Row]:
    """Several statistics of one analysis, by ``stat_name``."""
    for name, value in numbers.items():
        yield {**keys, "stat_name": name, "value": float(value)}


def subjects(plan: Plan, analysis_set: str, adsl: pd.DataFrame, arms: Iterable[Arm] | None = None) -> Iterator[Row]:
    """``N`` of each arm, as it stands in the head of a column."""
    for arm in plan.study.arms if arms is None else arms:
        yield size(plan, analysis_set, arm.id, int(adsl["ARM"].eq(arm.id).sum()))


def size(plan: Plan, analysis_set: str, column: str, count: int) -> Row:
    """``N`` of a column."""
    return {
        "analysis_id": "SUBJECTS",
        "method": "Count",
        "dataset": "ADSL",
        "analysis_set": analysis_set,
        "group1": arm_variable(plan, analysis_set),
        "group1_level": column,
        "variable": "USUBJID",
        "stat_name": "N",
        "value": float(count),
    }
