"""Recomputes how many patients cross a limit on treatment: liver tests, QTcF, ejection fraction, loss of weight."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from qc.conditions import holds
from qc.contract import arm_variable, as_frame, members, named, share, subjects
from qc.proportions import miettinen_nurminen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["block", "crossed", "recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a table of limits."""
    return as_frame(output, _rows(data, output, plan))


def _rows(data: Data, output: Output, plan: Plan) -> Iterator[Row]:
    analysis_set = output.population[0]
    adsl = members(data, plan, analysis_set)
    yield from subjects(plan, analysis_set, adsl)
    for rule in output.parameters["blocks"]:
        yield from block(data, output, plan, rule)


def block(data: Data, output: Output, plan: Plan, rule: Mapping[str, Any]) -> Iterator[Row]:
    """Numbers of a block of the plan: patients who can be judged, and those who meet each of its rows.

    Parameters
    ----------
    data, output, plan : Data, Output, Plan
        As of ``recompute``.
    rule : dict
        ``dataset``, ``where``, ``measures``, ``line`` (``day``, ``highest`` or ``lowest``), ``rows``, and ``required``.
    """
    analysis_set = output.population[0]
    adsl = members(data, plan, analysis_set).set_index("USUBJID")
    lines = _lines(data, rule)
    if "required" in rule:
        lines = lines.dropna(subset=rule["required"])
    evaluable = adsl[adsl.index.isin(lines["USUBJID"])]
    keys: Row = {
        "dataset": rule["dataset"],
        "analysis_set": analysis_set,
        "group1": arm_variable(plan, analysis_set),
    }
    for arm in plan.study.arms:
        yield {
            **keys,
            "analysis_id": f"{rule['id']}.EVALUABLE",
            "method": "Count",
            "group1_level": arm.id,
            "stat_name": "n",
            "value": float(evaluable["ARM"].eq(arm.id).sum()),
        }
    for row in rule["rows"]:
        where, any_of = row.get("where", ()), row.get("any_of", ())
        having = set(lines.loc[holds(lines, where, any_of), "USUBJID"])
        detail = {**keys, "analysis_id": f"{rule['id']}.{row['id']}", **_condition(where, any_of)}
        yield from crossed(plan, detail, evaluable, having)


def crossed(plan: Plan, keys: Row, evaluable: pd.DataFrame, having: set[str]) -> Iterator[Row]:
    """Count and percentage of each arm, and the risk difference of each test arm to control, in percent."""
    study = plan.study
    inside = evaluable.index.isin(list(having))
    counts = {
        arm.id: (int((evaluable["ARM"].eq(arm.id) & inside).sum()), int(evaluable["ARM"].eq(arm.id).sum()))
        for arm in study.arms
    }
    for arm in study.arms:
        yield from share({**keys, "method": "Count and percentage", "group1_level": arm.id}, *counts[arm.id])
    for test in study.test_arms:
        difference = miettinen_nurminen(*counts[test.id], *counts[study.arm("control").id], study.confidence)
        numbers = {"rd": difference.estimate, "lower": difference.lower, "upper": difference.upper}
        row = {**keys, "method": "Risk difference, Miettinen-Nurminen", "group1_level": test.id}
        yield from named(row, {name: 100.0 * value for name, value in numbers.items()})


def _lines(data: Data, rule: Mapping[str, Any]) -> pd.DataFrame:
    """Values side by side, one column a measure: the one of a day that the plan names, or of each patient."""
    records = data.dataset(rule["dataset"])
    records = records[holds(records, rule["where"])]
    by = ["USUBJID", "ADT"] if rule["line"] == "day" else ["USUBJID"]
    columns = []
    for name, measure in rule["measures"].items():
        mine = records[records["PARAMCD"].eq(measure["paramcd"])]
        value = mine[measure.get("variable", "AVAL")]
        if "percent_of" in measure:
            value = 100.0 * value / mine[measure["percent_of"]]
        column = mine[by].assign(**{name: value}).dropna(subset=[name])
        which = measure.get("of_day", "highest") if rule["line"] == "day" else rule["line"]
        columns.append(column.groupby(by, as_index=False).agg({name: {"highest": "max", "lowest": "min"}[which]}))
    return reduce(lambda left, right: left.merge(right, on=by, how="outer"), columns)


def _condition(where: Sequence[Sequence[Any]], any_of: Sequence[Sequence[Any]]) -> Row:
    """The condition as it stands in the keys: variables apart from comparators and values."""

    def joined(part: slice) -> str:
        texts = [" ".join(map(str, item[part])) for item in where]
        alternatives = " | ".join(" ".join(map(str, item[part])) for item in any_of)
        return " & ".join([*texts, alternatives] if alternatives else texts)

    return {"variable": joined(slice(0, 1)), "variable_level": joined(slice(1, None))}
