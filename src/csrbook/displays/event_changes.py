"""How the rules for events change a time-to-event parameter: patients whose event or time is another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.displays.counts import count_cell
from csrbook.displays.estimates import add_count
from csrbook.displays.model import Row

if TYPE_CHECKING:
    from csrbook.ard import Ard
    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.precision import Digits
    from csrbook.plan.models import Plan

__all__ = ["add_changes", "change_rows"]

CHANGES: Final = {
    "LOST": "Event there, censored here",
    "ADDED": "Censored there, event here",
    "EARLIER": "Same status, earlier here",
    "LATER": "Same status, later here",
}
"""Kinds of change and how a page calls them."""


def add_changes(ard: Ard, times: EventTimes, reference: EventTimes, digits: Digits) -> None:
    """Count the patients whose event or time differ from another parameter (``CHANGE``).

    Parameters
    ----------
    ard : Ard
        Receives ``n`` and ``p`` of each kind of change in each arm, and the events of the other parameter
        (``REFERENCE_EVENTS``).
    times, reference : EventTimes
        The parameter of this output and the one it is compared with, in the same analysis set.
    digits : Digits
        Of percentages.
    """
    _, here, there = np.intersect1d(times.subject.astype(str), reference.subject.astype(str), return_indices=True)
    event, other = times.event[here], reference.event[there]
    time, before = times.time[here], reference.time[there]
    same = event == other
    kinds = {
        "LOST": ~event & other,
        "ADDED": event & ~other,
        "EARLIER": same & (time < before),
        "LATER": same & (time > before),
    }
    for position, arm in enumerate(times.arms):
        keys = {**times.keys, "group1_level": arm.id, "method": "Count and percentage"}
        whole = times.subjects[position]
        events = int((reference.event & (reference.arm == position)).sum())
        row = {**keys, "analysis_id": "REFERENCE_EVENTS", "variable": "PARAMCD", "variable_level": reference.parameter}
        add_count(ard, events, whole, digits.digits_percent, **row)
        for kind, chosen in kinds.items():
            row = {**keys, "analysis_id": "CHANGE", "variable": reference.parameter, "variable_level": kind}
            count = int((chosen & (times.arm[here] == position)).sum())
            add_count(ard, count, whole, digits.digits_percent, **row)


def change_rows(ard: Ard, plan: Plan, **keys: str) -> list[Row]:
    """Events of the parameter that this one is compared with, and each kind of change."""

    def cells(analysis: str, **more: str) -> tuple[str, ...]:
        return tuple(count_cell(ard, arm.id, analysis_id=analysis, **more, **keys) for arm in plan.study.arms)

    rows = [Row(kind="group", label="Against the primary analysis, n (%)")]
    rows.append(Row(cells("REFERENCE_EVENTS"), "Patients with an event there", indent=1))
    rows += [Row(cells("CHANGE", variable_level=kind), label, indent=1) for kind, label in CHANGES.items()]
    return rows
