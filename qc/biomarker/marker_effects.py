"""Predictive and prognostic effects of the biomarkers: the table and the forest plot (plan, section 14.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.biomarker.markers import NOT_EVALUABLE, MarkerTimes, false_discovery_rate, marker_times
from qc.contract import Data, Row, arm_variable, as_frame, members, named, share, subjects

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan

__all__ = ["effects", "events", "recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a table or a forest plot of marker effects."""
    (analysis_set,) = output.population
    markers = marker_times(data, plan, analysis_set, output.parameters["paramcd"])
    adsl = members(data, plan, analysis_set)
    keys = {
        "dataset": "ADTTE",
        "analysis_set": analysis_set,
        "group1": arm_variable(plan, analysis_set),
        "group2": "PARAMCD",
        "group2_level": output.parameters["paramcd"],
    }
    rows = list(subjects(plan, analysis_set, adsl))
    for marker in markers:
        rows.extend(_prevalence({**keys, "group1": ""}, marker))
        rows.extend(events(keys, plan, marker))
    rows.extend(effects(keys, plan, markers))
    return as_frame(output, rows)


def _prevalence(keys: Row, marker: MarkerTimes) -> Iterator[Row]:
    """Patients by level as percentage of those with a valid result; those without one as percentage of all."""
    row = {**keys, "analysis_id": "PREVALENCE", "method": "Count and percentage", "variable": marker.marker.parameter}
    valid = int(marker.frame["STATUS"].ne(NOT_EVALUABLE).sum())
    for level in marker.levels:
        yield from share({**row, "variable_level": level}, len(marker.at(level)), valid)
    yield from share({**row, "variable_level": NOT_EVALUABLE}, len(marker.at(NOT_EVALUABLE)), len(marker.frame))


def events(keys: Row, plan: Plan, marker: MarkerTimes) -> Iterator[Row]:
    """Patients and events by arm and level."""
    row = {**keys, "analysis_id": "EVENTS", "method": "Count", "variable": marker.marker.parameter}
    for arm in plan.study.arms:
        for level in marker.levels:
            inside = marker.arms([arm.id]).at(level)
            numbers = {"n": len(inside), "events": inside["CNSR"].eq(0).sum()}
            yield from named({**row, "group1_level": arm.id, "variable_level": level}, numbers)


def effects(keys: Row, plan: Plan, markers: list[MarkerTimes]) -> Iterator[Row]:
    """Hazard ratios within levels, interaction and prognosis of each marker, with q-values over all of them."""
    control = plan.study.arm("control").id
    stratified = ", stratified" if plan.study.strata else ""
    analysis = "COX_STRATIFIED" if plan.study.strata else "COX_UNSTRATIFIED"
    for test in plan.study.test_arms:
        here = {**keys, "group1_level": test.id}
        pairs = [marker.arms([test.id, control]) for marker in markers]
        interactions = [pair.interaction(test.id) for pair in pairs]
        prognoses = [marker.arms([control]).prognosis() for marker in markers]
        interaction_q = false_discovery_rate([found.p for found in interactions])
        prognosis_q = false_discovery_rate([p for _, p in prognoses])
        for i, pair in enumerate(pairs):
            row = {**here, "variable": pair.marker.parameter}
            for level in pair.levels:
                ratio = pair.treatment(level, test.id)
                method = f"Cox proportional hazards, Efron{stratified}"
                detail = {**row, "analysis_id": analysis, "method": method, "variable_level": level}
                yield from named(detail, {"hr": ratio.estimate, "lower": ratio.lower, "upper": ratio.upper})

            found = interactions[i]
            method = "Likelihood-ratio test of arm by marker, Cox, Efron"
            numbers = {
                "chi_square": found.chi_square,
                "ratio": found.ratio.estimate,
                "lower": found.ratio.lower,
                "upper": found.ratio.upper,
                "p": found.p,
            }
            yield from named({**row, "analysis_id": "INTERACTION", "method": method}, numbers)

            ratio, p = prognoses[i]
            method = "Cox in the control arm, Efron, positive to negative"
            numbers = {"hr": ratio.estimate, "lower": ratio.lower, "upper": ratio.upper, "p": p}
            yield from named({**row, "analysis_id": "PROGNOSTIC", "method": method}, numbers)

            for name, q in (("INTERACTION", interaction_q[i]), ("PROGNOSTIC", prognosis_q[i])):
                yield from named({**row, "analysis_id": name, "method": "Benjamini-Hochberg"}, {"q": q})
