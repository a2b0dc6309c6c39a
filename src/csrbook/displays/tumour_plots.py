"""Waterfall, spider and swimmer plots: one bar or line a subject, the arms side by side or below each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pydantic import Field

from csrbook.displays.conditions import Condition  # noqa: TC001 - pydantic reads the annotation
from csrbook.displays.estimates import add_count, add_number
from csrbook.displays.parameters import Labels, Parameters, sentence_case
from csrbook.displays.plot import NEUTRAL, Axis, Layer, Panel, Reference, category_axis, linear_axis
from csrbook.stats.descriptive import describe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.plan.models import Arm

__all__ = [
    "Milestone",
    "SwimmerParameters",
    "TumourChangeParameters",
    "add_changes_of_size",
    "spider_panel",
    "swimmer_panels",
    "waterfall_panel",
]

SWIMMERS_A_PAGE: Final = 42


class TumourChangeParameters(Parameters):
    """What the plan row of a waterfall or spider plot says.

    Attributes
    ----------
    where : tuple of Condition
        Records of ADTR after baseline that count.
    value : str
        Percentage change from baseline.
    response, evaluator : str
        ``PARAMCD`` and ``EVAL`` of the best response that styles the bars.
    styles : dict
        Style of each response; the others are grey.
    thresholds : dict
        Reference lines: value and label.
    """

    where: tuple[Condition, ...]
    value: str = "PCHG"
    response: str = "CBOR"
    evaluator: str = "INVESTIGATOR"
    styles: dict[str, int]
    labels: dict[str, str] = Field(default_factory=dict)
    thresholds: dict[str, str]
    low: float = -100.0
    high: float = 100.0


def add_changes_of_size(
    ard: Ard, best: pd.DataFrame, groups: Groups, sizes: Sequence[int], thresholds: Sequence[float], **keys: str
) -> None:
    """Add what the bars show, in numbers: subjects with a change, its median, and those at or below each threshold.

    Parameters
    ----------
    ard : Ard
        Receives, for each arm, ``n`` of ``MEASURED``; median, minimum and maximum of the best change
        (``BEST_CHANGE``); ``n`` and ``p`` of those with at most each threshold (``AT_MOST``), of those measured.
    best : DataFrame
        One record a subject with a change: ``ARM`` and ``BEST`` (percent).
    groups : Groups
        Arms.
    sizes : sequence of int
        Subjects of the set in each arm, measured or not.
    thresholds : sequence of float
        In percent.
    """
    for position, arm in enumerate(groups.arms):
        values = best.loc[(best["ARM"] == arm.id).to_numpy(), "BEST"].to_numpy(dtype=float)
        own = {**keys, "group1": groups.variable, "group1_level": arm.id}
        add_count(ard, len(values), int(sizes[position]), **{**own, "analysis_id": "MEASURED", "method": "Count"})
        found = describe(values)
        for name in ("median", "min", "max"):
            row = {**own, "analysis_id": "BEST_CHANGE", "method": "Descriptive statistics", "unit": "%"}
            add_number(ard, name, getattr(found, name), 1, reason="nobody was measured", **row)
        for threshold in thresholds:
            row = {
                **own,
                "analysis_id": "AT_MOST",
                "method": "Count and percentage",
                "variable_level": f"{threshold:g}",
            }
            add_count(ard, int((values <= threshold).sum()), len(values), **{**row, "variable": "BEST"})


def _references(thresholds: Mapping[str, str]) -> tuple[Reference, ...]:
    return (*(Reference("y", float(v), text) for v, text in thresholds.items()), Reference("y", 0.0, dashed=False))


def waterfall_panel(best: pd.DataFrame, arm: Arm, chosen: TumourChangeParameters, title: str) -> Panel:
    """A bar a subject from the largest increase to the largest decrease, styled by best response; long ones are cut."""
    mine = best[best["ARM"] == arm.id].sort_values(["BEST", "USUBJID"], ascending=[False, True], kind="stable")
    n = len(mine)
    heights = np.clip(mine["BEST"].to_numpy(dtype=float), chosen.low, chosen.high)
    styles = tuple(chosen.styles.get(response, NEUTRAL) for response in mine["RESPONSE"])
    named: dict[int, str] = {}
    for response, style in chosen.styles.items():
        named.setdefault(style, chosen.labels.get(response, sentence_case(response)))
    if NEUTRAL in styles:
        named[NEUTRAL] = "Other or not evaluable"
    layers = (
        Layer(
            "bars",
            tuple(k - 0.42 for k in range(n)),
            (0.0,) * n,
            tuple(k + 0.42 for k in range(n)),
            tuple(heights.tolist()),
            styles=styles,
            names=tuple(named.items()),
        ),
    ) if n else ()  # fmt: skip
    y = linear_axis("Best change in sum of diameters (%)", (chosen.low, chosen.high))
    return Panel(Axis("Patients", -1.0, float(max(n, 1)), ()), y, layers, _references(chosen.thresholds), title)


def spider_panel(
    records: pd.DataFrame, arm: Arm, series: int, chosen: TumourChangeParameters, last: float, title: str
) -> Panel:
    """A line a subject from 0 at randomisation over the changes in time; a point where it ends."""
    layers: list[Layer] = []
    mine = records[records["ARM"] == arm.id]
    for _, one in mine.groupby("USUBJID", sort=True):
        ordered = one.sort_values("MONTH", kind="stable")
        x = (0.0, *ordered["MONTH"].tolist())
        y = (0.0, *np.clip(ordered["CHANGE"].to_numpy(dtype=float), chosen.low, chosen.high).tolist())
        layers.append(Layer("line", x, y, series=series))
        layers.append(Layer("points", x[-1:], y[-1:], series=series, size=0.6))
    return Panel(
        linear_axis("Months since randomisation", (0.0, last)),
        linear_axis("Change in sum of diameters (%)", (chosen.low, chosen.high)),
        tuple(layers),
        _references(chosen.thresholds),
        title,
    )


class Milestone(Parameters):
    """A mark on the bars: variable of ADSL or a derived one with the date; shape and label."""

    variable: str
    label: str
    marker: str
    series: int = 2


class SwimmerParameters(Parameters):
    """What the plan row of a swimmer plot says."""

    start: str
    end: str
    """Dates at which a bar begins and ends."""
    milestones: tuple[Milestone, ...]
    ongoing: Condition
    """Which bars go on beyond their end."""
    ongoing_label: str = "Ongoing"
    labels: Labels = Field(default_factory=dict)


def swimmer_panels(
    subjects: pd.DataFrame, arms: Sequence[Arm], chosen: SwimmerParameters, days_per_month: float
) -> tuple[Panel, ...]:
    """Panels of bars, longest first within the arm, each with its dates as marks.

    Parameters
    ----------
    subjects : DataFrame
        One record a subject, with ``ARM``, ``SUBJID`` and the dates (SAS days).
    arms : sequence of Arm
        In plan order; their position gives the style.
    chosen : SwimmerParameters
        Dates and marks.
    days_per_month : float
        Unit of the axis.
    """
    frame = subjects.copy()
    frame["LENGTH"] = (frame[chosen.end] - frame[chosen.start] + 1.0) / days_per_month
    order = {arm.id: position for position, arm in enumerate(arms)}
    frame["ORDER"] = frame["ARM"].map(order)
    frame = frame.sort_values(["ORDER", "LENGTH", "SUBJID"], ascending=[True, False, True], kind="stable")
    known = frame[frame["LENGTH"].notna() & frame["ORDER"].notna()].reset_index(drop=True)
    last = float(known["LENGTH"].max()) if len(known) else 1.0
    pages = max(1, math.ceil(len(known) / SWIMMERS_A_PAGE))
    return tuple(
        _swimmers(known.iloc[page * SWIMMERS_A_PAGE : (page + 1) * SWIMMERS_A_PAGE], arms, chosen, days_per_month, last)
        for page in range(pages)
    )


def _swimmers(
    rows: pd.DataFrame, arms: Sequence[Arm], chosen: SwimmerParameters, days_per_month: float, last: float
) -> Panel:
    n = len(rows)
    place = np.arange(n, dtype=float)
    styles = tuple(int(order) for order in rows["ORDER"])
    used = dict.fromkeys(styles)
    bars = Layer(
        "bars",
        (0.0,) * n,
        tuple((place - 0.32).tolist()),
        tuple(rows["LENGTH"].tolist()),
        tuple((place + 0.32).tolist()),
        styles=styles,
        names=tuple((style, arms[style].short) for style in used),
    )
    layers = [bars] if n else []
    for mark in chosen.milestones:
        month = (
            rows[mark.variable].to_numpy(dtype=float) - rows[chosen.start].to_numpy(dtype=float) + 1.0
        ) / days_per_month
        seen = np.isfinite(month)
        if seen.any():
            layers.append(_marks(month[seen], place[seen], mark.marker, mark.label, mark.series))
    going = chosen.ongoing.test(rows[chosen.ongoing.variable])
    if going.any():
        layers.append(_marks(rows["LENGTH"].to_numpy()[going], place[going], "arrow", chosen.ongoing_label, 2))
    return Panel(
        linear_axis("Months since randomisation", (0.0, last)),
        category_axis("", [str(name) for name in rows["SUBJID"]]),
        tuple(layers),
    )


def _marks(x: Any, y: Any, marker: Any, label: str, series: int) -> Layer:
    size = 1.0 if marker == "arrow" else 1.15
    return Layer("points", tuple(x.tolist()), tuple(y.tolist()), series=series, marker=marker, name=label, size=size)
