"""D16.1.9.1 The statistical analysis plan: its version and hash, and where each objective is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.columns import plain_header
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.program import Results

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:  # noqa: ARG001 - the plan alone is described
    """How much the plan holds."""
    ard = Ard(output.id)
    sizes = {
        "objectives": len(plan.endpoints.objectives),
        "endpoints": len(plan.endpoints.endpoints),
        "estimands": len(plan.endpoints.estimands),
        "outputs": len(plan.catalogue.outputs),
    }
    for name, size in sizes.items():
        ard.add("n", size, formatted=str(size), analysis_id="PLAN", method="Count", variable=name)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:  # noqa: ARG001 - a document has no parameters
    """Identity of the plan, then objectives with their endpoints, then estimands with their outputs."""
    study = plan.study
    ard = results.ard

    def held(name: str) -> str:
        return ard.text("n", analysis_id="PLAN", variable=name)

    rows = [
        Row(label="Identity", kind="group"),
        Row((study.title,), "Title of the trial", indent=1),
        Row((f"{study.protocol}, {study.registry}",), "Protocol, registration", indent=1),
        Row((f"{study.sap_version}, {study.sap_date}",), "Version and date of the plan", indent=1),
        Row((study.status,), "Status", indent=1),
        Row((plan.hash,), "Hash of the plan (SHA-256 of its YAML and prose)", indent=1),
        Row(("sap.pdf, beside this document",), "Full text", indent=1),
        Row(
            ((f"{held('objectives')} objectives, {held('endpoints')} endpoints, {held('estimands')} estimands, "
             f"{held('outputs')} outputs"),), "Content", indent=1,
        ),
        Row(label="Objectives and endpoints", kind="group"),
    ]  # fmt: skip
    labels = {item.id: item.label for item in plan.endpoints.endpoints}
    for objective in plan.endpoints.objectives:
        named = "; ".join(labels.get(name, name) for name in objective.endpoints)
        rows.append(Row((named,), f"{objective.level.capitalize()}: {objective.text}", indent=1))
    rows.append(Row(label="Estimands and the outputs that estimate them", kind="group"))
    rows += [
        Row((f"{item.summary} Outputs: {', '.join(item.outputs)}.",), item.label, indent=1)
        for item in plan.endpoints.estimands
    ]
    return Display(
        columns=(Column(1.2), Column(2.2)), header=plain_header("Item", ["What the plan says"]), rows=tuple(rows)
    )
