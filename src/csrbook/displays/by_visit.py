"""Values and changes from baseline by visit: descriptive statistics, or counts of the categories, of each arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from csrbook.displays.columns import arm_heading
from csrbook.displays.conditions import Condition, Selection
from csrbook.displays.counts import count_cell
from csrbook.displays.format import NOT_ESTIMABLE
from csrbook.displays.model import Cell, Column, Row
from csrbook.displays.parameters import Parameters
from csrbook.displays.summary import Variable, add_summary
from csrbook.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups

__all__ = ["VisitParameters", "VisitVariable", "add_by_visit", "visit_columns", "visit_header", "visit_rows"]

LAST: Final = "LAST"
"""Level of the visits that stands for each subject's last value on treatment."""

_ROWS: Final = (("n", "{n}"), ("Mean (SD)", "{mean} ({sd})"), ("Median (Q1, Q3)", "{median} ({q1}, {q3})"),
                ("Min, Max", "{min}, {max}"))  # fmt: skip


class VisitVariable(Parameters):
    """A parameter: continuous with the decimals of its data, or categorical with the labels of its levels."""

    paramcd: str
    label: str
    type: Literal["continuous", "categorical"] = "continuous"
    digits: int = 0
    levels: dict[str, str] = Field(default_factory=dict)


class VisitParameters(Parameters):
    """What the plan row of a table by visit says about records and visits."""

    dataset: str
    where: tuple[Condition, ...]
    """Records of the visits: one a subject, parameter and visit."""
    visits: dict[str, str] = Field(min_length=1)
    """Label by ``AVISITN``, in the order of the rows."""
    last: str = "Last value on treatment"
    """Label of the last record on treatment; no such rows where empty."""
    on_treatment: tuple[Condition, ...] = ()
    """Records among which the last one is taken."""
    parameters: tuple[VisitVariable, ...] = Field(min_length=1)


def add_by_visit(
    ard: Ard, subjects: pd.DataFrame, records: pd.DataFrame, groups: Groups, chosen: VisitParameters
) -> None:
    """Summarise value and change at each visit.

    Parameters
    ----------
    ard : Ard
        Receives what :func:`csrbook.displays.summary.add_summary` gives for ``AVAL`` and, of continuous parameters,
        ``CHG``; ``analysis_id`` is ``VISIT.<parameter>``, ``group2`` ``AVISITN``, ``group2_level`` visit or ``LAST``.
    subjects : DataFrame
        One record a subject, with ``USUBJID`` and ``ARM``.
    records : DataFrame
        The dataset.
    groups : Groups
        Columns.
    chosen : VisitParameters
        Visits and parameters.

    Raises
    ------
    DataError
        Where a subject has two records of a parameter at a visit.
    """
    select = Selection(records, chosen.dataset)
    scheduled = records[select(chosen.where)]
    treated = records[select(chosen.on_treatment)].sort_values(["USUBJID", "ADT"], kind="stable")
    for variable in chosen.parameters:
        own = scheduled[scheduled["PARAMCD"] == variable.paramcd]
        at = {visit: own[own["AVISITN"] == float(visit)] for visit in chosen.visits}
        if chosen.last:
            mine = treated[(treated["PARAMCD"] == variable.paramcd) & treated["AVAL"].notna()]
            at[LAST] = mine.drop_duplicates("USUBJID", keep="last")
        for visit, found in at.items():
            if (double := int(found["USUBJID"].duplicated().sum())) > 0:
                raise DataError(
                    f"{double} records of {variable.paramcd} more than one a subject at visit {visit}",
                    f"{chosen.dataset}, USUBJID, AVISITN",
                    "name conditions in the plan row that leave one record a visit",
                )
            frame = subjects[["USUBJID", "ARM"]].merge(found[["USUBJID", "AVAL", "CHG"]], on="USUBJID")
            frame = frame[frame["AVAL"].notna()]
            keys = {"analysis_id": f"VISIT.{variable.paramcd}", "group2": "AVISITN", "group2_level": visit}
            add_summary(ard, frame, groups, _variables(variable), **keys)


def _variables(variable: VisitVariable) -> tuple[Variable, ...]:
    if variable.type == "categorical":
        return (Variable(name="AVAL", label="", type="categorical", levels=variable.levels),)
    return tuple(Variable(name=name, label="", type="continuous", digits=variable.digits) for name in ("AVAL", "CHG"))


def visit_columns(groups: Groups) -> tuple[Column, ...]:
    """Stub, and of each arm value and change."""
    return (Column(2.0), *(Column(1.0, "decimal") for _ in groups.levels for _ in range(2)))


def visit_header(ard: Ard, groups: Groups, stub: str) -> tuple[tuple[Cell, ...], ...]:
    """Arms over value and change."""
    below = (Cell("Value"), Cell("Change from\nbaseline"))
    return (
        (Cell(""), *(Cell(arm_heading(ard, groups, arm), colspan=2, rule=True) for arm in groups.levels)),
        (Cell(stub, align="left"), *(below * len(groups.levels))),
    )


def visit_rows(ard: Ard, groups: Groups, variable: VisitVariable, chosen: VisitParameters) -> list[Row]:
    """A section a parameter, a block a visit; a visit that nobody has stays, with n of 0."""
    rows = [Row(label=variable.label, kind="section")]
    visits = {**chosen.visits, **({LAST: chosen.last} if chosen.last else {})}
    for visit, label in visits.items():
        rows.append(Row(label=label, kind="group"))
        keys = {"analysis_id": f"VISIT.{variable.paramcd}", "group2_level": visit}
        if variable.type == "categorical":
            found = ard.select(stat_name="n", variable="AVAL", group1_level=groups.levels[0], **keys)
            for level in (str(row["variable_level"]) for row in found):
                counts = (count_cell(ard, arm, variable="AVAL", variable_level=level, **keys) for arm in groups.levels)
                shown = tuple(text for count in counts for text in (count, ""))
                rows.append(Row(shown, variable.levels.get(level, level), indent=1))
            continue
        texts = [_texts(ard, arm, name, keys) for arm in groups.levels for name in ("AVAL", "CHG")]
        # At baseline nobody has a change: its cells stay empty.
        without = all(text["n"] == "0" for text in texts[1::2])
        for name, form in _ROWS:
            shown = tuple("" if without and k % 2 else _filled(form, text) for k, text in enumerate(texts))
            rows.append(Row(shown, name, indent=1))
    return rows


def _texts(ard: Ard, arm: str, name: str, keys: dict[str, str]) -> dict[str, str]:
    rows = ard.select(variable=name, group1_level=arm, method="Descriptive statistics", **keys)
    return {str(row["stat_name"]): str(row["formatted"]) for row in rows}


def _filled(form: str, texts: dict[str, str]) -> str:
    """A cell of statistics: without a value n alone, ``NE`` alone where nothing of it is estimable."""
    if texts["n"] == "0":
        return "0" if form == "{n}" else ""
    cell = form.format(**texts)
    return NOT_ESTIMABLE if set(cell.translate({ord(c): " " for c in "(),"}).split()) == {NOT_ESTIMABLE} else cell
