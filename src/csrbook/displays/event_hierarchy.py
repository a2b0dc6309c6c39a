"""Occurrences by hierarchy (system organ class, preferred term) and worst grade, with risk differences.

Adverse events first of all; medication, medical history and protocol deviations are occurrences without a grade.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from csrbook.ard import Ard
from csrbook.displays.adverse_events import TREATMENT_EMERGENT, Events, read_events
from csrbook.displays.columns import add_sizes_once
from csrbook.displays.conditions import Condition, Selection
from csrbook.displays.counts import add_counts
from csrbook.displays.parameters import Labels, Parameters
from csrbook.displays.risk_difference import RiskDifferences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan

__all__ = [
    "NOT_CODED",
    "OVERALL",
    "Band",
    "HierarchyParameters",
    "add_hierarchy",
    "summarise_hierarchy",
    "worst_grades",
]

NOT_CODED: Final = "NOT CODED"
"""Level of events without a term."""

OVERALL: Final = "OVERALL"
"""First part of the ``analysis_id`` of the row over all events."""

HIGHEST_GRADE: Final = 5


class Band(Parameters):
    """A range of worst grades that subjects are counted in.

    ``grades`` empty means any grade, also where the grade is missing. ``shown`` says whether it has a column.
    """

    id: str
    label: str
    grades: tuple[int, ...] = ()
    percent: bool = True
    difference: bool = False
    shown: bool = True


_BANDS: Final = (
    Band(id="ANY", label="Any grade\nn (%)", difference=True),
    *(Band(id=f"G{grade}", label=str(grade), grades=(grade,), percent=False, shown=False) for grade in range(1, 6)),
    Band(id="G3_5", label="Grade ≥3\nn (%)", grades=(3, 4, 5), difference=True),
)


class HierarchyParameters(Parameters):
    """What the plan row of an event hierarchy may say."""

    id: str = ""
    """Tells several hierarchies of one dataset apart: the begin of their ``analysis_id``."""
    dataset: str = "ADAE"
    hierarchy: tuple[str, ...] = Field(default=("AEBODSYS", "AEDECOD"), min_length=1, max_length=2)
    """One or two variables, from the outer to the inner."""
    heads: tuple[str, ...] = ("System organ class", "Preferred term")
    """What the stub's head calls them."""
    overall: str = "Patients with at least one event"
    """Label of the first row."""
    where: tuple[Condition, ...] = TREATMENT_EMERGENT
    """Conditions that every event of the table meets."""
    any_of: tuple[Condition, ...] = ()
    """Where given, every event also meets one of these."""
    section: bool = False
    """Whether the first row is bold over the terms, where several hierarchies of one level follow."""
    grade: str = "ATOXGRN"
    """Empty where the occurrences have no grade; the bands then name none."""
    labels: Labels = Field(default_factory=dict)
    """Printed terms by variable; a term without one is printed as it stands, or as a sentence."""
    sentence_case: bool = False
    """Whether terms in capitals are printed as sentences (medication, deviations; not terms of MedDRA)."""
    bands: tuple[Band, ...] = Field(default=_BANDS, min_length=1)
    sort: Literal["frequency", "alphabetical"] = "frequency"
    """By descending number of subjects in all arms together (ties alphabetical), or alphabetical."""
    minimum_percent: float = 0.0
    """Inner terms are shown when at least one arm reaches this percentage in the first band."""
    total: bool = False


@dataclass(frozen=True)
class _Level:
    """Worst grades counted: one line an item, one column an arm and one for no arm, one layer a grade."""

    names: list[tuple[str, ...]]
    table: NDArray[np.int64]


def worst_grades(
    items: NDArray[np.intp], subject: NDArray[np.intp], grade: NDArray[np.intp], arms: NDArray[np.intp],
    n_items: int, n_arms: int,
) -> NDArray[np.int64]:  # fmt: skip
    """Count subjects by item, arm and their worst grade.

    Parameters
    ----------
    items, subject, grade : ndarray of int
        Of each event: position of its term, position of its subject, and its grade (0: missing).
    arms : ndarray of int
        Of each subject: position of its arm (−1: none).
    n_items, n_arms : int
        Numbers of terms and arms.

    Returns
    -------
    ndarray of int, shape (n_items, n_arms + 1, 6)
        Column 0 is for subjects without an arm, layer 0 for subjects whose events of the term all lack a grade. A
        subject counts once an item, at the worst grade.

    Notes
    -----
    SAS: ``PROC SQL; SELECT usubjid, aebodsys, aedecod, MAX(atoxgrn) … GROUP BY``, then ``PROC FREQ``.
    """
    layers = HIGHEST_GRADE + 1
    # One integer holds term, subject and grade: the last one of each run of equal (term, subject) is the worst.
    packed = np.sort((items * max(len(arms), 1) + subject) * layers + grade)
    pairs = packed // layers
    last = np.append(pairs[1:] != pairs[:-1], True)[: len(pairs)]
    item, who = np.divmod(pairs[last], max(len(arms), 1))
    cell = (item * (n_arms + 1) + arms[who] + 1) * layers + packed[last] % layers
    return np.bincount(cell, minlength=n_items * (n_arms + 1) * layers).reshape(n_items, n_arms + 1, layers)


def summarise_hierarchy(data: Data, output: Output, plan: Plan, parameters: HierarchyParameters) -> Ard:
    """Count subjects by term and worst grade.

    Keys: ``analysis_id`` is the variable and the band (``AEDECOD.G3_5``; ``OVERALL.ANY`` for the first row),
    ``variable`` and ``variable_level`` the term, ``group2`` and ``group2_level`` the term above it. The rows stand
    in the order of the table.
    """
    analysis_set = output.population[0]
    ard = Ard(output.id, dataset=parameters.dataset, analysis_set=analysis_set)
    add_hierarchy(ard, data, plan, analysis_set, parameters)
    return ard


def add_hierarchy(ard: Ard, data: Data, plan: Plan, analysis_set: str, parameters: HierarchyParameters) -> None:
    """Add the numbers of one hierarchy; the keys are those of :func:`summarise_hierarchy`."""
    needed = [*parameters.hierarchy, *(c.variable for c in (*parameters.where, *parameters.any_of))]
    needed += [parameters.grade] if parameters.grade else []
    everything = read_events(data, plan, analysis_set, needed, total=parameters.total, dataset=parameters.dataset)
    select = Selection(everything.records, parameters.dataset)
    events = everything.where(select(parameters.where, parameters.any_of))
    add_sizes_once(ard, events.groups, events.sizes, analysis_set)
    writer = _Writer(ard, events, parameters, RiskDifferences(events.groups, events.sizes, plan.study.confidence))
    writer.add(OVERALL, _count(events, (), parameters.grade), 0, {"variable": "USUBJID"})
    levels = [
        _count(events, parameters.hierarchy[: depth + 1], parameters.grade)
        for depth in range(len(parameters.hierarchy))
    ]
    outer, inner = levels[0], levels[-1]
    inside: dict[tuple[str, ...], list[int]] = {}
    for position in writer.ordered(inner):
        if writer.reaches_minimum(inner, position):
            inside.setdefault(inner.names[position][:-1], []).append(position)
    if len(levels) == 1:
        for position in inside.get((), []):
            writer.add_term(inner, position)
        return
    for position in writer.ordered(outer):
        terms = inside.get(outer.names[position], [])
        if terms:
            writer.add_term(outer, position)
        for term in terms:
            writer.add_term(inner, term)


def _count(events: Events, variables: Sequence[str], grade: str) -> _Level:
    """Worst grades of every combination of the variables that occurs."""
    records = events.records
    names: list[tuple[str, ...]]
    if variables:
        coded = [pd.factorize(records[name].where(records[name] != "", NOT_CODED)) for name in variables]
        shape = [max(len(terms), 1) for _, terms in coded]
        combined, items = np.unique(np.ravel_multi_index([code for code, _ in coded], shape), return_inverse=True)
        parts = np.unravel_index(combined, shape)
        names = [
            tuple(str(terms[i]) for i, (_, terms) in zip(which, coded, strict=True))
            for which in zip(*parts, strict=True)
        ]
    else:
        items, names = np.zeros(len(records), dtype=np.intp), [()]
    if grade:
        grades = np.nan_to_num(np.asarray(records[grade], dtype=float)).astype(np.intp)
    else:
        grades = np.zeros(len(records), dtype=np.intp)
    width = len(events.groups.arms)
    return _Level(
        names, worst_grades(np.asarray(items, dtype=np.intp), events.subject, grades, events.arms, len(names), width)
    )


class _Writer:
    """Adds the numbers of one row after the other, in the order of the table."""

    def __init__(self, ard: Ard, events: Events, parameters: HierarchyParameters, differences: RiskDifferences) -> None:
        self._ard = ard
        self._events = events
        self._parameters = parameters
        self._differences = differences

    def ordered(self, level: _Level) -> list[int]:
        """Positions of the items in the order of the rows."""
        number = level.table.sum(axis=(1, 2))
        by_frequency = self._parameters.sort == "frequency"
        return sorted(
            range(len(level.names)),
            key=lambda i: (-int(number[i]) if by_frequency else 0, level.names[i][-1].casefold(), level.names[i]),
        )

    def reaches_minimum(self, level: _Level, position: int) -> bool:
        """Whether the item is frequent enough in one arm to be shown."""
        counts = self._band(level.table[position], self._parameters.bands[0])
        least = self._parameters.minimum_percent
        arms = range(len(self._events.groups.arms))
        return not least or any(100.0 * counts[i] >= least * max(self._events.sizes[i], 1) for i in arms)

    def add_term(self, level: _Level, position: int) -> None:
        """Add the numbers of one term."""
        name = level.names[position]
        variable = self._parameters.hierarchy[len(name) - 1]
        keys = {"variable": variable, "variable_level": name[-1]}
        if len(name) > 1:
            keys |= {"group2": self._parameters.hierarchy[0], "group2_level": name[0]}
        self.add(variable, level, position, keys)

    def add(self, row: str, level: _Level, position: int, keys: dict[str, str]) -> None:
        """Add every band of one row."""
        groups = self._events.groups
        row = f"{self._parameters.id}.{row}" if self._parameters.id else row
        for band in self._parameters.bands:
            own: dict[str, Any] = {"analysis_id": f"{row}.{band.id}", "dataset": self._parameters.dataset, **keys}
            counts = self._band(level.table[position], band)
            add_counts(self._ard, groups, counts, self._events.sizes if band.percent else None, **own)
            if band.difference:
                self._differences.add(self._ard, counts, **own)
        unknown = self._columns(level.table[position][:, 0])
        if self._parameters.grade and unknown.any():
            add_counts(
                self._ard,
                groups,
                unknown,
                None,
                **{"analysis_id": f"{row}.MISSING", "dataset": self._parameters.dataset, **keys},
            )

    def _band(self, table: NDArray[np.int64], band: Band) -> NDArray[np.int64]:
        return self._columns(table[:, list(band.grades)].sum(axis=1) if band.grades else table.sum(axis=1))

    def _columns(self, by_arm: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.append(by_arm[1:], by_arm.sum()) if self._events.groups.total else by_arm[1:]
