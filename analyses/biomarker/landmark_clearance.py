"""T14.2.6.6 Clearance of circulating tumour DNA and what follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.columns import Groups, add_sizes, arm_heading, plain_header, treatment_groups
from csrbook.displays.estimates import add_warnings, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.landmark_response import (
    LandmarkParameters,
    add_landmark_response,
    landmark_rows,
    landmark_times,
)
from csrbook.displays.model import Column, Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """The finding by arm, and the times after it."""
    chosen = read_parameters(output, LandmarkParameters)
    analysis_set = output.population[0]
    times = EventTimesSource(data, plan).select(analysis_set, chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    sizes = (*times.subjects, sum(times.subjects))
    add_sizes(ard, Groups(times.treatment, times.arms), sizes, analysis_set=analysis_set)
    add_warnings(ard, times.warnings, **times.keys)
    starts = data.dataset("ADTTE", ["USUBJID", "PARAMCD", "STARTDT"])
    starts = starts[starts["PARAMCD"] == chosen.paramcd]
    records = data.dataset("ADBM", ["USUBJID", "PARAMCD", "AVISIT", "BMSPEC", "AVALC", "ADT"])
    found = landmark_times(times, records, starts, chosen, plan.study.days_per_month)
    add_landmark_response(ard, found, chosen, plan.study.confidence)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Arms and all together in columns."""
    chosen = read_parameters(output, LandmarkParameters)
    ard = results.ard
    groups = treatment_groups(plan, output.population[0])
    return Display(
        columns=(Column(2.6), *(Column(1.0, "decimal") for _ in groups.levels)),
        header=plain_header("", [arm_heading(ard, groups, level) for level in groups.levels]),
        rows=tuple(landmark_rows(ard, plan, chosen)),
        numbers={
            "hr": ard.text("hr", analysis_id="COX_LANDMARK", group1_level="TOTAL"),
            "ci": f"{ard.text('lower', analysis_id='COX_LANDMARK', group1_level='TOTAL')} to "
            f"{ard.text('upper', analysis_id='COX_LANDMARK', group1_level='TOTAL')}",
        },
        footnotes=page_notes(ard),
    )
