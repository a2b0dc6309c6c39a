"""T14.2.1.7 Fraction of the control effect preserved, over a grid of assumed effects."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.columns import plain_header
from csrbook.displays.estimates import (
    add_number,
    add_pvalue,
    add_warnings,
    confidence_label,
    estimate_interval,
    page_notes,
)
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import add_cox, comparison_id
from csrbook.stats.preserved_fraction import preserved_fraction

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class FractionParameters(Digits):
    """What the plan row says: the endpoint, and assumed hazard ratios of control to reference with their errors."""

    paramcd: str
    ties: str = "efron"
    hazard_ratios: tuple[float, ...]
    standard_errors: tuple[float, ...]
    fractions: tuple[float, ...]


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """The hazard ratio of the trial, and the synthesis test of each cell of the grid."""
    chosen = read_parameters(output, FractionParameters)
    times = EventTimesSource(data, plan).select(output.population[0], chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    fits = add_cox(ard, times, chosen, plan.study.confidence, chosen.ties)
    for arm, fit in fits.items():
        for assumed, error, fraction in _grid(chosen):
            found = preserved_fraction(fit.log_hr, fit.se, math.log(assumed), error, fraction, status=fit.status)
            keys = {
                **times.keys, "group1_level": arm, "analysis_id": "PRESERVED", "method": "Synthesis test",
                "variable": "ASSUMPTION", "variable_level": _level(assumed, error, fraction),
            }  # fmt: skip
            for name, value in (("assumed_hr", assumed), ("assumed_se", error)):
                ard.add(name, value, formatted=f"{value:g}", **keys)
            add_number(ard, "z", found.z, chosen.digits_statistic, reason=found.status, **keys)
            add_pvalue(ard, "p", found.p, chosen.digits_p, reason=found.status, **keys)
    return Results(ard)


def _grid(chosen: FractionParameters) -> list[tuple[float, float, float]]:
    return [(h, e, f) for h in chosen.hazard_ratios for e in chosen.standard_errors for f in chosen.fractions]


def _level(assumed: float, error: float, fraction: float) -> str:
    return f"HR {assumed:g}, SE {error:g}, fraction {fraction:g}"


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A row an assumed effect, a column a fraction; a block a test arm."""
    chosen = read_parameters(output, FractionParameters)
    ard = results.ard
    rows: list[Row] = []
    level = confidence_label(plan.study.confidence)
    for arm in plan.study.test_arms:
        ratio = estimate_interval(ard, "hr", level=level, analysis_id=comparison_id(ard, "COX"), group1_level=arm.id)
        label = f"{arm.label} versus {plan.study.arm('control').label}: hazard ratio {ratio}"
        rows.append(Row(label=label, kind="group"))
        for assumed in chosen.hazard_ratios:
            for error in chosen.standard_errors:
                cells = [f"{assumed:g}", f"{error:g}"]
                for fraction in chosen.fractions:
                    keys = {"group1_level": arm.id, "variable_level": _level(assumed, error, fraction)}
                    z, p = (ard.text(stat, analysis_id="PRESERVED", **keys) for stat in ("z", "p"))
                    cells.append(z if z == p else f"{z} ({p})")
                rows.append(Row(tuple(cells[1:]), cells[0], indent=1))
    heads = ["Assumed\nstandard error", *(f"{f:.0%} preserved\nz (one-sided p)" for f in chosen.fractions)]
    return Display(
        columns=(Column(2.0), Column(1.0, "center"), *(Column(1.2, "decimal") for _ in chosen.fractions)),
        header=plain_header("Assumed hazard ratio of\ncontrol to reference", heads),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )
