"""What must not change a result, or must change it in a known way, on data drawn by hypothesis."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csrbook.stats.cox import CoxArm, cox, cox_arm
from csrbook.stats.kaplan_meier import kaplan_meier
from csrbook.stats.log_rank import log_rank
from csrbook.stats.proportions import clopper_pearson, wilson
from csrbook.stats.risk_difference import miettinen_nurminen, newcombe


@st.composite
def trials(draw, smallest=2, largest=40):
    """Times with many ties, events, arms and strata, any of which may be empty or have no event."""
    n = draw(st.integers(smallest, largest))

    def column(values):
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    return {
        "time": column(st.integers(1, 12)).astype(float),
        "event": column(st.integers(0, 1)),
        "arm": column(st.integers(0, 1)),
        "strata": column(st.sampled_from(["a", "b", "c"])),
    }


def same(a: CoxArm, b: CoxArm, sign: float = 1.0) -> None:
    # "monotone likelihood: no event in the test arm" names the control arm when the labels are swapped.
    assert a.status.split(":")[0].replace("test", "control") == b.status.split(":")[0].replace("test", "control")
    for x, y in ((a.log_hr, sign * b.log_hr), (a.se, b.se), (a.score_chi2, b.score_chi2), (a.lr_chi2, b.lr_chi2)):
        assert x == pytest.approx(y, rel=1e-8, abs=1e-9, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(trials(), st.sampled_from(["efron", "breslow", "exact"]))
def test_swapping_the_arms_turns_the_sign(trial, ties):
    swapped = trial | {"arm": 1 - trial["arm"]}
    one, other = cox_arm(**trial, ties=ties), cox_arm(**swapped, ties=ties)
    same(one, other, sign=-1.0)
    assert one.status != "ok" or one.hr * other.hr == pytest.approx(1.0, rel=1e-8)
    assert log_rank(**trial).z == pytest.approx(-log_rank(**swapped).z, rel=1e-10, abs=1e-10, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(trials(), st.floats(1e-6, 1e6))
def test_the_unit_of_time_does_not_matter(trial, unit):
    scaled = trial | {"time": trial["time"] * unit}
    same(cox_arm(**trial), cox_arm(**scaled))
    km, other = (kaplan_meier(x["time"], x["event"]) for x in (trial, scaled))
    np.testing.assert_allclose(km.survival, other.survival, rtol=1e-12)
    assert km.quantile().estimate * unit == pytest.approx(other.quantile().estimate, rel=1e-9, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(trials(), st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(trial, random):
    order = list(range(len(trial["time"])))
    random.shuffle(order)
    shuffled = {key: values[order] for key, values in trial.items()}
    same(cox_arm(**trial), cox_arm(**shuffled))
    assert log_rank(**trial).chi2 == pytest.approx(log_rank(**shuffled).chi2, rel=1e-10, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(trials())
def test_one_stratum_is_no_stratum(trial):
    plain = {key: trial[key] for key in ("time", "event", "arm")}
    same(cox_arm(**plain), cox_arm(**plain, strata=["all"] * len(plain["time"])))
    labelled = log_rank(**plain, strata=[7] * len(plain["time"])).chi2
    assert labelled == pytest.approx(log_rank(**plain).chi2, rel=1e-14, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(trials())
def test_names_of_strata_do_not_matter(trial):
    renamed = trial | {"strata": np.array([{"a": "z", "b": "M", "c": "é"}[s] for s in trial["strata"]])}
    same(cox_arm(**trial), cox_arm(**renamed))


@settings(max_examples=40, deadline=None)
@given(trials())
def test_the_same_trial_twice_as_two_strata_halves_the_variance(trial):
    plain = {key: trial[key] for key in ("time", "event", "arm")}
    double = {key: np.concatenate([values, values]) for key, values in plain.items()}
    strata = np.repeat(["first", "second"], len(trial["time"]))
    one, two = cox_arm(**plain), cox_arm(**double, strata=strata)
    assert one.status == two.status
    assert two.log_hr == pytest.approx(one.log_hr, rel=1e-8, abs=1e-9, nan_ok=True)
    assert two.se * math.sqrt(2) == pytest.approx(one.se, rel=1e-8, nan_ok=True)
    assert two.lr_chi2 == pytest.approx(2 * one.lr_chi2, rel=1e-8, abs=1e-9, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(trials(), st.sampled_from(["efron", "breslow"]))
def test_the_count_kernel_and_the_matrix_kernel_agree(trial, ties):
    arm = cox_arm(**trial, ties=ties)
    fit = cox(trial["time"], trial["event"], trial["arm"].astype(float), strata=trial["strata"], ties=ties)
    assert (arm.status == "ok") == (fit.status == "ok")
    if arm.status == "ok":
        assert fit.coef[0] == pytest.approx(arm.log_hr, rel=1e-8, abs=1e-9)
        assert fit.se[0] == pytest.approx(arm.se, rel=1e-8)
        assert fit.loglik == pytest.approx(arm.loglik, rel=1e-10, abs=1e-10)


@settings(max_examples=40, deadline=None)
@given(trials())
def test_ties_do_not_matter_where_there_are_none(trial):
    apart = trial | {"time": np.arange(1.0, len(trial["time"]) + 1)}
    efron = cox_arm(**apart)
    for ties in ("breslow", "exact"):
        other = cox_arm(**apart, ties=ties)
        if "ok" in (efron.status, other.status):
            same(efron, other)
    # Without ties the log-rank test is the score test.
    assert log_rank(**apart).chi2 == pytest.approx(efron.score_chi2, rel=1e-9, abs=1e-12, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(trials())
def test_survival_falls_and_stays_within_its_limits(trial):
    for conf_type in ("log-log", "log", "plain"):
        km = kaplan_meier(trial["time"], trial["event"], conf_type=conf_type)
        assert (np.diff(km.survival) <= 0).all()
        known = ~np.isnan(km.lower)
        assert (km.lower[known] <= km.survival[known] + 1e-12).all()
        assert (km.survival[known] <= km.upper[known] + 1e-12).all()
        assert km.n_risk[0] == len(trial["time"])
        assert (km.n_event + km.n_censor).sum() == len(trial["time"])


counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=100, deadline=None)
@given(counts, counts)
def test_differences_mirror_when_arms_or_outcomes_are_swapped(test, control):
    for method in (miettinen_nurminen, newcombe):
        one = method(*test, *control)
        arms = method(*control, *test)
        outcome = method(test[1] - test[0], test[1], control[1] - control[0], control[1])
        for other in (arms, outcome):
            assert other.difference == pytest.approx(-one.difference, abs=1e-12)
            assert (-other.upper, -other.lower) == pytest.approx((one.lower, one.upper), abs=1e-7)
        assert -1.0 <= one.lower <= one.difference + 1e-12
        assert one.difference - 1e-12 <= one.upper <= 1.0


@settings(max_examples=100, deadline=None)
@given(counts)
def test_limits_of_a_proportion_mirror_and_hold_it(pair):
    x, n = pair
    for method in (clopper_pearson, wilson):
        one, other = method(x, n), method(n - x, n)
        assert (1 - other.upper, 1 - other.lower) == pytest.approx((one.lower, one.upper), abs=1e-12)
        assert one.lower <= one.estimate <= one.upper
