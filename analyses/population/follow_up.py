"""T14.1.4.1 Duration of follow-up by arm: reverse Kaplan–Meier, and the range of the times observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csrbook.ard import Ard
from csrbook.displays.estimates import add_number, add_warnings, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import add_events, add_follow_up
from csrbook.displays.time_to_event_table import arm_columns, arm_header, event_total_rows, follow_up_rows

if TYPE_CHECKING:
    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class FollowUpParameters(Digits):
    """What the plan row says: the parameters and their names."""

    paramcd: dict[str, str]


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Follow-up of each parameter in each arm."""
    chosen = read_parameters(output, FollowUpParameters)
    source = EventTimesSource(data, plan)
    ard = Ard(output.id, dataset="ADTTE")
    for name in chosen.paramcd:
        times = source.select(output.population[0], name)
        add_warnings(ard, times.warnings, **times.keys)
        add_events(ard, times, chosen)
        add_follow_up(ard, times, chosen, plan.study.confidence)
        _add_range(ard, times, chosen)
    return Results(ard)


def _add_range(ard: Ard, times: EventTimes, digits: Digits) -> None:
    """Shortest and longest time of the patients who were censored (``FOLLOW_UP_RANGE``)."""
    for position, arm in enumerate(times.arms):
        censored = times.time[(times.arm == position) & ~times.event]
        keys = {**times.keys, "group1_level": arm.id, "analysis_id": "FOLLOW_UP_RANGE", "method": "Range"}
        for name, reduce in (("min", np.min), ("max", np.max)):
            value = float(reduce(censored)) if len(censored) else None
            add_number(
                ard, name, value, digits.digits_months, reason="nobody was censored", **{**keys, "unit": "months"}
            )


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block a parameter, arms in columns."""
    chosen = read_parameters(output, FollowUpParameters)
    ard = results.ard
    rows: list[Row] = []
    for name, label in chosen.paramcd.items():
        keys = {"group2_level": name}
        rows.append(Row(label=label, kind="group"))
        rows += event_total_rows(ard, plan, **keys)
        rows += follow_up_rows(ard, plan, indent=1, **keys)
        ranges = tuple(
            ", ".join(ard.text(s, analysis_id="FOLLOW_UP_RANGE", group1_level=arm.id, **keys) for s in ("min", "max"))
            for arm in plan.study.arms
        )
        rows.append(Row(ranges, "Shortest, longest time of censored patients (months)", indent=1))
    return Display(
        columns=arm_columns(plan),
        header=arm_header(ard, plan, output.population[0]),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )
