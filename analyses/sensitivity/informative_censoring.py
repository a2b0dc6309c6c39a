"""T14.2.2.14 Informative censoring: weights for it, the worst and the best case, and its hazard by arm."""

from __future__ import annotations

import math
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
from csrbook.displays.derived import Derived, add_derived
from csrbook.displays.estimates import add_count, add_number, add_pvalue, add_warnings, estimate_interval
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import fit_cox
from csrbook.stats.counting_process import cox_counting
from csrbook.stats.ipcw import censoring_weights

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.model import Display
    from csrbook.displays.program import Data
    from csrbook.plan.models import Arm, NonInferiority, Output, Plan


class CensoringParameters(Digits):
    """What the plan row says."""

    paramcd: str
    administrative: tuple[int, ...]
    """Values of ``CNSR`` that stand for the data cut-off, which says nothing."""
    covariates: tuple[Covariate, ...]
    """Of the model of the censoring, beside arm and strata."""
    derived: tuple[Derived, ...] = ()
    cap: float
    """Largest weight allowed."""
    ties: str = "efron"


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """The primary model, weighted, and in the worst and best case; then the hazard of the censoring itself."""
    chosen = read_parameters(output, CensoringParameters)
    rule = noninferiority_rule(output, plan)
    source = EventTimesSource(data, plan)
    times = source.select(output.population[0], chosen.paramcd)
    subjects = add_derived(data, source.subjects(output.population[0]), chosen.derived)
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    informative = ~times.event & ~np.isin(times.status, chosen.administrative)
    add_cox_analysis(ard, times, "PRIMARY", rule, chosen, chosen.ties)
    of_control = times.arm == next(i for i, arm in enumerate(times.arms) if arm.role == "control")
    for analysis, whose in (("WORST", ~of_control), ("BEST", of_control)):
        status = np.where(informative & whose, 0, times.status)
        add_cox_analysis(ard, replace(times, status=status), analysis, rule, chosen, chosen.ties)
    complete = covariate_design(subjects, times.subject.tolist(), chosen.covariates).complete
    add_event_counts(ard, times.where(complete), "WEIGHTED", chosen)
    for test, control in times.comparisons():
        pair = np.isin(times.arm, [times.arms.index(test), times.arms.index(control)])
        _add_weighted(ard, times.where(pair), test, subjects, informative[pair], rule, chosen)
    _add_censoring(ard, replace(times, status=np.where(informative, 0, 1)), rule, chosen)
    return Results(ard)


def _add_weighted(
    ard: Ard, two: EventTimes, test: Arm, subjects: pd.DataFrame, informative: NDArray[np.bool_],
    rule: NonInferiority, chosen: CensoringParameters,
) -> None:  # fmt: skip
    """Cox model of the rows between event times with stabilised weights, and what the weights look like."""
    design = covariate_design(subjects, two.subject.tolist(), chosen.covariates)
    add_warnings(ard, design.notes, **{**two.keys, "group1_level": test.id})
    use = two.where(design.complete)
    here = use.arm == use.arms.index(test)
    strata = [use.strata[code] for code in use.stratum] if use.factors else None
    weights = censoring_weights(
        use.time, use.event, here, x=design.x if design.names else None, strata=strata,
        administrative=~informative[design.complete] & ~use.event,
        stabilised=True, cap=chosen.cap,
    )  # fmt: skip
    unweighted = named_status(weights.status, [label for _, label in design.names])
    log_hr, se, status = math.nan, math.nan, unweighted
    plain = fit_cox(use, test.id, rule.confidence, chosen.ties)
    if plain.status != "ok":
        status = plain.status
    elif status == "ok":
        fit = cox_counting(
            weights.start, weights.stop, weights.event, here[weights.subject].astype(float)[:, np.newaxis],
            strata=None if strata is None else [strata[i] for i in weights.subject],
            weights=weights.weight, cluster=weights.subject, ties=chosen.ties,
        )  # fmt: skip
        status = fit.status
        if status == "ok":
            log_hr, se = float(fit.coef[0]), math.sqrt(float(fit.robust_cov[0, 0]))
    method = "Cox, inverse-probability-of-censoring weights, robust"
    add_hazard_ratio(ard, two, test, "WEIGHTED", log_hr, se, rule, chosen, method=method, status=status)
    keys = {**two.keys, "group1_level": test.id, "analysis_id": "WEIGHTS", "method": "Stabilised weights"}
    for name, value in (("mean", weights.mean), ("largest", weights.largest)):
        add_number(ard, name, value, chosen.digits_statistic, reason=unweighted, **keys)
    capped = float(weights.capped) if weights.status == "ok" else None
    add_number(ard, "capped", capped, 0, reason=unweighted, **keys)


def _add_censoring(ard: Ard, censoring: EventTimes, rule: NonInferiority, chosen: CensoringParameters) -> None:
    """Patients with such a censoring in each arm, and the hazard ratio of it (the event of the parameter censors)."""
    for position, arm in enumerate(censoring.arms):
        here = censoring.arm == position
        keys = {**censoring.keys, "group1_level": arm.id, "analysis_id": "CENSORING", "method": "Count"}
        add_count(ard, int((here & censoring.event).sum()), int(here.sum()), chosen.digits_percent, **keys)
    for test, _ in censoring.comparisons():
        fit = fit_cox(censoring, test.id, rule.confidence, chosen.ties)
        keys = {
            **censoring.keys, "group1_level": test.id, "analysis_id": "CENSORING_HAZARD",
            "method": f"Cox proportional hazards of the censoring, {chosen.ties.capitalize()}",
        }  # fmt: skip
        for name, value in (("hr", fit.hr), ("lower", fit.lower), ("upper", fit.upper)):
            add_number(ard, name, value, chosen.digits_hr, reason=fit.status, **keys)
        add_pvalue(ard, "p", fit.p, chosen.digits_p, reason=fit.status, **keys)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """The four analyses of the event; below, the hazard of the censoring and the weights."""
    ard = results.ard
    chosen = read_parameters(output, CensoringParameters)
    block = AnalysisBlock("", (
        ("PRIMARY", "Censoring at random (primary analysis)"),
        ("WEIGHTED", "Inverse-probability-of-censoring weights"),
        ("WORST", "Worst case: event at censoring, test arm"),
        ("BEST", "Best case: event at censoring, control arm"),
    ))  # fmt: skip
    tests = plan.study.test_arms
    control = plan.study.arm("control").id
    further: list[Row] = []
    for test in tests:
        whom = f", {test.label}" if len(tests) > 1 else ""
        further.append(Row(kind="group", label=f"Hazard of censoring before the data cut-off{whom}"))
        keys = {"analysis_id": "CENSORING_HAZARD", "group1_level": test.id}
        counts = []
        for arm in (test.id, control):
            censored = ard.text("n", analysis_id="CENSORING", group1_level=arm)
            analysed = ard.text("n", analysis_id="ANALYSED", variable_level="PRIMARY", group1_level=arm)
            counts.append(f"{censored}/{analysed}")
        p = ard.text("p", **keys)
        ratio = estimate_interval(ard, "hr", **keys)
        further.append(Row((*counts, ratio, "", ""), f"Censored/N; hazard ratio (two-sided p {p})", indent=1))
        keys = {"analysis_id": "WEIGHTS", "group1_level": test.id}
        mean, largest, capped = (ard.text(name, **keys) for name in ("mean", "largest", "capped"))
        further.append(Row(kind="group", label=(
            f"Weights{whom}: mean {mean}, largest {largest}; rows above the limit of {chosen.cap:g}: {capped}"
        )))  # fmt: skip
    return analysis_display(ard, plan, noninferiority_rule(output, plan), [block], further)
