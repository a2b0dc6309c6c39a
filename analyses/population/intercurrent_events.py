"""T14.1.2.5 Intercurrent events: how many patients, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, arm_heading, plain_header, treatment_groups
from csrbook.displays.conditions import Condition, Selection
from csrbook.displays.counts import add_counts, count_cell, not_estimable_notes
from csrbook.displays.derived import Derived, add_derived
from csrbook.displays.estimates import add_number, confidence_label, estimate_interval
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results, analysis_subjects
from csrbook.stats.kaplan_meier import kaplan_meier

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.displays.columns import Groups
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class IntercurrentEvent(Digits):
    """An intercurrent event: the patients who had it and, where it is known, the variable with its date."""

    id: str
    label: str
    where: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()
    date: str = ""


class IntercurrentParameters(Digits):
    """What the plan row says: the events, and the variable with the date at which each patient's time at risk ends."""

    events: tuple[IntercurrentEvent, ...]
    derived: tuple[Derived, ...] = ()
    end: str
    landmarks_months: tuple[float, ...]


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Patients with each event; the Kaplan–Meier share of patients with it by each landmark."""
    chosen = read_parameters(output, IntercurrentParameters)
    analysis_set = output.population[0]
    subjects = add_derived(data, analysis_subjects(data, plan, analysis_set), chosen.derived)
    groups = treatment_groups(plan, analysis_set, total=False)
    codes = groups.codes(subjects["ARM"])
    ard = Ard(output.id, dataset="ADSL", analysis_set=analysis_set)
    sizes = groups.tally(codes)
    add_sizes(ard, groups, sizes)
    select = Selection(subjects, "ADSL")
    for event in chosen.events:
        had = select(event.where, event.any_of)
        own = {"variable": "ICE", "variable_level": event.id}
        add_counts(ard, groups, groups.tally(codes[had]), sizes, analysis_id="ICE", **own)
        if event.date:
            _add_times(ard, subjects, had, codes, groups, event, chosen, plan)
    return Results(ard)


def _add_times(
    ard: Ard, subjects: pd.DataFrame, had: np.ndarray, codes: np.ndarray, groups: Groups, event: IntercurrentEvent,
    chosen: IntercurrentParameters, plan: Plan,
) -> None:  # fmt: skip
    """Share of patients with the event by each landmark; a patient is at risk until it or the endpoint's end."""
    ended = np.where(had, subjects[event.date], subjects[chosen.end]).astype(float)
    months = (ended - subjects["RANDDT"].to_numpy(dtype=float) + 1.0) / plan.study.days_per_month
    known = np.isfinite(months)
    for position, arm in enumerate(groups.arms):
        here = known & (codes == position)
        curve = kaplan_meier(months[here], had[here], confidence=plan.study.confidence)
        at = curve.survival_at(np.asarray(chosen.landmarks_months))
        for index, month in enumerate(chosen.landmarks_months):
            keys = {
                "analysis_id": f"TIME.{event.id}", "method": "1 - Kaplan-Meier, log-log", "group1": groups.variable,
                "group1_level": arm.id, "variable": "MONTH", "variable_level": f"{month:g}", "unit": "%",
            }  # fmt: skip
            reason = "nobody observed up to the month" if curve.n else curve.status
            for name, share in (("estimate", at.survival), ("lower", at.upper), ("upper", at.lower)):
                add_number(ard, name, 100.0 * (1.0 - share[index]), chosen.digits_percent, reason=reason, **keys)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block an event."""
    chosen = read_parameters(output, IntercurrentParameters)
    ard = results.ard
    groups = treatment_groups(plan, output.population[0], total=False)
    rows: list[Row] = []
    level = confidence_label(plan.study.confidence)
    for event in chosen.events:
        own = {"analysis_id": "ICE", "variable_level": event.id}
        rows.append(Row(tuple(count_cell(ard, arm, **own) for arm in groups.levels), f"{event.label}, n (%)"))
        for month in chosen.landmarks_months if event.date else ():
            keys = {"analysis_id": f"TIME.{event.id}", "variable_level": f"{month:g}"}
            cells = tuple(estimate_interval(ard, group1_level=arm, **keys) for arm in groups.levels)
            rows.append(Row(cells, f"By {month:g} months, % ({level} CI)", indent=1))
    headings = [arm_heading(ard, groups, arm) for arm in groups.levels]
    return Display(
        columns=(Column(2.6), *(Column(1.0, "decimal") for _ in headings)),
        header=plain_header("Intercurrent event", headings),
        rows=tuple(rows),
        footnotes=not_estimable_notes(ard, rows),
    )
