"""Recomputes the table of the decision on non-inferiority and of the fixed sequence of tests (plan, section 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.errors import PlanError
from qc.contract import arm_variable, as_frame, members, named, share
from qc.primary.event_time import Comparison, endpoint
from qc.proportions import RiskDifference, miettinen_nurminen

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Arm, GateStep, Output, Plan
    from qc.contract import Data, Row

__all__ = ["decision_rows", "recompute"]

Results = dict[str, dict[str, Comparison]]
"""Comparisons by analysis set and test arm."""


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the decision."""
    return as_frame(output, decision_rows(data, output, plan))


def decision_rows(data: Data, output: Output, plan: Plan) -> Iterator[Row]:
    """Numbers of every step: the estimates, the criteria that they meet, and what the sequence makes of them."""
    comparisons: Results = {}
    log_rank_sets = {chosen for step in plan.study.gate if step.test == "superiority" for chosen in step.analysis_sets}
    for chosen, code in output.parameters["paramcd"].items():
        time = endpoint(data, plan, chosen, code)
        yield from time.total("EVENTS")
        comparisons[chosen] = {pair.test.id: pair for pair in time.comparisons()}
        for pair in comparisons[chosen].values():
            yield from pair.hazard_ratio_rows()
            yield from pair.noninferiority_rows()
            if chosen in log_rank_sets:
                yield from pair.log_rank_rows()
    safety = _Safety(data, output, plan)
    yield from safety.shares()
    for arm in plan.study.test_arms:
        yield from safety.difference_rows(arm)
        yield from _sequence(plan, output.population[0], arm, comparisons, safety)


class _Safety:
    """Subjects with an adverse event that the gate tests, by treatment received."""

    def __init__(self, data: Data, output: Output, plan: Plan) -> None:
        event = output.parameters["safety_event"]
        self.plan, self.set = plan, event["set"]
        adae, adsl = data.dataset("ADAE"), members(data, plan, self.set)
        chosen = adae["TRTEMFL"].eq("Y") & adae[event["variable"]].eq(event["value"])
        chosen &= adae["ATOXGRN"].ge(event["minimum_grade"])
        had = adsl["USUBJID"].isin(adae.loc[chosen, "USUBJID"])
        self.counts = {
            arm.id: (int(had[adsl["ARM"] == arm.id].sum()), int(adsl["ARM"].eq(arm.id).sum()))
            for arm in plan.study.arms
        }
        self.keys = {
            "dataset": "ADAE",
            "analysis_set": self.set,
            "group1": arm_variable(plan, self.set),
            "variable": event["variable"],
            "variable_level": event["value"],
        }

    def shares(self) -> Iterator[Row]:
        """Number, percentage and denominator of each arm."""
        for name, (count, whole) in self.counts.items():
            keys = {**self.keys, "group1_level": name, "analysis_id": "EVENT_SHARE", "method": "Count and percentage"}
            yield from share(keys, count, whole)
            yield {**keys, "stat_name": "N", "value": float(whole)}

    def difference(self, arm: Arm) -> RiskDifference:
        """Risk of a test arm less that of control."""
        study = self.plan.study
        return miettinen_nurminen(*self.counts[arm.id], *self.counts[study.arm("control").id], study.confidence)

    def difference_rows(self, arm: Arm) -> Iterator[Row]:
        """The difference in percentage points with its limits and test."""
        found = self.difference(arm)
        keys = {**self.keys, "group1_level": arm.id, "analysis_id": "RISK_DIFFERENCE", "method": "Miettinen-Nurminen"}
        numbers = {
            "difference": 100.0 * found.estimate,
            "lower": 100.0 * found.lower,
            "upper": 100.0 * found.upper,
            "z": found.z,
            "p": found.p,
        }
        return named(keys, numbers)


def _sequence(plan: Plan, chosen: str, arm: Arm, comparisons: Results, safety: _Safety) -> Iterator[Row]:
    """Each step in turn, keyed by the arms of a set; a step after one that was not met is not tested: no status."""
    reached = True
    for step in plan.study.gate:
        keys = {
            "analysis_id": "GATE",
            "method": "Fixed sequence",
            "dataset": "ADTTE",
            "group1": arm_variable(plan, chosen),
            "group1_level": arm.id,
            "variable": "STEP",
            "variable_level": step.id,
        }
        criteria = {name: _criterion(step, name, arm, comparisons, safety) for name in step.analysis_sets}
        yield from named(keys, {"alpha": step.alpha, "criteria_met": sum(criteria.values())})
        for name, met in criteria.items():
            yield from named({**keys, "analysis_set": name}, {"criterion": met})
        if reached:
            reached = all(criteria.values())
            yield from named(keys, {"status": reached})


def _criterion(step: GateStep, chosen: str, arm: Arm, comparisons: Results, safety: _Safety) -> bool:
    """Whether a step's test is met in a set by the numbers alone; what is not estimable is not met."""
    if step.test == "non-inferiority":
        return bool(comparisons[chosen][arm.id].against_margin.get("met", False))
    if step.test == "superiority":
        pair = comparisons[chosen][arm.id]
        return pair.log_rank["p"] < step.alpha and pair.fit.log_hazard_ratio < 0.0
    if step.test == "risk difference":
        found = safety.difference(arm)
        return found.p < step.alpha and found.estimate < 0.0
    raise PlanError(f"step {step.id} has no test that is known here", "sap/study.yaml, gate", "name its test")
