"""Recomputes the agreement of two readers of progression, and how often one differs early or late (Amit 2011)."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from qc.contract import arm_variable, as_frame, members, named, share
from qc.descriptive import as_text, column_rows, columns, levels
from qc.population.derived import with_derived
from qc.population.kappa import kappa
from qc.proportions import miettinen_nurminen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]

Groups = dict[str, "pd.Series"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table."""
    chosen, parameters = output.population[0], output.parameters
    adsl = with_derived(data, members(data, plan, chosen), parameters["derived"])
    who = columns(plan, adsl)
    keys = {"dataset": "ADRS", "analysis_set": chosen, "group1": arm_variable(plan, chosen)}
    rows = [
        *column_rows(plan, chosen, who),
        *_readings(keys, parameters["pair"], adsl, who, plan.study.confidence),
        *_timing(keys, parameters, adsl, who),
        *_discrepancy(keys, parameters, adsl, who, plan),
    ]
    return as_frame(output, rows)


def _readings(keys: Row, pair: dict[str, Any], adsl: pd.DataFrame, who: Groups, confidence: float) -> Iterator[Row]:
    """Cross-tabulation of those with both readings, those without, and kappa."""
    first, second = as_text(adsl[pair["first"]]), as_text(adsl[pair["second"]])
    rated = first.ne("") & second.ne("")
    row = {**keys, "analysis_id": pair["id"], "variable": f"{pair['first']} & {pair['second']}"}
    names = levels(second, levels(first, pair["levels"]))
    cells = {f"{one} / {other}": first.eq(one) & second.eq(other) for one, other in product(names, repeat=2)}
    yield from _counted(row, {**cells, "DISCORDANT": rated & first.ne(second)}, rated, who)
    for column, inside in who.items():
        mine = {**row, "group1_level": column}
        unrated = {"n": float((~rated & inside).sum())}
        yield from named({**mine, "method": "Count", "variable_level": "NOT RATED"}, unrated)
        table = [[(inside & cells[f"{one} / {other}"]).sum() for other in names] for one in names]
        yield from named({**mine, "method": "Cohen's kappa"}, kappa(np.array(table, dtype=float), confidence))


def _timing(keys: Row, parameters: dict[str, Any], adsl: pd.DataFrame, who: Groups) -> Iterator[Row]:
    """Order of the dates, in those with progression by both readers."""
    earlier, later, same = _order(parameters, adsl)
    row = {**keys, "analysis_id": "TIMING", "variable": "TIMING"}
    yield from _counted(row, {"SAME": same, "EARLIER": earlier, "LATER": later}, earlier | later | same, who)


def _discrepancy(keys: Row, parameters: dict[str, Any], adsl: pd.DataFrame, who: Groups, plan: Plan) -> Iterator[Row]:
    """Early rate ``(b + a_e) / (a + b)``, late rate ``(c + a_l) / (b + c + a_e + a_l)``, and how the arms differ."""
    earlier, later, same = _order(parameters, adsl)
    both = earlier | later | same
    first, second = (adsl[parameters[name]].notna() for name in ("first_date", "second_date"))
    alone, unseen = first & ~second, second & ~first
    rates = {
        "EARLY": (alone | earlier, alone | both),
        "LATE": (unseen | later, alone | unseen | earlier | later),
    }
    for rate, (found, of) in rates.items():
        row = {**keys, "analysis_id": "DISCREPANCY", "variable": "RATE"}
        yield from _counted(row, {rate: found}, of, who)
        for column, inside in who.items():
            whole = {"whole": float((of & inside).sum())}
            yield from named({**row, "method": "Count", "group1_level": column, "variable_level": rate}, whole)
        control = who[plan.study.arm("control").id]
        for arm in plan.study.test_arms:
            x1, n1, x0, n0 = (int((part & inside).sum()) for inside in (who[arm.id], control) for part in (found, of))
            difference = miettinen_nurminen(x1, n1, x0, n0, plan.study.confidence)
            numbers = {"rd": difference.estimate, "lower": difference.lower, "upper": difference.upper}
            yield from named(
                {
                    **row,
                    "analysis_id": "DIFFERENCE",
                    "method": "Risk difference, Miettinen-Nurminen",
                    "group1_level": arm.id,
                    "variable_level": rate,
                },
                {name: 100.0 * value for name, value in numbers.items()},
            )


def _order(parameters: dict[str, Any], adsl: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Whether the first reader's date is before, after or on the second one's; false where one has none."""
    first, second = adsl[parameters["first_date"]], adsl[parameters["second_date"]]
    return first < second, first > second, first == second


def _counted(keys: Row, conditions: Mapping[str, pd.Series], of: pd.Series, who: Groups) -> Iterator[Row]:
    """Number and percentage that meet each condition, of those in each column whom it concerns."""
    for level, condition in conditions.items():
        for column, inside in who.items():
            row = {**keys, "method": "Count and percentage", "group1_level": column, "variable_level": level}
            yield from share(row, int((condition & inside).sum()), int((of & inside).sum()))
