"""Best overall response, response rates and their difference between the arms (plan, sections 8.6 and 11)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qc.contract import Data, Row, arm_variable, as_frame, members, named, share, stratum, subjects
from qc.proportions import (
    clopper_pearson,
    cochran_mantel_haenszel,
    counts,
    miettinen_nurminen_stratified,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan

__all__ = ["recompute"]

NOT_ASSESSED = "NOT ASSESSED"
"""Response of a patient without a record of one."""


@dataclass(frozen=True)
class Responses:
    """Patients of a set with ``RESPONSE`` and ``STRATUM``, and the keys that the numbers of the block share."""

    plan: Plan
    frame: pd.DataFrame
    keys: Row

    def arm(self, arm: str) -> pd.Series:
        """Take the responses of an arm."""
        return self.frame.loc[self.frame["ARM"].eq(arm), "RESPONSE"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a table of responses: one or more blocks in one or more analysis sets."""
    rows: list[Row] = []
    for analysis_set in output.population:
        adsl = members(data, plan, analysis_set)
        rows.extend(subjects(plan, analysis_set, adsl))
        for block in output.parameters.get("blocks", [output.parameters]):
            responses = _responses(data, plan, analysis_set, adsl, block)
            rows.extend(_categories(responses, block.get("categories", [])))
            if "responders" in block:
                rows.extend(_rates(responses, block["responders"]))
    return as_frame(output, rows)


def _responses(data: Data, plan: Plan, analysis_set: str, adsl: pd.DataFrame, block: dict[str, Any]) -> Responses:
    """Join the patients with their one record of the parameter by the evaluator."""
    adrs = data.dataset("ADRS")
    mine = adrs[adrs["PARAMCD"].eq(block["paramcd"]) & adrs["EVAL"].eq(block["evaluator"])]
    response = mine.set_index("USUBJID", verify_integrity=True)["AVALC"]
    frame = adsl.assign(
        RESPONSE=adsl["USUBJID"].map(response).fillna("").replace("", NOT_ASSESSED),
        STRATUM=stratum(adsl, [factor.variable for factor in plan.study.strata]),
    )
    keys = {
        "dataset": "ADRS",
        "analysis_set": analysis_set,
        "group1": arm_variable(plan, analysis_set),
        "group2": "PARAMCD",
        "group2_level": block["paramcd"],
        "variable": "AVALC",
    }
    return Responses(plan, frame, keys)


def _categories(responses: Responses, categories: list[str]) -> Iterator[Row]:
    """Number and percentage of all patients of the arm by best response."""
    keys = {**responses.keys, "analysis_id": "BEST_RESPONSE", "method": "Count and percentage"}
    others = sorted(set(responses.frame["RESPONSE"]) - set(categories)) if categories else []
    for arm in responses.plan.study.arms:
        mine = responses.arm(arm.id)
        for category in (*categories, *others):
            row = {**keys, "group1_level": arm.id, "variable_level": category}
            yield from share(row, int(mine.eq(category).sum()), len(mine))


def _rates(responses: Responses, responders: list[str]) -> Iterator[Row]:
    """Rate of each arm; difference and Cochran-Mantel-Haenszel test of each test arm against control."""
    study = responses.plan.study
    keys = {**responses.keys, "variable_level": "+".join(responders)}
    for arm in study.arms:
        mine = responses.arm(arm.id)
        x = int(mine.isin(responders).sum())
        rate = clopper_pearson(x, len(mine), study.confidence)
        percent = {"estimate": rate.estimate, "lower": rate.lower, "upper": rate.upper}
        row = {**keys, "group1_level": arm.id, "analysis_id": "RESPONSE_RATE", "method": "Clopper-Pearson"}
        yield from named(row, {"n": x, **{name: 100.0 * value for name, value in percent.items()}})

    for test in study.test_arms:
        pair = responses.frame[responses.frame["ARM"].isin([test.id, study.arm("control").id])]
        table = counts(pair["RESPONSE"].isin(responders), pair["ARM"].eq(test.id), pair["STRATUM"])
        arrays = (table.x1, table.n1, table.x0, table.n0)
        difference = miettinen_nurminen_stratified(*arrays, study.confidence)
        percent = {"difference": difference.estimate, "lower": difference.lower, "upper": difference.upper}
        row = {
            **keys,
            "group1_level": test.id,
            "analysis_id": "RISK_DIFFERENCE_STRATIFIED",
            "method": "Miettinen-Nurminen, Mantel-Haenszel weights",
        }
        yield from named(row, {name: 100.0 * value for name, value in percent.items()})

        association = cochran_mantel_haenszel(*arrays, study.confidence)
        numbers = {
            "odds_ratio": association.estimate if math.isfinite(association.estimate) else math.nan,
            "lower": association.lower,
            "upper": association.upper,
            "chi_square": association.chi_square,
            "p": association.p,
        }
        row = {**keys, "group1_level": test.id, "analysis_id": "CMH", "method": "Cochran-Mantel-Haenszel"}
        yield from named(row, numbers)
