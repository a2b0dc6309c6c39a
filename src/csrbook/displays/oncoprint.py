"""Oncoprint: alterations of each patient, and the allele fraction over time, patients side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from pydantic import Field

from csrbook.displays.counts import add_counts
from csrbook.displays.estimates import add_number
from csrbook.displays.format import fixed
from csrbook.displays.marker_levels import NOT_EVALUABLE
from csrbook.displays.parameters import Parameters, sentence_case
from csrbook.displays.plot import NEUTRAL, Axis, Layer, Panel, category_axis
from csrbook.errors import DataError
from csrbook.stats.descriptive import describe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.plan.models import Arm, Biomarker

__all__ = ["OncoprintParameters", "add_oncoprint", "allele_fractions", "oncoprint_panels", "oncoprint_records"]

WHITE: Final = 2
"""Style of a tile without alteration."""


class OncoprintParameters(Parameters):
    """What the plan row says.

    Attributes
    ----------
    markers : tuple of str
        Ids of the markers, a row each from the top.
    styles : dict
        Style of each positive level; the negative level is white, a result that is not evaluable grey.
    fraction : str
        ``PARAMCD`` of the allele fraction in percent, in ``specimen``.
    visits : dict
        ``AVISIT`` and label of the rows of allele fractions; the first is the baseline of changes, the second that
        whose change is counted.
    per_page : int
        Patients on a page.
    full : float
        Allele fraction that is drawn darkest.
    """

    markers: tuple[str, ...] = Field(min_length=1)
    styles: dict[str, int]
    fraction: str
    specimen: str
    fraction_label: str
    visits: dict[str, str] = Field(min_length=2)
    per_page: int = Field(default=36, ge=1)
    full: float = Field(default=50.0, gt=0.0)


def allele_fractions(records: pd.DataFrame, chosen: OncoprintParameters) -> pd.DataFrame:
    """Allele fraction by subject and visit; NaN where the sample was not evaluable, no entry where there was none.

    Parameters
    ----------
    records : DataFrame
        ADBM: ``USUBJID, PARAMCD, AVISIT, BMSPEC, AVAL``.
    chosen : OncoprintParameters
        Parameter, specimen and visits.

    Returns
    -------
    DataFrame
        ``USUBJID, AVISIT, AVAL``.

    Raises
    ------
    DataError
        Where a subject has two results at a visit.
    """
    mine = records[
        (records["PARAMCD"] == chosen.fraction)
        & (records["BMSPEC"] == chosen.specimen)
        & records["AVISIT"].isin(list(chosen.visits))
    ]
    if mine.duplicated(["USUBJID", "AVISIT"]).any():
        raise DataError(
            f"a subject has more than one result of {chosen.fraction} at a visit",
            f"dataset ADBM, BMSPEC {chosen.specimen}",
            "keep one result a subject, visit and specimen",
        )
    return mine[["USUBJID", "AVISIT", "AVAL"]].reset_index(drop=True)


def oncoprint_records(
    subjects: pd.DataFrame,
    levels: Mapping[str, NDArray[np.object_]],
    fractions: pd.DataFrame,
    markers: Sequence[Biomarker],
    chosen: OncoprintParameters,
) -> pd.DataFrame:
    """One record a subject: identifiers, ``ARM``, its level of each marker, ``AF_n`` and ``SAMPLE_n`` of each visit.

    Subjects stand arm by arm in the order of their alterations: those of the first marker first, then by the next.
    """
    frame = subjects[["USUBJID", "SUBJID", "ARM"]].copy()
    for marker in markers:
        frame[marker.id] = levels[marker.id]
    for place, visit in enumerate(chosen.visits):
        found = fractions[fractions["AVISIT"] == visit].set_index("USUBJID")["AVAL"]
        frame[f"AF_{place}"] = found.reindex(frame["USUBJID"]).to_numpy(dtype=float)
        frame[f"SAMPLE_{place}"] = np.where(frame["USUBJID"].isin(found.index), "Y", "")
    rank = pd.DataFrame({m.id: (frame[m.id] != m.positive).to_numpy(dtype=int) for m in markers}, index=frame.index)
    rank.insert(0, "ARM", frame["ARM"])
    rank["SUBJID"] = frame["SUBJID"]
    return frame.loc[rank.sort_values(list(rank.columns), kind="stable").index].reset_index(drop=True)


def add_oncoprint(
    ard: Ard, records: pd.DataFrame, groups: Groups, markers: Sequence[Biomarker], chosen: OncoprintParameters
) -> None:
    """Add what the tiles show, in numbers.

    Parameters
    ----------
    ard : Ard
        Receives ``n`` and ``p`` of each positive level among valid results (``ALTERED``), ``n`` of those not evaluable
        (level ``NE``), ``n``, ``median``, ``min`` and ``max`` of the allele fraction at each visit
        (``ALLELE_FRACTION``), and from the first visit to the second the ``median`` ``CHANGE`` in percentage points,
        with ``n`` and ``p`` of those that fell and of those that fell to 0 (``FALLEN``, ``GONE``), of all pairs.
    records : DataFrame
        From :func:`oncoprint_records`.
    groups : Groups
        Columns.
    markers : sequence of Biomarker
        Rows.
    chosen : OncoprintParameters
        Visits.
    """
    codes = groups.codes(records["ARM"])
    for marker in markers:
        level = records[marker.id].to_numpy()
        valid = groups.tally(codes[level != NOT_EVALUABLE])
        own = {"analysis_id": "ALTERED", "variable": marker.id}
        positive = groups.tally(codes[level == marker.positive])
        add_counts(ard, groups, positive, valid, variable_level=marker.positive, **own)
        missing = groups.tally(codes[level == NOT_EVALUABLE])
        add_counts(ard, groups, missing, None, variable_level=NOT_EVALUABLE, **own)
    for place, visit in enumerate(chosen.visits):
        values = records[f"AF_{place}"].to_numpy(dtype=float)
        own = {"analysis_id": "ALLELE_FRACTION", "variable": chosen.fraction, "variable_level": visit}
        _add_spread(ard, groups, codes, values, own)
    first, second = (records[f"AF_{place}"].to_numpy(dtype=float) for place in (0, 1))
    change = second - first
    own = {"analysis_id": "CHANGE", "variable": chosen.fraction, "variable_level": list(chosen.visits)[1]}
    _add_spread(ard, groups, codes, change, own)
    pairs = groups.tally(codes[np.isfinite(change)])
    for name, inside in (("FALLEN", change < 0.0), ("GONE", (change < 0.0) & (second == 0.0))):
        add_counts(ard, groups, groups.tally(codes[inside]), pairs, **{**own, "variable_level": name})


def _add_spread(
    ard: Ard, groups: Groups, codes: NDArray[np.intp], values: NDArray[np.float64], own: dict[str, str]
) -> None:
    for position, level in enumerate(groups.levels):
        inside = np.isfinite(values) & ((codes == position) | (position == len(groups.arms)))
        found = describe(values[inside])
        row = {**own, "group1": groups.variable, "group1_level": level, "method": "Descriptive statistics"}
        ard.add("n", found.n, formatted=str(found.n), **row)
        for name in ("median", "min", "max"):
            add_number(ard, name, getattr(found, name), 2, reason="no value", **{**row, "unit": "%"})


def oncoprint_panels(
    records: pd.DataFrame, arms: Sequence[Arm], markers: Sequence[Biomarker], chosen: OncoprintParameters
) -> tuple[Panel, ...]:
    """A panel a page: patients of one arm side by side, a row a marker, then a row a visit with the allele fraction."""
    panels = []
    for arm in arms:
        mine = records[(records["ARM"] == arm.id).to_numpy()]
        pages = max(1, math.ceil(len(mine) / chosen.per_page))
        for page in range(pages):
            part = mine.iloc[page * chosen.per_page : (page + 1) * chosen.per_page]
            of = f", {page + 1} of {pages}" if pages > 1 else ""
            panels.append(_page(part, markers, chosen, f"{arm.label} (N={len(mine)}){of}"))
    return tuple(panels)


def _page(part: pd.DataFrame, markers: Sequence[Biomarker], chosen: OncoprintParameters, title: str) -> Panel:
    rows = [m.label for m in markers] + [f"{chosen.fraction_label}, {label}" for label in chosen.visits.values()]
    layers: list[Layer] = []
    tiles = [
        (i, j, _style(level, marker, chosen))
        for j, marker in enumerate(markers)
        for i, level in enumerate(part[marker.id])
    ]
    plain = [(i, j) for i, j, style in tiles if style == WHITE]
    if plain:
        layers.append(_bars(plain, shades=(0.0,) * len(plain)))
    drawn = [tile for tile in tiles if tile[2] != WHITE]
    if tiles:
        places = [(i, j) for i, j, _ in drawn]
        layers.append(_bars(places, styles=tuple(s for *_, s in drawn), names=_names(chosen)))
    for place in range(len(chosen.visits)):
        values = part[f"AF_{place}"].to_numpy(dtype=float)
        j = len(markers) + place
        known = [(i, float(v)) for i, v in enumerate(values) if math.isfinite(v)]
        if known:
            shades = tuple(min(1.0, math.sqrt(v / chosen.full)) for _, v in known)
            texts = tuple(fixed(v, 1 if v < 9.95 else 0) if v else "0" for _, v in known)
            layers.append(_bars([(i, j) for i, _ in known], shades=shades, labels=texts, size=0.65))
        lost = [
            (i, j)
            for i, (v, sample) in enumerate(zip(values, part[f"SAMPLE_{place}"], strict=True))
            if sample and not math.isfinite(v)
        ]
        if lost:
            layers.append(_bars(lost, styles=(NEUTRAL,) * len(lost)))
    # A short last page keeps the width of the tiles.
    ticks = tuple((float(i), str(name)) for i, name in enumerate(part["SUBJID"]))
    return Panel(
        Axis("", -0.5, chosen.per_page - 0.5, ticks, upright=True), category_axis("", rows), tuple(layers), title=title
    )


def _style(level: str, marker: Biomarker, chosen: OncoprintParameters) -> int:
    if level == NOT_EVALUABLE:
        return NEUTRAL
    return chosen.styles.get(level, 0) if level == marker.positive else WHITE


def _names(chosen: OncoprintParameters) -> tuple[tuple[int, str], ...]:
    named = [(style, sentence_case(level)) for level, style in chosen.styles.items()]
    return (*named, (WHITE, "Not altered"), (NEUTRAL, "Not evaluable"))


def _bars(places: Sequence[tuple[int, int]], **more: Any) -> Layer:
    x, y = (tuple(float(place[k]) for place in places) for k in (0, 1))
    low = (tuple(v - 0.44 for v in x), tuple(v - 0.4 for v in y))
    high = (tuple(v + 0.44 for v in x), tuple(v + 0.4 for v in y))
    return Layer("bars", low[0], low[1], high[0], high[1], **more)
