"""Recomputes the summary of deaths: when, of what, and the fatal adverse events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.contract import as_frame
from qc.descriptive import column_rows, columns, count_rows, describe_rows, levels, missing_rows
from qc.safety.adverse_events import Patients
from qc.safety.occurrences import hierarchy

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table of deaths."""
    return as_frame(output, _rows(Patients(data, output, plan)))


def _rows(patients: Patients) -> Iterator[Row]:
    adsl, rule = patients.adsl, patients.output.parameters
    who = columns(patients.plan, adsl)
    keys: Row = patients.keys("ADSL")
    yield from column_rows(patients.plan, patients.analysis_set, who)
    for column, inside in who.items():
        row = {**keys, "group1_level": column, "analysis_id": "ANALYSED", "method": "Count"}
        yield {**row, "stat_name": "n", "value": float(inside.sum())}

    died = adsl["DTHFL"].eq("Y")
    cause = adsl["DTHCAUS"].replace("", "MISSING").where(died, "")
    since = (adsl["DTHDT"] - adsl["TRTEDT"]).where(died)
    for name, chosen in _periods(patients, died, since).items():
        level = {"variable": "DTHFL", "variable_level": "Y"}
        if name != "DIED":
            level = {"variable": "DTHFL & PERIOD", "variable_level": f"Y & {name}"}
        yield from count_rows({**keys, "analysis_id": name, **level}, chosen, who)
        for text in levels(cause[chosen], rule["labels"]["DTHCAUS"]):
            detail = {"analysis_id": name, "variable": "DTHCAUS", "variable_level": text}
            yield from count_rows({**keys, **detail}, chosen & cause.eq(text), who)

    treated = adsl["DTHDT"] - adsl["TRTSDT"] + 1.0
    for days in rule["early_days"]:
        detail = {"variable": "DTHFL & TREATED", "variable_level": f"Y & LE {days}"}
        yield from count_rows({**keys, "analysis_id": f"EARLY_{days}", **detail}, died & (treated <= days), who)
    yield from describe_rows({**keys, "analysis_id": "SUMMARY", "variable": "SINCE"}, since, who)
    if since[died].isna().any():
        dead = {column: inside & died for column, inside in who.items()}
        yield from missing_rows({**keys, "analysis_id": "SUMMARY", "variable": "SINCE"}, since, dead)
    yield from hierarchy(patients, rule["fatal"])


def _periods(patients: Patients, died: pd.Series, since: pd.Series) -> dict[str, pd.Series]:
    """The deaths, and those up to the plan's days after the last dose, later, and at an unknown time."""
    end = patients.plan.study.treatment_emergent_days
    return {
        "DIED": died,
        "ON_TREATMENT": died & (since <= end),
        "LATER": died & (since > end),
        "UNKNOWN": died & since.isna(),
    }
