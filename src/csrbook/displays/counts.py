"""Numbers of subjects and percentages: into the ARD, and from it into cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from csrbook.displays.columns import MISSING
from csrbook.displays.format import NOT_ESTIMABLE, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.displays.model import Row

__all__ = ["add_counts", "as_text", "count_cell", "count_levels", "events_cell", "not_estimable_notes"]

_SHOWN: Final = re.compile(rf"\b{NOT_ESTIMABLE}\b")


def add_counts(
    ard: Ard,
    groups: Groups,
    counts: Sequence[int] | NDArray[np.int64],
    wholes: Sequence[int] | NDArray[np.int64] | None,
    *,
    only: str = "",
    **keys: str,
) -> None:
    """Add ``n`` and, where there are denominators, the percentage ``p`` for each column.

    Parameters
    ----------
    ard : Ard
        Receives the numbers.
    groups : Groups
        Columns.
    counts, wholes : sequence of int
        Numerator and denominator of each column.
    only : str
        The one level that is counted, where the count has no meaning in the others.
    **keys : str
        Further ARD columns.
    """
    keys = {"method": "Count" if wholes is None else "Count and percentage", "group1": groups.variable, **keys}
    for position, level in enumerate(groups.levels):
        if only and level != only:
            continue
        count = int(counts[position])
        ard.add("n", count, formatted=str(count), group1_level=level, **keys)
        if wholes is None:
            continue
        whole = int(wholes[position])
        share = 100.0 * count / whole if whole else None
        reason = "" if whole else "a percentage needs at least one subject in the denominator"
        ard.add("p", share, formatted=percent(count, whole), unit="%", error=reason, group1_level=level, **keys)


def count_cell(ard: Ard, level: str, **keys: str) -> str:
    """``n (p)`` from the ARD, ``n`` alone where it is 0 or has no percentage."""
    count = ard.text("n", group1_level=level, **keys)
    if count == "0":
        return count
    shares = ard.select(stat_name="p", group1_level=level, **keys)
    return f"{count} ({shares[0]['formatted']})" if shares else count


def events_cell(ard: Ard, level: str, **keys: str) -> str:
    """``events/n`` from the ARD."""
    own = {"group1_level": level, **keys}
    return f"{ard.text('events', **own)}/{ard.text('n', **own)}"


def as_text(values: pd.Series[Any]) -> pd.Series[Any]:
    """Values as level names: text as it is, numbers in their shortest form, blank as :data:`MISSING`."""
    if not pd.api.types.is_numeric_dtype(values):
        return values.where(values != "", MISSING)
    return values.map(lambda number: MISSING if number != number else f"{number:g}")


def count_levels(
    groups: Groups, codes: NDArray[np.intp], values: pd.Series[Any], planned: Sequence[str] = ()
) -> dict[str, NDArray[np.int64]]:
    """Count the levels of a variable in each column.

    Parameters
    ----------
    groups : Groups
        Columns.
    codes : ndarray of int
        Arm position of each subject.
    values : Series
        Value of each subject.
    planned : sequence of str
        Levels of the plan: they come first, in this order, also where no subject has them.

    Returns
    -------
    dict
        Level → count a column. Levels that the plan does not name follow by descending frequency (ties in the order
        of their names), subjects without a value last: no subject is dropped.
    """
    positions, names = pd.factorize(as_text(values))
    table = groups.cross_tally(codes, positions, len(names))
    overall = np.bincount(positions, minlength=len(names))
    frequency = sorted(range(len(names)), key=lambda i: (-int(overall[i]), str(names[i])))
    found = {str(names[i]): table[i] for i in frequency}
    nobody = np.zeros(len(groups.levels), dtype=np.int64)
    ordered = {level: found.pop(level, nobody) for level in planned}
    missing = {MISSING: found.pop(MISSING)} if MISSING in found else {}
    return {**ordered, **found, **missing}


def not_estimable_notes(ard: Ard, rows: Sequence[Row]) -> tuple[str, ...]:
    """The footnote that explains ``NE``, with each reason once; none where no cell shows it."""
    if not any(_SHOWN.search(cell) for row in rows for cell in row.cells):
        return ()
    # The percentage of an empty column is never printed: its count, 0, stands alone.
    reasons = dict.fromkeys(
        str(row["error"])
        for row in ard.select()
        if row["formatted"] == NOT_ESTIMABLE and row["error"] and row["stat_name"] != "p"
    )
    return (f"NE = not estimable: {'; '.join(reasons)}.",)
