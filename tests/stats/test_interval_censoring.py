from __future__ import annotations

import json
import math
from itertools import pairwise

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats._intervals import Innermost, mass_covariance
from csrbook.stats.interval_censoring import interval_score_test, turnbull
from csrbook.stats.kaplan_meier import kaplan_meier
from csrbook.stats.log_rank import log_rank
from csrbook.stats.weibull import censoring_intervals
from tests.stats.reference import DATA, NAMED, survival_data, table

SETS = ("cosmesis", *map(str, range(1, 13)))
R_RESULTS = json.loads((DATA / "r_interval.json").read_text(encoding="utf-8"))
INF = math.inf


def interval_data(name):
    """left, right, arm, stratum, x1; infinity on the right where the event was not seen."""
    if name == "cosmesis":
        data = dict(table("cosmesis"))
        n = len(data["left"])
        data |= {"stratum": np.array(["a", "b"] * (n // 2)), "x1": np.arange(1, n + 1) % 7}
    else:
        every = table("interval")
        keep = every["set"] == int(name)
        data = {key: values[keep] for key, values in every.items()}
    return data | {"right": np.where(np.isnan(data["right"]), INF, data["right"])}


COSMESIS = interval_data("cosmesis")


def test_cosmesis_data_are_complete():
    # Finkelstein and Wolfe 1985: 46 and 48 patients; 38 right-censored, 25 of them after radiotherapy alone.
    arm, censored = COSMESIS["arm"], np.isinf(COSMESIS["right"])
    assert (int((arm == 0).sum()), int((arm == 1).sum())) == (46, 48)
    assert (int(censored.sum()), int(censored[arm == 0].sum())) == (38, 25)


def test_curve_of_the_radiotherapy_arm_in_print():
    # SAS/STAT User's Guide, PROC ICLIFETEST and Fay and Shaw 2010, figure 2: mass .0463 .0334 .0887 .0708 .0926 .0818
    # .1209 .4656 on (4,5] (6,7] (7,8] (11,12] (24,25] (33,34] (38,40] (46,48].
    keep = COSMESIS["arm"] == 0
    curve = turnbull(COSMESIS["left"][keep], COSMESIS["right"][keep])
    assert curve.left.tolist() == [4, 6, 7, 11, 24, 33, 38, 46]
    assert curve.right.tolist() == [5, 7, 8, 12, 25, 34, 40, 48]
    np.testing.assert_allclose(curve.mass, [0.0463, 0.0334, 0.0887, 0.0708, 0.0926, 0.0818, 0.1209, 0.4656], atol=6e-5)
    assert curve.quantile() == (38, 40)
    assert (curve.n, curve.events) == (46, 21)


@pytest.mark.parametrize("arm", [0, 1])
@pytest.mark.parametrize("name", SETS)
def test_curve_equals_plain_self_consistency_in_r(name, arm):
    # R: npmle() of data/make_interval.R, 60,000 steps over all cells between ends; S after the left ends is unique
    expected = R_RESULTS[name].get(f"turnbull_{arm}")
    if expected is None:
        assert len(interval_data(name)["arm"]) > 100  # too long for self-consistency
        return
    data = interval_data(name)
    keep = data["arm"] == arm
    curve = turnbull(data["left"][keep], data["right"][keep])
    gap, loglik, *rest = expected
    at, survival = np.array(rest).reshape(2, -1)
    least, greatest = curve.survival_at(at)
    assert curve.gap < 1e-11
    assert curve.loglik >= loglik - 1e-9
    assert curve.loglik - loglik <= curve.n * gap + 1e-9  # what the gap of R's steps allows
    np.testing.assert_allclose(least, survival, atol=2e-5 if gap > 0 else 1e-10)
    np.testing.assert_allclose(greatest, least, atol=1e-12)


@pytest.mark.parametrize("name", NAMED)
def test_right_censored_times_give_the_kaplan_meier_curve(name):
    data = survival_data(name)
    curve = turnbull(*censoring_intervals(data["time"], data["event"]))
    km = kaplan_meier(data["time"], data["event"])
    steps = km.survival[km.n_event > 0]
    np.testing.assert_allclose(curve.survival[: len(steps)], steps, atol=1e-9)
    np.testing.assert_array_equal(curve.left[: len(steps)], km.time[km.n_event > 0])


@pytest.mark.parametrize("name", ["gehan", "aml", "veteran"])
def test_standard_errors_of_right_censored_times_are_greenwoods(name):
    data = survival_data(name)
    curve = turnbull(*censoring_intervals(data["time"], data["event"]))
    km = kaplan_meier(data["time"], data["event"])
    expected = km.std_err[(km.n_event > 0) & (km.survival > 0)]
    np.testing.assert_allclose(curve.std_err[: len(expected)], expected, rtol=1e-9)
    assert curve.std_err_status == "ok"


def test_standard_errors_in_closed_form():
    # One assessment at 2 for all: 3 of 7 had the event, binomial. With a second at 5 that 3 of the 4 others came to,
    # 1 of them with the event: S(5) = (4/7)(2/3), and Greenwood's sum 3/(7 · 4) + 1/(3 · 2).
    one = turnbull([0] * 3 + [2] * 4, [2] * 3 + [INF] * 4)
    assert one.std_err.tolist() == pytest.approx([math.sqrt((3 / 7) * (4 / 7) / 7), 0.0], rel=1e-12)
    two = turnbull([0] * 3 + [2, 2, 5, 5], [2] * 3 + [INF, 5, INF, INF])
    assert two.survival.tolist() == pytest.approx([4 / 7, (4 / 7) * (2 / 3), 0.0], rel=1e-9)
    greenwood = (8 / 21) * math.sqrt(3 / 28 + 1 / 6)
    assert two.std_err.tolist() == pytest.approx([math.sqrt((3 / 7) * (4 / 7) / 7), greenwood, 0.0], rel=1e-9)


def test_intervals_without_mass_limit_the_standard_errors():
    curve = turnbull(COSMESIS["left"], COSMESIS["right"])
    assert curve.std_err_status == "19 of 31 innermost intervals have no mass"
    # R: bordered information of tools/crosscheck/r/intervals.R
    np.testing.assert_allclose(curve.std_err[:3], [0.02855299053, 0.05717343388, 0.03650868534], rtol=1e-7)


def test_masses_that_nothing_tells_apart_have_no_covariance():
    # Pairs of neighbours only: one more in the first and third and one less in the second and fourth is all the same.
    ends = np.arange(5.0)
    pairs = Innermost(ends[:4], ends[1:], np.array([0, 1, 2]), np.array([1, 2, 3]))
    assert mass_covariance(pairs, np.full(4, 0.25)) is None
    # A fourth subject in the first interval alone settles it.
    settled = Innermost(ends[:4], ends[1:], np.array([0, 1, 2, 0]), np.array([1, 2, 3, 0]))
    covariance = mass_covariance(settled, np.full(4, 0.25))
    assert covariance is not None
    np.testing.assert_allclose(covariance.sum(axis=0), 0.0, atol=1e-14)


@pytest.mark.parametrize("name", ["lung", "gehan", "veteran"])
def test_sun_scores_of_right_censored_times_give_the_log_rank_numerator(name):
    data = survival_data(name)
    test = interval_score_test(*censoring_intervals(data["time"], data["event"]), data["arm"])
    plain = log_rank(data["time"], data["event"], data["arm"])
    assert test.score == pytest.approx(plain.observed - plain.expected, rel=1e-7)
    assert test.z == pytest.approx(plain.z, rel=0.06)  # the variance is another one: of permutations


def test_scores_in_closed_form():
    # S is 1, 1/2, 0 at 0, 1, 2 and the hazards 1/2, 1, so that S log S~ is 0, -1/4, 0 and the scores are 1/2 for an
    # early and -1/2 for a late event. Score 4 (1/2)(1/2) = 1, variance (4/4)(4/4)/3 = 1/3.
    test = interval_score_test([0, 0, 1, 1], [1, 1, 2, 2], [1, 1, 0, 0])
    assert (test.score, test.variance) == pytest.approx((1.0, 1 / 3))
    assert test.z == pytest.approx(math.sqrt(3))


def test_two_copies_as_strata_double_score_and_variance():
    arguments = [COSMESIS[key] for key in ("left", "right", "arm")]
    one = interval_score_test(*arguments)
    two = interval_score_test(*(np.tile(a, 2) for a in arguments), strata=np.repeat(["a", "b"], 94))
    assert (two.score, two.variance) == pytest.approx((2 * one.score, 2 * one.variance))


@pytest.mark.parametrize("scores", ["sun", "finkelstein"])
def test_swapped_arms_unit_and_order_do_not_matter(scores):
    left, right, arm = (COSMESIS[key] for key in ("left", "right", "arm"))
    z = interval_score_test(left, right, arm, scores=scores).z
    assert interval_score_test(left, right, 1 - arm, scores=scores).z == pytest.approx(-z, rel=1e-9)
    assert interval_score_test(left * 30.4375, right * 30.4375, arm, scores=scores).z == pytest.approx(z, rel=1e-9)
    order = np.random.default_rng(3).permutation(94)
    assert interval_score_test(left[order], right[order], arm[order], scores=scores).z == pytest.approx(z, rel=1e-8)


def test_survival_is_not_determined_within_an_interval_with_mass():
    curve = turnbull([0, 1, 1, 4], [2, 3, 3, INF])
    least, greatest = curve.survival_at([0, 1, 1.5, 2, 4, 5])
    assert least.tolist() == pytest.approx([1, 1, 0.25, 0.25, 0.25, 0])
    assert greatest.tolist() == pytest.approx([1, 1, 1, 0.25, 0.25, 0.25])


def test_an_exact_time_is_over_at_that_time():
    least, greatest = turnbull([2, 3], [2, INF]).survival_at([1.999, 2, 3])
    assert least.tolist() == greatest.tolist() == pytest.approx([1, 0.5, 0.5])


def test_an_exact_time_at_the_open_left_end_is_outside():
    # (2, 4] does not hold an event at 2, (1, 2] does: three intervals of mass stay apart.
    curve = turnbull([2, 2, 1], [4, 2, 2])
    assert list(zip(curve.left, curve.right, strict=True)) == [(2, 2), (2, 4)]
    assert curve.mass.tolist() == pytest.approx([2 / 3, 1 / 3])


def test_masses_are_ordered_and_sum_to_one():
    for name in SETS:
        data = interval_data(name)
        curve = turnbull(data["left"], data["right"])
        assert curve.mass.sum() == pytest.approx(1.0)
        assert (curve.mass > 0).all()
        assert curve.survival[-1] == 0.0
        assert all(a <= b for a, b in pairwise(curve.right))


@pytest.mark.parametrize(
    ("left", "right", "arm", "status"),
    [
        ([], [], [], "no subjects"),
        ([1, 2], [INF, INF], [0, 1], "no events"),
        ([0, 1], [1, 2], [1, 1], "no subjects in the control arm"),
        ([0, 1], [1, 2], [0, 0], "no subjects in the test arm"),
        ([0, 0], [INF, 3], [0, 1], "the statistic has no variance"),  # nothing is known of the first subject
    ],
)
def test_no_test_has_a_reason_and_no_number(left, right, arm, status):
    test = interval_score_test(left, right, arm)
    assert test.status == status
    assert math.isnan(test.z)
    assert math.isnan(test.p)


def test_no_curve_has_a_reason():
    curve = turnbull([], [])
    assert curve.status == "no subjects"
    assert np.isnan(curve.survival_at([1])[0]).all()
    assert math.isnan(curve.quantile()[0])
    assert math.isnan(curve.last)


def test_without_events_the_curve_is_1_up_to_the_last_observed_time():
    curve = turnbull([1, 0, 4], [INF, INF, INF])
    least, greatest = curve.survival_at([0, 1, 4, 5])
    assert least.tolist() == [1, 1, 1, 0]
    assert greatest.tolist() == [1, 1, 1, 1]
    assert (curve.status, curve.events, curve.last) == ("ok", 0, 4)
    assert curve.quantile() == (4, INF)


@pytest.mark.parametrize(
    ("left", "right", "last"),
    [
        ([1, 2, 0], [INF, 3, 2], INF),  # the last event is after the last censored time
        ([1, 4, 0], [INF, INF, 2], 4),
        ([1, 3, 0], [INF, 3, 2], INF),
        ([3, 3, 0], [INF, 3, 2], 3),
    ],
)
def test_the_last_observed_time_matters_where_the_curve_stays_above_0(left, right, last):
    assert turnbull(left, right).last == last


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        ([3, 5], [4, 2], ("left is 5, after right, which is 2", "position 1")),
        ([-1, 5], [4, 6], ("left holds -1", "'left', position 0")),
        ([1, math.nan], [4, 6], ("left holds nan", "'left', position 1")),
        ([INF], [INF], ("left holds inf", "'left', position 0")),
        ([1], [math.nan], ("right holds nan", "'right', position 0", "give infinity")),
        ([1, 2], [3], ("right has 1 values",)),
        (["1"], ["2"], ("left is no vector of numbers",)),
    ],
)
def test_bad_ends_are_refused_by_name(left, right, words):
    with pytest.raises(StatisticsError) as caught:
        turnbull(left, right)
    assert all(word in str(caught.value) for word in words)


def test_unknown_scores_are_refused():
    with pytest.raises(ValueError, match="scores is 'wilcoxon'"):
        interval_score_test([0, 1], [1, 2], [0, 1], scores="wilcoxon")


def test_two_thousand_subjects_on_a_grid_take_little_time():
    # 24 visits of 2 months: the mass of each interval is a count in closed form.
    event = np.random.default_rng(8).exponential(10, 2000)
    left = np.minimum(np.floor(event / 2) * 2, 48)
    right = np.where(left < 48, left + 2, INF)
    curve = turnbull(left, right)
    visits, count = np.unique(left, return_counts=True)
    np.testing.assert_allclose(curve.mass, count / 2000, atol=1e-12)
    np.testing.assert_array_equal(curve.left, visits)
