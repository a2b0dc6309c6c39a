from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.counting_process import cox_counting
from csrbook.stats.cox import cox_arm
from csrbook.stats.ipcw import censoring_weights
from csrbook.stats.kaplan_meier import kaplan_meier
from csrbook.stats.weighted_curves import weighted_kaplan_meier
from tests.stats.reference import survival_data

LUNG = survival_data("lung")
# The steps in R for lung.csv, with o the place of a time in order, censorings after the events at the same time:
#   ut <- sort(unique(d$time)); d$o <- 2 * match(d$time, ut) + (d$event == 0)
#   c1 <- coxph(Surv(o, event == 0) ~ x1 + x2 + strata(arm), d, ties = "breslow"); b <- basehaz(c1, centered = FALSE)
#   r <- survSplit(Surv(time, event) ~ ., d, cut = unique(d$time[d$event == 1])); at <- 2 * match(r$stop, ut)
#   H1: the last b$hazard of the arm with b$time <= at, times exp(x'coef); H0: Nelson-Aalen sum of the arm up to at
#   r$w <- exp(H1 - H0); m <- coxph(Surv(start, stop, event) ~ arm + strata(stratum), r, weights = w, cluster = id)


def test_weights_of_a_cox_model_equal_the_steps_in_r():
    # R: coef(c1); nrow(r); sum(r$w); max(r$w at event times); coef(m); sqrt(m$var); sqrt(m$naive.var)
    w = censoring_weights(LUNG["time"], LUNG["event"], LUNG["arm"], x=np.column_stack([LUNG["x1"], LUNG["x2"]]))
    np.testing.assert_allclose(w.coef, [-0.02553529799966, -0.003811515279183], rtol=1e-10)
    assert len(w.weight) == 15859
    assert w.weight.sum() == pytest.approx(15873.14615508, rel=1e-11)
    assert w.largest == pytest.approx(1.476937535305, rel=1e-11)
    fit = cox_counting(
        w.start,
        w.stop,
        w.event,
        LUNG["arm"][w.subject],
        weights=w.weight,
        cluster=w.subject,
        strata=LUNG["stratum"][w.subject],
    )
    assert (fit.coef[0], fit.robust_se[0], fit.se[0]) == pytest.approx(
        (-0.5484980675839, 0.1637821420613, 0.1707884814133), rel=1e-10
    )


def test_weights_of_kaplan_meier_curves_equal_the_steps_in_r():
    # R: r$w2 = product-limit of the censorings of the arm up to at, over that of arm and stratum; sum(r$w2);
    #    m <- coxph(Surv(start, stop, event) ~ arm, r, weights = w2, cluster = id); coef(m); sqrt(m$var)
    w = censoring_weights(LUNG["time"], LUNG["event"], LUNG["arm"], strata=LUNG["stratum"])
    assert w.weight.sum() == pytest.approx(15835.49603741, rel=1e-11)
    fit = cox_counting(w.start, w.stop, w.event, LUNG["arm"][w.subject], weights=w.weight, cluster=w.subject)
    assert (fit.coef[0], fit.robust_se[0]) == pytest.approx((-0.5457508265134, 0.1673003672283), rel=1e-10)


@pytest.mark.parametrize("name", ["lung", "gehan", "veteran", "colon"])
def test_without_covariates_weighting_gives_back_the_kaplan_meier_curve(name):
    # Satten and Datta, Am Stat 2001: the Kaplan–Meier estimate is the weighted share of events, 1/K(t−) each.
    data = survival_data(name)
    keep = data["arm"] == 1
    time, event = data["time"][keep], data["event"][keep]
    w = censoring_weights(time, event, np.ones(len(time)), stabilised=False)
    at = kaplan_meier(time, event)
    share = [w.weight[w.event & (w.stop <= t)].sum() / len(time) for t in at.time]
    np.testing.assert_allclose(1 - np.array(share), at.survival, atol=1e-12)
    curve = weighted_kaplan_meier(w.start, w.stop, w.event, w.weight, cluster=w.subject)
    np.testing.assert_allclose(curve.survival, at.survival[at.n_event > 0], atol=1e-12)


def test_stabilised_weights_without_covariates_are_one():
    w = censoring_weights(LUNG["time"], LUNG["event"], LUNG["arm"])
    np.testing.assert_allclose(w.weight, 1.0, rtol=1e-12)
    assert w.censored == int((LUNG["event"] == 0).sum())


def test_informative_censoring_by_a_covariate_is_put_right():
    # A covariate raises the hazard and the censoring, of which the test arm has more. Over 20 trials of 2,000, with
    # visits four times a month, the weighted estimate is that of the trials without censoring, the plain one is not.
    weighted, plain = [], []
    for seed in range(20):
        draw = np.random.default_rng(seed)
        arm, x = np.repeat([0, 1], 1000), draw.integers(0, 2, 2000)
        event_time = np.ceil(4 * draw.exponential(10 / np.exp(1.5 * x))) / 4
        lost = np.ceil(4 * draw.exponential(np.where(arm == 1, 12, 60) / np.exp(1.5 * x))) / 4
        time, event = np.minimum(np.minimum(event_time, lost), 15), event_time <= np.minimum(lost, 15)
        w = censoring_weights(time, event, arm, x=x, administrative=(time == 15) & ~event)
        fit = cox_counting(w.start, w.stop, w.event, arm[w.subject], weights=w.weight, cluster=w.subject)
        truth = cox_arm(np.minimum(event_time, 15), event_time <= 15, arm).log_hr
        weighted.append(fit.coef[0] - truth)
        plain.append(cox_arm(time, event, arm).log_hr - truth)
    assert abs(np.mean(weighted)) < 3 * np.std(weighted, ddof=1) / math.sqrt(20)
    assert np.mean(plain) < -6 * np.std(plain, ddof=1) / math.sqrt(20)


def test_one_censoring_in_closed_form():
    # At risk for censoring at 2: three, one is censored, K = 2/3 after it: weight 3/2 at 3 and 4, 1 at 1.
    w = censoring_weights([1, 2, 3, 4], [1, 0, 1, 1], [0] * 4, stabilised=False)
    by_event = dict(zip(w.stop[w.event], w.weight[w.event], strict=True))
    assert by_event == pytest.approx({1: 1.0, 3: 1.5, 4: 1.5})
    assert (w.censored, w.largest) == (1, pytest.approx(1.5))


def test_a_censoring_at_the_time_of_an_event_comes_after_it():
    # The event at 2 has weight 1; the subject censored at 2 was at risk with one other, who then weighs 2.
    w = censoring_weights([2, 2, 3], [1, 0, 1], [0] * 3, stabilised=False)
    assert w.weight[w.event].tolist() == pytest.approx([1.0, 2.0])


def test_administrative_censorings_say_nothing():
    time, event = [1, 2, 3, 4, 4], [1, 0, 1, 0, 0]
    w = censoring_weights(time, event, [0] * 5, administrative=[0, 1, 0, 1, 1], stabilised=False)
    assert w.weight.tolist() == [1.0] * len(w.weight)
    assert w.censored == 0


def test_a_cap_is_counted():
    w = censoring_weights([1, 2, 3, 4], [1, 0, 1, 1], [0] * 4, stabilised=False, cap=1.2)
    assert w.weight.max() == 1.2
    assert w.capped == int((w.start >= 1).sum() - 1)  # all rows after the censoring, not that of the censored subject
    assert w.largest == pytest.approx(1.5)  # before the cap


def test_no_weights_have_a_reason():
    assert censoring_weights([], [], []).status == "no subjects"
    apart = censoring_weights([1, 2, 3, 4, 5], [0, 0, 1, 1, 1], [0] * 5, x=[1, 1, 0, 0, 0])
    assert apart.status == "model of censoring: monotone likelihood in covariate 0"
    assert np.isnan(apart.weight).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"administrative": [1, 0, 0]}, "a subject with an event is administratively"),
        ({"cap": 0}, "cap is 0"),
        ({"x": [1, math.nan, 2]}, "x holds 1 missing"),
        ({"time": [0, 1, 2]}, "a row starts at 0 and stops at 0"),
    ],
)
def test_bad_arguments_are_refused_by_name(change, words):
    arguments = {"time": [1, 2, 3], "event": [1, 0, 1], "arm": [0, 1, 0]} | change
    with pytest.raises(StatisticsError, match=words):
        censoring_weights(**arguments)
