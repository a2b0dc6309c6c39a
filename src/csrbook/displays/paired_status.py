"""A binary status at two visits of the same subjects: the four ways between them and McNemar's test, by arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csrbook.displays.columns import TOTAL
from csrbook.displays.counts import add_counts, count_cell
from csrbook.displays.estimates import add_number, add_pvalue, confidence_label, estimate_interval
from csrbook.displays.marker_levels import NOT_EVALUABLE
from csrbook.displays.model import Row
from csrbook.displays.parameters import sentence_case
from csrbook.stats.paired_proportions import mcnemar

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.displays.precision import Digits
    from csrbook.plan.models import Biomarker

__all__ = ["add_paired_status", "paired_status_rows"]


def add_paired_status(
    ard: Ard,
    subjects: pd.DataFrame,
    groups: Groups,
    marker: Biomarker,
    first: NDArray[np.object_],
    second: NDArray[np.object_],
    digits: Digits,
    confidence: float,
) -> None:
    """Add the pairs of one marker.

    Parameters
    ----------
    ard : Ard
        Receives, for each column, ``n`` and ``p`` of ``PAIRED``: valid results at the first visit (``FIRST``), at the
        second (``SECOND``), at both (``PAIRS``), and of the pairs each of the four ways (``MUTATED / WILD TYPE``); the
        difference of the proportions positive, second less first, in percentage points with limits (``MCNEMAR``:
        ``difference``, ``lower``, ``upper``), ``chi2``, ``p`` and ``p_exact``.
    subjects : DataFrame
        One record a subject with ``ARM``.
    groups : Groups
        Columns.
    marker : Biomarker
        Its levels.
    first, second : ndarray of str
        Level of each subject at the two visits, ``NE`` where there is no valid result.
    digits : Digits
        Decimals.
    confidence : float
        Level of the limits.
    """
    codes = groups.codes(subjects["ARM"])
    sizes = groups.tally(codes)
    one, two = first != NOT_EVALUABLE, second != NOT_EVALUABLE
    own = {"analysis_id": "PAIRED", "variable": marker.id}
    for name, inside in (("FIRST", one), ("SECOND", two), ("PAIRS", one & two)):
        add_counts(ard, groups, groups.tally(codes[inside]), sizes, variable_level=name, **own)
    pairs = groups.tally(codes[one & two])
    levels = (marker.positive, marker.negative)
    cells = {(a, b): (first == a) & (second == b) for a in levels for b in levels}
    for (a, b), inside in cells.items():
        add_counts(ard, groups, groups.tally(codes[inside]), pairs, variable_level=f"{a} / {b}", **own)
    for position, column in enumerate(groups.levels):
        here = np.ones(len(codes), dtype=bool) if column == TOTAL else codes == position
        found = mcnemar(*(int((inside & here).sum()) for inside in cells.values()), confidence=confidence)
        row = {"analysis_id": "MCNEMAR", "method": "McNemar", "variable": marker.id}
        row |= {"group1": groups.variable, "group1_level": column}
        why = found.status
        for name, value in (("difference", found.difference), ("lower", found.lower), ("upper", found.upper)):
            add_number(ard, name, 100.0 * value, digits.digits_percent, reason=why, **{**row, "unit": "%"})
        add_number(ard, "chi2", found.chi2, digits.digits_statistic, reason=why, **row)
        add_pvalue(ard, "p", found.p, digits.digits_p, reason=why, **row)
        add_pvalue(ard, "p_exact", found.p_exact, digits.digits_p, reason=why, **row)


def paired_status_rows(
    ard: Ard, groups: Groups, marker: Biomarker, visits: tuple[str, str], confidence: float
) -> list[Row]:
    """Valid results and pairs, the four ways, the change of the proportion and its test."""
    own = {"variable": marker.id}
    level = confidence_label(confidence)

    def counted(name: str) -> tuple[str, ...]:
        return tuple(count_cell(ard, c, analysis_id="PAIRED", variable_level=name, **own) for c in groups.levels)

    def tested(name: str) -> tuple[str, ...]:
        return tuple(ard.text(name, analysis_id="MCNEMAR", group1_level=c, **own) for c in groups.levels)

    rows = [Row(label=f"{marker.label}: {visits[0].lower()} and {visits[1].lower()}", kind="group")]
    for name, label in (("FIRST", f"Valid at {visits[0].lower()}"), ("SECOND", f"Valid at {visits[1].lower()}")):
        rows.append(Row(counted(name), f"{label}, n (%)", indent=1))
    rows.append(Row(counted("PAIRS"), "Pairs, n (%)", indent=1))
    for a in (marker.positive, marker.negative):
        for b in (marker.positive, marker.negative):
            label = f"{sentence_case(a)}, then {sentence_case(b).lower()}" if a != b else f"{sentence_case(a)} at both"
            rows.append(Row(counted(f"{a} / {b}"), f"{label}, n (% of pairs)", indent=2))
    change = tuple(
        estimate_interval(ard, "difference", analysis_id="MCNEMAR", group1_level=c, **own) for c in groups.levels
    )
    rows.append(Row(change, f"Change of % {marker.positive.lower()} ({level} CI)", indent=1))
    rows.append(Row(tested("p"), "McNemar p-value (two-sided)", indent=1))
    rows.append(Row(tested("p_exact"), "Exact p-value (two-sided)", indent=1))
    return rows
