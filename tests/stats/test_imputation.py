from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats._imputed_times import kaplan_meier_draws, piecewise_draws
from csrbook.stats.cox import cox_arm
from csrbook.stats.imputation import delta_imputation, tipping_point
from tests.stats.reference import survival_data

MODELS = ("kaplan_meier", "piecewise_exponential")


def trial(seed, n, *, hr=0.8, censoring=20.0):
    """Exponential times, mean 12 in the control arm; independent censoring, and a cut-off at 30."""
    draw = np.random.default_rng(seed)
    arm = np.repeat([0, 1], n // 2)
    event_time = draw.exponential(12 / hr**arm)
    censored = np.minimum(draw.exponential(censoring, n), 30)
    return arm, event_time, censored, np.minimum(event_time, censored), event_time <= censored


# --- the draws ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delta", [0.5, 1, 3])
def test_kaplan_meier_draws_in_closed_form(delta):
    # Times 1+, 2, 3, 4, 5+: after 1 the curve is 3/4, 1/2, 1/4 and stays. With (S(t) / S(1))^delta:
    # P(2) = 1 - (3/4)^delta, P(3) = (3/4)^delta - (1/2)^delta, P(4) = (1/2)^delta - (1/4)^delta, else censored at 5.
    curves = kaplan_meier_draws(np.array([1.0, 2, 3, 4, 5]), np.array([0, 1, 1, 1, 0]) == 1, None, 1)
    more = np.random.default_rng(1).standard_exponential((1, 200_000)) / delta
    time, event = curves.times(np.full(200_000, 1.0), more)
    survival = np.array([1, 3 / 4, 1 / 2, 1 / 4, 0]) ** delta
    seen = np.array([(time == t).mean() for t in (2, 3, 4, 5)])
    expected = -np.diff(survival)
    assert (np.abs(seen - expected) < 4.5 * np.sqrt(expected * (1 - expected) / 200_000)).all()
    np.testing.assert_array_equal(event, time < 5)


def test_an_event_at_the_time_of_censoring_has_been_outlived():
    # Times 2, 2+, 3: the subject censored at 2 has only the step at 3 before it.
    curves = kaplan_meier_draws(np.array([2.0, 2, 3]), np.array([1, 0, 1]) == 1, None, 1)
    time, event = curves.times(np.array([2.0, 2.0]), np.array([[1e-9, 50.0]]))
    assert time.tolist() == [[3, 3]]
    assert event.tolist() == [[True, True]]


def test_a_bootstrap_curve_that_ended_before_the_censoring_says_nothing():
    # Three subjects, drawn with replacement: where only the event at 1 was drawn, S is 0 from 1 on.
    curves = kaplan_meier_draws(
        np.array([1.0, 4, 5]), np.array([1, 0, 1]) == 1, np.random.Generator(np.random.Philox(3)), 200
    )
    alone = np.isinf(curves.hazard[:, 0])
    assert 2 <= alone.sum() <= 20  # 200 / 27 expected
    time, event = curves.times(np.array([4.0]), np.full((200, 1), 1e-6))
    assert set(time[alone, 0]) == {4.0}
    assert not event[alone].any()


def test_piecewise_draws_in_closed_form():
    # Follow-up 2 + 2 + 4 in (0, 4], 0 + 0 + 6 after it; one event in each piece: rates 1/8 and 1/6.
    curves = piecewise_draws(np.array([2.0, 2, 10]), np.array([1, 0, 1]) == 1, np.array([0.0, 4]), None, 1)
    np.testing.assert_allclose(curves.rate, [[1 / 8, 1 / 6]])
    time, event = curves.times(np.array([2.0, 2.0, 5.0]), np.array([[0.125, 2 / 8 + 0.5, 1.0]]))
    assert time.tolist() == [pytest.approx([3, 7, 11])]
    assert event.all()


def test_an_event_at_a_cut_belongs_to_the_piece_that_ends_there():
    curves = piecewise_draws(np.array([4.0, 8]), np.array([1, 0]) == 1, np.array([0.0, 4]), None, 1)
    np.testing.assert_allclose(curves.rate, [[1 / 8, 0]])
    time, event = curves.times(np.array([8.0]), np.array([[3.0]]))
    assert (time[0, 0], event[0, 0]) == (math.inf, False)  # no hazard there


def test_piecewise_rates_have_the_posterior_mean_and_variance_of_a_gamma():
    time, event = np.array([2.0, 3, 5, 10]), np.array([1, 1, 1, 0]) == 1
    rates = piecewise_draws(time, event, np.array([0.0]), np.random.Generator(np.random.Philox(5)), 40_000).rate[:, 0]
    assert rates.mean() == pytest.approx(3 / 20, rel=0.015)
    assert rates.var() == pytest.approx(3 / 400, rel=0.04)


# --- pooled results -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_delta_one_reproduces_the_observed_analysis(model):
    # Censoring at random: over 60 trials the mean difference of imputed and observed log hazard ratio is 0.
    difference = []
    for seed in range(60):
        arm, _, _, time, event = trial(seed, 400)
        result = delta_imputation(time, event, arm, model=model, imputations=20, seed=seed)
        difference.append(result.pooled.estimate - cox_arm(time, event, arm).log_hr)
    assert abs(np.mean(difference)) < 3.5 * np.std(difference) / math.sqrt(60)
    assert np.std(difference) < 0.15  # against a standard error of 0.13


@pytest.mark.parametrize("model", MODELS)
def test_rubin_limits_cover_the_truth(model):
    covered = 0
    for seed in range(200):
        arm, _, _, time, event = trial(1000 + seed, 200)
        result = delta_imputation(time, event, arm, model=model, imputations=20, seed=seed)
        covered += result.lower <= 0.8 <= result.upper
    assert 178 <= covered <= 199  # qbinom(c(.0001, .9999), 200, .95)


@pytest.mark.parametrize("model", MODELS)
def test_delta_two_gives_the_result_of_a_trial_in_which_the_hazard_doubled(model):
    # Truth by simulation of 200,000: test subjects have twice the hazard after their censoring, until the cut-off 30.
    arm, event_time, censored, _, _ = trial(7, 200_000)
    rest = event_time - censored
    after = np.where((rest > 0) & (arm == 1), censored + rest / 2, event_time)
    truth = cox_arm(np.minimum(after, 30), after <= 30, arm).log_hr
    estimates = []
    for seed in range(10):
        arm, _, _, time, event = trial(100 + seed, 2000)
        result = delta_imputation(time, event, arm, delta_test=2, model=model, horizon=30, imputations=10, seed=seed)
        estimates.append(result.pooled.estimate)
    assert truth - math.log(0.8) > 0.2  # δ = 2 matters
    assert np.mean(estimates) == pytest.approx(truth, abs=3.5 * np.std(estimates, ddof=1) / math.sqrt(10))


@pytest.mark.parametrize("model", MODELS)
def test_jump_to_reference_gives_the_result_of_a_trial_in_which_the_effect_ended_with_the_censoring(model):
    # HR 0.5 up to the censoring, 1 after it: truth by simulation of 200,000, as above.
    arm, event_time, censored, _, _ = trial(7, 200_000, hr=0.5)
    rest = event_time - censored
    after = np.where((rest > 0) & (arm == 1), censored + rest * 0.5, event_time)
    truth = cox_arm(np.minimum(after, 30), after <= 30, arm).log_hr
    estimates = []
    for seed in range(10):
        arm, _, _, time, event = trial(100 + seed, 2000, hr=0.5)
        result = delta_imputation(
            time, event, arm, reference="control", model=model, horizon=30, imputations=10, seed=seed
        )
        estimates.append(result.pooled.estimate)
    assert truth - math.log(0.5) > 0.15
    assert np.mean(estimates) == pytest.approx(truth, abs=3.5 * np.std(estimates, ddof=1) / math.sqrt(10))


def test_a_stratum_without_control_subjects_has_no_reference():
    arguments = ([1, 2, 3, 4, 5], [1, 0, 1, 1, 0], [1, 1, 0, 1, 1])
    with pytest.raises(StatisticsError, match="stratum 'b' has no control subjects to refer to"):
        delta_imputation(*arguments, strata=list("aaabb"), reference="control")


def test_without_censored_times_it_is_the_cox_model():
    draw = np.random.default_rng(2)
    time, arm = draw.exponential(10, 60), np.repeat([0, 1], 30)
    result, fit = delta_imputation(time, np.ones(60), arm, imputations=5), cox_arm(time, np.ones(60), arm)
    assert (result.pooled.estimate, result.pooled.se) == pytest.approx((fit.log_hr, fit.se), rel=1e-10)
    assert result.pooled.between < 1e-25
    assert (result.imputed_test, result.imputed_control) == (0, 0)


def test_nobody_to_impute_is_the_stratified_cox_model():
    data = survival_data("lung")
    arguments = (data["time"], data["event"], data["arm"])
    result = delta_imputation(*arguments, strata=data["stratum"], impute=np.zeros(len(data["time"])), imputations=3)
    assert result.pooled.estimate == pytest.approx(cox_arm(*arguments, strata=data["stratum"]).log_hr, rel=1e-10)


def test_each_imputation_is_the_fit_of_its_data():
    # One subject to impute, whose time is 3 or 4 or (after 5) censored: three fits are possible.
    time, event, arm = [2, 3, 4, 5, 1, 3.5, 4.5], [0, 1, 1, 0, 1, 1, 1], [1, 1, 1, 1, 0, 0, 0]
    result = delta_imputation(time, event, arm, impute=[1, 0, 0, 0, 0, 0, 0], proper=False, imputations=200)
    possible = [cox_arm([t, *time[1:]], [d, *event[1:]], arm).log_hr for t, d in ((3, 1), (4, 1), (5, 0))]
    near = np.abs(result.log_hr[:, np.newaxis] - possible)
    assert near.min(axis=1).max() < 1e-10
    assert set(near.argmin(axis=1)) == {0, 1, 2}


def test_a_draw_after_the_horizon_is_censored_there():
    time, event, arm = [2, 3, 4, 9, 1, 6, 7], [0, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0, 0]
    result = delta_imputation(time, event, arm, horizon=3.5, proper=False, imputations=100, impute=[1] + [0] * 6)
    possible = [cox_arm([t, *time[1:]], [d, *event[1:]], arm).log_hr for t, d in ((3, 1), (3.5, 0))]
    assert np.abs(result.log_hr[:, np.newaxis] - possible).min(axis=1).max() < 1e-10
    assert 0 < result.imputed_test < 1


@pytest.mark.parametrize("model", MODELS)
def test_numbers_depend_on_the_seed_alone_and_longer_runs_begin_as_shorter_ones(model):
    arm, _, _, time, event = trial(3, 100)
    short = delta_imputation(time, event, arm, model=model, imputations=70, seed=9)
    longer = delta_imputation(time, event, arm, model=model, imputations=150, seed=9)
    np.testing.assert_array_equal(short.log_hr, longer.log_hr[:70])
    assert not np.array_equal(short.log_hr, delta_imputation(time, event, arm, imputations=70, seed=10).log_hr)


def test_the_unit_of_time_does_not_matter():
    arm, _, _, time, event = trial(4, 100)
    for model in MODELS:
        one = delta_imputation(time, event, arm, model=model, imputations=10)
        other = delta_imputation(time * 30.4375, event, arm, model=model, imputations=10)
        np.testing.assert_allclose(other.log_hr, one.log_hr, rtol=1e-7, atol=1e-9)


# --- tipping ------------------------------------------------------------------------------------------------------


def test_the_upper_limit_rises_with_delta_and_tips_where_it_first_reaches_the_margin():
    arm, _, _, time, event = trial(1, 400)
    deltas = [1, 1.25, 1.5, 2, 2.5, 3]
    found = tipping_point(time, event, arm, margin=1.1, deltas_test=deltas, deltas_control=[1, 2], imputations=40)
    upper = np.array([result.upper for result in found.grid]).reshape(2, 6)
    assert (np.diff(upper, axis=1) > 0).all()
    assert (upper[1] < upper[0]).all()  # a worse control arm makes the test arm look better
    for row, tipping, status in zip(upper, found.tipping, found.status, strict=True):
        reached = [delta for delta, limit in zip(deltas, row, strict=True) if limit >= 1.1]
        if reached:
            assert (tipping, status) == (reached[0], "ok")
        else:
            assert math.isnan(tipping)
            assert status == "the upper limit stays below 1.1 up to 3"
    assert math.isfinite(found.tipping[0])


def test_the_grid_gives_what_single_runs_give():
    arm, _, _, time, event = trial(5, 120)
    found = tipping_point(time, event, arm, margin=1.3, deltas_test=[1, 2], deltas_control=[1, 1.5], imputations=10)
    single = delta_imputation(time, event, arm, delta_test=2, delta_control=1.5, imputations=10)
    assert [(r.delta_test, r.delta_control) for r in found.grid] == [(1, 1), (2, 1), (1, 1.5), (2, 1.5)]
    np.testing.assert_array_equal(found.grid[3].log_hr, single.log_hr)


# --- arguments ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "event", "arm", "status"),
    [
        ([], [], [], "no subjects"),
        ([1, 2], [1, 0], [1, 1], "no subjects in the control arm"),
        ([1, 2], [1, 0], [0, 0], "no subjects in the test arm"),
        ([1, 2, 3], [0, 0, 0], [0, 1, 0], "no events"),
        ([1, 2, 3, 4], [1, 0, 1, 0], [1, 0, 1, 0], "3 of 3 imputations have no estimate"),  # none in the control arm
    ],
)
def test_no_estimate_has_a_reason_and_no_number(time, event, arm, status):
    for model, reference in product(MODELS, ("own", "control")):
        result = delta_imputation(time, event, arm, imputations=3, model=model, reference=reference)
        assert result.status == status
        assert math.isnan(result.hr)
    found = tipping_point(time, event, arm, margin=1.3, deltas_test=[1, 2], imputations=3)
    assert found.status == (status,)
    assert math.isnan(found.tipping[0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"delta_test": 0}, "delta_test is 0"),
        ({"delta_control": -1.0}, "delta_control is -1"),
        ({"impute": [1, 0, 0]}, "a subject with an event is to be imputed"),
        ({"horizon": 1.5}, "the horizon lies before the time of censoring"),
        ({"model": "cox"}, "model is 'cox'"),
        ({"reference": "test"}, "reference is 'test'"),
        ({"imputations": 1}, "imputations is 1"),
        ({"seed": -1}, "seed is -1"),
        ({"cuts": [3, 2]}, "cuts do not ascend"),
        ({"confidence": 95}, "confidence is 95"),
    ],
)
def test_bad_arguments_are_refused_by_name(change, words):
    with pytest.raises(StatisticsError, match=words):
        delta_imputation([1, 2, 3], [1, 0, 1], [1, 1, 0], **({"imputations": 2} | change))


def test_deltas_must_ascend():
    with pytest.raises(StatisticsError, match="deltas_test is"):
        tipping_point([1, 2, 3], [1, 0, 1], [1, 1, 0], margin=1.3, deltas_test=[2, 1])
