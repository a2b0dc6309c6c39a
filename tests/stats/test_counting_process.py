from __future__ import annotations

import json
import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.counting_process import cox_counting, split_rows
from csrbook.stats.cox import cox
from csrbook.stats.cox_residuals import robust_covariance
from csrbook.stats.weighted_curves import weighted_kaplan_meier
from tests.stats.reference import DATA, covariates, survival_data

R_RESULTS = json.loads((DATA / "r_counting.json").read_text(encoding="utf-8"))
SETS = tuple(R_RESULTS)
TIES = ("efron", "breslow")


def late_entry(name):
    """Entry times, weights and numbers of the subjects as ``data/make_counting.R`` makes them."""
    data = survival_data(name)
    i = np.arange(1, len(data["time"]) + 1)
    return data | {"entry": np.round(data["time"] * ((i * 7) % 10) / 12, 4), "w": 0.5 + ((i * 3) % 8) / 4}


def weighted_rows(data):
    cut = np.round(np.median(data["time"]), 2) + 0.005
    rows = split_rows(data["entry"], data["time"], data["event"], [cut])
    return rows, data["w"][rows.subject] * (1 + 0.3 * (rows.start >= cut))


def r_numbers(name, quantity):
    """R's numbers, None where R gave none or could not say that the estimate is finite."""
    expected = R_RESULTS[name].get(quantity)
    return None if not expected else np.array(expected, dtype=float)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("name", SETS)
def test_late_entry_equals_r_coxph(name, ties):
    # R: m <- coxph(Surv(entry, time, event) ~ arm + x1 + x2 + strata(stratum)); c(warned, coef, m$var, m$loglik, score)
    data, expected = late_entry(name), r_numbers(name, f"cox3_{ties}")
    fit = cox_counting(data["entry"], data["time"], data["event"], covariates(data), strata=data["stratum"], ties=ties)
    if expected is None or fit.status != "ok":
        assert fit.status.startswith(("monotone likelihood", "covariate"))
        assert expected is None or expected[0] or np.abs(expected[1:4]).max() > 5
        return
    np.testing.assert_allclose(fit.coef, expected[1:4], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(fit.cov.ravel(), expected[4:13], rtol=1e-9)
    assert (fit.loglik_null, fit.loglik) == pytest.approx(tuple(expected[13:15]), rel=1e-10)
    assert fit.score_chi2 == pytest.approx(expected[15], rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("name", SETS)
def test_weighted_rows_with_robust_errors_equal_r_coxph(name, ties):
    # R: rows <- survSplit(..., cut = cut); m <- coxph(Surv(entry, time, event) ~ arm + x1 + x2 + strata(stratum), rows,
    #    weights = w, cluster = id); c(warned, coef(m), m$naive.var, m$var, m$loglik)
    data, expected = late_entry(name), r_numbers(name, f"weighted_{ties}")
    rows, weights = weighted_rows(data)
    fit = cox_counting(
        rows.start,
        rows.stop,
        rows.event,
        covariates(data)[rows.subject],
        strata=data["stratum"][rows.subject],
        weights=weights,
        cluster=rows.subject,
        ties=ties,
    )
    if expected is None or fit.status != "ok":
        assert fit.status.startswith(("monotone likelihood", "covariate"))
        assert expected is None or expected[0] or np.abs(expected[1:4]).max() > 5
        return
    np.testing.assert_allclose(fit.coef, expected[1:4], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(fit.cov.ravel(), expected[4:13], rtol=1e-8)
    np.testing.assert_allclose(fit.robust_cov.ravel(), expected[13:22], rtol=1e-8, atol=1e-14)
    assert (fit.loglik_null, fit.loglik) == pytest.approx(tuple(expected[22:24]), rel=1e-10)


@pytest.mark.parametrize("arm", [0, 1])
@pytest.mark.parametrize("name", SETS)
def test_weighted_curve_equals_r_survfit(name, arm):
    # R: f <- survfit(Surv(entry, time, event) ~ 1, rows, weights = w, id = id, robust = TRUE); f$surv, f$std.err
    expected = r_numbers(name, f"weighted_km_{arm}")
    if expected is None:
        pytest.skip("no events in the arm")
    data = late_entry(name)
    rows, weights = weighted_rows(data)
    here = data["arm"][rows.subject] == arm
    curve = weighted_kaplan_meier(
        rows.start[here], rows.stop[here], rows.event[here], weights[here], cluster=rows.subject[here]
    )
    time, survival, std_err = expected.reshape(3, -1)
    np.testing.assert_array_equal(curve.time, time)
    np.testing.assert_allclose(curve.survival, survival, atol=1e-12)
    open_curve = survival > 1e-12
    np.testing.assert_allclose(curve.std_err[open_curve], std_err[open_curve], atol=1e-12)
    assert np.isnan(curve.std_err[~open_curve]).all()


@pytest.mark.parametrize("name", ["lung", "gehan", "veteran"])
def test_rows_from_zero_are_the_ordinary_model(name):
    data = survival_data(name)
    fit = cox(data["time"], data["event"], covariates(data), strata=data["stratum"])
    rows = cox_counting(
        np.zeros(len(data["time"])), data["time"], data["event"], covariates(data), strata=data["stratum"]
    )
    np.testing.assert_allclose(rows.coef, fit.coef, rtol=1e-9)
    robust = robust_covariance(fit, data["time"], data["event"], covariates(data), strata=data["stratum"])
    np.testing.assert_allclose(rows.robust_cov, robust, rtol=1e-8)


@pytest.mark.parametrize("ties", TIES)
def test_splitting_rows_changes_nothing(ties):
    data = late_entry("lung")
    whole = cox_counting(data["entry"], data["time"], data["event"], covariates(data), ties=ties)
    rows = split_rows(data["entry"], data["time"], data["event"], [50, 100.5, 310, 700])
    parts = cox_counting(
        rows.start, rows.stop, rows.event, covariates(data)[rows.subject], cluster=rows.subject, ties=ties
    )
    assert parts.rows > whole.rows
    assert (parts.clusters, parts.events) == (whole.clusters, whole.events)
    np.testing.assert_allclose(parts.coef, whole.coef, rtol=1e-10)
    np.testing.assert_allclose(parts.robust_cov, whole.robust_cov, rtol=1e-9)


def test_equal_weights_leave_the_estimate_and_the_robust_error():
    data = late_entry("lung")
    arguments = (data["entry"], data["time"], data["event"], covariates(data))
    plain, weighted = cox_counting(*arguments), cox_counting(*arguments, weights=np.full(len(data["time"]), 2.5))
    np.testing.assert_allclose(weighted.coef, plain.coef, rtol=1e-10)
    np.testing.assert_allclose(weighted.robust_cov, plain.robust_cov, rtol=1e-9)
    np.testing.assert_allclose(weighted.cov, plain.cov / 2.5, rtol=1e-9)


def test_weight_two_is_the_row_twice_under_breslow():
    data = late_entry("gehan")
    twice = np.repeat(np.arange(42), np.where(np.arange(42) % 3 == 0, 2, 1))
    weights = np.where(np.arange(42) % 3 == 0, 2.0, 1.0)
    arguments = [data["entry"], data["time"], data["event"], covariates(data)]
    one = cox_counting(*arguments, weights=weights, ties="breslow")
    two = cox_counting(*(a[twice] for a in arguments), cluster=twice, ties="breslow")
    np.testing.assert_allclose(one.coef, two.coef, rtol=1e-10)
    np.testing.assert_allclose(one.robust_cov, two.robust_cov, rtol=1e-9)


def test_order_of_rows_and_unit_of_time_do_not_matter():
    data = late_entry("veteran")
    arguments = [data["entry"], data["time"], data["event"], covariates(data)]
    order = np.random.default_rng(1).permutation(len(data["time"]))
    plain = cox_counting(*arguments)
    other = cox_counting(*(a[order] for a in (arguments[0] / 365.25, arguments[1] / 365.25, *arguments[2:])))
    np.testing.assert_allclose(other.coef, plain.coef, rtol=1e-10)


def test_a_subject_is_at_risk_after_its_entry_and_up_to_its_stop():
    # Risk sets: at 2 the rows (0,2] and (1,4], not (2,5]; at 4 (1,4] and (2,5]. Score at 0 for x = 1 in the third row:
    # 0 - 0 + 0 - 1/2; information 1/4; chi2 = (1/2)^2 / (1/4) = 1.
    fit = cox_counting([0, 1, 2], [2, 4, 5], [1, 1, 0], [0, 0, 1])
    assert fit.score_chi2 == pytest.approx(1.0)
    assert fit.loglik_null == pytest.approx(-2 * math.log(2))


def test_no_estimate_has_a_reason():
    assert cox_counting([], [], [], np.empty((0, 1))).status == "no subjects"
    assert cox_counting([0, 0], [1, 2], [0, 0], [0, 1]).status == "no events"
    assert cox_counting([0, 0, 0], [1, 2, 3], [1, 1, 1], [1, 1, 1]).status.startswith("covariate 0 is constant")
    monotone = cox_counting([0, 0, 0, 0], [1, 2, 3, 4], [1, 1, 1, 1], [1, 1, 0, 0])
    assert monotone.status == "monotone likelihood in covariate 0"
    assert np.isnan(monotone.robust_se).all()
    assert weighted_kaplan_meier([], [], [], []).status == "no subjects"


@pytest.mark.parametrize(
    ("start", "stop", "weights", "words"),
    [
        ([0, 2], [1, 2], [1, 1], "a row starts at 2 and stops at 2"),
        ([0, 3], [1, 2], [1, 1], "a row starts at 3 and stops at 2"),
        ([-1, 0], [1, 2], [1, 1], "start holds 1 negative"),
        ([0, math.nan], [1, 2], [1, 1], "start holds 1 missing"),
        ([0, 0], [1, math.inf], [1, 1], "stop holds 1 missing or infinite"),
        ([0, 0], [1, 2], [1, 0], "weights holds 0"),
        ([0, 0], [1, 2], [1], "weights has 1 values"),
    ],
)
def test_bad_rows_are_refused_by_name(start, stop, weights, words):
    with pytest.raises(StatisticsError, match=words):
        cox_counting(start, stop, [1, 1], [0, 1], weights=weights)
    with pytest.raises(StatisticsError, match=words):
        weighted_kaplan_meier(start, stop, [1, 1], weights)
