from __future__ import annotations

import math

import pytest

from csrbook.stats.log_rank import log_rank
from tests.stats.reference import NAMED, RANDOM, r_result, survival_data, table


@pytest.mark.parametrize("by", ["", "_strata"])
@pytest.mark.parametrize("name", NAMED + RANDOM)
def test_equals_r_survdiff(name, by):
    # R: s <- survdiff(Surv(time, event) ~ arm [+ strata(stratum)]); c(s$chisq, obs[2], exp[2], s$var[2, 2])
    data = survival_data(name)
    test = log_rank(data["time"], data["event"], data["arm"], strata=data["stratum"] if by else None)
    expected = r_result(name, f"survdiff{by}_0")
    if expected is None:  # R stops where an arm is empty, and where its variance matrix is nothing but zeros
        assert test.status != "ok"
        return
    chi2, observed, _, variance = expected
    if test.status != "ok":
        assert variance == pytest.approx(0.0, abs=1e-12)
        return
    assert test.chi2 == pytest.approx(chi2, rel=1e-10, abs=1e-12)
    assert test.observed == observed
    assert test.variance == pytest.approx(variance, rel=1e-10)


@pytest.mark.parametrize("name", NAMED)
def test_expected_events_equal_r_survdiff(name):
    data = survival_data(name)
    test = log_rank(data["time"], data["event"], data["arm"])
    expected = r_result(name, "survdiff_0")
    assert expected is not None
    assert test.expected == pytest.approx(expected[2], rel=1e-10)


def test_z_is_the_root_and_negative_where_the_test_arm_has_fewer_events_than_expected():
    lung = table("lung_full")
    test = log_rank(lung["time"], lung["event"], 1 - lung["male"])
    assert test.observed < test.expected
    assert test.z == pytest.approx(-math.sqrt(test.chi2), rel=1e-12)


@pytest.mark.parametrize("name", ["lung", "colon"])
def test_equals_statsmodels_survdiff(name):
    survdiff = pytest.importorskip("statsmodels.duration.survfunc").survdiff
    data = survival_data(name)
    chi2, p = survdiff(data["time"], data["event"], data["arm"], strata=data["stratum"])
    test = log_rank(data["time"], data["event"], data["arm"], strata=data["stratum"])
    assert (test.chi2, test.p) == pytest.approx((chi2, p), rel=1e-10)


@pytest.mark.parametrize(
    ("time", "event", "arm", "status"),
    [
        ([], [], [], "no subjects"),
        ([1, 2], [1, 0], [1, 1], "no subjects in the control arm"),
        ([1, 2], [0, 0], [0, 1], "no events"),
        ([1, 2, 3, 4], [0, 0, 1, 1], [1, 1, 0, 0], "no event time with both arms at risk"),
        ([1, 1], [1, 1], [0, 1], "the statistic has no variance"),
    ],
)
def test_no_test_has_a_reason(time, event, arm, status):
    test = log_rank(time, event, arm)
    assert test.status == status
    assert math.isnan(test.chi2)
    assert math.isnan(test.p)


def test_one_event_by_hand():
    # One of the two at risk has the event: O − E = 1/2, V = 1/4, χ² = 1.
    test = log_rank([5, 6], [1, 0], [1, 0])
    assert (test.observed, test.expected, test.variance, test.chi2, test.z) == (1.0, 0.5, 0.25, 1.0, 1.0)
