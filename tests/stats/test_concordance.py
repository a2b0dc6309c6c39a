from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csrbook.errors import StatisticsError
from csrbook.stats.concordance import concordance
from tests.stats.biomarkers import r_biomarkers, simulated
from tests.stats.reference import survival_data


@pytest.mark.parametrize(("weights", "timewt"), [("harrell", "n"), ("uno", "n/G2")])
@pytest.mark.parametrize("by", ["plain", "strata"])
@pytest.mark.parametrize("name", ["lung", "veteran", "colon", "gehan"])
def test_counts_estimate_and_error_equal_r(name, by, weights, timewt):
    data = survival_data(name)
    score = np.round(data["x2"] / 10) + data["arm"]
    strata = data["stratum"] if by == "strata" else None
    r = concordance(data["time"], data["event"], score, strata=strata, weights=weights)
    found = [r.c, r.se, r.concordant, r.discordant, r.tied_score, r.tied_time]
    np.testing.assert_allclose(found, r_biomarkers("concordance", name, by, timewt), rtol=1e-11, atol=1e-12)


def test_every_pair_by_hand():
    time, event, score = [2, 2, 3, 3, 4, 5, 5], [1, 0, 1, 1, 0, 1, 0], [3, 1, 2, 2, 2, 0, 1]
    agree = disagree = tied = 0
    for i, j in itertools.permutations(range(7), 2):
        if event[i] and (time[j] > time[i] or (time[j] == time[i] and not event[j])):
            agree += score[i] > score[j]
            disagree += score[i] < score[j]
            tied += score[i] == score[j]
    r = concordance(time, event, score)
    assert (r.concordant, r.discordant, r.tied_score, r.tied_time) == (agree, disagree, tied, 1)
    assert r.c == (agree + tied / 2) / (agree + disagree + tied)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), weights=st.sampled_from(["harrell", "uno"]))
def test_invariances(seed, weights):
    data = simulated(seed, 50, ties=1.0)
    score = np.round(data["x"])
    call = {"strata": data["strata"], "weights": weights}
    base = concordance(data["time"], data["event"], score, **call)
    # Any rising transformation of the score and of the time.
    other = concordance(data["time"] ** 2, data["event"], np.exp(score), **call)
    assert other.c == pytest.approx(base.c, rel=1e-12, nan_ok=True)
    against = concordance(data["time"], data["event"], -score, **call)
    assert against.c == pytest.approx(1.0 - base.c, rel=1e-12, nan_ok=True)
    assert against.se == pytest.approx(base.se, rel=1e-9, abs=1e-15, nan_ok=True)


def test_unos_c_does_not_change_with_the_censoring():
    # 4,000 subjects: C of the uncensored times by Harrell's, and after heavy censoring by both.
    rng = np.random.default_rng(4)
    x = rng.normal(size=4000)
    t = rng.exponential(np.exp(-np.where(x > 0, 2.0, 0.2) * x))
    c = rng.exponential(0.5, 4000)
    whole = concordance(t, np.ones(4000), x).c
    part = np.minimum(t, c), t <= c
    uno, harrell = concordance(*part, x, weights="uno"), concordance(*part, x)
    assert abs(uno.c - whole) < 4 * uno.se
    assert abs(harrell.c - whole) > 4 * harrell.se


def test_nothing_to_compare():
    assert concordance([], [], []).status == "no subjects"
    assert concordance([1, 2], [0, 0], [1, 2]).status == "no events"
    last = concordance([1, 2], [0, 1], [1, 2])
    assert last.status == "no comparable pair"
    assert math.isnan(last.c)
    assert concordance([1, 2, 3], [1, 1, 1], [0, 0, 0]).c == 0.5


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"score": [1.0, math.nan, 2.0]}, "argument 'score', position 1"),
        ({"score": [1.0]}, "argument 'score'"),
        ({"weights": "gonen"}, "argument 'weights'"),
        ({"time": [1.0, -1.0, 2.0]}, "argument 'time', position 1"),
    ],
)
def test_wrong_arguments_are_named(change, where):
    with pytest.raises(StatisticsError) as caught:
        concordance(**({"time": [1.0, 2.0, 3.0], "event": [1, 0, 1], "score": [1, 2, 3]} | change))
    assert caught.value.where == where
