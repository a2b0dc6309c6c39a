"""Progression-free survival by biomarker: predictive and prognostic effects (T14.2.6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes
from csrbook.displays.counts import count_cell, events_cell
from csrbook.displays.estimates import add_warnings, confidence_label, estimate_interval, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.marker import add_marker_effects
from csrbook.displays.marker_levels import MARKER_VARIABLES, NOT_EVALUABLE, absent_markers, marker_levels
from csrbook.displays.model import Cell, Column, Display, Row
from csrbook.displays.parameters import read_parameters, sentence_case
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import comparison_id
from csrbook.errors import PlanError

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Arm, Biomarker, Biomarkers, Output, Plan


_COLUMNS = (
    Column(3.4),
    Column(1.3, "decimal"),
    Column(2.1, "decimal"),
    Column(0.9, "decimal"),
    Column(0.9, "decimal"),
    Column(1.2, "center"),
    Column(1.2, "center"),
    Column(2.0, "decimal"),
    Column(2.0, "decimal"),
    Column(0.9, "decimal"),
    Column(2.3),
)


class MarkerParameters(Digits):
    """Parameters of the plan row."""

    paramcd: str
    ticks: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0)


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Interaction with false discovery rate, prognosis in the control arm, and effects within levels."""
    chosen = read_parameters(output, MarkerParameters)
    programme = biomarkers(output, plan)
    analysis_set = output.population[0]
    times = EventTimesSource(data, plan).select(analysis_set, chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    add_sizes(ard, times.groups, times.subjects, analysis_set=analysis_set)
    records = data.dataset("ADBM", list(MARKER_VARIABLES))
    add_warnings(ard, [*times.warnings, *absent_markers(records, programme.markers)], **times.keys)
    levels = marker_levels(records, programme.markers, times.subject)
    add_marker_effects(ard, times, levels, programme, chosen, plan.study.confidence)
    return Results(ard)


def biomarkers(output: Output, plan: Plan) -> Biomarkers:
    """The biomarker programme of the plan, or an error that says which output needs one."""
    if plan.endpoints.biomarkers is None:
        raise PlanError(
            "the plan has no biomarker programme",
            f"sap/endpoints.yaml, biomarkers (needed by {output.id})",
            "state the markers, or take the output out of the catalogue",
        )
    return plan.endpoints.biomarkers


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block for each marker: interaction and prognosis first, then a line for each level."""
    ard = results.ard
    programme = biomarkers(output, plan)
    level = confidence_label(plan.study.confidence)
    tests = plan.study.test_arms
    control = plan.study.arm("control")
    rows: list[Row] = []
    for marker in programme.markers:
        for test in tests:
            label = marker.label if len(tests) == 1 else f"{marker.label}, {test.short}"
            rows += _block(ard, marker, test, control, label)
    test = tests[0]
    control_size = ard.text("N", analysis_id="SUBJECTS", group1_level=control.id)
    # With several test arms the column belongs to the arm that the block names.
    several = len(tests) > 1
    size = "" if several else f"(N={ard.text('N', analysis_id='SUBJECTS', group1_level=test.id)})\n"
    tested = "Test arm" if several else test.short
    return Display(
        columns=_COLUMNS,
        header=(
            (
                Cell("Marker\n  Level", rowspan=2, align="left"),
                Cell("n (%)", rowspan=2),
                Cell("Interaction (predictive)", colspan=3, rule=True),
                Cell(f"{tested} versus {control.short} within level", colspan=3, rule=True),
                Cell("Control arm (prognostic)", colspan=2, rule=True),
                Cell("Summary", rowspan=2, align="left"),
            ),
            (
                Cell(f"Ratio of hazard\nratios ({level} CI)"),
                Cell("p"),
                Cell("q"),
                Cell(f"{tested}\n{size}events/n"),
                Cell(f"{control.short}\n(N={control_size})\nevents/n"),
                Cell(f"Hazard ratio\n({level} CI)"),
                Cell(f"Hazard ratio\n({level} CI)"),
                Cell("q"),
            ),
        ),
        rows=tuple(rows),
        numbers=_numbers(ard, programme, test),
        footnotes=page_notes(ard),
    )


def _block(ard: Ard, marker: Biomarker, test: Arm, control: Arm, label: str) -> list[Row]:
    keys = {"group1_level": test.id, "variable": marker.id}
    interaction = {**keys, "analysis_id": "INTERACTION"}
    prognostic = {**keys, "analysis_id": "PROGNOSTIC"}
    rows = [
        Row(
            (
                "",
                estimate_interval(ard, "ratio", **interaction),
                ard.text("p", **interaction),
                ard.text("q", **interaction),
                "",
                "",
                "",
                estimate_interval(ard, "hr", **prognostic),
                ard.text("q", **prognostic),
                ard.text("summary", analysis_id="SUMMARY", **keys),
            ),
            label,
            kind="section",
        )
    ]
    for name in (marker.positive, marker.negative):
        cox = comparison_id(ard, "COX", variable_level=name, **keys)
        events = {"analysis_id": "EVENTS", "variable": marker.id, "variable_level": name}
        rows.append(
            Row(
                (
                    count_cell(ard, "", analysis_id="PREVALENCE", variable=marker.id, variable_level=name),
                    "",
                    "",
                    "",
                    *(events_cell(ard, arm.id, **events) for arm in (test, control)),
                    estimate_interval(ard, "hr", analysis_id=cox, variable_level=name, **keys),
                    "",
                    "",
                    "",
                ),
                sentence_case(name),
                indent=1,
            )
        )
    missing = ard.text("n", analysis_id="PREVALENCE", variable=marker.id, variable_level=NOT_EVALUABLE)
    rows.append(Row((missing, *("",) * 9), "Not evaluable", indent=1))
    return rows


def _numbers(ard: Ard, programme: Biomarkers, test: Arm) -> dict[str, str]:
    summary = {
        marker.label: ard.text("summary", analysis_id="SUMMARY", group1_level=test.id, variable=marker.id)
        for marker in programme.markers
    }
    return {
        "predictive": _listed([label for label, text in summary.items() if text.startswith("Predictive")]),
        "prognostic": _listed([label for label, text in summary.items() if "rognostic" in text.split(";")[0]]),
    }


def _listed(labels: list[str]) -> str:
    return ", ".join(labels) or "none"
