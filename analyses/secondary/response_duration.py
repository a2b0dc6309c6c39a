"""T14.2.4.6 Duration of response and time to response in confirmed responders, described and not compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, treatment_groups
from csrbook.displays.counts import add_counts, count_cell
from csrbook.displays.derived import Derived, add_derived
from csrbook.displays.estimates import page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import TimeToEventParameters
from csrbook.displays.program import Results
from csrbook.displays.summary import Variable, add_summary, variable_rows
from csrbook.displays.time_to_event import add_events, add_follow_up, add_kaplan_meier
from csrbook.displays.time_to_event_table import (
    arm_columns,
    arm_header,
    event_rows,
    follow_up_rows,
    kaplan_meier_rows,
)

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class DurationParameters(TimeToEventParameters):
    """What the plan row says: the parameter of the duration, and that of the time to response."""

    response_paramcd: str
    response_label: str
    response_digits: int = 1


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Kaplan–Meier of the duration, and summary of the time to response, of the patients who have a record."""
    chosen = read_parameters(output, DurationParameters)
    analysis_set = output.population[0]
    source = EventTimesSource(data, plan)
    every = source.select(analysis_set, chosen.paramcd, strata=())
    # Responders are those with a record; that the others have none is no warning here.
    times = every.where(every.time == every.time)
    ard = Ard(output.id, dataset="ADTTE", analysis_set=analysis_set)
    groups = treatment_groups(plan, analysis_set, total=False)
    add_sizes(ard, groups, every.subjects)
    add_counts(ard, groups, times.subjects, every.subjects, analysis_id="RESPONDERS", group2="PARAMCD")
    add_events(ard, times, chosen)
    add_kaplan_meier(
        ard,
        times,
        quantiles=chosen.quantiles,
        landmarks=chosen.landmarks_months,
        digits=chosen,
        confidence=plan.study.confidence,
    )
    add_follow_up(ard, times, chosen, plan.study.confidence)
    subjects = source.subjects(analysis_set)
    responders = subjects[subjects["USUBJID"].isin(times.subject)].reset_index(drop=True)
    when = Derived.model_validate({
        "name": chosen.response_paramcd, "dataset": "ADTTE", "variable": "AVAL", "reduce": "value",
        "where": [["PARAMCD", "EQ", chosen.response_paramcd]],
    })  # fmt: skip
    add_summary(ard, add_derived(data, responders, [when]), groups, [_variable(chosen)])
    return Results(ard)


def _variable(chosen: DurationParameters) -> Variable:
    return Variable(
        name=chosen.response_paramcd,
        label=chosen.response_label,
        type="continuous",
        digits=chosen.response_digits,
        more=0,
    )


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Duration first, then time to response; N is the number of responders."""
    chosen = read_parameters(output, DurationParameters)
    ard = results.ard
    analysis_set = output.population[0]
    keys = {"group2_level": chosen.paramcd}
    responders = tuple(count_cell(ard, arm.id, analysis_id="RESPONDERS") for arm in plan.study.arms)
    rows = [Row(responders, "Confirmed responders, n (%)")]
    rows += event_rows(ard, plan, chosen.labels, "Status of the response, n (% of responders)", **keys)
    rows += kaplan_meier_rows(ard, plan, chosen.name, chosen.quantiles, chosen.landmarks_months, **keys)
    rows += follow_up_rows(ard, plan, **keys)
    groups = treatment_groups(plan, analysis_set, total=False)
    rows += [
        Row(kind="blank"),
        *variable_rows(ard, [(analysis_set, level) for level in groups.levels], _variable(chosen)),
    ]
    return Display(
        columns=arm_columns(plan),
        header=arm_header(ard, plan, analysis_set),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )
