from __future__ import annotations

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from csrbook.errors import StatisticsError
from csrbook.stats.marker_interactions import marker_interactions
from tests.stats.biomarkers import r_biomarkers, simulated
from tests.stats.reference import survival_data

NAN = math.nan
FIELDS = ("chi2", "log_ratio", "se", "p", "q", "n", "events")


def markers_of(data):
    """The columns of make_biomarkers.R."""
    position = np.arange(1, len(data["time"]) + 1)
    high = (data["x2"] > np.median(data["x2"])).astype(float)
    return np.column_stack(
        [
            high,
            data["x1"],
            data["x2"],
            np.where(position % 7 == 0, NAN, high),
            np.where(position % 5 == 0, NAN, data["x1"]),
        ]
    )


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("name", ["lung", "veteran", "pbc", "colon"])
def test_all_columns_equal_r(name, ties):
    data = survival_data(name)
    result = marker_interactions(
        data["time"], data["event"], data["arm"], markers_of(data), strata=data["stratum"], ties=ties
    )
    expected = r_biomarkers("interactions", name, ties)
    assert result.status == ("ok",) * 5
    for field in FIELDS:
        np.testing.assert_allclose(getattr(result, field), expected[field], rtol=2e-9, atol=1e-10, err_msg=field)
    np.testing.assert_array_equal(result.missing, len(data["time"]) - result.n)
    half = 1.959963984540054 * np.array(expected["se"])
    np.testing.assert_allclose(result.ratio_upper, np.exp(expected["log_ratio"] + half), rtol=1e-8)
    assert result.kinds[0] == result.kinds[3] == "binary"
    assert result.kinds[1] == "continuous"


def supremum(time, event, arm, marker, shared):
    """Largest partial log-likelihood without ties, from its definition; it may lie at infinity (bounded here at 40)."""
    order = np.argsort(time)
    d, a, m = event[order], arm[order], marker[order]
    x = np.column_stack([a, m, m]) if shared else np.column_stack([a, m * (1 - a), m * a])

    def negative(b):
        eta = x @ (np.array([b[0], b[1] / 2, b[1] / 2]) if shared else b)
        return -sum(eta[i] - np.logaddexp.reduce(eta[i:]) for i in np.flatnonzero(d))

    count = 2 if shared else 3
    options = {"ftol": 1e-13, "gtol": 1e-9, "maxiter": 2000}
    starts = [np.zeros(count), np.full(count, 0.5)]
    return -min(
        minimize(negative, s, method="L-BFGS-B", bounds=[(-40, 40)] * count, options=options).fun for s in starts
    )


def test_the_permutation_distribution_is_that_of_all_arrangements():
    # 8 subjects, two arms of four, two marked in each arm: 6 × 6 arrangements, all of which can be written down.
    time, event = np.arange(1.0, 9.0), np.array([1, 1, 1, 1, 0, 1, 1, 1])
    arm = np.array([0, 1, 1, 0, 1, 0, 0, 1])
    marker = np.array([1, 1, 0, 0, 0, 1, 0, 1])

    def chi2(z):
        return 2 * (supremum(time, event, arm, z, False) - supremum(time, event, arm, z, True))

    observed, reached, every = chi2(marker), 0, 0
    places = [np.flatnonzero(arm == side) for side in (0, 1)]
    for first, second in itertools.product(*(itertools.combinations(p.tolist(), 2) for p in places)):
        z = np.zeros(8)
        z[[*first, *second]] = 1.0
        reached += chi2(z) >= observed - 1e-4
        every += 1
    share = reached / every
    assert every == 36
    assert 0.1 < share < 0.9
    draws = 4000
    result = marker_interactions(time, event, arm, marker, permutations=draws)
    assert result.chi2[0] == pytest.approx(observed, abs=1e-5)
    assert result.permutation_p[0] == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / draws))
    # One marker is a family of its own.
    assert result.family_p[0] == result.permutation_p[0]


def test_a_continuous_column_of_two_values_has_the_permutations_of_a_binary_one():
    # The same draws, once by counting four cells and once by sums over the risk sets; gaps move with the values.
    data = simulated(7, 80, ties=1.0)
    high = (data["x"] > 0.3).astype(float)
    high[::9] = NAN
    shared = {key: data[key] for key in ("time", "event", "arm", "strata")} | {"permutations": 300}
    by_cells = marker_interactions(markers=high, **shared)
    by_sums = marker_interactions(markers=2.0 + 3.0 * high, **shared)
    assert (by_cells.kinds, by_sums.kinds) == (("binary",), ("continuous",))
    assert by_cells.chi2[0] == pytest.approx(by_sums.chi2[0], rel=1e-8)
    assert by_cells.log_ratio[0] == pytest.approx(3.0 * by_sums.log_ratio[0], rel=1e-8)
    assert by_cells.permutation_p[0] == by_sums.permutation_p[0]
    assert by_cells.missing[0] == 9


def test_permutation_p_values_are_those_of_the_null_hypothesis():
    # Exact under the null: with 39 permutations P(p <= 0.1) = 4/40. 150 trials; limits are 4.5 standard errors.
    single, family = [], []
    for seed in range(150):
        data = simulated(seed, 40, ties=0.5)
        rng = np.random.default_rng(10_000 + seed)
        high = (data["x"] + rng.normal(size=40) > 0).astype(float)
        result = marker_interactions(
            data["time"], data["event"], data["arm"], np.column_stack([data["x"], high]), permutations=39, seed=seed
        )
        single.append(result.permutation_p[0])
        family.append(np.nanmin(result.family_p))
    limit = 4.5 * math.sqrt(0.1 * 0.9 / 150)
    assert np.mean(np.array(single) <= 0.1) == pytest.approx(0.1, abs=limit)
    assert np.mean(np.array(family) <= 0.1) == pytest.approx(0.1, abs=limit)


def test_a_predictive_marker_is_found_and_the_family_is_kept():
    data = simulated(3, 300)
    noise = np.random.default_rng(5).normal(size=(300, 4))
    sign = np.where(data["arm"] == 1, 1.0, -1.0)
    time = np.ceil(10 * data["time"] * np.exp(0.8 * sign * data["x"])) / 10
    result = marker_interactions(
        time, data["event"], data["arm"], np.column_stack([noise, data["x"]]), strata=data["strata"], permutations=199
    )
    # Nothing in 199 permutations comes near.
    assert result.permutation_p[4] == result.family_p[4] == 1 / 200
    assert result.q[4] < 1e-6
    assert np.all(result.family_p >= result.permutation_p)
    assert np.all(np.diff(result.family_p[np.argsort(-result.chi2)]) >= 0)


def test_the_numbers_do_not_depend_on_how_the_work_is_spread():
    data = simulated(11, 60)
    call = {"time": data["time"], "event": data["event"], "arm": data["arm"], "markers": data["x"]}
    seen = []
    alone = marker_interactions(**call, permutations=600, progress=lambda done, total: seen.append((done, total)))
    with ThreadPoolExecutor(2) as pool:
        spread = marker_interactions(**call, permutations=600, executor=pool)
    assert alone.permutation_p[0] == spread.permutation_p[0]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert marker_interactions(**call, permutations=600, seed=2).permutation_p[0] != alone.permutation_p[0]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.01, 100.0), shift=st.floats(-50.0, 50.0))
def test_invariances(seed, factor, shift):
    data = simulated(seed, 60, ties=1.0)
    call = {"event": data["event"], "strata": data["strata"]}
    base = marker_interactions(data["time"], arm=data["arm"], markers=data["x"], **call)
    unit = marker_interactions(7.0 * data["time"], arm=data["arm"], markers=shift + factor * data["x"], **call)
    swapped = marker_interactions(data["time"], arm=1 - data["arm"], markers=data["x"], **call)
    back = np.arange(60)[::-1]
    turned = marker_interactions(
        data["time"][back], data["event"][back], data["arm"][back], data["x"][back], strata=data["strata"][back]
    )
    assert base.status == unit.status == swapped.status == turned.status
    for other in (unit, swapped, turned):
        assert other.chi2[0] == pytest.approx(base.chi2[0], rel=1e-6, abs=1e-8, nan_ok=True)
    assert unit.log_ratio[0] * factor == pytest.approx(base.log_ratio[0], rel=1e-6, abs=1e-8, nan_ok=True)
    assert swapped.log_ratio[0] == pytest.approx(-base.log_ratio[0], rel=1e-6, abs=1e-8, nan_ok=True)


@pytest.mark.parametrize(
    ("marker", "status"),
    [
        ([NAN] * 8, "no subject has a value"),
        ([1.0] * 8, "the marker has one value only: 1"),
        ([0, 1, 0, 0, 0, 1, 0, 1], "the marker has one value only in the control arm"),
        ([0, NAN, 1, NAN, 0, NAN, 1, NAN], "no subjects with a value in the test arm"),
        ([0, 0, 1, 0, 0, 1, 1, 0], "monotone likelihood: no event at marker 1 in the test arm"),
    ],
)
def test_a_marker_without_a_test_says_why_and_leaves_the_others(marker, status):
    time, event, arm = np.arange(1.0, 9.0), [1, 1, 1, 1, 1, 0, 1, 1], [0, 1] * 4
    result = marker_interactions(time, event, arm, np.column_stack([marker, [0, 0, 1, 1, 1, 0, 0, 1]]), permutations=20)
    assert result.status[0] == status
    for field in ("chi2", "p", "q", "se", "ratio", "permutation_p", "family_p"):
        assert math.isnan(getattr(result, field)[0])
    assert result.status[1] == "ok" or result.status[1].startswith("monotone likelihood")


def test_no_subjects_and_no_events():
    assert marker_interactions([], [], [], np.empty((0, 1))).status == ("no subject has a value",)
    none = marker_interactions([1, 2, 3, 4], [0] * 4, [0, 0, 1, 1], [0, 1, 0, 1], permutations=5)
    assert none.status == ("monotone likelihood: no event in the control arm",)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"markers": [0, 1, 0]}, "argument 'markers'"),
        ({"markers": ["a", "b", "a", "b"]}, "argument 'markers'"),
        ({"markers": [0.0, 1.0, math.inf, 2.0]}, "argument 'markers', row 2, column 0"),
        ({"markers": np.zeros((4, 1, 1))}, "argument 'markers'"),
        ({"names": ["a", "b"]}, "argument 'names'"),
        ({"strata": ["a", "b"]}, "argument 'strata'"),
        ({"ties": "exact"}, "argument 'ties'"),
        ({"confidence": 95}, "argument 'confidence'"),
        ({"permutations": -1}, "argument 'permutations'"),
        ({"seed": 0.5}, "argument 'seed'"),
        ({"time": [1.0, -2.0, 3.0, 4.0]}, "argument 'time', position 1"),
        ({"arm": [0, 1, 2, 1]}, "argument 'arm', position 2"),
    ],
)
def test_wrong_arguments_are_named(change, where):
    good = {"time": [1.0, 2.0, 3.0, 4.0], "event": [1, 1, 0, 1], "arm": [0, 1, 0, 1], "markers": [0, 0, 1, 1]}
    with pytest.raises(StatisticsError) as caught:
        marker_interactions(**(good | change))
    assert caught.value.where == where
