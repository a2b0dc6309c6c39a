from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.competing_risks import cumulative_incidence, gray_test
from csrbook.stats.fine_gray import fine_gray
from csrbook.stats.kaplan_meier import kaplan_meier
from csrbook.stats.log_rank import log_rank
from tests.stats.reference import COMPETING, competing_data, r_competing, survival_data


@pytest.mark.parametrize("arm", [0, 1])
@pytest.mark.parametrize("name", COMPETING)
def test_incidence_equals_cuminc_and_survfit(name, arm):
    # R: p <- timepoints(cuminc(time, event), at); c(at, p$est[1, ], p$var[1, ])
    at, estimate, variance = r_competing(name, f"cif_{arm}").reshape(3, -1)
    data = competing_data(name)
    keep = data["arm"] == arm
    time, event = data["time"][keep], data["event"][keep]
    ours = cumulative_incidence(time, event).at(at)
    np.testing.assert_allclose(ours[:, 1], estimate, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(ours[:, 2] ** 2, variance, rtol=1e-10, atol=1e-15)
    # R: s <- summary(survfit(Surv(time, factor(event, 0:2)) ~ 1), times = at, extend = TRUE); s$pstate, s$std.err
    _, std_err = r_competing(name, f"multistate_{arm}").reshape(2, -1)
    delta = cumulative_incidence(time, event, variance="delta").at(at)
    followed = at <= time.max()  # R carries the last value forward
    np.testing.assert_allclose(delta[followed, 2], std_err[followed], rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("name", COMPETING)
def test_gray_equals_cuminc(name):
    # The table Tests of cmprsk's cuminc has a row for each cause: statistic, p-value.
    data = competing_data(name)
    for quantity, options in (
        ("gray_1", {}),
        ("gray_2", {"cause": 2}),
        ("gray_strata_1", {"strata": data["stratum"]}),
    ):
        test = gray_test(data["time"], data["event"], data["arm"], **options)
        assert (test.chi2, test.p) == pytest.approx(tuple(r_competing(name, quantity)), rel=1e-10)


@pytest.mark.parametrize("name", COMPETING)
def test_fine_gray_equals_crr(name):
    # crr of cmprsk on cbind(arm, x1), gtol 1e-12: converged, coefficients, variance, and both log-likelihoods;
    # it stops at about eight digits of mgus2.
    _, *coef = r_competing(name, "crr")[:3]
    variance = r_competing(name, "crr")[3:7]
    loglik, null = r_competing(name, "crr")[7:]
    data = competing_data(name)
    fit = fine_gray(data["time"], data["event"], np.column_stack([data["arm"], data["x1"]]))
    tolerance = 5e-8 if name == "mgus2" else 1e-8
    np.testing.assert_allclose(fit.coef, coef, rtol=tolerance)
    np.testing.assert_allclose(fit.cov.ravel(), variance, rtol=tolerance)
    assert (fit.loglik, fit.loglik_null) == pytest.approx((loglik, null), rel=1e-11)


def test_causes_and_survivors_add_up_to_one():
    data = competing_data("mgus2")
    first, second = (cumulative_incidence(data["time"], data["event"], cause=c) for c in (1, 2))
    survival = kaplan_meier(data["time"], data["event"] > 0).survival
    np.testing.assert_allclose(first.estimate + second.estimate + survival, 1.0, rtol=1e-12)


def test_without_competing_events_it_is_kaplan_meier_log_rank_and_cox():
    data = survival_data("lung")
    km = kaplan_meier(data["time"], data["event"])
    curve = cumulative_incidence(data["time"], data["event"], variance="delta")
    np.testing.assert_allclose(1 - curve.estimate, km.survival, rtol=1e-12)
    np.testing.assert_allclose(curve.std_err, km.std_err, rtol=1e-9, atol=1e-12)
    gray = gray_test(data["time"], data["event"], data["arm"])
    plain = log_rank(data["time"], data["event"], data["arm"])
    assert gray.score == pytest.approx(plain.observed - plain.expected, rel=1e-10)


def test_incidence_by_hand():
    # Cause at 1, competing at 2, censored at 3, cause at 4, censored at 5: 1/5, then S(3) = 3/5 times 1/2 more.
    curve = cumulative_incidence([1, 2, 3, 4, 5], [1, 2, 0, 1, 0])
    assert curve.estimate.tolist() == pytest.approx([0.2, 0.2, 0.2, 0.5, 0.5])
    assert (curve.n_competing.tolist(), curve.n_censor.tolist()) == ([0, 1, 0, 0, 0], [0, 0, 1, 0, 1])
    assert math.isnan(curve.at([6])[0, 1])


def test_what_is_not_estimable_has_a_reason():
    assert cumulative_incidence([], []).status == "no subjects"
    assert gray_test([1, 2], [1, 2], [1, 1]).status == "no subjects in the control arm"
    assert gray_test([1, 2], [2, 2], [1, 0]).status == "no events of the cause"
    named = gray_test([1, 2, 3, 4], [1, 2, 1, 1], [1, 0, 1, 1], strata=["a", "a", "b", "b"])
    assert named.uninformative_strata == ("b: no subjects in the control arm",)
    assert fine_gray([1, 2], [2, 0], [0, 1]).status == "no events of the cause"
    assert fine_gray([1, 2], [1, 0], [1, 1]).status == "covariate 0 is constant"
    assert fine_gray([1, 2, 3, 4], [1, 1, 2, 0], [1, 1, 0, 0]).status == "monotone likelihood"
    twice = np.column_stack([[1, 2, 0, 1], [2, 4, 0, 2]])
    assert fine_gray([1, 2, 3, 4], [1, 1, 2, 1], twice).status == "a covariate is a combination of others"


@pytest.mark.parametrize("event", [[1, -1, 0], [1, 0.5, 0], [1, math.nan, 0], ["a", "b", "c"]])
def test_a_wrong_event_code_is_refused(event):
    for call in (
        lambda: cumulative_incidence([1, 2, 3], event),
        lambda: gray_test([1, 2, 3], event, [0, 1, 0]),
        lambda: fine_gray([1, 2, 3], event, [0, 1, 0]),
    ):
        with pytest.raises(StatisticsError, match="event"):
            call()
