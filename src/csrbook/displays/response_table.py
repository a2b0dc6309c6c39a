"""Rows of response tables, read from the ARD of :mod:`csrbook.displays.response`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.displays.counts import count_cell
from csrbook.displays.estimates import confidence_label, estimate_interval
from csrbook.displays.model import Row
from csrbook.displays.parameters import sentence_case
from csrbook.displays.time_to_event_table import versus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from csrbook.ard import Ard
    from csrbook.plan.models import Plan

__all__ = ["category_rows", "rate_rows"]


def category_rows(ard: Ard, plan: Plan, labels: Mapping[str, str], indent: int = 1, **keys: str) -> list[Row]:
    """Subjects of each category, n (%)."""
    own = {"analysis_id": "BEST_RESPONSE", **keys}
    levels = dict.fromkeys(str(row["variable_level"]) for row in ard.select(**own))
    return [
        Row(
            tuple(count_cell(ard, arm.id, variable_level=level, **own) for arm in plan.study.arms),
            labels.get(level, sentence_case(level)),
            indent=indent,
        )
        for level in levels
    ]


def rate_rows(ard: Ard, plan: Plan, label: str, **keys: str) -> list[Row]:
    """A rate with its exact limits in each arm, and its stratified comparison under each test arm."""
    level = confidence_label(plan.study.confidence)
    arms = plan.study.arms
    rate = {"analysis_id": "RESPONSE_RATE", **keys}

    def of_rate(form: str) -> tuple[str, ...]:
        stats = ("n", "estimate", "lower", "upper")
        return tuple(form.format(*(ard.text(s, group1_level=arm.id, **rate) for s in stats)) for arm in arms)

    rows = [
        Row(of_rate("{0} ({1})"), label, indent=1),
        Row(of_rate("({2}, {3})"), f"{level} CI (Clopper–Pearson)", indent=2),
        Row(("",) * len(arms), f"Stratified comparison, {versus(plan)}", indent=1),
    ]

    def under_tests(statistic: str, analysis: str) -> tuple[str, ...]:
        own = {"analysis_id": analysis, **keys}
        return tuple(
            estimate_interval(ard, statistic, group1_level=arm.id, **own) if arm.role == "test" else "" for arm in arms
        )

    difference = under_tests("difference", "RISK_DIFFERENCE_STRATIFIED")
    rows.append(Row(difference, f"Difference (percentage points; {level} CI)", indent=2))
    rows.append(Row(under_tests("odds_ratio", "CMH"), f"Mantel–Haenszel odds ratio ({level} CI)", indent=2))
    values = tuple(
        ard.text("p", analysis_id="CMH", group1_level=arm.id, **keys) if arm.role == "test" else "" for arm in arms
    )
    rows.append(Row(values, "Cochran–Mantel–Haenszel p-value (nominal)", indent=2))
    return rows
