"""T14.2.2.15 Whether the hazards are proportional: score tests, and arm by a function of time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from csrbook.ard import Ard
from csrbook.displays.columns import plain_header
from csrbook.displays.estimates import (
    add_number,
    add_pvalue,
    add_warnings,
    confidence_label,
    estimate_interval,
    page_notes,
)
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.stats.arm_by_time import arm_by_time
from csrbook.stats.cox import cox_arm
from csrbook.stats.proportional_hazards import proportional_hazards

if TYPE_CHECKING:
    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class ProportionalParameters(Digits):
    """What the plan row says."""

    paramcd: str
    transforms: dict[str, str]
    """Transform of time and its label."""
    landmarks_months: tuple[float, ...]
    """Months at which the hazard ratio of the model with time is shown."""
    ties: str = "efron"


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Grambsch–Therneau test by each transform of time; slope of the log hazard ratio in log time."""
    chosen = read_parameters(output, ProportionalParameters)
    times = EventTimesSource(data, plan).select(output.population[0], chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    for test, control in times.comparisons():
        two = times.of(test, control)
        _add_score_tests(ard, two, test.id, chosen)
        _add_slope(ard, two, test.id, chosen, plan.study.confidence)
    return Results(ard)


def _of_test(two: EventTimes, test: str) -> np.ndarray:
    return two.arm == next(i for i, arm in enumerate(two.arms) if arm.id == test)


def _add_score_tests(ard: Ard, two: EventTimes, test: str, chosen: ProportionalParameters) -> None:
    here = _of_test(two, test)
    strata = list(two.stratum) if two.factors else None
    status = cox_arm(two.time, two.event, here, strata=strata, ties=chosen.ties).status
    for transform in chosen.transforms:
        keys = {
            **two.keys, "group1_level": test, "analysis_id": "SCORE_TEST", "variable": "TRANSFORM",
            "variable_level": transform, "method": "Grambsch-Therneau score test",
        }  # fmt: skip
        chi_square, p, why = math.nan, math.nan, status
        if status == "ok":
            found = proportional_hazards(
                two.time, two.event, here.astype(float)[:, np.newaxis], strata=strata, transform=transform,
                ties=chosen.ties,
            )  # fmt: skip
            why = found.status
            chi_square, p = float(found.chi2[0]), float(found.p[0])
        add_number(ard, "chi_square", chi_square, chosen.digits_statistic, reason=why, **keys)
        add_pvalue(ard, "p", p, chosen.digits_p, reason=why, **keys)


def _add_slope(ard: Ard, two: EventTimes, test: str, chosen: ProportionalParameters, confidence: float) -> None:
    here = _of_test(two, test)
    strata = list(two.stratum) if two.factors else None
    found = arm_by_time(two.time, two.event, here, strata=strata, transform="log", ties=chosen.ties)
    keys = {**two.keys, "group1_level": test, "method": "Cox proportional hazards with arm by log time"}
    own = {**keys, "analysis_id": "ARM_BY_TIME"}
    for name, value in (("slope", found.slope), ("se", found.slope_se), ("z", found.slope_z)):
        add_number(ard, name, value, chosen.digits_statistic, reason=found.status, **own)
    add_number(ard, "chi_square", found.lr_chi2, chosen.digits_statistic, reason=found.status, **own)
    for name, value in (("p", found.slope_p), ("lr_p", found.lr_p)):
        add_pvalue(ard, name, value, chosen.digits_p, reason=found.status, **own)
    limits = found.hazard_ratio(chosen.landmarks_months, confidence=confidence)
    for month, values in zip(chosen.landmarks_months, limits, strict=True):
        own = {**keys, "analysis_id": "HR_AT", "variable": "MONTH", "variable_level": f"{month:g}"}
        for name, value in zip(("hr", "lower", "upper"), values.tolist(), strict=True):
            add_number(ard, name, value, chosen.digits_hr, reason=found.status, **own)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Score tests by transform, the slope with its tests, and the hazard ratio that the slope means at months."""
    chosen = read_parameters(output, ProportionalParameters)
    ard = results.ard
    level = confidence_label(plan.study.confidence)
    tests = plan.study.test_arms
    rows: list[Row] = []
    for test in tests:
        whom = f", {test.label}" if len(tests) > 1 else ""
        rows.append(Row(kind="group", label=f"Score test of Grambsch and Therneau{whom}"))
        for transform, label in chosen.transforms.items():
            keys = {"analysis_id": "SCORE_TEST", "group1_level": test.id, "variable_level": transform}
            rows.append(Row(("", ard.text("chi_square", **keys), ard.text("p", **keys)), label, indent=1))
        keys = {"analysis_id": "ARM_BY_TIME", "group1_level": test.id}
        slope, se, z, chi_square, p, lr_p = (
            ard.text(name, **keys) for name in ("slope", "se", "z", "chi_square", "p", "lr_p")
        )
        rows.append(Row(kind="group", label=f"Arm by logarithm of time{whom}"))
        rows.append(Row((slope if slope == se else f"{slope} ({se})", z, p), "Slope (SE); Wald test, z", indent=1))
        rows.append(Row(("", chi_square, lr_p), "Likelihood-ratio test, chi-square", indent=1))
        rows.append(Row(kind="group", label=f"Hazard ratio of the model with the slope{whom}"))
        for month in chosen.landmarks_months:
            keys = {"analysis_id": "HR_AT", "group1_level": test.id, "variable_level": f"{month:g}"}
            cells = (estimate_interval(ard, "hr", **keys), "", "")
            rows.append(Row(cells, f"At {month:g} months ({level} CI)", indent=1))
    return Display(
        columns=(Column(2.4), Column(1.6, "decimal"), Column(0.9, "decimal"), Column(0.9, "decimal")),
        header=plain_header("Diagnostic", ["Estimate", "Statistic", "p-value"]),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )
