"""Recomputes tables of patients with events in a hierarchy of terms, by the highest grade of the events in the row."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from qc.conditions import holds
from qc.contract import as_frame
from qc.safety.adverse_events import EMERGENT, Patients, share_of_arms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["NOT_CODED", "hierarchy", "recompute"]

NOT_CODED = "NOT CODED"
"""The term of an event that has none."""

Rule = dict[str, Any]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a table of occurrences."""
    return as_frame(output, _rows(Patients(data, output, plan)))


def _rows(patients: Patients) -> Iterator[Row]:
    rules: Sequence[Rule] = patients.output.parameters["hierarchies"]
    yield from patients.heads(total=any(rule.get("total", False) for rule in rules))
    for rule in rules:
        yield from hierarchy(patients, rule)


def hierarchy(patients: Patients, rule: Rule) -> Iterator[Row]:
    """Patients with any event and with an event of each term that occurs, at each band of grades.

    Parameters
    ----------
    patients : Patients
        Whose events count.
    rule : dict
        As the plan states it: ``hierarchy`` (variables, the wider one first), ``where`` and ``any_of`` (which events;
        the treatment-emergent ones where nothing is said), ``bands``, ``grade``, ``total``.
    """
    dataset = rule.get("dataset", "ADAE")
    emergent = [[EMERGENT, "EQ", "Y"]] if dataset == "ADAE" else []
    records = patients.records(dataset)
    records = records[holds(records, rule.get("where", emergent), rule.get("any_of", ()))]
    records = records.replace({variable: {"": NOT_CODED} for variable in rule["hierarchy"]})
    grade = rule.get("grade", "ATOXGRN")
    prefix = f"{rule['id']}." if "id" in rule else ""
    variables: list[str] = list(rule["hierarchy"])
    for depth in range(len(variables) + 1):
        path = variables[:depth]
        name, variable = ("OVERALL", "USUBJID") if not path else (path[-1], path[-1])
        worst = _worst(records, path, grade)
        for terms, patient in worst.groupby(path) if path else [((), worst)]:
            keys: Row = {**patients.keys(dataset), "variable": variable}
            if path:
                keys["variable_level"] = terms[-1]
            if len(path) > 1:
                keys.update(group2=path[-2], group2_level=terms[-2])
            for band in [*rule["bands"], *_ungraded(patient, grade)]:
                row = {**keys, "analysis_id": f"{prefix}{name}.{band['id']}"}
                yield from _band(patients, row, _within(patient, band), band, total=rule.get("total", False))


def _worst(records: pd.DataFrame, path: list[str], grade: str) -> pd.DataFrame:
    """One row for each patient with an event of a term, with the highest known grade; NaN where none is known."""
    by = [*path, "ARM", "USUBJID"]
    if not grade:
        return records[by].drop_duplicates().assign(WORST=float("nan"))
    return records.groupby(by)[grade].max().rename("WORST").reset_index()


def _ungraded(patient: pd.DataFrame, grade: str) -> list[Rule]:
    """A band of the patients without any known grade, where there are such."""
    unknown = bool(grade) and bool(patient["WORST"].isna().any())
    return [{"id": "MISSING", "grades": [math.nan], "percent": False}] if unknown else []


def _within(patient: pd.DataFrame, band: Mapping[str, Any]) -> pd.Series:
    """Number of patients by arm whose highest grade is in a band; in any, without grade too, if it names none."""
    if "grades" in band:
        patient = patient[patient["WORST"].isin(band["grades"])]
    return patient["ARM"].value_counts()


def _band(patients: Patients, keys: Row, count: pd.Series, band: Mapping[str, Any], *, total: bool) -> Iterator[Row]:
    """Number, percentage and risk difference, as far as the band has them."""
    if band.get("percent", True):
        yield from share_of_arms(keys, count, patients.sizes, total=total)
    else:
        numbers = {arm: float(count.get(arm, 0)) for arm in patients.sizes}
        if total:
            numbers["TOTAL"] = sum(numbers.values())
        for column, number in numbers.items():
            yield {**keys, "group1_level": column, "method": "Count", "stat_name": "n", "value": number}
    if band.get("difference", False):
        yield from patients.differences(keys, count)
