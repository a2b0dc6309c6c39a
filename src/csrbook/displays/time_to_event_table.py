"""The time-to-event table: lays out the numbers of :mod:`csrbook.displays.time_to_event`, arms in columns.

Numbers of a comparison stand in the column of the test arm, so that any number of test arms finds its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.displays.columns import arm_heading, plain_header, treatment_groups
from csrbook.displays.counts import count_cell
from csrbook.displays.estimates import confidence_label, estimate_interval
from csrbook.displays.model import Column, Row
from csrbook.displays.parameters import sentence_case
from csrbook.displays.time_to_event import comparison_id, quantile_analysis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from csrbook.ard import Ard
    from csrbook.displays.model import Cell
    from csrbook.plan.models import Plan

__all__ = [
    "arm_columns",
    "arm_header",
    "comparison_rows",
    "event_rows",
    "event_total_rows",
    "excluded_rows",
    "follow_up_rows",
    "kaplan_meier_rows",
    "noninferiority_rows",
    "versus",
]


def arm_header(ard: Ard, plan: Plan, analysis_set: str, stub: str = "") -> tuple[tuple[Cell, ...], ...]:
    """Header with the stub and a column for each arm with its N."""
    groups = treatment_groups(plan, analysis_set, total=False)
    keys = {"analysis_set": analysis_set}
    return plain_header(stub, [arm_heading(ard, groups, level, **keys) for level in groups.levels])


def arm_columns(plan: Plan, stub: float = 1.7) -> tuple[Column, ...]:
    """Column layout that goes with :func:`arm_header`."""
    return (Column(stub, "left"), *(Column(1.0, "decimal") for _ in plan.study.arms))


def versus(plan: Plan) -> str:
    """``test versus control`` with the labels of the plan (test arms in the plural where there are several)."""
    tests = [arm.label for arm in plan.study.test_arms]
    control = plan.study.arm("control").label
    return f"{tests[0]} versus {control}" if len(tests) == 1 else f"each test arm versus {control}"


def _blank_for_control(plan: Plan, texts: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(texts.get(arm.id, "") for arm in plan.study.arms)


def event_rows(
    ard: Ard, plan: Plan, labels: Mapping[str, str], title: str, *, sets: Sequence[str] = (), **keys: str
) -> list[Row]:
    """Events by kind and censored patients by reason, n (%); kinds with a label come first, in the labels' order.

    The title stands first as a heading, with what it heads indented; there is none where it is empty. With ``sets`` the
    arms of each analysis set stand side by side.
    """
    rows = [Row(kind="group", label=title)] if title else []
    columns = [{**keys, "analysis_set": name} for name in sets] or [keys]
    for analysis, label in (("EVENTS", "Patients with an event"), ("CENSORED", "Patients censored")):
        found = ard.select(analysis_id=analysis, stat_name="n", **keys)
        rank = {level: place for place, level in enumerate(("", *labels))}
        levels = sorted(
            dict.fromkeys((str(row["variable"]), str(row["variable_level"])) for row in found),
            key=lambda pair: rank.get(pair[1], len(rank)),
        )
        for variable, level in levels:
            own = {"analysis_id": analysis, "variable": variable, "variable_level": level}
            cells = tuple(count_cell(ard, arm.id, **own, **column) for column in columns for arm in plan.study.arms)
            text = labels.get(level, sentence_case(level)) if variable else label
            rows.append(Row(cells=cells, label=text, indent=bool(title) + bool(variable)))
    return rows


def excluded_rows(ard: Ard, plan: Plan, reference_label: str, **keys: str) -> list[Row]:
    """Subjects that the analysis set leaves out, n (%) of the larger set."""
    cells = tuple(count_cell(ard, arm.id, analysis_id="EXCLUDED", **keys) for arm in plan.study.arms)
    return [Row(cells, f"Excluded from the {reference_label}, n (%)")]


def kaplan_meier_rows(
    ard: Ard, plan: Plan, name: str, quantiles: Sequence[float], landmarks: Sequence[float], **keys: str
) -> list[Row]:
    """Quantiles and landmark rates with their limits."""
    level = confidence_label(plan.study.confidence)
    rows = [Row(kind="group", label=f"{name} (months), Kaplan–Meier")]
    for share in quantiles:
        cells = tuple(
            estimate_interval(ard, analysis_id=quantile_analysis(share), group1_level=arm.id, **keys)
            for arm in plan.study.arms
        )
        label = "Median" if share == 0.5 else f"{100.0 * share:g}th percentile"
        rows.append(Row(cells, f"{label} ({level} CI)", indent=1))
    if landmarks:
        rows.append(Row(kind="group", label=f"{name} rate (%) at"))
    for month in landmarks:
        cells = tuple(
            estimate_interval(
                ard,
                analysis_id="KM_RATE",
                group1_level=arm.id,
                variable="MONTH",
                variable_level=f"{month:g}",
                **keys,
            )
            for arm in plan.study.arms
        )
        rows.append(Row(cells, f"{month:g} months ({level} CI)", indent=1))
    return rows


def event_total_rows(ard: Ard, plan: Plan, **keys: str) -> list[Row]:
    """Patients with an event and patients censored, n (%), whatever the kind."""
    rows = []
    for analysis, label in (("EVENTS", "Patients with an event, n (%)"), ("CENSORED", "Patients censored, n (%)")):
        own = {"analysis_id": analysis, "variable": "", **keys}
        rows.append(Row(tuple(count_cell(ard, arm.id, **own) for arm in plan.study.arms), label, indent=1))
    return rows


def follow_up_rows(ard: Ard, plan: Plan, indent: int = 0, **keys: str) -> list[Row]:
    """Median follow-up with its limits."""
    level = confidence_label(plan.study.confidence)
    cells = tuple(
        estimate_interval(ard, analysis_id="FOLLOW_UP", group1_level=arm.id, **keys) for arm in plan.study.arms
    )
    return [Row(cells, f"Median follow-up (months; {level} CI), reverse Kaplan–Meier", indent=indent)]


def comparison_rows(ard: Ard, plan: Plan, descriptive: bool = False, /, **keys: str) -> list[Row]:
    """Hazard ratio with limits, and the log-rank test where the ARD has it; each under its test arm."""
    level = confidence_label(plan.study.confidence)
    cox = comparison_id(ard, "COX", **keys)
    word = "Stratified" if cox == "COX_STRATIFIED" else "Unstratified"
    tests = plan.study.test_arms
    heading = f"{word} comparison, {versus(plan)}"
    rows = [Row(kind="group", label=f"{heading} (descriptive)" if descriptive else heading)]
    ratios = {arm.id: estimate_interval(ard, "hr", analysis_id=cox, group1_level=arm.id, **keys) for arm in tests}
    rows.append(Row(_blank_for_control(plan, ratios), f"Hazard ratio ({level} CI)", indent=1))
    return [*rows, *_log_rank_rows(ard, plan, descriptive, **keys)]


def _log_rank_rows(ard: Ard, plan: Plan, nominal: bool, /, **keys: str) -> list[Row]:
    """The log-rank test where the ARD has it, under each test arm."""
    log_rank = comparison_id(ard, "LOG_RANK", **keys)
    if not log_rank:
        return []
    tests = [arm.id for arm in plan.study.test_arms]
    values = {arm: ard.text("p", analysis_id=log_rank, group1_level=arm, **keys) for arm in tests}
    label = "Log-rank p-value (two-sided, nominal)" if nominal else "Log-rank p-value (two-sided)"
    return [Row(_blank_for_control(plan, values), label, indent=1)]


def noninferiority_rows(ard: Ard, plan: Plan, **keys: str) -> list[Row]:
    """Hazard ratio with limits, z with its one-sided p-value, the log-rank test, and the conclusion in words.

    Where the hypothesis has another confidence level than the rest of the report, its upper limit has a row of its own.
    """
    rule = plan.study.noninferiority
    if rule is None:
        return comparison_rows(ard, plan, **keys)
    cox = comparison_id(ard, "COX", **keys)
    analysis = comparison_id(ard, "NONINFERIORITY", **keys)
    word = "Stratified" if cox == "COX_STRATIFIED" else "Unstratified"
    tests = plan.study.test_arms
    ratios, uppers, tested, margins = {}, {}, {}, []
    for arm in tests:
        mine = {"group1_level": arm.id, **keys}
        ratios[arm.id] = estimate_interval(ard, "hr", analysis_id=cox, **mine)
        uppers[arm.id] = ard.text("upper", analysis_id=analysis, **mine)
        z, p = (ard.text(stat, analysis_id=analysis, **mine) for stat in ("z", "p"))
        tested[arm.id] = z if z == p else f"{z} ({p})"
        margins.append(ard.text("margin", analysis_id=analysis, **mine))
    level = confidence_label(plan.study.confidence)
    rows = [
        Row(kind="group", label=f"{word} comparison, {versus(plan)}; non-inferiority margin {margins[0]}"),
        Row(_blank_for_control(plan, ratios), f"Hazard ratio ({level} CI)", indent=1),
    ]
    if rule.confidence != plan.study.confidence:
        label = f"Upper limit of the two-sided {confidence_label(rule.confidence)} CI"
        rows.append(Row(_blank_for_control(plan, uppers), label, indent=1))
    rows.append(Row(_blank_for_control(plan, tested), "Non-inferiority, z (one-sided p-value)", indent=1))
    rows += _log_rank_rows(ard, plan, False, **keys)
    for arm in tests:
        sentence = ard.text("conclusion", analysis_id=analysis, group1_level=arm.id, **keys)
        rows.append(Row(kind="group", label=sentence if len(tests) == 1 else f"{arm.label}: {sentence}"))
    return rows
