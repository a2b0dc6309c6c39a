"""The non-inferiority decision and the gate after it, step by step (T14.2.1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.estimates import page_notes
from csrbook.displays.gate import add_gate
from csrbook.displays.gate_table import GATE_COLUMNS, GATE_HEADER, gate_numbers, gate_rows
from csrbook.displays.gate_tests import GateParameters, GateTests
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """All tests of all steps of the plan's gate, then the sequence for each test arm."""
    ard = Ard(output.id, dataset="ADTTE")
    tests = GateTests(data, output, plan, ard)
    criteria = [tests.criteria(step) for step in plan.study.gate]
    planned = plan.study.analysis_set(output.population[0]).treatment == "planned"
    for arm in plan.study.test_arms:
        keys = {"group1": "TRT01P" if planned else "TRT01A", "group1_level": arm.id}
        add_gate(ard, plan.study.gate, [found[arm.id] for found in criteria], **keys)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block for each step, and the conclusion as the last line."""
    chosen = read_parameters(output, GateParameters)
    return Display(
        columns=GATE_COLUMNS,
        header=GATE_HEADER,
        rows=tuple(gate_rows(results.ard, plan, chosen)),
        numbers=gate_numbers(results.ard, plan, plan.study.arm("test")),
        footnotes=page_notes(results.ard),
    )
