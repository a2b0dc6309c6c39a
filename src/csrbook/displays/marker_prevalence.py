"""Prevalence of biomarkers: tested, positive with exact limits, and not evaluable, by arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csrbook.displays.columns import TOTAL, add_sizes
from csrbook.displays.counts import add_counts, count_cell
from csrbook.displays.estimates import add_number, confidence_label, limits
from csrbook.displays.marker_levels import NOT_EVALUABLE
from csrbook.displays.model import Row
from csrbook.displays.parameters import Parameters, sentence_case
from csrbook.stats.proportions import clopper_pearson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.plan.models import Biomarker

__all__ = ["PrevalenceParameters", "add_prevalence", "prevalence_rows"]


class PrevalenceParameters(Parameters):
    """What the plan row says."""

    digits_percent: int = 1
    total: bool = True


def add_prevalence(
    ard: Ard,
    subjects: pd.DataFrame,
    groups: Groups,
    levels: Mapping[str, NDArray[np.object_]],
    markers: Sequence[Biomarker],
    chosen: PrevalenceParameters,
    confidence: float,
) -> None:
    """Add, for each marker and column, who has a valid result and what it is.

    Parameters
    ----------
    ard : Ard
        Receives ``n`` of the level ``TESTED`` (valid results), ``n`` and ``p`` of the positive and the negative level
        of those, ``n`` and ``p`` of ``NE`` of all, and ``lower`` and ``upper`` (percent) of the positive level.
    subjects : DataFrame
        One record a subject with ``ARM``.
    groups : Groups
        Columns.
    levels : mapping
        Level of each subject by id of the marker (:func:`csrbook.displays.marker_levels.marker_levels`).
    markers : sequence of Biomarker
        In the order of the page.
    chosen : PrevalenceParameters
        Digits.
    confidence : float
        Level of the limits.
    """
    codes = groups.codes(subjects["ARM"])
    sizes = groups.tally(codes)
    add_sizes(ard, groups, sizes)
    for marker in markers:
        level = levels[marker.id]
        own = {"analysis_id": "PREVALENCE", "variable": marker.id}
        tested = groups.tally(codes[level != NOT_EVALUABLE])
        add_counts(ard, groups, tested, sizes, variable_level="TESTED", **own)
        for name in (marker.positive, marker.negative):
            add_counts(ard, groups, groups.tally(codes[level == name]), tested, variable_level=name, **own)
        add_counts(ard, groups, groups.tally(codes[level == NOT_EVALUABLE]), sizes, variable_level=NOT_EVALUABLE, **own)
        for position, column in enumerate(groups.levels):
            inside = np.ones(len(codes), dtype=bool) if column == TOTAL else codes == position
            positive = int(((level == marker.positive) & inside).sum())
            found = clopper_pearson(positive, int(tested[position]), confidence=confidence)
            row = {**own, "variable_level": marker.positive, "method": "Clopper-Pearson", "unit": "%"}
            row |= {"group1": groups.variable, "group1_level": column}
            why = "no valid result"
            add_number(ard, "lower", 100.0 * found.lower, chosen.digits_percent, reason=why, **row)
            add_number(ard, "upper", 100.0 * found.upper, chosen.digits_percent, reason=why, **row)


def prevalence_rows(ard: Ard, groups: Groups, markers: Sequence[Biomarker], confidence: float) -> list[Row]:
    """A block a marker."""
    rows: list[Row] = []
    for marker in markers:
        own = {"analysis_id": "PREVALENCE", "variable": marker.id}

        def counted(level: str, own: dict[str, str] = own) -> tuple[str, ...]:
            return tuple(count_cell(ard, column, variable_level=level, **own) for column in groups.levels)

        rows += [
            Row(label=f"{marker.label} ({marker.specimen.lower()})", kind="group"),
            Row(counted("TESTED"), "Valid result, n (%)", indent=1),
            Row(counted(marker.positive), f"{sentence_case(marker.positive)}, n (% of valid)", indent=1),
            Row(
                tuple(
                    limits(ard, group1_level=column, variable_level=marker.positive, **own) for column in groups.levels
                ),
                f"{confidence_label(confidence)} CI",
                indent=2,
            ),
            Row(counted(NOT_EVALUABLE), "Not evaluable, n (%)", indent=1),
        ]
    return rows
