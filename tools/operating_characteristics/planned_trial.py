"""The planned trial as the engine simulates it: plan, strata and hazards of the simulation, event-driven analysis."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import brentq

from csrbook.errors import PlanError
from csrbook.stats.decision_rule import DecisionRule
from csrbook.stats.trial_assumptions import Accrual, Stratum, TrialAssumptions, Weibull

if TYPE_CHECKING:
    from csrbook.plan.models import NonInferiority, Plan, SampleSize
    from simulation.parameters import Parameters

__all__ = ["BENCHMARK", "BENCHMARK_RULE", "planned", "required"]

# Three strata, 460 subjects, 375 events: the trial of the benchmark whose results are known from elsewhere.
BENCHMARK: Final = TrialAssumptions(
    subjects=460,
    control=Weibull(11.0),
    accrual=Accrual((24.0,)),
    strata=(Stratum(0.5, 1.0), Stratum(0.3, 1.3), Stratum(0.2, 1.7)),
)
BENCHMARK_RULE: Final = DecisionRule(margin=1.30, alpha_one_sided=0.025, events=375)


def required(plan: Plan) -> tuple[NonInferiority, SampleSize]:
    """The hypothesis and the sample size, without which there is nothing to simulate."""
    rule, size = plan.study.noninferiority, plan.study.sample_size
    if rule is None or size is None:
        raise PlanError("the plan has no non-inferiority hypothesis or no sample size", "sap/study.yaml", "state both")
    return rule, size


def planned(plan: Plan, parameters: Parameters, per_protocol: float) -> tuple[TrialAssumptions, DecisionRule]:
    """Assumptions of the sample size (exponential times), with the strata of the simulation, and the plan's rule.

    The control arm as a whole has the planned median; within a stratum the hazards are proportional.
    """
    rule, size = required(plan)
    p, ratios = parameters.subjects, parameters.progression_free_survival.hazard_ratios
    strata = tuple(
        Stratum(
            (p.visceral if visceral else 1.0 - p.visceral)
            * (p.trastuzumab_metastatic if metastatic else 1.0 - p.trastuzumab_metastatic),
            ratios["visceral"] ** visceral * ratios["trastuzumab_metastatic"] ** metastatic,
        )
        for visceral, metastatic in product((1, 0), (1, 0))
    )
    assumptions = TrialAssumptions(
        subjects=size.subjects,
        control=Weibull(_reference_median(strata, size.control_median)),
        accrual=Accrual((float(size.accrual_months),)),
        dropout_hazard=-math.log1p(-size.dropout_per_year) / 12.0,
        allocation=size.allocation,
        strata=strata,
    )
    decision = DecisionRule(rule.margin, rule.alpha_one_sided, events=size.events, subset_shares=(per_protocol,))
    return assumptions, decision


def _reference_median(strata: tuple[Stratum, ...], median: float) -> float:
    """Median of the stratum with hazard ratio 1 at which the mixture of all strata has the planned median."""
    shares, ratios = np.array([s.share for s in strata]), np.array([s.hazard_ratio for s in strata])

    def excess(hazard: float) -> float:
        return float(shares @ np.exp(-hazard * ratios * median)) - 0.5

    return math.log(2.0) / float(brentq(excess, 1e-6 / median, 10.0 / median, xtol=1e-14))
