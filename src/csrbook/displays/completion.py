"""Completion of questionnaires: forms received of those expected from patients alive and in the trial, by visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from csrbook.displays.columns import TOTAL, add_sizes, arm_heading, treatment_groups
from csrbook.displays.conditions import Condition, Selection
from csrbook.displays.counts import add_counts, count_cell
from csrbook.displays.model import Cell, Column, Display, Row
from csrbook.displays.parameters import Parameters
from csrbook.displays.program import analysis_subjects

if TYPE_CHECKING:
    from csrbook.ard import Ard
    from csrbook.displays.program import Data
    from csrbook.plan.models import Plan

__all__ = ["CompletionParameters", "add_completion", "completion_display"]


class CompletionParameters(Parameters):
    """What the plan row says.

    Attributes
    ----------
    questionnaires : dict
        Values of ``variable`` and their labels.
    visits : dict
        ``AVISITN`` in weeks and labels.
    until : tuple of str
        Dates of ADSL; the earliest is a patient's last day in the trial.
    start : str
        Date of ADSL from which the weeks count.
    where : tuple of Condition
        Records that are received forms.
    """

    questionnaires: dict[str, str] = Field(min_length=1)
    visits: dict[float, str] = Field(min_length=1)
    until: tuple[str, ...] = Field(min_length=1)
    start: str = "RANDDT"
    dataset: str = "ADQS"
    variable: str = "PARCAT1"
    where: tuple[Condition, ...] = ()
    total: bool = True


def add_completion(ard: Ard, data: Data, plan: Plan, analysis_set: str, chosen: CompletionParameters) -> None:
    """Add, for each questionnaire, visit and column, the forms expected and received.

    Parameters
    ----------
    ard : Ard
        Receives ``n`` of ``EXPECTED``, ``n`` and ``p`` (of those expected) of ``RECEIVED``, and ``n`` and ``p`` (of the
        set) of ``AVAILABLE``; ``group2`` is the questionnaire, ``variable_level`` the visit.
    data, plan : Data, Plan
        Locked data; the set and its arms.
    analysis_set : str
        Id of the set.
    chosen : CompletionParameters
        Visits and dates.

    Notes
    -----
    A form is expected at week w of a patient who was in the trial at 7 w days after the start, and of every patient
    whose form was received at the visit, so that no more are received than expected.
    """
    subjects = analysis_subjects(data, plan, analysis_set)
    groups = treatment_groups(plan, analysis_set, total=chosen.total)
    codes = groups.codes(subjects["ARM"])
    sizes = groups.tally(codes)
    add_sizes(ard, groups, sizes)
    last = subjects[list(chosen.until)].min(axis=1).to_numpy(dtype=float)
    start = subjects[chosen.start].to_numpy(dtype=float)
    records = data.dataset(chosen.dataset)
    records = records[Selection(records, chosen.dataset)(chosen.where) & records["AVAL"].notna().to_numpy()]
    for questionnaire in chosen.questionnaires:
        mine = records[records[chosen.variable] == questionnaire]
        for visit in chosen.visits:
            here = set(mine.loc[mine["AVISITN"] == visit, "USUBJID"])
            received = np.array([identifier in here for identifier in subjects["USUBJID"]], dtype=bool)
            # Without a date of an end the patient is in the trial.
            expected = received | ~(start + 7.0 * visit > last)
            keys = {"group2": chosen.variable, "group2_level": questionnaire}
            keys |= {"variable": "AVISITN", "variable_level": f"{visit:g}", "dataset": chosen.dataset}
            wanted = groups.tally(codes[expected])
            forms = groups.tally(codes[received])
            add_counts(ard, groups, wanted, None, analysis_id="EXPECTED", **keys)
            add_counts(ard, groups, forms, wanted, analysis_id="RECEIVED", **keys)
            add_counts(ard, groups, forms, sizes, analysis_id="AVAILABLE", **keys)


def completion_display(ard: Ard, plan: Plan, analysis_set: str, chosen: CompletionParameters) -> Display:
    """Visits as rows; under each column the forms expected, and those received with both percentages."""
    groups = treatment_groups(plan, analysis_set, total=chosen.total)
    rows: list[Row] = []
    for questionnaire, label in chosen.questionnaires.items():
        rows.append(Row(label=label, kind="group"))
        for visit, name in chosen.visits.items():
            keys = {"group2_level": questionnaire, "variable_level": f"{visit:g}"}
            cells: list[str] = []
            for level in groups.levels:
                shares = ard.select(analysis_id="AVAILABLE", stat_name="p", group1_level=level, **keys)
                received = count_cell(ard, level, analysis_id="RECEIVED", **keys)
                expected = ard.text("n", analysis_id="EXPECTED", group1_level=level, **keys)
                cells += [expected, received, str(shares[0]["formatted"]) if received != "0" else "0"]
            rows.append(Row(tuple(cells), name, indent=1))
    spanners = tuple(Cell(arm_heading(ard, groups, level), colspan=3, rule=True) for level in groups.levels)
    heads = (Cell("Expected\nn"), Cell("Received\nn (%)"), Cell("% of\nall"))
    return Display(
        columns=(
            Column(1.5),
            *(
                c
                for _ in groups.levels
                for c in (Column(0.7, "decimal"), Column(1.0, "decimal"), Column(0.6, "decimal"))
            ),
        ),
        header=(
            (Cell("Questionnaire\n  Visit", rowspan=2, align="left"), *spanners),
            tuple(c for _ in groups.levels for c in heads),
        ),
        rows=tuple(rows),
        numbers={
            f"received_{visit:g}": ard.text(
                "p",
                analysis_id="RECEIVED",
                group1_level=groups.levels[-1] if chosen.total else groups.arms[0].id,
                group2_level=next(iter(chosen.questionnaires)),
                variable_level=f"{visit:g}",
            )
            for visit in chosen.visits
        }
        if chosen.total and TOTAL in groups.levels
        else {},
    )
