"""T14.2.6.8 HER2 heterogeneity and conversion: paired status, and the effect of treatment by baseline status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyses.biomarker.marker_curves import key_markers
from analyses.biomarker.marker_effects import biomarkers
from csrbook.ard import ARD_COLUMNS, Ard
from csrbook.displays.columns import add_sizes, arm_heading, plain_header, treatment_groups
from csrbook.displays.estimates import add_warnings, confidence_label, estimate_interval, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.marker import add_marker_effects
from csrbook.displays.marker_levels import MARKER_VARIABLES, absent_markers, marker_levels
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.paired_status import add_paired_status, paired_status_rows
from csrbook.displays.parameters import read_parameters, sentence_case
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results, analysis_subjects
from csrbook.displays.time_to_event import comparison_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from csrbook.displays.columns import Groups
    from csrbook.displays.program import Data
    from csrbook.plan.models import Biomarker, Output, Plan


class PairedStatusParameters(Digits):
    """Parameters of the plan row."""

    paramcd: str
    """Event times of the effect by baseline status."""
    name: str
    markers: tuple[str, ...]
    """Ids of the markers; the first visit is that of the plan."""
    second_visit: str
    visit_labels: tuple[str, str]


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Pairs of each marker, then the effect of treatment by its baseline level."""
    chosen = read_parameters(output, PairedStatusParameters)
    markers = key_markers(output, plan, chosen.markers)
    analysis_set = output.population[0]
    subjects = analysis_subjects(data, plan, analysis_set)
    groups = treatment_groups(plan, analysis_set)
    ard = Ard(output.id, dataset="ADBM", analysis_set=analysis_set)
    add_sizes(ard, groups, groups.sizes(subjects["ARM"]))
    records = data.dataset("ADBM", list(MARKER_VARIABLES))
    later = [marker.model_copy(update={"visit": chosen.second_visit}) for marker in markers]
    times = EventTimesSource(data, plan).select(analysis_set, chosen.paramcd)
    add_warnings(ard, [*times.warnings, *absent_markers(records, [*markers, *later])], **times.keys)
    everybody = np.asarray(subjects["USUBJID"], dtype=object)
    first, second = (marker_levels(records, given, everybody) for given in (markers, later))
    for m in markers:
        add_paired_status(ard, subjects, groups, m, first[m.id], second[m.id], chosen, plan.study.confidence)
    # The rates of false discovery are those of all markers of the plan, as in the table of their effects.
    programme = biomarkers(output, plan)
    levels = marker_levels(records, programme.markers, times.subject)
    effects = Ard(output.id, dataset="ADTTE")
    add_marker_effects(effects, times, levels, programme, chosen, plan.study.confidence)
    for row in effects.select():
        if row["variable"] in chosen.markers and row["analysis_id"] != "PREVALENCE":
            _copy(ard, row)
    return Results(ard)


def _copy(ard: Ard, row: Mapping[str, object]) -> None:
    """Add a row of another ARD of the same output."""
    apart = ("output_id", "stat_name", "stat_label", "value", "formatted")
    rest = {name: str(row[name]) for name in ARD_COLUMNS if name not in apart}
    value = row["value"]
    assert isinstance(value, float)  # noqa: S101 - Ard made it one
    ard.add(str(row["stat_name"]), value, formatted=str(row["formatted"]), stat_label=str(row["stat_label"]), **rest)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block a marker: pairs, then the effect of treatment by baseline level under the test arm."""
    chosen = read_parameters(output, PairedStatusParameters)
    ard = results.ard
    groups = treatment_groups(plan, output.population[0])
    rows: list[Row] = []
    for marker in key_markers(output, plan, chosen.markers):
        rows += [Row(kind="blank")] if rows else []
        rows += paired_status_rows(ard, groups, marker, chosen.visit_labels, plan.study.confidence)
        rows += _effect_rows(ard, plan, groups, marker, chosen)
    return Display(
        columns=(Column(2.6), *(Column(1.0, "decimal") for _ in groups.levels)),
        header=plain_header("", [arm_heading(ard, groups, level) for level in groups.levels]),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )


def _effect_rows(ard: Ard, plan: Plan, groups: Groups, marker: Biomarker, chosen: PairedStatusParameters) -> list[Row]:
    level = confidence_label(plan.study.confidence)
    tests = {arm.id for arm in plan.study.test_arms}
    own = {"variable": marker.id}
    rows = [Row(label=f"{chosen.name} by {chosen.visit_labels[0].lower()} status", kind="group")]
    for name in (marker.positive, marker.negative):
        events = tuple(
            "/".join(
                ard.text(stat, analysis_id="EVENTS", variable_level=name, group1_level=arm.id, **own)
                for stat in ("events", "n")
            )
            for arm in groups.arms
        )
        cox = comparison_id(ard, "COX", variable_level=name, **own)
        ratios = tuple(
            estimate_interval(ard, "hr", analysis_id=cox, variable_level=name, group1_level=c, **own)
            if c in tests else ""
            for c in groups.levels
        )  # fmt: skip
        rows.append(Row((*events, ""), f"{sentence_case(name)}: events/n", indent=1))
        rows.append(Row(ratios, f"Hazard ratio of treatment ({level} CI)", indent=2))
    for stat, label in (("p", "Interaction p-value"), ("q", "Interaction q-value (all markers)")):
        cells = tuple(
            ard.text(stat, analysis_id="INTERACTION", group1_level=c, **own) if c in tests else ""
            for c in groups.levels
        )
        rows.append(Row(cells, label, indent=1))
    return rows
