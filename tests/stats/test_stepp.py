from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from csrbook.errors import StatisticsError
from csrbook.stats._stepp_rows import SteppTrial
from csrbook.stats.stepp import _supremum, stepp
from csrbook.stats.stepp_windows import Windows, sliding_windows, tail_windows
from tests.stats.biomarkers import r_biomarkers, simulated
from tests.stats.reference import survival_data

PBC = survival_data("pbc")
CALL = {"time": PBC["time"], "event": PBC["event"], "arm": PBC["arm"], "covariate": PBC["x1"]}


def given_windows(ends, covariate):
    inside = [covariate[(covariate >= a) & (covariate <= b)] for a, b in ends]
    lower, upper = np.array(ends, dtype=float).T
    return Windows(
        "sliding", lower, upper, np.array([np.median(x) for x in inside]), np.array([len(x) for x in inside])
    )


def test_sliding_windows_with_ties_by_hand():
    # Values 1 1 2 3 3 3 4 5 5 6, size 4, overlap 2. From 1: 1 1 2 are 3, the 3s bring 6, so [1, 3]. From which value on
    # are at most 2 of them left? From 2 they are 4, from 3 they are 3, so none of its values: the next begins at 4:
    # 4 5 5 6 are 4, so [4, 6].
    w = sliding_windows([5, 1, 3, 2, 3, 1, 3, 4, 6, 5], size=4, overlap=2)
    assert (w.lower.tolist(), w.upper.tolist(), w.n.tolist()) == ([1, 4], [3, 6], [6, 4])
    # Overlap 3 lets the second begin at 3, and 3 3 3 4 are 4; of those, at most 3 from 4 on; then 5 5 6 are all.
    w = sliding_windows([5, 1, 3, 2, 3, 1, 3, 4, 6, 5], size=4, overlap=3)
    assert (w.lower.tolist(), w.upper.tolist(), w.n.tolist()) == ([1, 3, 4], [3, 4, 6], [6, 4, 4])
    assert w.median.tolist() == [2.5, 3, 5]


def test_the_last_sliding_window_may_be_small():
    w = sliding_windows(range(1, 12), size=5, overlap=1)
    # [1, 5], [5, 9], and [9, 11] with three.
    assert (w.lower.tolist(), w.upper.tolist(), w.n.tolist()) == ([1, 5, 9], [5, 9, 11], [5, 5, 3])


def test_tail_windows_by_hand():
    # 10 values, smallest tail 4, three tails: 4, 6 and 8 subjects from each side, and all ten in the middle.
    w = tail_windows(range(10), size=4, tails=3)
    assert w.n.tolist() == [4, 6, 8, 10, 8, 6, 4]
    assert w.upper.tolist() == [3, 5, 7, 9, 9, 9, 9]
    assert w.lower.tolist() == [0, 0, 0, 0, 2, 4, 6]
    # Ties: tails of 3 and of 4 or 5 both end at 2; a tail that reaches the last value is the whole.
    w = tail_windows([1, 1, 2, 2, 2, 2, 3], size=3, tails=3)
    assert (w.lower.tolist(), w.upper.tolist()) == ([1, 1, 2], [2, 3, 3])


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(st.integers(0, 15), min_size=5, max_size=60),
    size=st.integers(2, 5),
    overlap=st.integers(0, 1),
)
def test_sliding_windows_hold_what_they_promise(values, size, overlap):
    z = np.array(values, dtype=float)
    w = sliding_windows(z, size=size, overlap=overlap)
    inside = w.member(z)
    assert inside.any(axis=0).all()
    assert (inside.sum(axis=1) == w.n).all()
    assert (w.n[:-1] >= size).all()
    assert ((inside[1:] & inside[:-1]).sum(axis=1) <= overlap).all()


@pytest.mark.parametrize(("landmark", "columns"), [(None, (1, 2)), (4.0, (3, 4))])
def test_each_window_equals_r(landmark, columns):
    expected = np.array(r_biomarkers("stepp", "rows"))
    windows = given_windows(r_biomarkers("stepp", "ends"), PBC["x1"])
    result = stepp(**CALL, windows=windows, landmark=landmark, strata=PBC["stratum"], permutations=0, draws=500)
    assert (result.n_test + result.n_control).tolist() == expected[:, 0].tolist() == windows.n.tolist()
    np.testing.assert_allclose(result.estimate, expected[:, columns[0]], rtol=1e-9)
    np.testing.assert_allclose(result.se, expected[:, columns[1]], rtol=1e-9)
    np.testing.assert_allclose(result.upper, result.estimate + 1.959963984540054 * result.se, rtol=1e-12)
    # The last of R's windows holds everyone.
    assert (result.overall, result.overall_se) == pytest.approx((result.estimate[-1], result.se[-1]))
    assert math.isnan(result.supremum_p)


@pytest.mark.parametrize(("landmark", "column"), [(math.nan, 1), (4.0, 3)])
def test_the_effects_of_permutations_are_computed_as_those_of_the_windows(landmark, column):
    # Rows of membership, as the permutations have them: here R's own windows.
    expected = np.array(r_biomarkers("stepp", "rows"))
    codes = np.unique(PBC["stratum"], return_inverse=True)[1]
    trial = SteppTrial(PBC["time"], PBC["event"] == 1, PBC["arm"] == 1, codes, landmark)
    member = given_windows(r_biomarkers("stepp", "ends"), PBC["x1"]).member(PBC["x1"])
    np.testing.assert_allclose(trial.effects(member), expected[:, column], rtol=1e-8)


def test_the_supremum_counts_the_data_among_their_permutations():
    # First subpopulation: 3, 1, -1, -3 with standard deviation √5; the second never moves. |3| and |-3| reach |3|.
    statistic, p, status = _supremum(np.array([3.0, 0.0]), np.array([[1.0, 0.0], [-1.0, 0.0], [-3.0, 0.0]]))
    assert (statistic, p, status) == (pytest.approx(3 / math.sqrt(5)), 0.5, "ok")


def test_the_band_of_windows_without_overlap_is_that_of_independent_estimates():
    # Closed form for k independent estimates: Φ⁻¹((1 + 0.95^(1/k)) / 2), 2.4909 for 4; Monte Carlo error about 0.02.
    windows = given_windows([(0, 42), (42.01, 50), (50.01, 57), (57.01, 99)], PBC["x1"])
    result = stepp(**CALL, windows=windows, permutations=0, draws=20_000)
    assert result.critical == pytest.approx(norm.ppf((1 + 0.95**0.25) / 2), abs=0.06)
    one = stepp(**CALL, windows=given_windows([(0, 99)], PBC["x1"]), permutations=0, draws=20_000)
    assert one.critical == pytest.approx(1.959964, abs=0.05)
    np.testing.assert_allclose(result.band_upper, result.estimate + result.critical * result.se, rtol=1e-12)


@pytest.mark.parametrize("landmark", [None, 4.0])
def test_the_test_is_exact_under_the_null(landmark):
    # P(p <= 0.2) = 8/40 with 39 permutations; 60 trials; the limit is 4.5 standard errors.
    p = []
    for seed in range(60):
        data = simulated(seed, 60)
        w = sliding_windows(data["x"], size=24, overlap=10)
        p.append(
            stepp(
                data["time"], data["event"], data["arm"], data["x"], w,
                landmark=landmark, permutations=39, draws=50, seed=seed,
            ).supremum_p
        )  # fmt: skip
    assert np.mean(np.array(p) <= 0.2) == pytest.approx(0.2, abs=4.5 * math.sqrt(0.16 / 60))


def test_an_effect_that_turns_is_found():
    data = simulated(3, 300)
    time = data["time"] * np.exp(np.where(data["arm"] == 1, 1.0, 0.0) * data["x"])
    w = sliding_windows(data["x"], size=80, overlap=50)
    result = stepp(time, data["event"], data["arm"], data["x"], w, strata=data["strata"], permutations=199)
    assert result.supremum_p == 1 / 200
    assert result.permutations_used == 199
    assert result.estimate[0] > 0.3 > -0.3 > result.estimate[-1]
    turned = stepp(time, data["event"], 1 - data["arm"], data["x"], w, strata=data["strata"], permutations=0)
    np.testing.assert_allclose(turned.estimate, -result.estimate, rtol=1e-9)
    assert turned.critical == pytest.approx(result.critical, rel=1e-9)


def test_the_numbers_do_not_depend_on_how_the_work_is_spread():
    w = tail_windows(PBC["x1"], size=100, tails=2)
    alone = stepp(**CALL, windows=w, permutations=300, draws=100)
    with ThreadPoolExecutor(2) as pool:
        spread = stepp(**CALL, windows=w, permutations=300, draws=100, executor=pool)
    assert (alone.supremum, alone.supremum_p) == (spread.supremum, spread.supremum_p)


def test_missing_values_and_windows_without_an_estimate():
    covariate = PBC["x1"].copy()
    covariate[:12] = math.nan
    known = covariate[12:]
    w = given_windows([(0, 29), (0, 50), (45, 99)], known)
    result = stepp(**(CALL | {"covariate": covariate}), windows=w, permutations=19, draws=100)
    assert (result.n, result.missing) == (300, 12)
    assert result.status[1:] == ("ok", "ok")
    assert result.status[0] != "ok"
    assert math.isnan(result.estimate[0])
    assert math.isnan(result.band_lower[0])
    assert result.supremum_p > 0


def test_nothing_to_estimate():
    w = sliding_windows([1, 2, 3, 4], size=2, overlap=1)
    result = stepp([1, 2, 3, 4], [0, 0, 0, 0], [0, 1, 0, 1], [1, 2, 3, 4], w, permutations=9)
    assert result.test_status == "no events"
    assert math.isnan(result.supremum_p)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: sliding_windows([1, 2, 3], size=2, overlap=2), "argument 'overlap'"),
        (lambda: sliding_windows([1, 2, 3], size=4, overlap=1), "argument 'size'"),
        (lambda: sliding_windows([1, math.nan, 3], size=2, overlap=1), "argument 'covariate', position 1"),
        (lambda: tail_windows([1, 2, 3], size=2, tails=0), "argument 'tails'"),
        (lambda: stepp(**CALL, windows=sliding_windows([1, 2, 3], size=2, overlap=1)), "argument 'windows'"),
        (lambda: stepp(**CALL, windows=tail_windows(PBC["x1"], size=9, tails=2), landmark=-1), "argument 'landmark'"),
        (lambda: stepp(**CALL, windows=tail_windows(PBC["x1"], size=9, tails=2), draws=0), "argument 'draws'"),
    ],
)
def test_wrong_arguments_are_named(call, match):
    with pytest.raises(StatisticsError) as caught:
        call()
    assert caught.value.where == match
