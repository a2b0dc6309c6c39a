"""Recomputes exposure-adjusted rates: first events over the time up to them, and all events over all the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.conditions import holds
from qc.contract import as_frame
from qc.rates import rate_ratio
from qc.safety.adverse_events import Patients, condition_keys
from qc.safety.overview import rate_rows, years

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["frequent", "recompute"]

PER = 100.0
"""Patient-years of the unit of a rate."""


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table of rates."""
    return as_frame(output, _rows(Patients(data, output, plan)))


def frequent(patients: Patients, variable: str, percent: float) -> list[str]:
    """Levels of the treatment-emergent events that at least a percentage of the patients of some arm had."""
    emergent = patients.emergent
    affected = emergent.groupby([variable, "ARM"])["USUBJID"].nunique().reset_index(name="N")
    reached = 100.0 * affected["N"] >= percent * affected["ARM"].map(patients.sizes)
    return [str(level) for level in affected.loc[reached, variable].unique()]


def _rows(patients: Patients) -> Iterator[Row]:
    yield from patients.heads()
    emergent, terms = patients.emergent, patients.output.parameters["terms"]
    for measure in patients.output.parameters["measures"]:
        for row in patients.output.parameters["rows"]:
            if "id" not in row:
                continue
            where, any_of = row.get("where", ()), row.get("any_of", ())
            keys = {"analysis_id": f"{measure}.{row['id']}", **condition_keys(where, any_of)}
            yield from _rates(patients, keys, emergent[holds(emergent, where, any_of)], measure)
        for term in frequent(patients, terms["variable"], terms["minimum_percent"]):
            keys = {
                "analysis_id": f"{measure}.TERM",
                "variable": terms["variable"],
                "variable_level": term or "MISSING",
            }
            yield from _rates(patients, keys, emergent[emergent[terms["variable"]].eq(term)], measure)


def _rates(patients: Patients, keys: Row, events: pd.DataFrame, measure: str) -> Iterator[Row]:
    """Rates of the arms and their ratio."""
    risk = patients.adsl.set_index("USUBJID")["RISK"]
    counted = events["ARM"].value_counts()
    if measure == "PATIENTS":
        first = events.groupby("USUBJID")["START"].min()
        risk = risk.where(~risk.index.isin(first.index), first.reindex(risk.index).clip(upper=risk))
        counted = events.groupby("ARM")["USUBJID"].nunique()
    days = risk.groupby(patients.adsl.set_index("USUBJID")["ARM"]).sum()
    study = patients.plan.study
    number = {arm.id: int(counted.get(arm.id, 0)) for arm in study.arms}
    time = {arm.id: years(float(days.get(arm.id, 0.0)), patients.plan) for arm in study.arms}
    row = {**patients.keys(), **keys}
    for arm in study.arms:
        yield from rate_rows({**row, "group1_level": arm.id}, number[arm.id], time[arm.id], PER, patients.plan)
    control = study.arm("control").id
    for arm in study.test_arms:
        ratio = rate_ratio(number[arm.id], time[arm.id], number[control], time[control], study.confidence)
        for name, value in (("ratio", ratio.estimate), ("lower", ratio.lower), ("upper", ratio.upper)):
            keyed = {**row, "group1_level": arm.id, "method": "Rate ratio, exact"}
            yield {**keyed, "stat_name": name, "value": value}
