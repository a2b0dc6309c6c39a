"""Two ratings of the same subjects: the cross-table of their levels by arm, the share that disagrees, and kappa."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from csrbook.displays.columns import TOTAL, arm_heading, plain_header
from csrbook.displays.counts import add_counts, count_cell
from csrbook.displays.estimates import add_number, confidence_label, estimate_interval, page_notes
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.parameters import Parameters, sentence_case
from csrbook.stats.agreement import kappa

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups

__all__ = ["RatingPair", "add_agreement", "agreement_display"]

PAIR = "{first} / {second}"


class RatingPair(Parameters):
    """Two variables with the same levels.

    ``levels`` gives the levels in their order and their printed labels; a level that occurs in the data alone follows.
    """

    id: str
    label: str
    first: str
    second: str
    first_label: str
    second_label: str
    levels: dict[str, str] = Field(default_factory=dict)
    digits: int = 3


def add_agreement(
    ard: Ard, subjects: pd.DataFrame, groups: Groups, pairs: Sequence[RatingPair], confidence: float, **keys: str
) -> None:
    """Add the cross-table, the disagreement and kappa of each pair in each column.

    Parameters
    ----------
    ard : Ard
        Receives, under ``analysis_id`` of the pair: ``n`` and ``p`` of each combination (``variable_level`` is ``first
        / second``), of all that differ (level ``DISCORDANT``), of those without one of the ratings (``NOT RATED``,
        without percentage), and ``kappa`` with its limits.
    subjects : DataFrame
        One record a subject, with ``ARM`` and the variables.
    groups : Groups
        Columns.
    pairs : sequence of RatingPair
        What is compared.
    confidence : float
        Of the limits of kappa.
    """
    codes = groups.codes(subjects["ARM"])
    for pair in pairs:
        first, second = subjects[pair.first].to_numpy(), subjects[pair.second].to_numpy()
        rated = (first != "") & (second != "")
        own = {**keys, "analysis_id": pair.id, "variable": f"{pair.first} & {pair.second}"}
        wholes = groups.tally(codes[rated])
        for one in _levels(pair, first, second):
            for two in _levels(pair, first, second):
                counts = groups.tally(codes[rated & (first == one) & (second == two)])
                add_counts(ard, groups, counts, wholes, variable_level=PAIR.format(first=one, second=two), **own)
        add_counts(
            ard, groups, groups.tally(codes[rated & (first != second)]), wholes, variable_level="DISCORDANT", **own
        )
        add_counts(ard, groups, groups.tally(codes[~rated]), None, variable_level="NOT RATED", **own)
        for position, level in enumerate(groups.levels):
            inside = rated if level == TOTAL else rated & (codes == position)
            _add_kappa(ard, pair, groups.variable, level, first[inside], second[inside], confidence, own)


def _levels(pair: RatingPair, first: NDArray[np.object_], second: NDArray[np.object_]) -> list[str]:
    found = sorted({*first.tolist(), *second.tolist()} - {""})
    return list(dict.fromkeys([*pair.levels, *found]))


def _add_kappa(
    ard: Ard, pair: RatingPair, variable: str, level: str, first: NDArray[np.object_], second: NDArray[np.object_],
    confidence: float, keys: dict[str, str],
) -> None:  # fmt: skip
    levels = _levels(pair, first, second)
    place = {name: position for position, name in enumerate(levels)}
    table = np.zeros((len(levels), len(levels)))
    np.add.at(table, ([place[name] for name in first], [place[name] for name in second]), 1.0)
    found = kappa(table, confidence=confidence)
    own = {**keys, "group1": variable, "group1_level": level, "method": "Cohen's kappa"}
    for name, value in (("kappa", found.estimate), ("lower", found.lower), ("upper", found.upper)):
        add_number(ard, name, value, pair.digits, reason=found.status, **own)


def agreement_display(
    ard: Ard, groups: Groups, pairs: Sequence[RatingPair], confidence: float, stub: str, **keys: str
) -> Display:
    """Lay the pairs out below each other, combinations as rows."""
    rows: list[Row] = []
    for pair in pairs:
        own = {**keys, "analysis_id": pair.id}
        rows.append(Row(label=f"{pair.label}: {pair.first_label} / {pair.second_label}, n (%)", kind="group"))
        combinations = dict.fromkeys(
            str(row["variable_level"])
            for row in ard.select(stat_name="n", **own)
            if " / " in str(row["variable_level"])
        )
        for level in combinations:
            shown = " / ".join(pair.levels.get(part) or sentence_case(part) for part in level.split(" / "))
            rows.append(Row(_cells(ard, groups, level, own), shown, indent=1))
        rows.append(Row(_cells(ard, groups, "DISCORDANT", own), "Discordant", indent=1))
        missing = _cells(ard, groups, "NOT RATED", own)
        if set(missing) != {"0"}:
            rows.append(Row(missing, "Not rated by both, n", indent=1))
        kappas = tuple(estimate_interval(ard, "kappa", group1_level=level, **own) for level in groups.levels)
        rows.append(Row(kappas, f"Kappa ({confidence_label(confidence)} CI)", indent=1))
    headings = [arm_heading(ard, groups, level) for level in groups.levels]
    return Display(
        columns=(Column(2.4), *(Column(1.0, "decimal") for _ in headings)),
        header=plain_header(stub, headings),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )


def _cells(ard: Ard, groups: Groups, level: str, keys: dict[str, str]) -> tuple[str, ...]:
    return tuple(count_cell(ard, column, variable_level=level, **keys) for column in groups.levels)
