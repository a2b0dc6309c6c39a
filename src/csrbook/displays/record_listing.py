"""Listings that the plan describes: which records, in which order, and what stands in each column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from csrbook.ard import Ard
from csrbook.displays.columns import treatment_groups
from csrbook.displays.conditions import Condition, Selection
from csrbook.displays.listing import (
    ListingColumn,
    Printer,
    add_listing_counts,
    arms_note,
    coded,
    dates,
    dates_and_days,
    joined,
    listing_display,
    numbers,
    texts,
)
from csrbook.displays.parameters import Labels, Parameters
from csrbook.displays.program import Results, analysis_subjects
from csrbook.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from csrbook.displays.model import Display
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan

__all__ = ["Lookup", "Part", "RecordColumn", "RecordListingParameters", "list_records", "record_listing_display"]

SUBJECTS = "ADSL"


class Part(Parameters):
    """What a cell, or a part of it, prints: exactly one of ``text``, ``coded``, ``number`` and ``date``.

    Attributes
    ----------
    text, coded, number, date : str
        Variable printed as it is, by the labels of the plan row, with ``digits`` decimals, or as ``01JAN2024``.
    labels : str
        Variable whose labels are taken for ``coded``; its own where empty.
    trim : bool
        Whether a number loses the zeros at its end, for records of several scales in one column.
    day : str
        Study day printed in parentheses after ``date``.
    """

    text: str = ""
    coded: str = ""
    labels: str = ""
    number: str = ""
    digits: int = 0
    trim: bool = False
    date: str = ""
    day: str = ""

    @model_validator(mode="after")
    def _one_kind(self) -> Part:
        if sum(bool(name) for name in (self.text, self.coded, self.number, self.date)) != 1:
            msg = "give exactly one of text, coded, number and date"
            raise ValueError(msg)
        if self.day and not self.date:
            msg = "day stands beside date"
            raise ValueError(msg)
        return self

    def variables(self) -> tuple[str, ...]:
        """The variables that it prints."""
        return tuple(name for name in (self.text, self.coded, self.number, self.date, self.day) if name)

    def printer(self, labels: Labels) -> Printer:
        """How it is printed."""
        if self.text:
            return texts(self.text)
        if self.coded:
            return coded(self.coded, labels.get(self.labels or self.coded, {}))
        if self.number:
            return numbers(self.number, self.digits, trim=self.trim)
        return dates_and_days(self.date, self.day) if self.day else dates(self.date)


class RecordColumn(Parameters):
    """A column: its head, its parts joined by ``by``, its relative width and alignment."""

    head: str
    parts: tuple[Part, ...]
    by: str = "/"
    width: float = 1.0
    align: Literal["left", "right", "center", "decimal"] = "left"


class Lookup(Parameters):
    """A variable brought from another dataset: the values of its records that belong to the listed one, joined.

    Attributes
    ----------
    name : str
        The new variable.
    dataset, variable : str
        Where the values stand.
    where, any_of : tuple of Condition
        Records that are looked at.
    keys : tuple of str
        Variables on which records belong together.
    digits : int
        Decimals of a variable that is a number.
    """

    name: str
    dataset: str
    variable: str
    where: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()
    keys: tuple[str, ...] = ("USUBJID",)
    digits: int = 0


class RecordListingParameters(Parameters):
    """What the plan row of a listing says.

    Attributes
    ----------
    dataset : str
        Whose records are listed; of ``ADSL`` one record a subject.
    where, any_of : tuple of Condition
        Records that are listed: all of ``where`` and, where given, one of ``any_of``.
    lookups : tuple of Lookup
        Variables from other datasets. ADSL's variables need none.
    any_filled : tuple of str
        Lists only records in which one of these text variables is not empty.
    sort : tuple of str
        Order within arm and subject.
    columns : tuple of RecordColumn
        After subject and arm.
    group_by : int
        Leading columns whose change draws a thin rule; 0 for none.
    """

    dataset: str
    where: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    any_filled: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    columns: tuple[RecordColumn, ...]
    subject_width: float = 1.6
    arm_width: float = 0.85
    group_by: int = 0
    labels: Labels = Field(default_factory=dict)


def list_records(data: Data, output: Output, plan: Plan, chosen: RecordListingParameters) -> Results:
    """The records that the plan row describes, by arm and subject, and their numbers.

    Returns
    -------
    Results
        ARD rows ``records`` and ``subjects`` of each arm; and the records, with every variable that a column prints.

    Raises
    ------
    ProgramError
        Where a variable stands neither in the dataset nor in ADSL.
    """
    analysis_set = output.population[0]
    subjects = analysis_subjects(data, plan, analysis_set)
    records = subjects if chosen.dataset == SUBJECTS else _of_subjects(data.dataset(chosen.dataset), subjects)
    records = records[Selection(records, chosen.dataset)(chosen.where, chosen.any_of)].reset_index(drop=True)
    for lookup in chosen.lookups:
        records[lookup.name] = _looked_up(data, records, lookup)
    if chosen.any_filled:
        filled = (records[list(chosen.any_filled)] != "").any(axis=1)
        records = records[filled].reset_index(drop=True)
    wanted = [name for column in chosen.columns for part in column.parts for name in part.variables()]
    _require(records, [*wanted, *chosen.sort], output, chosen)
    order = {arm.id: position for position, arm in enumerate(plan.study.arms)}
    # Subjects without an arm (never treated, in a set by actual treatment) stand last.
    records["ORDER"] = records["ARM"].map(order).fillna(len(order))
    records = records.sort_values(["ORDER", "USUBJID", *chosen.sort], kind="stable", ignore_index=True)
    ard = Ard(output.id, dataset=chosen.dataset, analysis_set=analysis_set)
    add_listing_counts(ard, treatment_groups(plan, analysis_set), records)
    kept = dict.fromkeys(["USUBJID", "SUBJID", "ARM", *wanted])
    return Results(ard, records[list(kept)])


def _of_subjects(records: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """Records of the subjects, with the ADSL variables that the dataset does not have itself."""
    own = [name for name in subjects.columns if name not in records.columns]
    return records.merge(subjects[["USUBJID", *own]], on="USUBJID", how="inner", validate="many_to_one")


def _looked_up(data: Data, records: pd.DataFrame, lookup: Lookup) -> pd.Series[str]:
    """The values that belong to each record, each once, in key order."""
    source = data.dataset(lookup.dataset)
    source = source[Selection(source, lookup.dataset)(lookup.where, lookup.any_of)]
    keys = list(lookup.keys)
    if source[lookup.variable].dtype.kind == "f":
        printed = numbers(lookup.variable, lookup.digits)(source)
    else:
        printed = texts(lookup.variable)(source)
    found = source[keys].assign(**{lookup.name: printed}).groupby(keys, sort=False)[lookup.name]
    together = found.agg(lambda values: "; ".join(dict.fromkeys(values)))
    return records[keys].merge(together, left_on=keys, right_index=True, how="left")[lookup.name].fillna("")


def _require(records: pd.DataFrame, names: Iterable[str], output: Output, chosen: RecordListingParameters) -> None:
    if missing := [name for name in dict.fromkeys(names) if name not in records.columns]:
        raise ProgramError(
            f"neither {chosen.dataset} nor {SUBJECTS} nor a lookup has {', '.join(missing)}",
            f"sap/outputs.yaml, output {output.id}, parameters",
            "name a variable of the dataset, or give a lookup for it",
        )


def record_listing_display(results: Results, plan: Plan, chosen: RecordListingParameters) -> Display:
    """One row a record, subject and arm first."""
    assert results.records is not None  # noqa: S101 - list_records() returns them
    columns = [
        ListingColumn("Subject", texts("SUBJID"), chosen.subject_width),
        ListingColumn("Arm", texts("ARM"), chosen.arm_width),
        *(
            ListingColumn(
                column.head,
                joined(*(part.printer(chosen.labels) for part in column.parts), by=column.by),
                column.width,
                column.align,
            )
            for column in chosen.columns
        ),
    ]
    return listing_display(results.records, columns, group_by=chosen.group_by, footnotes=(arms_note(plan.study.arms),))
