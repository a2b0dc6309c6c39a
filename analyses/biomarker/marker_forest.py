"""Forest plot of the treatment effect by biomarker (F14.2.6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyses.biomarker.marker_effects import MarkerParameters, analyse, biomarkers
from csrbook.displays.counts import events_cell
from csrbook.displays.estimates import confidence_label, estimate_interval, page_notes
from csrbook.displays.forest import covering_ticks, forest_row
from csrbook.displays.model import Display, Forest, ForestRow
from csrbook.displays.parameters import read_parameters, sentence_case
from csrbook.displays.time_to_event import comparison_id

if TYPE_CHECKING:
    from csrbook.ard import Ard
    from csrbook.displays.program import Results
    from csrbook.plan.models import Arm, Biomarker, Output, Plan

__all__ = ["analyse", "display"]


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A row a level; the interaction stands on the first level of its marker."""
    ard = results.ard
    chosen = read_parameters(output, MarkerParameters)
    programme = biomarkers(output, plan)
    tests = plan.study.test_arms
    control = plan.study.arm("control")
    rows: list[ForestRow] = []
    for marker in programme.markers:
        for test in tests:
            label = marker.label if len(tests) == 1 else f"{marker.label}, {test.short}"
            rows += _block(ard, marker, test, control, label)
    level = confidence_label(plan.study.confidence)
    tested = tests[0].short if len(tests) == 1 else "Test arm"
    figure = Forest(
        columns=(
            "Marker",
            "Level",
            f"{tested}\nevents/n",
            f"{control.short}\nevents/n",
            f"Hazard ratio\n({level} CI)",
            "Interaction\np",
            "q",
        ),
        rows=tuple(rows),
        ticks=covering_ticks(rows, chosen.ticks),
        lines=((1.0, "1"),),
        x_label="Hazard ratio (log scale)",
        left_label=f"Favours {tested}",
        right_label=f"Favours {control.short}",
        right=3,
    )
    return Display(figure=figure, alt=_alt(ard, plan, tests[0], level), footnotes=page_notes(ard))


def _block(ard: Ard, marker: Biomarker, test: Arm, control: Arm, label: str) -> list[ForestRow]:
    keys = {"group1_level": test.id, "variable": marker.id}
    interaction = {**keys, "analysis_id": "INTERACTION"}
    rows = []
    for name in (marker.positive, marker.negative):
        cox = {**keys, "analysis_id": comparison_id(ard, "COX", variable_level=name, **keys), "variable_level": name}
        own = {"analysis_id": "EVENTS", "variable": marker.id, "variable_level": name}
        counts = [events_cell(ard, arm.id, **own) for arm in (test, control)]
        first = name == marker.positive
        tested = (ard.text("p", **interaction), ard.text("q", **interaction)) if first else ("", "")
        cells = (sentence_case(name), *counts, estimate_interval(ard, "hr", **cox), *tested)
        rows.append(forest_row(ard, label if first else "", cells, cox))
    return rows


def _alt(ard: Ard, plan: Plan, test: Arm, level: str) -> str:
    """What the figure shows: which interactions pass the false discovery rate, and every hazard ratio."""
    programme = plan.endpoints.biomarkers
    markers = () if programme is None else programme.markers
    found = []
    passed = []
    for marker in markers:
        keys = {"group1_level": test.id, "variable": marker.id}
        ratios = [
            f"{sentence_case(name).lower()} "
            + estimate_interval(
                ard,
                "hr",
                analysis_id=comparison_id(ard, "COX", variable_level=name, **keys),
                variable_level=name,
                **keys,
            )
            for name in (marker.positive, marker.negative)
        ]
        q = ard.text("q", analysis_id="INTERACTION", **keys)
        found.append(f"{marker.label}: {', '.join(ratios)}, interaction q {q}")
        if ard.text("summary", analysis_id="SUMMARY", **keys).startswith("Predictive"):
            passed.append(marker.label)
    verdict = f"passes for {', '.join(passed)}" if passed else "passes for no marker"
    rate = "" if programme is None else f" of {programme.fdr:g}"
    return (
        f"Forest plot of hazard ratios of {test.label} to {plan.study.arm('control').label} by marker level with "
        f"{level} confidence intervals. The interaction test at a false discovery rate{rate} {verdict}. "
        f"{'; '.join(found)}."
    )
