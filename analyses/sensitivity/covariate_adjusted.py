"""T14.2.2.8 The comparison adjusted for covariates: conditional hazard ratio, and marginal effect by g-computation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from csrbook.ard import Ard
from csrbook.displays.analysis_rows import (
    AnalysisBlock,
    add_cox_analysis,
    add_event_counts,
    add_hazard_ratio,
    analysis_display,
    noninferiority_rule,
)
from csrbook.displays.covariates import Covariate, covariate_design, named_status
from csrbook.displays.estimates import add_number, add_warnings, confidence_label, estimate_interval
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Row
from csrbook.displays.parameters import named_seed, read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.stats.standardisation import marginal_effect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.displays.covariates import Design
    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.model import Display
    from csrbook.displays.program import Data
    from csrbook.plan.models import Arm, NonInferiority, Output, Plan
    from csrbook.stats.standardisation import MarginalEffect


class AdjustedParameters(Digits):
    """What the plan row says."""

    paramcd: str
    covariates: tuple[Covariate, ...]
    landmarks_months: tuple[float, ...]
    horizon_months: float
    replicates: int
    seed: str
    """Name of the seed in the plan."""
    ties: str = "efron"


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Without covariates, with and without strata; adjusted; and standardised over the covariates of both arms."""
    chosen = read_parameters(output, AdjustedParameters)
    rule = noninferiority_rule(output, plan)
    seed = named_seed(plan, output, chosen.seed)
    source = EventTimesSource(data, plan)
    times = source.select(output.population[0], chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    add_cox_analysis(ard, times, "STRATIFIED", rule, chosen, chosen.ties)
    add_cox_analysis(ard, times.unstratified(), "ARM ONLY", rule, chosen, chosen.ties)
    subjects = source.subjects(output.population[0])
    whole = covariate_design(subjects, times.subject.tolist(), chosen.covariates)
    for analysis in ("ADJUSTED", "MARGINAL"):
        add_event_counts(ard, times.where(whole.complete), analysis, chosen)
    for test, control in times.comparisons():
        two = times.of(test, control)
        design = covariate_design(subjects, two.subject.tolist(), chosen.covariates)
        add_warnings(ard, design.notes, **{**times.keys, "group1_level": test.id})
        found = marginal_effect(
            two.time[design.complete], two.event[design.complete],
            (two.arm == two.arms.index(test))[design.complete], design.x,
            tau=chosen.horizon_months, landmarks=np.asarray(chosen.landmarks_months),
            replicates=chosen.replicates, seed=seed, confidence=plan.study.confidence,
        )  # fmt: skip
        names = [test.label, *(label for _, label in design.names)]
        found = replace(found, status=named_status(found.status, names), se_status=named_status(found.se_status, names))
        _add_effect(ard, times, test, found, rule, chosen)
        _add_covariates(ard, times, test, design, found, chosen)
    return Results(ard)


def _add_effect(
    ard: Ard, times: EventTimes, test: Arm, found: MarginalEffect, rule: NonInferiority, chosen: AdjustedParameters
) -> None:
    model = "Cox proportional hazards, Efron, adjusted"
    estimates = (
        ("ADJUSTED", found.coef[0], found.se[0], found.status, model),
        ("MARGINAL", found.log_hr, found.log_hr_se, found.se_status, "G-computation, bootstrap standard error"),
    )
    for analysis, log_hr, se, status, method in estimates:
        known = status == "ok"
        add_hazard_ratio(
            ard, times, test, analysis, float(log_hr) if known else np.nan, float(se) if known else np.nan, rule,
            chosen, method=method, status=status,
        )  # fmt: skip
    keys = {**times.keys, "group1_level": test.id, "method": "G-computation, bootstrap standard error"}
    for index, month in enumerate(chosen.landmarks_months):
        own = {**keys, "analysis_id": "MARGINAL_RATE", "variable": "MONTH", "variable_level": f"{month:g}", "unit": "%"}
        for name, value in (
            ("test", found.survival_test), ("control", found.survival_control), ("difference", found.difference),
            ("lower", found.difference_lower), ("upper", found.difference_upper),
        ):  # fmt: skip
            reason = found.se_status if name in ("lower", "upper") else found.status
            add_number(ard, name, 100.0 * value[index], chosen.digits_percent, reason=reason, **own)
    own = {**keys, "analysis_id": "MARGINAL_RMST", "unit": "months"}
    for name, number in (
        ("test", found.rmst_test), ("control", found.rmst_control), ("difference", found.rmst_difference),
        ("lower", found.rmst_lower), ("upper", found.rmst_upper),
    ):  # fmt: skip
        reason = found.se_status if name in ("lower", "upper") else found.status
        add_number(ard, name, number, chosen.digits_months + 1, reason=reason, **own)


def _add_covariates(
    ard: Ard, times: EventTimes, test: Arm, design: Design, found: MarginalEffect, chosen: AdjustedParameters
) -> None:
    for index, (variable, label) in enumerate(design.names, start=1):
        keys = {
            **times.keys, "group1_level": test.id, "analysis_id": "COVARIATE", "variable": variable,
            "variable_level": label, "method": "Cox proportional hazards, Efron, adjusted",
        }  # fmt: skip
        for name, value in (("hr", found.hr), ("lower", found.hr_lower), ("upper", found.hr_upper)):
            add_number(ard, name, value[index], chosen.digits_hr, reason=found.status, **keys)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """The four hazard ratios of the arm; the marginal effect on other scales; the covariates of the model."""
    chosen = read_parameters(output, AdjustedParameters)
    ard = results.ard
    block = AnalysisBlock("", (
        ("STRATIFIED", "Arm only, stratified (primary analysis)"),
        ("ARM ONLY", "Arm only, unstratified"),
        ("ADJUSTED", "Adjusted for covariates: conditional hazard ratio"),
        ("MARGINAL", "Adjusted for covariates: marginal hazard ratio, g-computation"),
    ))  # fmt: skip
    level = confidence_label(plan.study.confidence)
    tests = plan.study.test_arms
    further: list[Row] = []
    for test in tests:
        whom = f", {test.label}" if len(tests) > 1 else ""
        further.append(Row(kind="group", label=f"Marginal effect{whom}: each arm, and difference ({level} CI)"))
        for month in chosen.landmarks_months:
            keys = {"analysis_id": "MARGINAL_RATE", "variable_level": f"{month:g}", "group1_level": test.id}
            further.append(_marginal(ard, f"Event-free at {month:g} months (%)", keys))
        keys = {"analysis_id": "MARGINAL_RMST", "group1_level": test.id}
        further.append(_marginal(ard, f"Restricted mean to {chosen.horizon_months:g} months (months)", keys))
        further.append(Row(kind="group", label=f"Covariates of the adjusted model{whom}: hazard ratio ({level} CI)"))
        further += _covariates(ard, test.id)
    return analysis_display(ard, plan, noninferiority_rule(output, plan), [block], further)


def _marginal(ard: Ard, label: str, keys: dict[str, str]) -> Row:
    difference = estimate_interval(ard, "difference", **keys)
    return Row((ard.text("test", **keys), ard.text("control", **keys), difference, "", ""), label, indent=1)


def _covariates(ard: Ard, test: str) -> Sequence[Row]:
    found = ard.select(analysis_id="COVARIATE", group1_level=test, stat_name="hr")
    return [
        Row(
            ("", "", estimate_interval(
                ard, "hr", analysis_id="COVARIATE", group1_level=test, variable_level=str(row["variable_level"])
            ), "", ""),
            str(row["variable_level"]), indent=1,
        )
        for row in found
    ]  # fmt: skip
