"""T14.2.3.2 Treatment-by-subgroup interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyses.secondary.subgroup_forest import COX, analyse
from csrbook.displays.columns import plain_header
from csrbook.displays.counts import events_cell
from csrbook.displays.estimates import confidence_label, estimate_interval, page_notes
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.subgroups import SubgroupParameters, level_label

if TYPE_CHECKING:
    from csrbook.displays.program import Results
    from csrbook.plan.models import Output, Plan

__all__ = ["analyse", "display"]


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block a factor: the test on its head, counts and hazard ratio of each level below."""
    chosen = read_parameters(output, SubgroupParameters)
    ard = results.ard
    tests = plan.study.test_arms
    control = plan.study.arm("control")
    rows: list[Row] = []
    for test in tests:
        if len(tests) > 1:
            rows.append(Row(label=f"{test.label} versus {control.label}", kind="group"))
        for factor in chosen.factors:
            keys = {"analysis_id": "INTERACTION", "group1_level": test.id, "variable": factor.variable}
            chi2, df, p = (ard.text(stat, **keys) for stat in ("chi_square", "df", "p"))
            rows.append(Row(("", "", "", chi2, df, p), factor.label, kind="section"))
            found = ard.select(analysis_id=COX, group1_level=test.id, variable=factor.variable, stat_name="hr")
            for level in dict.fromkeys(str(item["variable_level"]) for item in found):
                own = {"variable": factor.variable, "variable_level": level}
                counts = [events_cell(ard, arm.id, analysis_id="EVENTS", **own) for arm in (test, control)]
                ratio = estimate_interval(ard, "hr", analysis_id=COX, group1_level=test.id, **own)
                rows.append(Row((*counts, ratio, "", "", ""), level_label(factor, level), indent=1))
    tested = tests[0].short if len(tests) == 1 else "Test arm"
    heads = [
        f"{tested}\nevents/n",
        f"{control.short}\nevents/n",
        f"Hazard ratio\n({confidence_label(plan.study.confidence)} CI)",
        "Likelihood-\nratio χ²",
        "Degrees of\nfreedom",
        "Interaction\np-value",
    ]
    return Display(
        columns=(
            Column(2.4),
            Column(0.9, "center"),
            Column(0.9, "center"),
            Column(1.6, "decimal"),
            Column(0.9, "decimal"),
            Column(0.9, "center"),
            Column(0.9, "decimal"),
        ),
        header=plain_header("Factor\n  Level", heads),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )
