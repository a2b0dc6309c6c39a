"""Peak aminotransferase against peak bilirubin (eDISH): a point a subject, quadrants counted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from csrbook.displays.columns import add_sizes, treatment_groups
from csrbook.displays.conditions import Condition
from csrbook.displays.counts import add_counts, count_cell
from csrbook.displays.model import Display
from csrbook.displays.parameters import Parameters
from csrbook.displays.plot import Axis, Layer, Panel, Plot, Reference
from csrbook.displays.program import analysis_subjects
from csrbook.displays.thresholds import Measure, ThresholdBlock, ThresholdRow, add_thresholds, side_by_side

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan

__all__ = ["EdishParameters", "add_edish", "edish_display"]

BLOCK: Final = "EDISH"
_ABSENT: Final = f"{BLOCK}.ABSENT"
QUADRANTS: Final = {
    "HYS_LAW": ("Hy's law range", "GE", "GE"),
    "CHOLESTASIS": ("Cholestasis range", "LT", "GE"),
    "TEMPLE": ("Temple's corollary range", "GE", "LT"),
    "NORMAL": ("Normal or near normal", "LT", "LT"),
}
"""Name of each quadrant, and how aminotransferase and bilirubin stand to their limits."""


class EdishAxis(Parameters):
    """An axis: parameter, label, limit, ticks; values are multiples of the upper limit of normal."""

    paramcd: str
    label: str
    limit: float
    ticks: tuple[float, ...]


class EdishParameters(Parameters):
    """What the plan row of an eDISH chart may say."""

    dataset: str = "ADLB"
    variable: str = "R2A1HI"
    where: tuple[Condition, ...]
    """Records that count: on treatment."""
    x: EdishAxis
    """Aminotransferase."""
    y: EdishAxis
    """Total bilirubin."""

    @property
    def block(self) -> ThresholdBlock:
        """The quadrants as rows on each subject's highest values; both are needed."""
        rows = [
            ThresholdRow(
                id=name,
                label=label,
                where=tuple(
                    Condition.model_validate([column, comparator, axis.limit])
                    for column, comparator, axis in (("X", x, self.x), ("Y", y, self.y))
                ),
            )
            for name, (label, x, y) in QUADRANTS.items()
        ]
        return ThresholdBlock(
            id=BLOCK,
            label="Highest values on treatment",
            dataset=self.dataset,
            where=self.where,
            measures={
                "X": Measure(paramcd=self.x.paramcd, variable=self.variable),
                "Y": Measure(paramcd=self.y.paramcd, variable=self.variable),
            },
            line="highest",
            required=("X", "Y"),
            rows=tuple(rows),
        )


def add_edish(ard: Ard, data: Data, output: Output, plan: Plan, chosen: EdishParameters) -> pd.DataFrame:
    """Count the quadrants (``EDISH.HYS_LAW`` …) and the subjects without values (``EDISH.ABSENT``).

    Returns
    -------
    DataFrame
        ``USUBJID``, ``SUBJID``, ``ARM``, ``X`` and ``Y`` (multiples of the upper limit of normal): the points.
    """
    subjects = analysis_subjects(data, plan, output.population[0])
    groups = treatment_groups(plan, output.population[0], total=False)
    sizes = groups.sizes(subjects["ARM"])
    add_sizes(ard, groups, sizes)
    add_thresholds(ard, data, plan, subjects, groups, chosen.block)
    points = side_by_side(data, subjects, chosen.block)
    shown = groups.sizes(points["ARM"])
    add_counts(ard, groups, sizes - shown, None, analysis_id=_ABSENT, dataset=chosen.dataset)
    return points.merge(subjects[["USUBJID", "SUBJID"]], on="USUBJID", how="left")


def edish_display(ard: Ard, points: pd.DataFrame, output: Output, plan: Plan, chosen: EdishParameters) -> Display:
    """Points on logarithmic axes, a marker an arm; subjects in the range of Hy's law are named."""
    groups = treatment_groups(plan, output.population[0], total=False)
    x, y = _axis(chosen.x, points["X"]), _axis(chosen.y, points["Y"])
    layers = []
    for series, arm in enumerate(groups.arms):
        mine = points[points["ARM"] == arm.id]
        named = (mine["X"] >= chosen.x.limit) & (mine["Y"] >= chosen.y.limit)
        labels = tuple(mine["SUBJID"].where(named, "").tolist())
        layers.append(
            Layer("points", tuple(mine["X"].clip(lower=x.low)), tuple(mine["Y"].clip(lower=y.low)), series=series,
                  name=arm.label, labels=labels)
        )  # fmt: skip
    layers += [layer for name in QUADRANTS for layer in _corner(ard, groups, name, chosen, x, y)]
    references = (
        Reference("x", chosen.x.limit, f"{chosen.x.limit:g} × ULN"),
        Reference("y", chosen.y.limit, f"{chosen.y.limit:g} × ULN"),
    )
    absent = [f"{ard.text('n', analysis_id=_ABSENT, group1_level=arm.id)} ({arm.short})" for arm in groups.arms]
    return Display(
        figure=Plot((Panel(x, y, tuple(layers), references),)),
        alt=_finding(ard, groups),
        footnotes=(f"Patients without both values on treatment, not shown: {', '.join(absent)}.",),
    )


def _axis(about: EdishAxis, values: pd.Series[float]) -> Axis:
    """Logarithmic over all ticks; ends that values exceed are moved out to them."""
    low = min([*about.ticks, *values[values > 0].tolist()])
    high = max([*about.ticks, *values.tolist()])
    return Axis(about.label, low, high, tuple((tick, f"{tick:g}") for tick in about.ticks), log=True)


def _corner(ard: Ard, groups: Groups, name: str, chosen: EdishParameters, x: Axis, y: Axis) -> tuple[Layer, ...]:
    """Name and counts of a quadrant, at its outer edge."""
    label, right, top = QUADRANTS[name]
    across = math.sqrt(chosen.x.limit * (x.high if right == "GE" else x.low))
    counts = ", ".join(f"{arm.short} {count_cell(ard, arm.id, analysis_id=f'{BLOCK}.{name}')}" for arm in groups.arms)
    # Two lines: parts of the axis's length from its lower end.
    places = (0.97, 0.92) if top == "GE" else (0.08, 0.03)
    heights = [math.exp(math.log(y.low) + place * math.log(y.high / y.low)) for place in places]
    return tuple(
        Layer("text", (across,), (height,), labels=(text,))
        for height, text in zip(heights, (label, counts), strict=True)
    )


def _finding(ard: Ard, groups: Groups) -> str:
    """How many subjects stand in the range of Hy's law."""
    counts = [f"{arm.label} {count_cell(ard, arm.id, analysis_id=f'{BLOCK}.HYS_LAW')}" for arm in groups.arms]
    return (
        "Highest aminotransferase against highest bilirubin on treatment, a point a patient. "
        f"Patients, n (%), in the range of Hy's law: {', '.join(counts)}."
    )
