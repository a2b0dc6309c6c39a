"""T14.2.1.8 Superiority after non-inferiority: tested in the fixed sequence of the gate, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes
from csrbook.displays.counts import count_cell
from csrbook.displays.estimates import page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.gate import add_gate
from csrbook.displays.gate_tests import GateParameters, GateTests
from csrbook.displays.model import Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results
from csrbook.displays.time_to_event_table import arm_columns, arm_header, comparison_rows
from csrbook.errors import PlanError

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import GateStep, Output, Plan


class SuperiorityParameters(GateParameters):
    """What the plan row says: those of the gate, and which of its steps this is."""

    step: str


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """All tests of the gate, so that the status of this step follows from those before it."""
    chosen = read_parameters(output, SuperiorityParameters)
    _step(output, plan, chosen)
    ard = Ard(output.id, dataset="ADTTE")
    times = EventTimesSource(data, plan).select(output.population[0], chosen.paramcd[output.population[0]])
    add_sizes(ard, times.groups, times.subjects, analysis_set=times.analysis_set)
    tests = GateTests(data, output, plan, ard, SuperiorityParameters)
    criteria = [tests.criteria(step) for step in plan.study.gate]
    for arm in plan.study.test_arms:
        keys = {"group1": times.treatment, "group1_level": arm.id}
        add_gate(ard, plan.study.gate, [found[arm.id] for found in criteria], **keys)
    return Results(ard)


def _step(output: Output, plan: Plan, chosen: SuperiorityParameters) -> GateStep:
    for step in plan.study.gate:
        if step.id == chosen.step:
            return step
    raise PlanError(
        f"the gate has no step {chosen.step}",
        f"sap/outputs.yaml, output {output.id}, parameters.step",
        f"name one of {', '.join(step.id for step in plan.study.gate)}",
    )


def display(results: Results, output: Output, plan: Plan) -> Display:
    """What had to be met before, the comparison, and the verdict of the step."""
    chosen = read_parameters(output, SuperiorityParameters)
    ard = results.ard
    step = _step(output, plan, chosen)
    keys = {"analysis_set": output.population[0], "group2_level": chosen.paramcd[output.population[0]]}
    tests = [arm.id for arm in plan.study.test_arms]

    def under_tests(stat: str, variable_level: str) -> tuple[str, ...]:
        gate = {"analysis_id": "GATE", "variable_level": variable_level}
        return tuple(ard.text(stat, group1_level=a.id, **gate) if a.id in tests else "" for a in plan.study.arms)

    rows = [Row(label="Steps that come first", kind="group")]
    for before in plan.study.gate[: plan.study.gate.index(step)]:
        sets = " and ".join(before.analysis_sets)
        rows.append(Row(under_tests("status", before.id), f"{before.label} ({sets})", indent=1))
    events = tuple(count_cell(ard, arm.id, analysis_id="EVENTS", **keys) for arm in plan.study.arms)
    rows.append(Row(events, "Patients with an event, n (%)"))
    rows += comparison_rows(ard, plan, **keys)
    rows.append(Row(label=f"Verdict, {step.sided}-sided alpha {step.alpha:g}", kind="group"))
    rows.append(Row(under_tests("criterion", step.id), "Criterion by the numbers alone", indent=1))
    rows.append(Row(under_tests("status", step.id), "Status in the sequence", indent=1))
    return Display(
        columns=arm_columns(plan),
        header=arm_header(ard, plan, output.population[0]),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )
