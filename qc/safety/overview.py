"""Recomputes the overview of adverse events and the table of events of special interest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qc.conditions import holds
from qc.contract import as_frame
from qc.rates import garwood
from qc.safety.adverse_events import Patients, condition_keys, share_of_arms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute", "years"]

MONTHS = 12.0
"""Months of a year."""


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a table of kinds of treatment-emergent adverse events."""
    return as_frame(output, _rows(Patients(data, output, plan)))


def years(days: float, plan: Plan) -> float:
    """Days as years of twelve months of the plan."""
    return days / (MONTHS * plan.study.days_per_month)


def _rows(patients: Patients) -> Iterator[Row]:
    yield from patients.heads()
    for row in patients.output.parameters["rows"]:
        if "id" not in row:
            continue
        where, any_of = row.get("where", ()), row.get("any_of", ())
        chosen = patients.emergent[holds(patients.emergent, where, any_of)]
        keys: Row = {**patients.keys(), "analysis_id": row["id"], **condition_keys(where, any_of)}
        yield from _kind(patients, keys, chosen, test=row.get("test", False))
        if "by" in row:
            part: Row = {**keys, "analysis_id": f"{row['id']}.BY", "variable": row["by"]}
            for level, events in chosen.groupby(row["by"]):
                yield from _kind(patients, {**part, "variable_level": level or "MISSING"}, events)


def _kind(patients: Patients, keys: Row, events: pd.DataFrame, *, test: bool = False) -> Iterator[Row]:
    """Patients, events, risk difference and, where the plan asks for it, the rate of a kind of event."""
    affected = events.groupby("ARM")["USUBJID"].nunique()
    records = events["ARM"].value_counts()
    yield from share_of_arms(keys, affected, patients.sizes)
    for arm in patients.plan.study.arms:
        number = float(records.get(arm.id, 0))
        yield {**keys, "group1_level": arm.id, "method": "Count", "stat_name": "events", "value": number}
    yield from patients.differences(keys, affected, test=test)
    rule: Mapping[str, Any] | None = patients.output.parameters.get("rates")
    if rule is not None:
        time = patients.adsl.groupby("ARM")["RISK"].sum()
        for arm in patients.plan.study.arms:
            exposure = years(float(time.get(arm.id, 0.0)), patients.plan)
            row = {**keys, "group1_level": arm.id}
            yield from rate_rows(row, int(records.get(arm.id, 0)), exposure, float(rule["per"]), patients.plan)


def rate_rows(keys: Row, events: int, exposure: float, per: float, plan: Plan) -> Iterator[Row]:
    """Events, years and the rate with Garwood's limits."""
    rate = garwood(events, exposure, per, plan.study.confidence)
    numbers = {"n": events, "years": exposure, "rate": rate.estimate, "lower": rate.lower, "upper": rate.upper}
    for name, value in numbers.items():
        yield {**keys, "method": "Rate, Garwood", "stat_name": name, "value": float(value)}
