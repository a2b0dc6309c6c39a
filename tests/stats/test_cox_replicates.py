from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csrbook.errors import StatisticsError
from csrbook.stats.cox import cox_arm
from csrbook.stats.cox_replicates import bootstrap_cox_arm, refit_cox_arm, weighted_cox_arm
from csrbook.stats.log_rank import log_rank
from tests.stats.reference import survival_data

GEHAN = survival_data("gehan")
N = len(GEHAN["time"])
R_WEIGHTED = [
    (1.66381731342, 0.4424083683198, 17.09685319093),
    (2.053945930786, 0.5497783717485, 18.97292632033),
    (1.652756994153, 0.3263234015918, 30.84538057503),
    (1.574097124017, 0.2998309209733, 31.74961862756),
]
R_TIMES = [
    (1.072138584657, 0.4507790420061, 6.15772759616),
    (0.9687634522777, 0.4016017211316, 6.117506665907),
    (1.04535358023, 0.4048879127986, 7.385308688841),
]
PLAIN = {key: GEHAN[key] for key in ("time", "event", "arm")}


@pytest.mark.parametrize("kind", [np.int64, np.uint64, np.int8])
def test_weighted_rows_equal_r(kind):
    # R, for r in 1:4: w <- ((0:41) * r) %% (r + 2); e <- gehan[rep(1:42, w), ]
    #    m <- coxph(Surv(time, event) ~ arm + strata(stratum), e, eps = 1e-13); s <- survdiff(the same)
    #    c(coef(m), sqrt(m$var), s$chisq)
    expected = np.array(R_WEIGHTED)
    weights = np.array([(np.arange(N) * r) % (r + 2) for r in range(1, 5)]).astype(kind)
    fits = weighted_cox_arm(**PLAIN, weights=weights, strata=GEHAN["stratum"])
    np.testing.assert_allclose(fits.log_hr, expected[:, 0], rtol=1e-10)
    np.testing.assert_allclose(fits.se, expected[:, 1], rtol=1e-9)
    np.testing.assert_allclose(fits.log_rank_z**2, expected[:, 2], rtol=1e-10)


def test_rows_of_times_equal_r():
    # R, for r in 1:3: t <- gehan$time + ((0:41) * r) %% 5; v <- 1 - ((0:41) %% (r + 2) == 0); as above
    expected = np.array(R_TIMES)
    i = np.arange(N)
    time = np.array([GEHAN["time"] + (i * r) % 5 for r in range(1, 4)])
    event = np.array([1 - (i % (r + 2) == 0) for r in range(1, 4)])
    fits = refit_cox_arm(time, event, GEHAN["arm"], strata=GEHAN["stratum"])
    np.testing.assert_allclose(fits.log_hr, expected[:, 0], rtol=1e-10)
    np.testing.assert_allclose(fits.se, expected[:, 1], rtol=1e-9)
    np.testing.assert_allclose(fits.log_rank_z**2, expected[:, 2], rtol=1e-10)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 30), st.integers(1, 6))
def test_each_row_is_the_single_fit(seed, n, spread):
    rng = np.random.default_rng(seed)
    time = rng.integers(1, 2 + spread, size=(5, n)).astype(float)
    event, arm = rng.integers(0, 2, size=(5, n)), rng.integers(0, 2, size=(5, n))
    strata = rng.integers(0, 3, size=n)
    rows = refit_cox_arm(time, event, arm, strata=strata)
    weights = rng.integers(0, 3, size=(5, n))
    weighted = weighted_cox_arm(time[0], event[0], arm[0], weights, strata=strata)
    for i in range(5):
        single = cox_arm(time[i], event[i], arm[i], strata=strata)
        assert (rows.log_hr[i], rows.se[i]) == pytest.approx(
            (single.log_hr, single.se), rel=1e-8, abs=1e-9, nan_ok=True
        )
        z = log_rank(time[i], event[i], arm[i], strata=strata).z
        assert rows.log_rank_z[i] == pytest.approx(z, rel=1e-9, abs=1e-12, nan_ok=True)
        repeated = [np.repeat(x, weights[i]) for x in (time[0], event[0], arm[0], strata)]
        single = cox_arm(*repeated[:3], strata=repeated[3])
        assert weighted.log_hr[i] == pytest.approx(single.log_hr, rel=1e-8, abs=1e-9, nan_ok=True)
        assert weighted.se[i] == pytest.approx(single.se, rel=1e-8, nan_ok=True)


def test_bootstrap_standard_error_is_near_the_models():
    # lung: the model's standard error is .1672 (dossier F6); 2,000 replicates give theirs to about 1.6%.
    lung = survival_data("lung")
    draws = bootstrap_cox_arm(lung["time"], lung["event"], lung["arm"], replicates=2000, seed=5)
    assert draws.estimable == 2000
    assert draws.log_hr.std(ddof=1) == pytest.approx(0.1674, rel=0.08)


def test_draws_depend_on_the_seed_and_the_number_of_the_replicate_only():
    longer, shorter = (bootstrap_cox_arm(**PLAIN, replicates=n, seed=3).log_hr for n in (600, 300))
    np.testing.assert_array_equal(longer[:300], shorter)
    assert not np.array_equal(bootstrap_cox_arm(**PLAIN, replicates=300, seed=4).log_hr, shorter)


def test_a_row_does_not_depend_on_the_rows_beside_it():
    rng = np.random.default_rng(11)
    time, event, arm = rng.integers(1, 30, (150, 60)), rng.random((150, 60)) < 0.8, rng.integers(0, 2, (150, 60))
    strata = rng.integers(0, 3, 60)
    # One row without an estimate, and one with a hazard ratio that takes many steps.
    event[3], time[70] = False, np.where(arm[70] == 1, 1, 29) + rng.integers(0, 2, 60)
    together = refit_cox_arm(time, event, arm, strata=strata)
    for row in (0, 3, 4, 69, 70, 149):
        alone = refit_cox_arm(time[row : row + 1], event[row : row + 1], arm[row : row + 1], strata=strata)
        np.testing.assert_array_equal(alone.log_hr, together.log_hr[row : row + 1])
        np.testing.assert_array_equal(alone.se, together.se[row : row + 1])
    single = cox_arm(time[70], event[70], arm[70], strata=strata)
    assert (together.log_hr[70], together.se[70]) == pytest.approx((single.log_hr, single.se), rel=1e-9, nan_ok=True)


def test_the_bootstrap_does_not_depend_on_the_order_of_the_data():
    rng = np.random.default_rng(12)
    time, event, arm = rng.exponential(size=80), rng.random(80) < 0.7, rng.integers(0, 2, 80)
    other = rng.permutation(80)
    one = bootstrap_cox_arm(time, event, arm, replicates=100)
    two = bootstrap_cox_arm(time[other], event[other], arm[other], replicates=100)
    np.testing.assert_array_equal(one.log_hr, two.log_hr)


@pytest.mark.parametrize("hazard_ratio", [0.02, 60.0])
def test_extreme_hazard_ratios_settle(hazard_ratio):
    rng = np.random.default_rng(13)
    arm = np.arange(40) % 2
    time = rng.exponential(size=(60, 40)) / np.where(arm == 1, hazard_ratio, 1.0)
    rows = refit_cox_arm(time, np.ones((60, 40)), arm)
    for i in range(60):
        single = cox_arm(time[i], np.ones(40), arm)
        assert (rows.log_hr[i], rows.se[i]) == pytest.approx((single.log_hr, single.se), rel=1e-9, nan_ok=True)
    assert rows.estimable > 40


def test_type_one_error_at_the_margin():
    # True hazard ratio 1.30: z = (log HR − log 1.30)/SE below −1.96 in 2.5% of 4,000 trials (standard error 0.25%).
    rng = np.random.default_rng(2024)
    rows, n = 4000, 300
    arm = np.arange(n) % 2
    time = rng.exponential(size=(rows, n)) / np.where(arm == 1, 1.3, 1.0)
    censoring = rng.uniform(0.5, 2.5, size=(rows, n))
    fits = refit_cox_arm(np.minimum(time, censoring), time <= censoring, arm)
    z = (fits.log_hr - math.log(1.3)) / fits.se
    assert (z < -1.959964).mean() == pytest.approx(0.025, abs=4 * 0.0025)
    covered = (np.abs(z) < 1.959964).mean()
    assert covered == pytest.approx(0.95, abs=4 * 0.0035)


def test_rows_without_an_estimate_are_nan_and_counted():
    time = [[1.0, 2, 3, 4], [1.0, 2, 3, 4], [1.0, 2, 3, 4]]
    event = [[1, 1, 1, 0], [0, 0, 0, 0], [1, 0, 1, 0]]
    fits = refit_cox_arm(time, event, [0, 1, 0, 1])
    assert fits.estimable == 1
    assert np.isnan(fits.log_hr).tolist() == [False, True, True]
    assert bootstrap_cox_arm([1, 2], [0, 0], [0, 1], replicates=3).estimable == 0


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: weighted_cox_arm(**PLAIN, weights=[[1, 2]]), "weights"),
        (lambda: weighted_cox_arm(**PLAIN, weights=np.full((1, N), -1)), "weights"),
        (lambda: weighted_cox_arm(**PLAIN, weights=np.full((1, N), 0.5)), "weights"),
        (lambda: weighted_cox_arm(**PLAIN, weights=np.full((1, N), 2**30)), "weights"),
        (lambda: bootstrap_cox_arm(**PLAIN, replicates=0), "replicates"),
        (lambda: bootstrap_cox_arm(**PLAIN, seed=-1), "seed"),
        (lambda: refit_cox_arm([1.0, 2.0], [1, 1], [0, 1]), "time"),
        (lambda: refit_cox_arm([[1.0, -2.0]], [[1, 1]], [0, 1]), "time"),
        (lambda: refit_cox_arm([[1.0, math.nan]], [[1, 1]], [0, 1]), "time"),
        (lambda: refit_cox_arm([[1.0, 2.0]], [[1, 2]], [0, 1]), "event"),
        (lambda: refit_cox_arm([[1.0, 2.0]], [[1, 1]], [0, 1, 1]), "arm"),
    ],
)
def test_a_wrong_argument_is_named(call, name):
    with pytest.raises(StatisticsError) as caught:
        call()
    assert caught.value.where.startswith(f"argument '{name}'")
