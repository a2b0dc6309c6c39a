"""F14.2.2.13 Tipping surface: factors on the hazard after censoring in both arms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analyses.sensitivity.tipping import TippingParameters, pair_level, tipping_grid
from csrbook.displays.analysis_rows import noninferiority_rule
from csrbook.displays.estimates import confidence_label, page_notes
from csrbook.displays.format import fixed
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.plot import Layer, Panel, Plot, category_axis
from csrbook.displays.time_to_event import MARGIN_DIGITS

if TYPE_CHECKING:
    from csrbook.ard import Ard
    from csrbook.displays.program import Data, Results
    from csrbook.plan.models import Arm, NonInferiority, Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """The grid of factors; see :func:`analyses.sensitivity.tipping.tipping_grid`."""
    return tipping_grid(data, output, plan, read_parameters(output, TippingParameters))


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A panel a test arm: the upper limit in each cell, shaded, and marked where it reaches the margin."""
    chosen = read_parameters(output, TippingParameters)
    rule = noninferiority_rule(output, plan)
    ard = results.ard
    tests = plan.study.test_arms
    panels = tuple(_panel(ard, test, chosen, rule, plan, named=len(tests) > 1) for test in tests)
    columns = 2 if len(panels) > 1 else 1
    return Display(
        figure=Plot(panels, columns, math.ceil(len(panels) / columns)),
        alt=" ".join(_alt(ard, test, chosen, rule) for test in tests),
        footnotes=page_notes(ard),
    )


def _panel(ard: Ard, test: Arm, chosen: TippingParameters, rule: NonInferiority, plan: Plan, *, named: bool) -> Panel:
    control = plan.study.arm("control")
    cells = [(i, j) for j in range(len(chosen.deltas_control)) for i in range(len(chosen.deltas_test))]
    uppers = [_upper(ard, test, chosen, i, j) for i, j in cells]
    texts = [
        ard.text("upper", **_keys(test, chosen, i, j)) + ("*" if upper >= rule.margin else "")
        for (i, j), upper in zip(cells, uppers, strict=True)
    ]
    layers = (
        Layer(
            "bars",
            tuple(i - 0.5 for i, _ in cells), tuple(j - 0.5 for _, j in cells),
            tuple(i + 0.5 for i, _ in cells), tuple(j + 0.5 for _, j in cells),
            shades=tuple(_shade(upper, rule.margin) for upper in uppers),
            labels=tuple(texts),
        ),
    )  # fmt: skip
    return Panel(
        category_axis(f"Factor in {test.label}", [f"{d:g}" for d in chosen.deltas_test], descending=False),
        category_axis(f"Factor in {control.label}", [f"{d:g}" for d in chosen.deltas_control], descending=False),
        layers,
        title=test.label if named else "",
    )


def _keys(test: Arm, chosen: TippingParameters, i: int, j: int) -> dict[str, str]:
    level = pair_level(chosen.deltas_test[i], chosen.deltas_control[j])
    return {"analysis_id": "TIPPING", "group1_level": test.id, "variable_level": level}


def _upper(ard: Ard, test: Arm, chosen: TippingParameters, i: int, j: int) -> float:
    return ard.value("upper", **_keys(test, chosen, i, j))


def _shade(upper: float, margin: float) -> float:
    """Light below the margin, darker towards it, and a clear step darker from it on; white where there is no limit."""
    if not math.isfinite(upper):
        return 0.0
    if upper >= margin:
        return 0.7
    return min(max(0.4 * (1.0 + math.log(upper / margin) / math.log(margin)), 0.0), 0.4)


def _alt(ard: Ard, test: Arm, chosen: TippingParameters, rule: NonInferiority) -> str:
    cells = [(i, j) for i in range(len(chosen.deltas_test)) for j in range(len(chosen.deltas_control))]
    known = [(_upper(ard, test, chosen, *cell), cell) for cell in cells]
    known = [pair for pair in known if math.isfinite(pair[0])]
    what = (
        f"Upper limit of the {confidence_label(rule.confidence)} confidence interval of the hazard ratio of "
        f"{test.label} for {len(cells)} pairs of factors on the hazard after censoring."
    )
    if not known:
        return f"{what} It is not estimable."
    over = sum(upper >= rule.margin for upper, _ in known)
    texts = [ard.text("upper", **_keys(test, chosen, *pick(known)[1])) for pick in (min, max)]
    margin = fixed(rule.margin, MARGIN_DIGITS)
    return f"{what} It lies between {texts[0]} and {texts[1]} and reaches the margin {margin} in {over} pairs."
