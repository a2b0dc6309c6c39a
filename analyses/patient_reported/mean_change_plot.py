"""F14.2.5.5 Least-squares mean change from baseline by visit; the numbers are those of the table of the scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyses.patient_reported.change_from_baseline import analyse
from csrbook.displays.estimates import confidence_label, estimate_interval, page_notes
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.plot import Plot
from csrbook.displays.repeated_measures import RepeatedMeasuresParameters
from csrbook.displays.repeated_measures_table import mean_change_panel, model_note

if TYPE_CHECKING:
    from csrbook.ard import Ard
    from csrbook.displays.program import Results
    from csrbook.plan.models import Output, Plan

__all__ = ["analyse", "display"]


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A page a scale."""
    chosen = read_parameters(output, RepeatedMeasuresParameters)
    ard = results.ard
    level = confidence_label(plan.study.confidence)
    panels = tuple(
        mean_change_panel(ard, plan, chosen, parameter, x_label="Week", y_label=f"{label}: LS mean change ({level} CI)")
        for parameter, label in chosen.paramcd.items()
    )
    return Display(
        figure=Plot(panels), alt=_alt(ard, plan, chosen, level), footnotes=(model_note(ard, chosen), *page_notes(ard))
    )


def _alt(ard: Ard, plan: Plan, chosen: RepeatedMeasuresParameters, level: str) -> str:
    """What the figure shows: the means at the key visit and their difference."""
    visit = {"variable_level": f"{chosen.key_visit:g}"}
    when = chosen.visits.get(chosen.key_visit, f"{chosen.key_visit:g}").lower()
    parts = ["Least-squares mean change from baseline by visit and arm with confidence intervals."]
    for parameter, label in chosen.paramcd.items():
        keys = {"group2_level": parameter, **visit}
        means = [
            f"{arm.label} {estimate_interval(ard, level=level, analysis_id='LS_MEAN', group1_level=arm.id, **keys)}"
            for arm in plan.study.arms
        ]
        gaps = [
            f"{arm.short} less {plan.study.arm('control').short} "
            + estimate_interval(ard, level=level, analysis_id="LS_DIFFERENCE", group1_level=arm.id, **keys)
            for arm in plan.study.test_arms
        ]
        parts.append(f"{label} at {when}: {', '.join(means)}; difference {', '.join(gaps)}.")
    return " ".join(parts)
