"""The gate as a table: for each step its precondition, its criteria with their numbers, and the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from csrbook.displays.estimates import confidence_label, equals, estimate_interval
from csrbook.displays.gate_tests import step_rule
from csrbook.displays.model import Cell, Column, Row
from csrbook.displays.time_to_event import comparison_id

if TYPE_CHECKING:
    from csrbook.ard import Ard
    from csrbook.displays.gate_tests import GateParameters
    from csrbook.plan.models import Arm, GateStep, Plan

__all__ = ["GATE_COLUMNS", "GATE_HEADER", "gate_numbers", "gate_rows"]

GATE_COLUMNS: Final = (Column(3.0), Column(0.7), Column(4.4), Column(2.6), Column(1.7))
GATE_HEADER: Final = (
    (
        Cell("Step\n  Criterion", align="left"),
        Cell("Set", align="left"),
        Cell("Result", align="left"),
        Cell("Met where", align="left"),
        Cell("Decision", align="left"),
    ),
)
_TESTS: Final = {
    "non-inferiority": "Stratified Cox model, hazard ratio against the margin",
    "superiority": "Stratified log-rank test",
    "risk difference": "Miettinen–Nurminen score test, risk difference against 0",
}


def gate_numbers(ard: Ard, plan: Plan, arm: Arm) -> dict[str, str]:
    """The conclusion and the status of each step (by the name of its test) for running text."""
    gate = {"analysis_id": "GATE", "group1_level": arm.id}
    steps = {
        (step.test or step.id).replace("-", "").replace(" ", "_").lower(): ard.text(
            "status", variable_level=step.id, **gate
        ).lower()
        for step in plan.study.gate
    }
    return {"conclusion": ard.text("conclusion", **gate), **steps}


def gate_rows(ard: Ard, plan: Plan, chosen: GateParameters) -> list[Row]:
    """The sequence of each test arm, and its conclusion."""
    tests = plan.study.test_arms
    rows: list[Row] = []
    for arm in tests:
        if len(tests) > 1:
            rows.append(Row(kind="group", label=f"{arm.label} versus {plan.study.arm('control').label}"))
        gate = {"analysis_id": "GATE", "group1_level": arm.id}
        for number, step in enumerate(plan.study.gate, start=1):
            before = plan.study.gate[number - 2] if number > 1 else None
            rows += _step(ard, plan, chosen, arm, number, step, before)
        rows.append(Row(kind="group", label=f"Conclusion: {ard.text('conclusion', **gate)}"))
    return rows


def _step(
    ard: Ard, plan: Plan, chosen: GateParameters, arm: Arm, number: int, step: GateStep, before: GateStep | None
) -> list[Row]:
    gate = {"analysis_id": "GATE", "group1_level": arm.id}
    status = ard.text("status", variable_level=step.id, **gate)
    tested = status != "Not tested"
    alpha = ard.text("alpha", variable_level=step.id, **gate)
    rows = [Row(kind="group", label=f"Step {number}. {step.label} ({step.sided}-sided alpha {alpha})")]
    if before is not None:
        previous = f"Step {number - 1}: {ard.text('status', variable_level=before.id, **gate).lower()}"
        verdict = "Tested" if tested else "Not tested"
        rows.append(Row(("", previous, f"Step {number - 1} met", verdict), "Precondition", indent=1))
    for analysis_set in step.analysis_sets:
        found = ard.text("criterion", variable_level=step.id, analysis_set=analysis_set, **gate)
        lines, criterion = _evidence(ard, plan, chosen, step, analysis_set, arm, alpha)
        verdict = found if tested else "Descriptive only"
        rows.append(Row((analysis_set, "\n".join(lines), criterion, verdict), _TESTS[step.test or ""], indent=1))
    count = ard.text("criteria_met", variable_level=step.id, **gate)
    summary = f"{count} criteria met" if tested else "Precondition not met"
    rule = "All criteria met" if len(step.analysis_sets) > 1 else "Criterion met"
    rows.append(Row(("", summary, rule, status), f"Decision on step {number}", indent=1))
    return rows


def _evidence(
    ard: Ard, plan: Plan, chosen: GateParameters, step: GateStep, analysis_set: str, arm: Arm, alpha: str
) -> tuple[list[str], str]:
    """The numbers of a criterion, a line each, and what they must satisfy."""
    if step.test == "risk difference":
        return _risk(ard, plan, chosen, analysis_set, arm, alpha)
    keys = {"analysis_set": analysis_set}
    mine = {**keys, "group1_level": arm.id}
    if step.test == "non-inferiority":
        level = confidence_label(step_rule(plan, step).confidence)
        name = tested = comparison_id(ard, "NONINFERIORITY", **mine)
        criterion = f"Upper limit < {ard.text('margin', analysis_id=name, **mine)}"
        p = "One-sided p"
    else:
        level = confidence_label(plan.study.confidence)
        name, tested = comparison_id(ard, "COX", **mine), comparison_id(ard, "LOG_RANK", **mine)
        criterion = f"p < {alpha} and hazard ratio < 1"
        p = "Two-sided p"
    events = ", ".join(
        f"{each.short} {ard.text('n', analysis_id='EVENTS', group1_level=each.id, **keys)}"
        for each in (arm, plan.study.arm("control"))
    )
    lines = [
        f"Hazard ratio {estimate_interval(ard, 'hr', level=level, analysis_id=name, **mine)}",
        f"{p} {equals(ard.text('p', analysis_id=tested, **mine))}",
        f"Events ({chosen.paramcd[analysis_set]}): {events}",
    ]
    return lines, criterion


def _risk(
    ard: Ard, plan: Plan, chosen: GateParameters, analysis_set: str, arm: Arm, alpha: str
) -> tuple[list[str], str]:
    keys = {"analysis_set": analysis_set}
    level = confidence_label(plan.study.confidence)
    share = {"analysis_id": "EVENT_SHARE", **keys}
    counts = ", ".join(
        f"{each.short} {ard.text('n', group1_level=each.id, **share)}/{ard.text('N', group1_level=each.id, **share)}"
        for each in (arm, plan.study.arm("control"))
    )
    mine = {"group1_level": arm.id, **keys}
    difference = estimate_interval(ard, "difference", level=level, analysis_id="RISK_DIFFERENCE", **mine)
    label = chosen.safety_event.label if chosen.safety_event is not None else ""
    lines = [
        f"Difference (percentage points) {difference}",
        f"Two-sided p {equals(ard.text('p', analysis_id='RISK_DIFFERENCE', **mine))}",
        f"{label}: {counts}",
    ]
    return lines, f"p < {alpha} and difference < 0"
