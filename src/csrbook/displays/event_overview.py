"""Overview of adverse events: subjects with at least one event of a kind, events, and risk differences."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import pandas as pd

from csrbook.ard import Ard
from csrbook.displays.adverse_events import TREATMENT_EMERGENT, read_events
from csrbook.displays.columns import MISSING, add_sizes, arm_heading, treatment_groups
from csrbook.displays.conditions import Condition, Selection, describe_conditions
from csrbook.displays.counts import add_counts, as_text, count_cell, not_estimable_notes
from csrbook.displays.estimates import confidence_label
from csrbook.displays.incidence_rates import RateDigits, RateWriter, days_of_arms, rate_cells
from csrbook.displays.model import Cell, Column, Display, Row
from csrbook.displays.parameters import Parameters
from csrbook.displays.patient_years import days_at_risk
from csrbook.displays.program import analysis_subjects
from csrbook.displays.risk_difference import METHOD, RiskDifferences, risk_difference_cell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from csrbook.displays.adverse_events import Events
    from csrbook.displays.columns import Groups
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan

__all__ = ["OverviewParameters", "OverviewRow", "overview_display", "summarise_events", "terms_by_frequency"]


class OverviewRow(Parameters):
    """A kind of event.

    An event is of the kind where all of ``where`` hold and, if given, one of ``any_of``. A row without an ``id`` is
    a heading.
    """

    label: str
    id: str = ""
    where: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()
    indent: int = 0
    by: str = ""
    """Variable whose values, by descending number of subjects, have a row each below this one."""
    test: bool = False
    """Whether a row below gives the two-sided score test of no risk difference."""


class OverviewParameters(Parameters):
    """What the plan row of an overview may say."""

    rows: tuple[OverviewRow, ...]
    where: tuple[Condition, ...] = TREATMENT_EMERGENT
    """Conditions that every event of the table meets."""
    total: bool = False
    events: bool = True
    """Whether a column counts events beside subjects."""
    difference: bool = True
    """Whether columns give the risk difference of each test arm against the control arm."""
    rates: RateDigits | None = None
    """Where given, a column has the events per patient-years with their exact limits."""


def summarise_events(data: Data, output: Output, plan: Plan, parameters: OverviewParameters) -> Ard:
    """Count subjects and events of each kind.

    The key of a row is its id as ``analysis_id`` and its conditions as ``variable`` and ``variable_level``; the values
    of ``by`` have the id with ``.BY``. A subject counts once a row, ``events`` counts records.
    """
    kinds = [row for row in parameters.rows if row.id]
    named = [c.variable for c in chain(parameters.where, *(chain(row.where, row.any_of) for row in kinds))]
    named += [row.by for row in kinds if row.by]
    ard = Ard(output.id, dataset="ADAE", analysis_set=output.population[0])
    events = read_events(data, plan, output.population[0], named, total=parameters.total)
    add_sizes(ard, events.groups, events.sizes)
    select = Selection(events.records, "ADAE")
    emergent = select(parameters.where)
    writer = _Writer(ard, events, plan, parameters)
    if parameters.rates:
        writer.read_exposure(data, output)
    for row in kinds:
        chosen = emergent & select(row.where, row.any_of)
        writer.add(chosen, analysis_id=row.id, **describe_conditions(row.where, row.any_of))
        if row.test:
            keys = {"analysis_id": row.id, **describe_conditions(row.where, row.any_of)}
            writer.differences.add_test(ard, events.subjects(chosen), **keys)
        for term in terms_by_frequency(events, chosen, row.by) if row.by else ():
            here = chosen & (as_text(events.records[row.by]) == term).to_numpy(dtype=bool)
            writer.add(here, analysis_id=f"{row.id}.BY", variable=row.by, variable_level=term)
    return ard


def terms_by_frequency(events: Events, chosen: NDArray[np.bool_], variable: str) -> list[str]:
    """Values of a variable among the chosen events, by descending number of subjects, then by name."""
    pairs = pd.DataFrame({"term": as_text(events.records[variable])[chosen], "subject": events.subject[chosen]})
    number = pairs.drop_duplicates()["term"].value_counts()
    return sorted((str(term) for term in number.index), key=lambda term: (-int(number[term]), term.casefold(), term))


class _Writer:
    """Adds subjects, events, risk differences and rates of one kind of event after the other."""

    def __init__(self, ard: Ard, events: Events, plan: Plan, parameters: OverviewParameters) -> None:
        self._ard = ard
        self._events = events
        self._plan = plan
        self._parameters = parameters
        self._days: list[float] = []
        self.differences = RiskDifferences(events.groups, events.sizes, plan.study.confidence)

    def read_exposure(self, data: Data, output: Output) -> None:
        """Days at risk of each column."""
        subjects = analysis_subjects(data, self._plan, output.population[0])
        self._days = days_of_arms(self._events, days_at_risk(subjects, self._plan))

    def add(self, chosen: NDArray[np.bool_], **keys: str) -> None:
        """Add the numbers of the chosen events."""
        groups = self._events.groups
        counts, numbers = self._events.subjects(chosen), self._events.events(chosen)
        add_counts(self._ard, groups, counts, self._events.sizes, **keys)
        for level, number in zip(groups.levels, numbers, strict=True):
            self._ard.add(
                "events",
                int(number),
                stat_label="Events",
                formatted=str(int(number)),
                method="Count",
                group1=groups.variable,
                group1_level=level,
                **keys,
            )
        if self._parameters.difference:
            self.differences.add(self._ard, counts, **keys)
        if self._parameters.rates:
            RateWriter(groups, self._plan, self._parameters.rates).add(self._ard, numbers, self._days, **keys)


def overview_display(ard: Ard, output: Output, plan: Plan, parameters: OverviewParameters) -> Display:
    """Lay the overview out."""
    groups = treatment_groups(plan, output.population[0], total=parameters.total)
    pairs = groups.comparisons() if parameters.difference else ()
    level = confidence_label(plan.study.confidence)
    below, counts = [Cell("n (%)")], [Column(1.0, "decimal")]
    if parameters.events:
        below.append(Cell("Events"))
        counts.append(Column(0.6, "decimal"))
    if parameters.rates:
        below.append(Cell(f"Events per {parameters.rates.per:g}\nPY ({level} CI)"))
        counts.append(Column(1.6, "decimal"))
    header = (
        (
            Cell(""),
            *(Cell(arm_heading(ard, groups, arm), colspan=len(below), rule=True) for arm in groups.levels),
            *(Cell(f"Risk difference\n{test.short}\n− {control.short}", rule=True) for test, control in pairs),
        ),
        (Cell("Category", align="left"), *(below * len(groups.levels)), *(Cell(f"% ({level} CI)") for _ in pairs)),
    )

    def cells(**keys: str) -> tuple[str, ...]:
        shown = []
        for arm in groups.levels:
            shown.append(count_cell(ard, arm, **{"method": "Count and percentage", **keys}))
            if parameters.events:
                shown.append(ard.text("events", group1_level=arm, **keys))
            if parameters.rates:
                shown.append(rate_cells(ard, arm, **keys)[2])
        return (*shown, *(risk_difference_cell(ard, test, **keys) for test, _ in pairs))

    rows = []
    for row in parameters.rows:
        if not row.id:
            rows.append(Row(label=row.label, kind="group"))
            continue
        rows.append(Row(cells(analysis_id=row.id), row.label, indent=row.indent))
        if row.test:
            tests = (ard.text("p", analysis_id=row.id, method=METHOD, group1_level=test.id) for test, _ in pairs)
            blank = ("",) * (len(below) * len(groups.levels))
            rows.append(Row((*blank, *tests), "Two-sided p-value of the score test", indent=row.indent + 1))
        own = {"analysis_id": f"{row.id}.BY", "stat_name": "events", "group1_level": groups.levels[0]}
        for term in (str(found["variable_level"]) for found in ard.select(**own)):
            label = "Not coded" if term == MISSING else term
            rows.append(Row(cells(analysis_id=f"{row.id}.BY", variable_level=term), label, indent=row.indent + 1))
    return Display(
        columns=(Column(3.2), *(counts * len(groups.levels)), *(Column(1.5, "decimal") for _ in pairs)),
        header=header,
        rows=tuple(rows),
        numbers=_numbers(ard, groups, parameters),
        footnotes=not_estimable_notes(ard, rows),
    )


def _numbers(ard: Ard, groups: Groups, parameters: OverviewParameters) -> dict[str, str]:
    """What running text may quote: ``serious_FUL`` is ``n (p)``, ``serious_FUL_difference`` the risk difference."""
    ids = [row.id for row in parameters.rows if row.id]
    method = "Count and percentage"
    counts = {
        f"{i.lower()}_{level}": count_cell(ard, level, analysis_id=i, method=method)
        for i in ids
        for level in groups.levels
    }
    if not parameters.difference:
        return counts
    differences = {
        f"{i.lower()}_{test.id}_difference": risk_difference_cell(ard, test, analysis_id=i)
        for i in ids
        for test, _ in groups.comparisons()
    }
    return counts | differences
