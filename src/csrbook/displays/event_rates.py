"""Rates of adverse events per patient-year with exact limits, and their ratios between arms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from csrbook.ard import Ard
from csrbook.displays.adverse_events import TREATMENT_EMERGENT, read_events
from csrbook.displays.columns import add_sizes, arm_heading, treatment_groups
from csrbook.displays.conditions import Condition, Selection, describe_conditions
from csrbook.displays.counts import as_text, not_estimable_notes
from csrbook.displays.estimates import confidence_label
from csrbook.displays.event_overview import OverviewRow, terms_by_frequency
from csrbook.displays.incidence_rates import RateDigits, RateWriter, days_of_arms, rate_cells, ratio_cell
from csrbook.displays.model import Cell, Column, Display, Row
from csrbook.displays.parameters import Parameters
from csrbook.displays.patient_years import days_at_risk, days_to_first
from csrbook.displays.program import analysis_subjects

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from csrbook.displays.adverse_events import Events
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan

__all__ = ["RateParameters", "rates_display", "summarise_rates"]


class Terms(Parameters):
    """Rows for the values of a variable that at least one arm has in ``minimum_percent`` of its subjects."""

    variable: str = "AEDECOD"
    heading: str
    minimum_percent: float = 10.0


class RateParameters(RateDigits):
    """What the plan row of a table of rates may say."""

    rows: tuple[OverviewRow, ...]
    terms: Terms | None = None
    where: tuple[Condition, ...] = TREATMENT_EMERGENT
    """Conditions that every event of the table meets."""
    measures: dict[Literal["PATIENTS", "EVENTS"], str] = Field(min_length=1)
    """``PATIENTS`` counts first events over the time up to them, ``EVENTS`` all events over all time; with headings."""


def summarise_rates(data: Data, output: Output, plan: Plan, parameters: RateParameters) -> Ard:
    """Rates of every row by every measure.

    Keys: ``analysis_id`` is the measure and the row's id (``EVENTS.SERIOUS``; ``EVENTS.TERM`` for the terms),
    ``variable`` and ``variable_level`` the row's conditions or the term.
    """
    analysis_set = output.population[0]
    kinds = [row for row in parameters.rows if row.id]
    named = [c.variable for row in kinds for c in (*row.where, *row.any_of)]
    named += [
        *(c.variable for c in parameters.where),
        "ASTDT",
        *([parameters.terms.variable] if parameters.terms else []),
    ]
    events = read_events(data, plan, analysis_set, named, total=False)
    events = events.where(Selection(events.records, "ADAE")(parameters.where))
    subjects = analysis_subjects(data, plan, analysis_set)
    start = subjects["TRTSDT"].to_numpy(dtype=np.float64)
    day = events.records["ASTDT"].to_numpy(dtype=np.float64) - start[events.subject] + 1.0
    ard = Ard(output.id, dataset="ADAE", analysis_set=analysis_set)
    add_sizes(ard, events.groups, events.sizes)
    writer = RateWriter(events.groups, plan, parameters)
    days = days_at_risk(subjects, plan)
    select = Selection(events.records, "ADAE")
    chosen = [(row.id, describe_conditions(row.where, row.any_of), select(row.where, row.any_of)) for row in kinds]
    if parameters.terms:
        chosen += _terms(events, parameters.terms)
    for measure in parameters.measures:
        for row, keys, picked in chosen:
            counts, spent = _numerators(events, picked, days, day, measure)
            own = {"analysis_id": f"{measure}.{row}", **keys}
            writer.add(ard, counts, spent, **own)
            writer.add_ratios(ard, counts, spent, **own)
    return ard


def _numerators(
    events: Events, picked: NDArray[np.bool_], days: NDArray[np.float64], day: NDArray[np.float64], measure: str
) -> tuple[NDArray[np.int64], list[float]]:
    """Number of events, or of subjects with one, and days at risk of each column."""
    if measure == "EVENTS":
        return events.events(picked), days_of_arms(events, days)
    had, until = days_to_first(days, events.subject[picked], day[picked])
    return events.groups.tally(events.arms[had]), days_of_arms(events, until)


def _terms(events: Events, terms: Terms) -> list[tuple[str, dict[str, str], NDArray[np.bool_]]]:
    """The frequent values of the variable, by descending number of subjects and then by name."""
    values = as_text(events.records[terms.variable])
    found = []
    for term in terms_by_frequency(events, np.ones(len(values), dtype=bool), terms.variable):
        picked = (values == term).to_numpy(dtype=bool)
        counts = events.subjects(picked)
        if any(100.0 * n >= terms.minimum_percent * max(size, 1) for n, size in zip(counts, events.sizes, strict=True)):
            found.append(("TERM", {"variable": terms.variable, "variable_level": term}, picked))
    return found


def rates_display(ard: Ard, output: Output, plan: Plan, parameters: RateParameters) -> Display:
    """Lay the rates out: a block a measure, in it the rows and then the terms."""
    groups = treatment_groups(plan, output.population[0], total=False)
    pairs = groups.comparisons()
    level = confidence_label(plan.study.confidence)
    rows: list[Row] = []

    def cells(analysis: str, **keys: str) -> tuple[str, ...]:
        own = {"analysis_id": analysis, **keys}
        shown: list[str] = []
        for arm in groups.levels:
            shown += rate_cells(ard, arm, **own)
        return (*shown, *(ratio_cell(ard, test.id, **own) for test, _ in pairs))

    for measure, heading in parameters.measures.items():
        rows += [Row(kind="blank")] if rows else []
        rows.append(Row(label=heading, kind="section"))
        for row in parameters.rows:
            if row.id:
                rows.append(Row(cells(f"{measure}.{row.id}"), row.label, indent=row.indent + 1))
            else:
                rows.append(Row(label=row.label, indent=1))
        if parameters.terms:
            rows.append(Row(label=parameters.terms.heading, indent=1))
            analysis = f"{measure}.TERM"
            found = ard.select(analysis_id=analysis, stat_name="n", group1_level=groups.levels[0])
            for term in (str(row["variable_level"]) for row in found):
                rows.append(Row(cells(analysis, variable_level=term), term, indent=2))
    header = (
        (
            Cell(""),
            *(Cell(arm_heading(ard, groups, arm), colspan=3, rule=True) for arm in groups.levels),
            *(Cell(f"Rate ratio\n{test.short}\n/ {control.short}", rule=True) for test, control in pairs),
        ),
        (
            Cell("Category", align="left"),
            *([Cell("n"), Cell("Patient-\nyears"), Cell(f"Rate\n({level} CI)")] * len(groups.levels)),
            *(Cell(f"({level} CI)") for _ in pairs),
        ),
    )
    columns = [Column(0.5, "decimal"), Column(0.7, "decimal"), Column(1.7, "decimal")] * len(groups.levels)
    return Display(
        columns=(Column(3.2), *columns, *(Column(1.5, "decimal") for _ in pairs)),
        header=header,
        rows=tuple(rows),
        footnotes=not_estimable_notes(ard, rows),
    )
