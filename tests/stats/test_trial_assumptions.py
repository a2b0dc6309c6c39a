"""Assumptions of a design and draws of trials, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.design import event_probability
from csrbook.stats.trial_assumptions import Accrual, DrawnTrials, Piecewise, Stratum, TrialAssumptions, Weibull


def generator(seed: int = 1) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def within(observed: float, expected: float, se: float) -> bool:
    return abs(observed - expected) <= 4.0 * se


def test_piecewise_hazards_by_hand():
    law = Piecewise((0.1, 0.0, 0.3), (2.0, 5.0))
    assert law.cumulative(np.array([0.0, 1.0, 2.0, 4.0, 5.0, 7.0])).tolist() == pytest.approx(
        [0.0, 0.1, 0.2, 0.2, 0.2, 0.8]
    )
    # The period without hazard is passed at once, and a hazard that is 0 for ever is never reached.
    assert law.inverse(np.array([0.1, 0.2, 0.5])).tolist() == pytest.approx([1.0, 5.0, 6.0])
    assert Piecewise((0.1, 0.0), (2.0,)).inverse(np.array([0.1, 0.3])).tolist() == [1.0, math.inf]


def test_half_of_the_weibull_times_lie_below_the_median():
    law = Weibull(11.0, 1.2)
    assert law.cumulative(np.array([11.0]))[0] == pytest.approx(math.log(2.0), rel=1e-15)
    assert law.inverse(law.cumulative(np.array([3.0, 20.0]))).tolist() == pytest.approx([3.0, 20.0], rel=1e-14)


def test_accrual_in_periods():
    # Twice the rate after month 6: a third of the subjects enter in the first 6 of 12 months.
    accrual = Accrual((6.0, 12.0), (1.0, 2.0))
    assert accrual.entry(np.array([0.0, 1 / 3, 2 / 3])).tolist() == pytest.approx([0.0, 6.0, 9.0])
    assert Accrual((24.0,)).entry(np.array([0.25])).tolist() == [6.0]


def test_strata_have_their_sizes_and_balanced_arms():
    trial = TrialAssumptions(
        101, Weibull(10.0), Accrual((12.0,)), allocation=2.0, strata=(Stratum(0.55), Stratum(0.25), Stratum(0.2))
    )
    stratum, test = trial.layout()
    assert np.bincount(stratum).tolist() == [56, 25, 20]  # 55.55, 25.25, 20.2: the odd one to the largest remainder
    assert int(test.sum()) == 67
    assert all(abs(int(test[stratum == s].sum()) - 2 / 3 * n) < 1.0 for s, n in enumerate((56, 25, 20)))


def test_observed_times_by_hand():
    drawn = DrawnTrials(
        entry=np.array([[0.0, 1.0, 2.0, 9.0]]),
        time=np.array([[5.0, 9.0, 4.0, 1.0]]),
        dropout=np.array([[np.inf, np.inf, 3.0, np.inf]]),
    )
    # Events at 5, 10 and 10 of the calendar; the third subject is lost before its event.
    assert [drawn.time_of_event(k).tolist() for k in (1, 2, 3, 4)] == [[5.0], [10.0], [10.0], [math.inf]]
    time, event = drawn.observed(np.array([8.0]))
    assert time.tolist() == [[5.0, 7.0, 3.0, 0.0]]
    assert event.tolist() == [[True, False, False, False]]


def test_the_event_that_sets_the_cut_off_is_seen():
    trial = TrialAssumptions(50, Weibull(11.0), Accrual((24.0,)), dropout_hazard=0.01)
    drawn = trial.draw(generator(), 400, 0.8)
    _, event = drawn.observed(drawn.time_of_event(30))
    assert (event.sum(axis=1) == 30).all()


def test_events_at_a_cut_off_are_those_of_lachin_and_foulkes():
    trial = TrialAssumptions(200, Weibull(11.0), Accrual((24.0,)), dropout_hazard=0.02)
    _, event = trial.draw(generator(), 500, 0.7).observed(np.full(500, 36.0))
    _, test = trial.layout()
    for arm, ratio in ((~test, 1.0), (test, 0.7)):
        expected = event_probability(math.log(2.0) / 11.0 * ratio, 0.02, 24.0, 12.0)
        seen = event[:, arm]
        assert within(float(seen.mean()), expected, math.sqrt(expected * (1 - expected) / seen.size))


def test_a_hazard_ratio_that_changes_with_time():
    # Weibull control arm; ratio 1 before month 6 and 0.5 after: S1(t) = S0(6)·(S0(t)/S0(6))^0.5.
    law = Weibull(11.0, 1.3)
    trial = TrialAssumptions(100, law, Accrual((1.0,)))
    drawn = trial.draw(generator(), 500, Piecewise((1.0, 0.5), (6.0,)))
    _, test = trial.layout()
    at = law.cumulative(np.array([3.0, 6.0, 15.0]))
    expected = [math.exp(-at[0]), math.exp(-at[1]), math.exp(-at[1] - 0.5 * (at[2] - at[1]))]
    for time, survival in zip((3.0, 6.0, 15.0), expected, strict=True):
        seen = drawn.time[:, test] > time
        assert within(float(seen.mean()), survival, math.sqrt(survival * (1 - survival) / seen.size))


def test_random_numbers_are_the_same_at_every_hazard_ratio():
    trial = TrialAssumptions(40, Weibull(11.0), Accrual((24.0,)), dropout_hazard=0.01, strata=(Stratum(1.0, 2.0),))
    first, second = trial.draw(generator(), 3, 1.0), trial.draw(generator(), 3, 0.5)
    _, test = trial.layout()
    assert (first.entry == second.entry).all()
    assert (first.time[:, ~test] == second.time[:, ~test]).all()
    assert (second.time[:, test] / first.time[:, test]).ravel().tolist() == pytest.approx([2.0] * 60)


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: Piecewise((1.0,), (2.0,)), "values"),
        (lambda: Piecewise((1.0, -1.0), (2.0,)), "values"),
        (lambda: Piecewise((1.0, 1.0, 1.0), (2.0, 2.0)), "cuts"),
        (lambda: Weibull(0.0), "median"),
        (lambda: Accrual(()), "ends"),
        (lambda: Accrual((12.0,), (0.0,)), "rates"),
        (lambda: TrialAssumptions(1, Weibull(1.0), Accrual((1.0,))), "subjects"),
        (lambda: TrialAssumptions(10, Weibull(1.0), Accrual((1.0,)), dropout_hazard=-1.0), "dropout_hazard"),
        (lambda: TrialAssumptions(10, Weibull(1.0), Accrual((1.0,)), strata=(Stratum(0.5),)), "strata"),
    ],
)
def test_wrong_assumptions_are_refused(make, names):
    with pytest.raises(StatisticsError, match=names):
        make()
