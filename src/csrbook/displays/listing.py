"""Listings: records as they are, one row a record, from columns that say how each cell is printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from csrbook.displays.format import date9, fixed
from csrbook.displays.model import Cell, Column, Display, Row
from csrbook.displays.parameters import sentence_case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.plan.models import Arm

__all__ = [
    "ListingColumn",
    "Printer",
    "add_listing_counts",
    "arms_note",
    "coded",
    "dates",
    "dates_and_days",
    "joined",
    "listing_display",
    "numbers",
    "texts",
]

Printer = Callable[[pd.DataFrame], Sequence[str]]
"""Records to one string each."""


@dataclass(frozen=True)
class ListingColumn:
    """A column of a listing: its head, how its cells are printed, relative width and alignment."""

    head: str
    printed: Printer
    width: float = 1.0
    align: Literal["left", "right", "center", "decimal"] = "left"


def _by_value(values: pd.Series[Any], printed: Callable[[Any], str]) -> list[str]:
    """Print each distinct value once: a listing of half a million records has a few hundred dates."""
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    shown = [printed(value) for value in distinct]
    return [shown[code] for code in codes]


def texts(variable: str) -> Printer:
    """A text variable as it is."""
    return lambda records: _by_value(records[variable], str)


def coded(variable: str, labels: Mapping[str, str]) -> Printer:
    """A text variable by its labels; a value without one as a sentence."""
    return lambda records: _by_value(records[variable], lambda value: labels.get(value, sentence_case(str(value))))


def numbers(variable: str, digits: int, *, trim: bool = False) -> Printer:
    """A number with fixed digits, with ``trim`` without the zeros at its end; empty where it is missing."""

    def printed(value: float) -> str:
        if value != value:
            return ""
        text = fixed(value, digits)
        return text.rstrip("0").rstrip(".") if trim and "." in text else text

    return lambda records: _by_value(records[variable], printed)


def dates(variable: str) -> Printer:
    """A SAS date as ``01JAN2024``; empty where it is missing."""
    return lambda records: _by_value(records[variable], date9)


def dates_and_days(date: str, day: str) -> Printer:
    """A date and its study day: ``01JAN2024 (12)``."""

    def printed(records: pd.DataFrame) -> list[str]:
        days = _by_value(records[day], lambda v: "" if v != v else f" ({int(v)})")
        return [d + n if d else "" for d, n in zip(dates(date)(records), days, strict=True)]

    return printed


def joined(*parts: Printer, by: str = " / ") -> Printer:
    """Several columns in one cell, such as ``54 / F``."""
    return lambda records: [by.join(cells) for cells in zip(*(part(records) for part in parts), strict=True)]


def arms_note(arms: Sequence[Arm]) -> str:
    """A footnote that explains the ids of the arms, which listings print."""
    return f"Arm: {'; '.join(f'{arm.id}, {arm.label}' for arm in arms)}."


def add_listing_counts(ard: Ard, groups: Groups, records: pd.DataFrame, **keys: str) -> None:
    """Add the numbers of listed records and subjects for each arm (``ARM`` in the records) and in all."""
    one_each = ~records.duplicated("USUBJID")
    arms = groups.codes(records["ARM"])
    for name, label, codes in (
        ("records", "Records listed", arms),
        ("subjects", "Subjects with a record listed", arms[one_each.to_numpy()]),
    ):
        for level, count in zip(groups.levels, groups.tally(codes), strict=True):
            ard.add(
                name,
                int(count),
                stat_label=label,
                formatted=str(int(count)),
                **{
                    "analysis_id": "LISTED",
                    "method": "Count",
                    "group1": groups.variable,
                    "group1_level": level,
                    **keys,
                },
            )


def listing_display(
    records: pd.DataFrame, columns: Sequence[ListingColumn], *, group_by: int = 0, footnotes: tuple[str, ...] = ()
) -> Display:
    """Print records in their order.

    Parameters
    ----------
    records : DataFrame
        One row a record; where there is none, the page says so.
    columns : sequence of ListingColumn
        From left to right.
    group_by : int
        Number of leading columns whose change draws a thin rule.
    footnotes : tuple of str
        After those of the plan.
    """
    return Display(
        columns=tuple(Column(column.width, column.align) for column in columns),
        header=(tuple(Cell(column.head, align="left") for column in columns),),
        rows=tuple(Row(cells) for cells in zip(*(column.printed(records) for column in columns), strict=True)),
        group_by=group_by,
        footnotes=footnotes,
    )
