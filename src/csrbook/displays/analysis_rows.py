"""Many analyses of one question as the rows of a table: events by arm, hazard ratio, test against the margin.

A program adds each analysis under a name of its own (:func:`add_cox_analysis`, or :func:`add_event_counts` with
:func:`add_hazard_ratio` where another model gave the estimate); :func:`analysis_display` has a row an analysis, in
blocks, for each test arm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from csrbook.displays.columns import plain_header
from csrbook.displays.estimates import (
    add_count,
    add_number,
    add_pvalue,
    add_text,
    confidence_label,
    estimate_interval,
    page_notes,
)
from csrbook.displays.format import fixed
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.time_to_event import MARGIN_DIGITS, fit_cox
from csrbook.errors import PlanError
from csrbook.stats.noninferiority import noninferiority

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.ard import Ard
    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.precision import Digits
    from csrbook.plan.models import Arm, NonInferiority, Output, Plan

__all__ = [
    "AnalysisBlock",
    "add_cox_analysis",
    "add_event_counts",
    "add_hazard_ratio",
    "analysis_display",
    "analysis_rows",
    "noninferiority_rule",
]

_VARIABLE: Final = "ANALYSIS"


@dataclass(frozen=True, slots=True)
class AnalysisBlock:
    """Rows under one heading (none where it is empty): the name of each analysis in the ARD and its printed label."""

    heading: str
    analyses: tuple[tuple[str, str], ...]


def noninferiority_rule(output: Output, plan: Plan) -> NonInferiority:
    """The plan's non-inferiority hypothesis; an error that names the output where it has none."""
    if plan.study.noninferiority is None:
        raise PlanError(
            "the plan has no non-inferiority hypothesis",
            f"sap/study.yaml, noninferiority (needed by {output.id})",
            "state margin and alpha, or take the output out of the catalogue",
        )
    return plan.study.noninferiority


def add_event_counts(ard: Ard, times: EventTimes, analysis: str, digits: Digits) -> None:
    """Add subjects analysed (``ANALYSED``) and events (``EVENTS``) of each arm, of one analysis where it has a name."""
    own = {"variable": _VARIABLE, "variable_level": analysis} if analysis else {}
    for position, arm in enumerate(times.arms):
        here = times.arm == position
        keys = {**times.keys, "group1_level": arm.id, **own}
        add_count(ard, int(here.sum()), **{**keys, "analysis_id": "ANALYSED", "method": "Count"})
        keys |= {"analysis_id": "EVENTS", "method": "Count and percentage"}
        add_count(ard, int((here & times.event).sum()), int(here.sum()), digits.digits_percent, **keys)


def add_hazard_ratio(
    ard: Ard,
    times: EventTimes,
    test: Arm,
    analysis: str,
    log_hr: float,
    se: float,
    rule: NonInferiority,
    digits: Digits,
    *,
    method: str,
    status: str = "ok",
    warning: str = "",
) -> None:
    """Add a hazard ratio and its test against the margin (``ANALYSIS``).

    Parameters
    ----------
    ard : Ard
        Receives ``hr``, ``lower``, ``upper`` (at the level of the hypothesis), ``log_hr``, ``se``, ``z``, ``p``
        (one-sided) and ``met`` under ``variable`` ``ANALYSIS`` and the name as ``variable_level``.
    times : EventTimes
        Names set, parameter and treatment variable.
    test : Arm
        The test arm that is compared.
    analysis : str
        Name of the analysis.
    log_hr, se : float
        Estimate and standard error; NaN where ``status`` gives the reason.
    rule : NonInferiority
        Margin and level.
    method : str
        As it stands in the ARD.
    status, warning : str
        ``"ok"`` or why there is no estimate; what a reader must know about it.
    """
    found = noninferiority(log_hr, se, rule.margin, alpha_one_sided=rule.alpha_one_sided, status=status)
    keys = {
        **times.keys, "group1_level": test.id, "analysis_id": "ANALYSIS", "method": method,
        "variable": _VARIABLE, "variable_level": analysis, "warning": warning,
    }  # fmt: skip
    for name, value in (("hr", found.hazard_ratio), ("lower", found.lower), ("upper", found.upper)):
        add_number(ard, name, value, digits.digits_hr, reason=status, **keys)
    for name, value in (("log_hr", log_hr), ("se", se), ("z", found.z)):
        add_number(ard, name, value, digits.digits_statistic, reason=status, **keys)
    add_pvalue(ard, "p", found.p, digits.digits_p, reason=status, **keys)
    add_text(ard, "met", "Yes" if found.met else "No", float(found.met), **keys)


def add_cox_analysis(
    ard: Ard, times: EventTimes, analysis: str, rule: NonInferiority, digits: Digits, ties: str = "efron"
) -> None:
    """Add counts and the Cox model of each test arm, with the arm only, in the strata of ``times``."""
    add_event_counts(ard, times, analysis, digits)
    for test, _ in times.comparisons():
        fit = fit_cox(times, test.id, rule.confidence, ties)
        warning = ""
        if fit.status == "ok" and fit.uninformative_strata:
            warning = f"Strata that add nothing to the hazard ratio: {'; '.join(fit.uninformative_strata)}."
        method = f"Cox proportional hazards, {ties.capitalize()}{', stratified' if times.factors else ''}"
        add_hazard_ratio(
            ard, times, test, analysis, fit.log_hr, fit.se, rule, digits,
            method=method, status=fit.status, warning=warning,
        )  # fmt: skip


def analysis_rows(ard: Ard, plan: Plan, blocks: Sequence[AnalysisBlock]) -> list[Row]:
    """A row an analysis in its block: events/N of both arms, hazard ratio, z with its p-value, whether it is met."""
    tests = plan.study.test_arms
    control = plan.study.arm("control")
    rows: list[Row] = []
    for test in tests:
        if len(tests) > 1:
            rows.append(Row(kind="group", label=f"{test.label} versus {control.label}"))
        for block in blocks:
            if block.heading:
                rows.append(Row(kind="group", label=block.heading))
            for analysis, label in block.analyses:
                rows.append(Row(_cells(ard, test, control, analysis), label, indent=1 if block.heading else 0))
    return rows


def _cells(ard: Ard, test: Arm, control: Arm, analysis: str) -> tuple[str, ...]:
    own = {"variable": _VARIABLE, "variable_level": analysis}
    counts = []
    for arm in (test, control):
        events, analysed = (
            ard.select(analysis_id=name, stat_name="n", group1_level=arm.id, **own) for name in ("EVENTS", "ANALYSED")
        )
        counts.append(f"{events[0]['formatted']}/{analysed[0]['formatted']}" if events and analysed else "")
    keys = {**own, "analysis_id": "ANALYSIS", "group1_level": test.id}
    z, p = (ard.text(name, **keys) for name in ("z", "p"))
    interval = estimate_interval(ard, "hr", **keys)
    return (*counts, interval, z if z == p else f"{z} ({p})", ard.text("met", **keys))


def analysis_display(
    ard: Ard, plan: Plan, rule: NonInferiority, blocks: Sequence[AnalysisBlock], further: Sequence[Row] = ()
) -> Display:
    """Lay the analyses out: one line each, with further rows of as many cells below."""
    tests = plan.study.test_arms
    tested = tests[0].short if len(tests) == 1 else "Test arm"
    heads = (
        f"{tested}\nevents/N",
        f"{plan.study.arm('control').short}\nevents/N",
        f"Hazard ratio\n({confidence_label(rule.confidence)} CI)",
        "Non-inferiority\nz (one-sided p)",
        f"Upper limit\nbelow {fixed(rule.margin, MARGIN_DIGITS)}",
    )
    return Display(
        columns=(
            Column(2.3),
            Column(0.8, "center"),
            Column(0.8, "center"),
            Column(1.5, "decimal"),
            Column(1.1, "decimal"),
            Column(0.8, "center"),
        ),
        header=plain_header("Analysis", heads),
        rows=(*analysis_rows(ard, plan, blocks), *further),
        footnotes=page_notes(ard),
    )
