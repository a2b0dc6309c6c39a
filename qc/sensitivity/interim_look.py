"""Reconstructs the look at futility from the final data, and recomputes conditional power and boundaries."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scipy.stats import norm

from qc.conditions import holds
from qc.contract import (
    Data,
    Row,
    against_control,
    as_frame,
    event_times,
    members,
    named,
    of_parameter,
    subjects,
)
from qc.group_sequential import boundaries, conditional_power
from qc.sensitivity.against_margin import cox_against_margin

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import NonInferiority, Output, Plan, SampleSize

__all__ = ["recompute"]

METHOD = "Cox proportional hazards, Efron, stratified"


@dataclass(frozen=True)
class _Design:
    """What the plan says of the test and its size."""

    rule: NonInferiority
    size: SampleSize


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table: the look, conditional power, spending, and the final analysis."""
    study = plan.study
    if study.noninferiority is None or study.sample_size is None:
        raise ValueError("the plan has no margin or no planned number of events")
    design = _Design(study.noninferiority, study.sample_size)
    chosen, parameters = output.population[0], output.parameters
    keys = of_parameter(plan, chosen, parameters["paramcd"])
    final = _with_dates(data, event_times(data, plan, chosen, parameters["paramcd"]), parameters["paramcd"])
    needed = math.ceil(parameters["information"] * design.size.events)
    day = _day_of_event(final, needed)
    look = _as_of(day, final, _adequate(data, parameters["assessments"]), study.days_per_month)

    rows: list[Row] = [*subjects(plan, chosen, members(data, plan, chosen))]
    whole = {name: value for name, value in keys.items() if name != "group1"}
    # A day that never came is a text on the page and no number.
    known = {"events": float(needed)} if math.isnan(day) else {"events": float(needed), "day": day}
    rows += named({**whole, "analysis_id": "LOOK"}, known)
    for name, frame in (("LOOK", look), ("FINAL", final)):
        row = {**keys, "variable": "ANALYSIS", "variable_level": name}
        tests = list(cox_against_margin(row, frame, plan, "STRATUM" if study.strata else None, METHOD))
        rows += tests
        if name == "FINAL":
            continue
        z = {row["group1_level"]: row["value"] for row in tests if row["stat_name"] == "z"}
        for test, both in against_control(plan, look):
            fraction = both["CNSR"].eq(0).sum() / design.size.events
            mine = {**keys, "group1_level": test.id}
            rows += _power(mine, z[test.id], fraction, design, parameters["futility"])
            rows += _spending(mine, fraction if math.isfinite(z[test.id]) else math.nan, design, parameters["spending"])
    return as_frame(output, rows)


def _with_dates(data: Data, frame: pd.DataFrame, parameter: str) -> pd.DataFrame:
    """Add the dates of start and of event or censoring."""
    adtte = data.dataset("ADTTE")
    dates = adtte.loc[adtte["PARAMCD"].eq(parameter), ["USUBJID", "STARTDT", "ADT"]]
    return frame.merge(dates, on="USUBJID", validate="one_to_one")


def _adequate(data: Data, definition: dict[str, Any]) -> pd.DataFrame:
    """Subject and date of the adequate assessments."""
    records = data.dataset(definition["dataset"])
    return records.loc[holds(records, definition["where"]), ["USUBJID", "ADT"]]


def _day_of_event(final: pd.DataFrame, number: int) -> float:
    """Date of the event with this number, by the calendar; NaN where there are fewer."""
    dates = final.loc[final["CNSR"].eq(0), "ADT"].sort_values()
    return float(dates.iloc[number - 1]) if number <= len(dates) else math.nan


def _as_of(day: float, final: pd.DataFrame, assessments: pd.DataFrame, days_per_month: float) -> pd.DataFrame:
    """Subjects randomised by a day, censored where the event or censoring lies after it.

    They are censored at the last adequate assessment up to the day, at the start without one.
    """
    frame = final[final["STARTDT"].le(day)]
    seen = assessments[assessments["ADT"].le(day)].groupby("USUBJID")["ADT"].max()
    last = frame["USUBJID"].map(seen)
    last = last.where(last.ge(frame["STARTDT"]), frame["STARTDT"])
    later = frame["ADT"].gt(day)
    return frame.assign(
        CNSR=frame["CNSR"].mask(later, 1.0),
        AVAL=frame["AVAL"].mask(later, (last - frame["STARTDT"] + 1.0) / days_per_month),
    )


def _power(keys: Row, z: float, fraction: float, design: _Design, futility: float) -> Iterator[Row]:
    """Information, B-value, and conditional power under each drift."""
    inside = math.isfinite(z) and 0.0 < fraction < 1.0
    b = -z * math.sqrt(fraction) if inside else math.nan
    information = {**keys, "analysis_id": "INFORMATION", "method": "Events over planned events"}
    yield from named(information, {"fraction": fraction if inside else math.nan, "b": b})
    critical = float(norm.isf(design.rule.alpha_one_sided))
    drifts = {
        "TREND": b / fraction if inside else math.nan,
        "DESIGN": critical + float(norm.ppf(design.size.power)),
        "MARGIN": 0.0,
    }
    for name, drift in drifts.items():
        power = conditional_power(b, fraction, drift, critical)
        row = {**keys, "analysis_id": "CONDITIONAL_POWER", "method": "B-value", "variable": "DRIFT"}
        yield from named({**row, "variable_level": name}, {"power": 100.0 * power, "futile": float(power < futility)})


def _spending(keys: Row, fraction: float, design: _Design, kind: str) -> Iterator[Row]:
    """Level spent and boundary at the look and at the end, on the scale where small values favour the test arm."""
    for name, (used, boundary) in boundaries(kind, fraction, design.rule.alpha_one_sided).items():
        row = {**keys, "analysis_id": "SPENDING", "method": kind, "variable": "LOOK", "variable_level": name}
        yield from named(row, {"alpha": used, "nominal": float(norm.sf(boundary)), "boundary_z": -boundary})
