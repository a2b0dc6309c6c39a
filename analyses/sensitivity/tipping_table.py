"""T14.2.2.12 Tipping point: hazard after censoring multiplied in the test arm until the claim is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyses.sensitivity.tipping import TippingParameters, pair_level, tipping_grid
from csrbook.displays.analysis_rows import noninferiority_rule
from csrbook.displays.columns import plain_header
from csrbook.displays.counts import count_cell
from csrbook.displays.estimates import confidence_label, estimate_interval, page_notes
from csrbook.displays.format import fixed
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.time_to_event import MARGIN_DIGITS

if TYPE_CHECKING:
    from csrbook.displays.program import Data, Results
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """The grid of factors; see :func:`analyses.sensitivity.tipping.tipping_grid`."""
    return tipping_grid(data, output, plan, read_parameters(output, TippingParameters))


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A row a factor, in blocks for the control arm's factor (where it varies) and the test arm."""
    chosen = read_parameters(output, TippingParameters)
    rule = noninferiority_rule(output, plan)
    ard = results.ard
    tests = plan.study.test_arms
    control = plan.study.arm("control")
    margin = fixed(rule.margin, MARGIN_DIGITS)
    rows: list[Row] = []
    for test in tests:
        imputed = [f"{count_cell(ard, arm.id, analysis_id='IMPUTED')} {arm.short}" for arm in (test, control)]
        rows.append(Row(kind="group", label=f"Patients whose time is imputed, n (%): {', '.join(imputed)}"))
        for delta in chosen.deltas_control:
            if len(chosen.deltas_control) > 1:
                rows.append(Row(kind="group", label=f"Factor {delta:g} in {control.label}"))
            rows += [_row(results, test.id, own, delta) for own in chosen.deltas_test]
            tip = ard.text("delta", analysis_id="TIPPING_POINT", group1_level=test.id, variable_level=f"{delta:g}")
            rows.append(Row(kind="group", label=_sentence(tip, margin)))
    heads = (
        f"Events added\n{tests[0].short if len(tests) == 1 else 'test arm'}",
        f"Events added\n{control.short}",
        f"Hazard ratio\n({confidence_label(rule.confidence)} CI)",
        "Non-inferiority\nt (one-sided p)",
        f"Upper limit\nbelow {margin}",
    )
    return Display(
        columns=(
            Column(1.4),
            Column(0.9, "decimal"),
            Column(0.9, "decimal"),
            Column(1.5, "decimal"),
            Column(1.2, "decimal"),
            Column(0.9, "center"),
        ),
        header=plain_header("Factor on the hazard after censoring", heads),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )


def _row(results: Results, test: str, delta_test: float, delta_control: float) -> Row:
    ard = results.ard
    keys = {
        "analysis_id": "TIPPING", "group1_level": test, "variable_level": pair_level(delta_test, delta_control)
    }  # fmt: skip
    t, p = (ard.text(name, **keys) for name in ("t", "p"))
    cells = (
        ard.text("added_test", **keys), ard.text("added_control", **keys), estimate_interval(ard, "hr", **keys),
        t if t == p else f"{t} ({p})", ard.text("met", **keys),
    )  # fmt: skip
    return Row(cells, f"{delta_test:.2f}", indent=1)


def _sentence(tip: str, margin: str) -> str:
    if tip == "NE":
        return "Tipping point not estimable."
    if tip.startswith(">"):
        return f"No tipping point: the upper limit stays below {margin} up to a factor of {tip[1:]}."
    return f"Tipping point: the upper limit is at or above {margin} from a factor of {tip}."
