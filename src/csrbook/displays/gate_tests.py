"""The tests that a gate's steps ask for: non-inferiority, superiority, reduction of a risk.

The plan says which test a step makes, in which sets, at which alpha; the row of the output says which parameter each
set uses and which adverse event a risk is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from csrbook.displays.estimates import add_count, add_warnings
from csrbook.displays.event_share import add_event_share, event_share
from csrbook.displays.event_times import EventTimes, EventTimesSource
from csrbook.displays.gate import Criterion
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import analysis_subjects
from csrbook.displays.time_to_event import add_cox, add_log_rank, add_noninferiority, comparison_id
from csrbook.errors import PlanError

if TYPE_CHECKING:
    from csrbook.ard import Ard
    from csrbook.displays.program import Data
    from csrbook.plan.models import GateStep, NonInferiority, Output, Plan
    from csrbook.stats.cox import CoxArm

__all__ = ["GateParameters", "GateTests", "SafetyEvent", "significant", "step_rule"]


class SafetyEvent(Parameters):
    """A treatment-emergent adverse event of at least a grade, in an analysis set."""

    analysis_set: str = Field(alias="set")
    variable: str
    """Variable of ADAE that groups the terms (``CQ02NAM``)."""
    value: str
    minimum_grade: int
    label: str


class GateParameters(Digits):
    """Parameters of a plan row that shows a gate."""

    paramcd: dict[str, str]
    """``PARAMCD`` of the time-to-event tests, by analysis set."""
    safety_event: SafetyEvent | None = None
    ties: str = "efron"


class GateTests:
    """Makes the tests; a model that two steps share is fitted, and its numbers are added, once."""

    def __init__(
        self, data: Data, output: Output, plan: Plan, ard: Ard, parameters: type[GateParameters] = GateParameters
    ) -> None:
        self._data, self._output, self._plan, self._ard = data, output, plan, ard
        self._chosen = read_parameters(output, parameters)
        self._source = EventTimesSource(data, plan)
        self._fitted: dict[str, tuple[EventTimes, dict[str, CoxArm]]] = {}

    def criteria(self, step: GateStep) -> dict[str, list[Criterion]]:
        """Test arm's id → the step's criteria, one for each of its sets, in their order."""
        makers = {
            "non-inferiority": self._noninferiority,
            "superiority": self._superiority,
            "risk difference": self._risk_difference,
        }
        if step.test is None or not step.analysis_sets:
            raise self._wrong(
                step, "names no test or no analysis set", f"state a test ({', '.join(makers)}) and its sets"
            )
        found: dict[str, list[Criterion]] = {}
        for analysis_set in step.analysis_sets:
            for arm, met in makers[step.test](step, analysis_set).items():
                found.setdefault(arm, []).append(Criterion(analysis_set, met))
        return found

    def _fit(self, step: GateStep, analysis_set: str) -> tuple[EventTimes, dict[str, CoxArm]]:
        if analysis_set not in self._chosen.paramcd:
            todo = "add the set to the parameter paramcd"
            raise self._wrong(step, f"is tested in {analysis_set}, which has no PARAMCD", todo)
        if analysis_set not in self._fitted:
            times = self._source.select(analysis_set, self._chosen.paramcd[analysis_set])
            add_warnings(self._ard, times.warnings, **times.keys)
            for position, arm in enumerate(times.arms):
                keys = {**times.keys, "group1_level": arm.id, "analysis_id": "EVENTS", "method": "Count and percentage"}
                count = int((times.event & (times.arm == position)).sum())
                add_count(self._ard, count, times.subjects[position], self._chosen.digits_percent, **keys)
            fits = add_cox(self._ard, times, self._chosen, self._plan.study.confidence, self._chosen.ties)
            self._fitted[analysis_set] = (times, fits)
        return self._fitted[analysis_set]

    def _noninferiority(self, step: GateStep, analysis_set: str) -> dict[str, bool]:
        rule = step_rule(self._plan, step)
        times, fits = self._fit(step, analysis_set)
        add_noninferiority(self._ard, times, fits, rule, self._chosen)
        keys = {**times.keys, "analysis_id": comparison_id(self._ard, "NONINFERIORITY", **times.keys)}
        return {arm: self._ard.value("met", group1_level=arm, **keys) == 1.0 for arm in fits}

    def _superiority(self, step: GateStep, analysis_set: str) -> dict[str, bool]:
        times, fits = self._fit(step, analysis_set)
        add_log_rank(self._ard, times, self._chosen)
        keys = {**times.keys, "analysis_id": comparison_id(self._ard, "LOG_RANK", **times.keys)}
        # What is not estimable is NaN, compares false, and so is not met.
        return {
            arm: significant(self._ard.value("p", group1_level=arm, **keys), step) and fit.hr < 1.0
            for arm, fit in fits.items()
        }

    def _risk_difference(self, step: GateStep, analysis_set: str) -> dict[str, bool]:
        event = self._chosen.safety_event
        if event is None or event.analysis_set != analysis_set:
            todo = "state the parameter safety_event with that set"
            raise self._wrong(step, f"tests a risk in {analysis_set} for which no event is defined", todo)
        records = self._data.dataset("ADAE", ["USUBJID", "TRTEMFL", "ATOXGRN", event.variable])
        hit = (
            (records["TRTEMFL"] == "Y")
            & (records[event.variable] == event.value)
            & (records["ATOXGRN"] >= event.minimum_grade)
        )
        share = event_share(
            analysis_subjects(self._data, self._plan, analysis_set),
            set(records.loc[hit, "USUBJID"]),
            self._plan,
            analysis_set,
            event.variable,
            event.value,
        )
        tested = add_event_share(self._ard, share, self._chosen, self._plan.study.confidence)
        return {arm: significant(p, step) and difference < 0.0 for arm, (difference, p) in tested.items()}

    def _wrong(self, step: GateStep, what: str, todo: str) -> PlanError:
        where = f"sap/study.yaml, gate {step.id}; sap/outputs.yaml, output {self._output.id}"
        return PlanError(f"step {step.id} {what}", where, todo)


def significant(p: float, step: GateStep) -> bool:
    """Whether a two-sided p-value reaches the step's alpha; a one-sided step takes half of it, the direction given."""
    return (p / 2.0 if step.sided == "one" else p) < step.alpha


def step_rule(plan: Plan, step: GateStep) -> NonInferiority:
    """The non-inferiority hypothesis, where the step tests it at the same one-sided alpha."""
    rule = plan.study.noninferiority
    if rule is None or step.sided != "one" or step.alpha != rule.alpha_one_sided:
        raise PlanError(
            f"step {step.id} and the non-inferiority hypothesis do not state the same one-sided alpha",
            f"sap/study.yaml, gate {step.id} and noninferiority.alpha_one_sided",
            "state one alpha",
        )
    return rule
