"""Pattern-mixture imputation of visits against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.ancova import ancova
from csrbook.stats.pattern_mixture import pattern_mixture

NAN = math.nan
ARMS = ["T"] * 6 + ["C"] * 6


def values():
    """Two visits of six subjects an arm; visit 2 is missing for two of T and one of C."""
    return np.array(
        [[1, 3], [2, 2], [4, 7], [3, 4], [6, NAN], [5, NAN], [2, 4], [0, 1], [3, 2], [5, 8], [4, 5], [7, NAN]],
        dtype=float,
    )


def test_complete_data_are_an_analysis_of_covariance():
    y = np.nan_to_num(values(), nan=6.0)
    base = np.arange(12.0) ** 1.5
    found = pattern_mixture(y, ARMS, arms=["T", "C"], covariates={"BASE": base}, imputations=3)[0]
    direct = ancova(y[:, 1], ARMS, arms=["T", "C"], covariates={"BASE": base})
    own, other = found.differences[0].pooled, direct.differences[0].estimate
    assert own.estimate == pytest.approx(other.estimate, rel=1e-12)
    assert own.se == pytest.approx(other.se, rel=1e-12)
    # Barnard and Rubin 1999 with no missing information: (nu + 1) / (nu + 3) nu of nu = 9 residual degrees of freedom
    assert own.df == pytest.approx(10 / 12 * 9, rel=1e-9)
    assert found.means[0].pooled.estimate == pytest.approx(direct.ls_means[0].estimate.estimate, rel=1e-12)


def test_the_mean_is_that_of_the_factored_likelihood():
    # Anderson, JASA 1957: the mean of visit 2 is the mean of the complete cases plus their slope times the shift of the
    # mean of visit 1 from the complete cases to everybody. The posterior mean of the imputations is the same.
    y = values()
    expected = {}
    for arm, rows in (("T", range(6)), ("C", range(6, 12))):
        one, two = y[list(rows), 0], y[list(rows), 1]
        seen = ~np.isnan(two)
        slope = np.polyfit(one[seen], two[seen], 1)[0]
        expected[arm] = two[seen].mean() + slope * (one.mean() - one[seen].mean())
    found = pattern_mixture(y, ARMS, arms=["T", "C"], imputations=40_000, seed=3)[0]
    for mean in found.means:
        error = math.sqrt(mean.pooled.between / 40_000)
        assert mean.pooled.estimate == pytest.approx(expected[mean.arm], abs=4.5 * error)
        assert error < 0.02
    assert [(m.n, m.imputed, m.shifted) for m in found.means] == [(6, 2, 2), (6, 1, 1)]


def test_the_variance_between_imputations_is_that_of_the_posterior():
    # One visit, no covariate: 9 of 12 observed with variance s2. sigma2 is (9 - 1) s2 / chi2(8), of mean 8 s2 / 6, and
    # the mean of 12 varies by (3/12)^2 sigma2 / 9 from that of the observed and by 3 sigma2 / 144 from the draws.
    seen = np.array([1.0, 4.0, 2.0, 8.0, 5.0, 7.0, 3.0, 6.0, 9.0])
    y = np.concatenate((seen, [NAN] * 3, seen, [NAN] * 3))[:, None]
    found = pattern_mixture(y, ["T"] * 12 + ["C"] * 12, arms=["T", "C"], imputations=40_000, seed=11)[0]
    sigma2 = 8 * seen.var(ddof=1) / 6
    between = sigma2 * (3 / 12) ** 2 / 9 + 3 * sigma2 / 144
    assert found.means[0].pooled.between == pytest.approx(between, rel=0.04)
    assert found.differences[0].pooled.between == pytest.approx(2 * between, rel=0.04)


def test_a_shift_moves_the_mean_by_the_share_of_dropouts():
    y = values()
    at_random, alone, both = pattern_mixture(
        y, ARMS, arms=["T", "C"], shifts=[(0, 0), (-3, 0), (-3, -3)], imputations=20, seed=5
    )
    gap = at_random.differences[0].pooled.estimate
    assert alone.differences[0].pooled.estimate == pytest.approx(gap - 3 * 2 / 6, rel=1e-12)
    assert both.differences[0].pooled.estimate == pytest.approx(gap - 3 * (2 / 6 - 1 / 6), rel=1e-12)
    assert alone.means[1].pooled.estimate == pytest.approx(at_random.means[1].pooled.estimate, rel=1e-12)
    assert alone.differences[0].pooled.between == pytest.approx(at_random.differences[0].pooled.between, rel=1e-9)


def test_a_gap_is_not_shifted_and_is_drawn_given_what_follows():
    # Visit 2 nearly repeats visit 1: a gap at visit 1 of a subject with 30 at visit 2 is near 30, far from the mean.
    stream = np.random.Generator(np.random.Philox(4))
    one = stream.normal(10.0, 3.0, 40)
    y = np.column_stack((one, one + stream.normal(0.0, 0.05, 40)))
    y[0] = (NAN, 16.0)
    y[20] = (NAN, 4.0)
    arms = ["T"] * 20 + ["C"] * 20
    found = pattern_mixture(y, arms, arms=["T", "C"], at=0, shifts=[(-50, -50)], imputations=50, seed=2)[0]
    expected = (y[1:20, 0].sum() + 16.0) / 20 - (y[21:, 0].sum() + 4.0) / 20
    assert found.differences[0].pooled.estimate == pytest.approx(expected, abs=0.05)
    assert [m.shifted for m in found.means] == [0, 0]
    assert [m.imputed for m in found.means] == [1, 1]


def test_copying_the_control_uses_its_regression():
    # T rises by 5 between the visits and C not at all: after dropout T's subjects stay where they were.
    stream = np.random.Generator(np.random.Philox(9))
    one = stream.normal(0.0, 2.0, 60)
    two = one + np.repeat([5.0, 0.0], 30) + stream.normal(0.0, 0.01, 60)
    y = np.column_stack((one, two))
    y[:15, 1] = NAN
    arms = ["T"] * 30 + ["C"] * 30
    own, copied = (
        pattern_mixture(y, arms, arms=["T", "C"], reference=r, imputations=20)[0].means[0].pooled.estimate
        for r in ("own", "control")
    )
    assert own == pytest.approx(one[:30].mean() + 5.0, abs=0.02)
    assert copied == pytest.approx(one[:30].mean() + 2.5, abs=0.02)


def test_a_level_that_nobody_has_who_reaches_a_late_visit_is_not_estimable():
    """Its coefficient is free there: a regression would give numbers of any size, or none."""
    rng = np.random.default_rng(5)
    y = rng.normal(size=(60, 4)).cumsum(axis=1)
    arm = np.repeat(["T", "C"], 30)
    level = np.where(np.arange(60) % 10 == 0, "rare", "common")
    y[(arm == "C") & (level == "rare"), 1:] = NAN
    found = pattern_mixture(y, arm, arms=["T", "C"], factors={"LEVEL": level}, imputations=4, shifts=[(0.0, 0.0)])[0]
    assert math.isnan(found.differences[0].pooled.estimate)
    assert found.status == "C: a covariate does not vary independently among the subjects up to visit 2"


def test_the_same_seed_gives_the_same_numbers_and_another_one_does_not():
    first, again, other = (
        pattern_mixture(values(), ARMS, arms=["T", "C"], imputations=5, seed=s)[0].differences[0].pooled
        for s in (1, 1, 2)
    )
    assert first == again
    assert first.estimate != other.estimate


@pytest.mark.parametrize(
    ("y", "arm", "arms", "reason"),
    [
        (np.empty((0, 2)), [], ["T", "C"], "no subjects"),
        (
            [[1, NAN], [2, NAN], [3, NAN], [4, 5], [5, 5], [6, 7]],
            list("TTTCCC"),
            ["T", "C"],
            "T: 0 subjects up to visit 2",
        ),
        ([[1, 2], [4, 5], [5, 5], [6, 7]], list("TCCC"), ["T", "D", "C"], "no subjects in D"),
    ],
)
def test_what_cannot_be_estimated_says_why(y, arm, arms, reason):
    found = pattern_mixture(np.asarray(y, dtype=float), arm, arms=arms, control="C", imputations=3)[0]
    assert any(reason in d.pooled.status for d in found.differences)
    assert all(math.isnan(d.pooled.estimate) for d in found.differences if d.pooled.status != "ok")


@pytest.mark.parametrize(
    "wrong", [{"imputations": 1}, {"cycles": 0}, {"at": 2}, {"reference": "other"}, {"confidence": 95}]
)
def test_bad_arguments_are_refused(wrong):
    with pytest.raises(StatisticsError):
        pattern_mixture(values(), ARMS, **wrong)
