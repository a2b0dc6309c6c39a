"""Dot plot of adverse events: percentage of each arm, and risk difference of each test arm against control."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from csrbook.displays.adverse_events import TREATMENT_EMERGENT
from csrbook.displays.columns import treatment_groups
from csrbook.displays.conditions import Condition  # noqa: TC001 - pydantic reads it
from csrbook.displays.event_hierarchy import Band, HierarchyParameters, summarise_hierarchy
from csrbook.displays.model import Display
from csrbook.displays.parameters import Parameters
from csrbook.displays.plot import Layer, Panel, Plot, Reference, category_axis, linear_axis
from csrbook.displays.risk_difference import METHOD, risk_difference_cell

if TYPE_CHECKING:
    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan

__all__ = ["DotPlotParameters", "dot_plot_display", "summarise_dot_plot"]


class DotPlotParameters(Parameters):
    """What the plan row of a dot plot may say."""

    variable: str = "AEDECOD"
    where: tuple[Condition, ...] = TREATMENT_EMERGENT
    """Conditions that every event meets."""
    minimum_percent: float
    """Terms are shown when at least one arm reaches this percentage."""
    order: Literal["frequency", "difference"] = "difference"
    """By descending risk difference of the first test arm, or by descending number of subjects in all arms together."""

    @property
    def hierarchy(self) -> HierarchyParameters:
        """The numbers behind the plot: those of a table of one level."""
        return HierarchyParameters(
            hierarchy=(self.variable,),
            where=self.where,
            grade="",
            bands=(Band(id="ANY", label="n (%)", difference=True),),
            minimum_percent=self.minimum_percent,
        )


def summarise_dot_plot(data: Data, output: Output, plan: Plan, parameters: DotPlotParameters) -> Ard:
    """Subjects by term with risk differences, as :func:`csrbook.displays.event_hierarchy.summarise_hierarchy`."""
    return summarise_hierarchy(data, output, plan, parameters.hierarchy)


def dot_plot_display(ard: Ard, output: Output, plan: Plan, parameters: DotPlotParameters) -> Display:
    """Percentages left, risk differences with their intervals right, a line a term."""
    groups = treatment_groups(plan, output.population[0], total=False)
    terms = _terms(ard, groups, parameters)
    analysis = f"{parameters.variable}.ANY"
    left, shares = [], [0.0]
    for series, arm in enumerate(groups.arms):
        known = [
            (value, float(row))
            for row, term in enumerate(terms)
            if math.isfinite(value := ard.value("p", analysis_id=analysis, variable_level=term, group1_level=arm.id))
        ]
        x, y = tuple(value for value, _ in known), tuple(row for _, row in known)
        left.append(Layer("points", x, y, series=series, name=arm.label, size=1.2))
        shares += x
    right, limits = [], [0.0]
    pairs = groups.comparisons()
    for number, (test, _) in enumerate(pairs):
        own = {"analysis_id": analysis, "method": METHOD, "group1_level": test.id}
        # Several comparisons of a term stand a little apart.
        shift = 0.5 * ((number + 0.5) / len(pairs) - 0.5)
        found = [
            (ard.value("rd", **own, variable_level=term), ard.value("lower", **own, variable_level=term),
             ard.value("upper", **own, variable_level=term), row + shift)
            for row, term in enumerate(terms)
        ]  # fmt: skip
        known_rows = [row for row in found if all(map(math.isfinite, row))]
        rd, low, high, at = (tuple(column) for column in zip(*known_rows, strict=True)) if known_rows else ((),) * 4
        series = groups.arms.index(test)
        right += [
            Layer("segments", low, at, high, at, series=series, caps=True),
            Layer("points", rd, at, series=series),
        ]
        limits += [*low, *high]
    labels = category_axis("", terms, grid=True)
    tests = ", ".join(test.short for test, _ in pairs)
    differences = linear_axis(f"Risk difference (percentage points), {tests} minus {pairs[0][1].short}", limits)
    panels = (
        Panel(linear_axis("Patients (%)", shares), labels, tuple(left), title="Patients with the event"),
        Panel(
            differences, category_axis("", [""] * len(terms), grid=True), tuple(right),
            (Reference("x", 0.0, dashed=False),), title="Risk difference",
        ),
    )  # fmt: skip
    notes = () if terms else (f"No term reached {parameters.minimum_percent:g}% in an arm.",)
    return Display(figure=Plot(panels, columns=2), alt=_finding(ard, groups, terms, parameters), footnotes=notes)


def _terms(ard: Ard, groups: Groups, parameters: DotPlotParameters) -> list[str]:
    """Terms in the order of the lines."""
    analysis = f"{parameters.variable}.ANY"
    rows = ard.select(analysis_id=analysis, stat_name="n", group1_level=groups.levels[0])
    terms = [str(row["variable_level"]) for row in rows]
    if parameters.order == "frequency":
        return terms
    test = groups.comparisons()[0][0].id

    def difference(term: str) -> float:
        value = ard.value("rd", analysis_id=analysis, method=METHOD, group1_level=test, variable_level=term)
        return value if math.isfinite(value) else 0.0

    return sorted(terms, key=lambda term: -difference(term))


def _finding(ard: Ard, groups: Groups, terms: list[str], parameters: DotPlotParameters) -> str:
    """The largest differences in either direction."""
    sentences = [f"Percentages and risk differences of {len(terms)} adverse events."]
    analysis = f"{parameters.variable}.ANY"
    for test, control in groups.comparisons() if terms else ():
        keys = {"analysis_id": analysis, "method": METHOD, "group1_level": test.id}
        by_value = sorted(terms, key=lambda term: ard.value("rd", **keys, variable_level=term))
        for term, word in ((by_value[0], "smallest"), (by_value[-1], "largest")):
            text = risk_difference_cell(ard, test, analysis_id=analysis, variable_level=term)
            sentences.append(f"{test.label} minus {control.label}, {word}: {term} {text} percentage points.")
    return " ".join(sentences)
