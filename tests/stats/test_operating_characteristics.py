"""Operating characteristics: against known results, other code of the package, formulas."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.stats import beta

from csrbook.errors import StatisticsError
from csrbook.stats.cox import cox_arm
from csrbook.stats.decision_rule import AnalysedTrials, DecisionRule
from csrbook.stats.group_sequential import exit_probabilities, spending_boundaries
from csrbook.stats.log_rank import log_rank
from csrbook.stats.noninferiority import noninferiority
from csrbook.stats.operating_characteristics import operating_characteristics
from csrbook.stats.trial_assumptions import Accrual, Piecewise, Stratum, TrialAssumptions, Weibull

MARGIN, ALPHA = 1.3, 0.025
THREE = (Stratum(0.5, 1.0), Stratum(0.3, 1.3), Stratum(0.2, 1.7))
TRIAL = TrialAssumptions(460, Weibull(11.0), Accrual((24.0,)), strata=THREE)
SMALL = TrialAssumptions(60, Weibull(11.0), Accrual((24.0,)), dropout_hazard=0.01, strata=THREE)


@pytest.mark.parametrize(("hazard_ratio", "known"), [(1.30, 0.0252), (1.00, 0.717), (11 / 13, 0.984)])
def test_known_results_of_460_patients_and_375_events(hazard_ratio, known):
    # Known: simulation of the design papers (numba kernel proved against R, 3 strata); 0.0252 ± 0.0003, 0.717, 0.984.
    # 3,000 trials here: 4 Monte Carlo standard errors of both simulations (theirs had 10,000 trials or more).
    trials = 3000
    found = operating_characteristics(TRIAL, DecisionRule(MARGIN, ALPHA, events=375), hazard_ratio, trials=trials)
    tolerance = 4.0 * math.sqrt(known * (1.0 - known) * (1.0 / trials + 1.0 / 10_000))
    assert abs(found.noninferior.estimate - known) <= tolerance
    assert (found.estimable, found.short) == (trials, 0)
    assert found.events.quantiles == (375.0,) * 5
    # The estimate has no bias to speak of, its standard error is right, its limits cover.
    assert abs(found.bias) <= 4.0 * found.bias_se
    assert found.mean_se == pytest.approx(found.sd_log_hr, rel=0.06)
    assert abs(found.coverage.estimate - 0.95) <= 4.0 * math.sqrt(0.95 * 0.05 / trials)
    # Schoenfeld: 0.0250, 0.7192, 0.9860 (dossier section B's formula).
    assert found.predicted == pytest.approx({1.30: 0.0250, 1.00: 0.7192, 11 / 13: 0.9860}[hazard_ratio], abs=5e-5)


def hits_of_single_fits(block: AnalysedTrials) -> dict[str, np.ndarray]:
    """The same decisions by the functions that pages call, one trial at a time."""
    noninferior, superior = [], []
    for time, event in zip(block.time, block.event, strict=True):
        fit = cox_arm(time, event, block.arm, strata=block.stratum)
        test = noninferiority(fit.log_hr, fit.se, MARGIN, alpha_one_sided=ALPHA, status=fit.status)
        rank = log_rank(time, event, block.arm, strata=block.stratum)
        noninferior.append(test.met)
        superior.append(test.met and rank.p < 2 * ALPHA and rank.z < 0.0)
    return {
        "disagree": (np.array(noninferior) != block.noninferior) | (np.array(superior) != block.superior),
        "noninferior": np.array(noninferior),
        "superior": np.array(superior),
    }


def test_the_decision_is_that_of_the_functions_that_pages_call():
    found = operating_characteristics(
        SMALL, DecisionRule(MARGIN, ALPHA, events=45), 0.55, trials=120, decide=hits_of_single_fits
    )
    assert found.decisions["disagree"].count == 0
    assert found.decisions["noninferior"] == found.noninferior
    assert found.decisions["superior"] == found.superior
    assert 10 < found.superior.count < found.noninferior.count < 120


def test_group_sequential_looks_spend_alpha_as_planned():
    looks = spending_boundaries([0.6, 1.0], alpha_one_sided=ALPHA, kind="pocock")
    trials = 2000
    found = operating_characteristics(
        TRIAL, DecisionRule(MARGIN, ALPHA, events=375, looks=looks), MARGIN, trials=trials
    )
    expected = exit_probabilities(looks.critical_z, looks.information)
    for share, p in zip(found.stopped_efficacy, expected.tolist(), strict=True):
        assert abs(share.estimate - p) <= 4.0 * math.sqrt(p * (1.0 - p) / trials)
    assert found.noninferior.count == sum(share.count for share in found.stopped_efficacy)
    assert math.isnan(found.predicted)
    early = found.stopped_efficacy[0].count
    assert found.events.mean == pytest.approx((225 * early + 375 * (trials - early)) / trials)


def test_futility_stops_trials_and_costs_power():
    looks = spending_boundaries([0.5, 1.0], alpha_one_sided=ALPHA)
    rules = [DecisionRule(MARGIN, ALPHA, events=300, looks=looks, futility_z=futility) for futility in (None, (0.5,))]
    plain, futile = (operating_characteristics(TRIAL, rule, MARGIN, trials=1000) for rule in rules)
    # At the margin z is standard normal: 69% lie below 0.5.
    p = 0.6915
    assert abs(futile.stopped_futility[0].estimate - p) <= 4.0 * math.sqrt(p * (1.0 - p) / 1000)
    assert futile.noninferior.count <= plain.noninferior.count
    assert [share.count for share in plain.stopped_futility] == [0, 0]


def test_a_subset_must_show_non_inferiority_too():
    rule = DecisionRule(MARGIN, ALPHA, events=228, subset_shares=(0.8,))
    trial = TrialAssumptions(326, Weibull(11.0), Accrual((24.0,)))
    found = operating_characteristics(trial, rule, 11 / 13, trials=1000)
    every, subset = found.noninferior_each
    # Schoenfeld: power 0.900 with 228 events and 0.824 with 182.
    assert abs(every.estimate - 0.900) <= 4.0 * math.sqrt(0.9 * 0.1 / 1000)
    assert abs(subset.estimate - 0.824) <= 4.0 * math.sqrt(0.824 * 0.176 / 1000)
    assert found.noninferior.count <= min(every.count, subset.count)


def test_blocks_make_the_result_independent_of_workers_and_of_later_trials():
    rule = DecisionRule(MARGIN, ALPHA, events=40)
    one = operating_characteristics(SMALL, rule, 0.7, trials=1100)
    with ThreadPoolExecutor(2) as pool:
        assert operating_characteristics(SMALL, rule, 0.7, trials=1100, executor=pool) == one
    shorter = operating_characteristics(SMALL, rule, 0.7, trials=500, decide=lambda b: {"head": b.noninferior})
    longer = operating_characteristics(
        SMALL, rule, 0.7, trials=1000, decide=lambda b: {"head": b.noninferior & (b.fits.log_hr < 9.0)}
    )
    assert shorter.noninferior.count <= longer.noninferior.count
    assert shorter.decisions["head"] == shorter.noninferior


def test_trials_without_an_estimate_and_without_the_events_are_counted():
    tiny = TrialAssumptions(6, Weibull(11.0), Accrual((1.0,)), dropout_hazard=0.2)
    found = operating_characteristics(tiny, DecisionRule(MARGIN, ALPHA, events=5), 1.0, trials=300)
    assert 0 < found.estimable < 300
    assert 0 < found.short < 300
    assert found.coverage.trials == found.estimable
    assert found.events.mean < 5.0


def test_a_calendar_cut_off_and_a_changing_hazard_ratio():
    rule = DecisionRule(MARGIN, ALPHA, cut_off=30.0, stratified=False)
    found = operating_characteristics(TRIAL, rule, Piecewise((1.0, 0.6), (6.0,)), trials=200)
    assert found.analysis_time.quantiles == (30.0,) * 5
    assert found.events.sd > 0.0
    assert math.isnan(found.hazard_ratio)
    assert math.isnan(found.bias)
    first = operating_characteristics(TRIAL, DecisionRule(MARGIN, ALPHA, events=375, cut_off=10.0), 1.0, trials=50)
    assert (first.short, first.analysis_time.mean) == (50, 10.0)
    assert first.enrolled.mean < 460.0  # accrual goes on after month 10


def test_limits_of_a_simulated_probability():
    found = operating_characteristics(SMALL, DecisionRule(MARGIN, ALPHA, events=45), 0.6, trials=200).noninferior
    x, n = found.count, found.trials
    assert found.se == pytest.approx(math.sqrt(x / n * (1 - x / n) / n))
    assert (found.lower, found.upper) == pytest.approx((beta.ppf(0.025, x, n - x + 1), beta.ppf(0.975, x + 1, n - x)))


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: DecisionRule(MARGIN, ALPHA), "events"),
        (lambda: DecisionRule(0.0, ALPHA, events=10), "margin"),
        (lambda: DecisionRule(MARGIN, 1.5, events=10), "alpha_one_sided"),
        (lambda: DecisionRule(MARGIN, ALPHA, events=0), "events"),
        (lambda: DecisionRule(MARGIN, ALPHA, events=10, futility_z=(0.0,)), "futility_z"),
        (lambda: DecisionRule(MARGIN, ALPHA, events=10, subset_shares=(1.5,)), "subset_shares"),
        (
            lambda: DecisionRule(
                MARGIN, ALPHA, cut_off=9.0, looks=spending_boundaries([0.5, 1.0], alpha_one_sided=ALPHA)
            ),
            "events",
        ),
        (lambda: operating_characteristics(SMALL, DecisionRule(MARGIN, ALPHA, events=61), 1.0), "subjects"),
        (lambda: operating_characteristics(SMALL, DecisionRule(MARGIN, ALPHA, events=9), 1.0, trials=0), "trials"),
        (lambda: operating_characteristics(SMALL, DecisionRule(MARGIN, ALPHA, events=9), -1.0), "hazard_ratio"),
    ],
)
def test_wrong_arguments_are_refused(make, names):
    with pytest.raises(StatisticsError, match=names):
        make()
