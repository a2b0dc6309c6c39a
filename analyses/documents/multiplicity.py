"""D16.1.9.3 Data monitoring, interim looks and the ledger of alpha."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.columns import plain_header
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.program import Results

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class MonitoringParameters(Parameters):
    """What the plan row says: the arrangements of monitoring, each with its text."""

    monitoring: dict[str, str]


def analyse(data: Data, output: Output, plan: Plan) -> Results:  # noqa: ARG001 - the plan alone is described
    """Alpha of each step of the gate."""
    read_parameters(output, MonitoringParameters)
    ard = Ard(output.id)
    for step in plan.study.gate:
        keys = {"analysis_id": "ALPHA", "method": "Fixed sequence", "variable": "STEP", "variable_level": step.id}
        ard.add("alpha", step.alpha, formatted=f"{step.alpha:g}", **keys)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """The ledger first, then the arrangements."""
    chosen = read_parameters(output, MonitoringParameters)
    rows = [Row(label="Ledger of alpha (fixed sequence: each step only where all before it are met)", kind="group")]
    for number, step in enumerate(plan.study.gate, start=1):
        alpha = results.ard.text("alpha", analysis_id="ALPHA", variable_level=step.id)
        sets = " and ".join(step.analysis_sets)
        rows.append(Row((f"{alpha} ({step.sided}-sided)", sets, step.hypothesis), f"{number}. {step.label}", indent=1))
    rows.append(Row(label="Monitoring and interim looks", kind="group"))
    rows += [Row(("", "", text), label, indent=1) for label, text in chosen.monitoring.items()]
    return Display(
        columns=(Column(1.8), Column(0.9), Column(0.8), Column(3.2)),
        header=plain_header("Item", ["Alpha", "Analysis set", "Hypothesis or arrangement"]),
        rows=tuple(rows),
    )
