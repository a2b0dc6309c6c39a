"""Layouts of the mixed model for repeated measures: one scale in full, many scales in brief, and the plot of means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from csrbook.displays.columns import arm_heading
from csrbook.displays.estimates import confidence_label, estimate_interval
from csrbook.displays.format import NOT_ESTIMABLE
from csrbook.displays.model import Cell, Column, Row
from csrbook.displays.plot import Axis, Layer, Panel, Reference, linear_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.displays.repeated_measures import RepeatedMeasuresParameters
    from csrbook.plan.models import Plan

__all__ = ["brief_header", "brief_rows", "mean_change_panel", "model_note", "scale_rows"]


def _at(visit: float) -> dict[str, str]:
    return {"variable_level": f"{visit:g}"}


def _spread(ard: Ard, **keys: str) -> str:
    texts = [ard.text(name, **keys) for name in ("mean", "sd")]
    return NOT_ESTIMABLE if set(texts) == {NOT_ESTIMABLE} else f"{texts[0]} ({texts[1]})"


def scale_rows(ard: Ard, plan: Plan, chosen: RepeatedMeasuresParameters, parameter: str) -> list[Row]:
    """Baseline, then a block a visit: observed change, least-squares mean, difference; arms in columns."""
    arms = plan.study.arms
    level = confidence_label(plan.study.confidence)
    keys = {"group2_level": parameter}
    base = {**keys, "analysis_id": "BASELINE"}
    rows = [
        Row(label="Baseline", kind="group"),
        Row(tuple(ard.text("n", group1_level=a.id, **base) for a in arms), "n", indent=1),
        Row(tuple(_spread(ard, group1_level=a.id, **base) for a in arms), "Mean (SD)", indent=1),
    ]
    for visit, label in chosen.visits.items():
        own = {**keys, **_at(visit)}
        mark = " (key visit)" if visit == chosen.key_visit else ""
        rows.append(Row(label=f"{label}, change from baseline{mark}", kind="group"))
        seen = {**own, "analysis_id": "OBSERVED_CHANGE"}
        mean = {**own, "analysis_id": "LS_MEAN"}
        rows += [
            Row(tuple(ard.text("n", group1_level=a.id, **seen) for a in arms), "n", indent=1),
            Row(tuple(_spread(ard, group1_level=a.id, **seen) for a in arms), "Observed mean (SD)", indent=1),
            Row(
                tuple(estimate_interval(ard, group1_level=a.id, **mean) for a in arms),
                f"LS mean ({level} CI)",
                indent=1,
            ),
            Row(_differences(ard, plan, own), f"Difference in LS means ({level} CI)", indent=1),
            Row(_differences(ard, plan, own, "p"), "p-value (two-sided, nominal)", indent=1),
        ]
    return rows


def _differences(ard: Ard, plan: Plan, own: dict[str, str], stat: str = "") -> tuple[str, ...]:
    row = {**own, "analysis_id": "LS_DIFFERENCE"}
    return tuple(
        ""
        if arm.role != "test"
        else ard.text(stat, group1_level=arm.id, **row)
        if stat
        else estimate_interval(ard, group1_level=arm.id, **row)
        for arm in plan.study.arms
    )


def brief_header(
    ard: Ard, plan: Plan, groups: Groups, stub: str
) -> tuple[tuple[Column, ...], tuple[tuple[Cell, ...], ...]]:
    """Columns and header of :func:`brief_rows`: under each arm n and the mean, then a pair for each test arm."""
    level = confidence_label(plan.study.confidence)
    tests = plan.study.test_arms
    control = plan.study.arm("control").short
    spanners = [Cell(arm_heading(ard, groups, arm.id), colspan=2, rule=True) for arm in groups.arms]
    spanners += [Cell(f"{arm.short} less\n{control}", colspan=2, rule=True) for arm in tests]
    heads = [Cell(text) for _ in groups.arms for text in ("n", f"LS mean\n({level} CI)")]
    heads += [Cell(text) for _ in tests for text in (f"Difference\n({level} CI)", "p")]
    pair = (Column(0.5, "decimal"), Column(1.7, "decimal"))
    contrast = (Column(1.7, "decimal"), Column(0.7, "decimal"))
    columns = (Column(1.9), *(c for _ in groups.arms for c in pair), *(c for _ in tests for c in contrast))
    return columns, ((Cell(stub, rowspan=2, align="left"), *spanners), tuple(heads))


def brief_rows(ard: Ard, plan: Plan, chosen: RepeatedMeasuresParameters, parameter: str) -> list[Row]:
    """A row a visit of one scale under its name; the direction of the scale stands beside it."""
    direction = chosen.better.get(parameter)
    label = chosen.paramcd[parameter] + (f" ({direction} is better)" if direction else "")
    rows = [Row(label=label, kind="group")]
    for visit, name in chosen.visits.items():
        own = {"group2_level": parameter, **_at(visit)}
        cells: list[str] = []
        for arm in plan.study.arms:
            keys = {"group1_level": arm.id, **own}
            cells.append(ard.text("n", analysis_id="OBSERVED_CHANGE", **keys))
            cells.append(estimate_interval(ard, analysis_id="LS_MEAN", **keys))
        for arm in plan.study.test_arms:
            keys = {"analysis_id": "LS_DIFFERENCE", "group1_level": arm.id, **own}
            cells += [estimate_interval(ard, **keys), ard.text("p", **keys)]
        rows.append(Row(tuple(cells), name, indent=1))
    return rows


def model_note(ard: Ard, chosen: RepeatedMeasuresParameters) -> str:
    """Which covariance each parameter's model has, and of how many patients and records it is."""
    found = []
    for parameter, label in chosen.paramcd.items():
        keys = {"analysis_id": "MODEL", "group2_level": parameter}
        texts = [ard.text(stat, **keys) for stat in ("covariance", "n", "records")]
        text = f"{texts[0]}, {texts[1]} patients, {texts[2]} records"
        found.append((label, text))
    if len({text for _, text in found}) == 1:
        return f"Model: {found[0][1]}{' for each scale' if len(found) > 1 else ''}."
    return f"Model: {'; '.join(f'{label} {text}' for label, text in found)}."


def mean_change_panel(
    ard: Ard, plan: Plan, chosen: RepeatedMeasuresParameters, parameter: str, *, x_label: str, y_label: str
) -> Panel:
    """Least-squares means with their limits by visit, one line an arm, the patients assessed below."""
    visits = list(chosen.visits)
    # Arms stand side by side at a visit: a hundredth of the axis apart.
    width = 0.012 * (max(visits) - min(0.0, *visits)) or 0.1
    arms = plan.study.arms
    layers: list[Layer] = []
    known: list[float] = [0.0]
    for i, arm in enumerate(arms):
        shift = width * (i - (len(arms) - 1) / 2.0)
        points = _points(ard, visits, arm.id, parameter)
        x = tuple(visit + shift for visit, *_ in points)
        mean, low, high = (tuple(p[k] for p in points) for k in (1, 2, 3))
        known += [*low, *high]
        limits = [(a, b, c) for a, b, c in zip(x, low, high, strict=True) if math.isfinite(b) and math.isfinite(c)]
        at, bottom, top = (tuple(v[k] for v in limits) for k in range(3))
        layers += [
            Layer("segments", at, bottom, at, top, series=i, caps=True),
            # All start from the baseline, where the change is 0.
            Layer("line", (0.0, *x), (0.0, *mean), series=i, name=arm.label),
            Layer("points", x, mean, series=i),
        ]
    lines = [Reference("y", 0.0, dashed=False)]
    if chosen.relevant:
        known += [chosen.relevant, -chosen.relevant]
        lines += [Reference("y", v) for v in (chosen.relevant, -chosen.relevant)]
    ticks = ((0.0, "Baseline"), *((visit, f"{visit:g}") for visit in visits))
    cells = [
        (
            arm.short,
            i,
            (
                ard.text("n", analysis_id="BASELINE", group1_level=arm.id, group2_level=parameter),
                *(
                    ard.text("n", analysis_id="OBSERVED_CHANGE", group1_level=arm.id, group2_level=parameter, **_at(v))
                    for v in visits
                ),
            ),
        )
        for i, arm in enumerate(arms)
    ]
    edge = 0.05 * max(visits)
    return Panel(
        Axis(x_label, -edge, max(visits) + edge, ticks),
        linear_axis(y_label, known),
        tuple(layer for layer in layers if layer.x),
        tuple(lines),
        table=tuple(cells),
        table_heading="Patients assessed",
    )


def _points(ard: Ard, visits: Sequence[float], arm: str, parameter: str) -> list[tuple[float, float, float, float]]:
    """Visit, mean and limits, of those visits whose mean is estimable."""
    found = []
    for visit in visits:
        keys = {"analysis_id": "LS_MEAN", "group1_level": arm, "group2_level": parameter, **_at(visit)}
        mean, low, high = (float(f"{ard.value(name, **keys):.10g}") for name in ("estimate", "lower", "upper"))
        if math.isfinite(mean):
            found.append((visit, mean, low, high))
    return found
