"""Mean cumulative function against R's survfit and against the formula of Lawless and Nadeau written out in R."""

from __future__ import annotations

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.mean_cumulative import mean_cumulative

# Six subjects: end of observation; nine events as (subject, time), two of them at the end of their subject.
END = [10, 8, 6, 10, 3, 7]
SUBJECT = [0, 0, 0, 1, 1, 3, 5, 5, 2]
TIME = [2, 5, 9, 2, 8, 5, 1, 5, 6]


def test_equals_survfit():
    # R: d has a row for each gap (id, start, stop, event); the last one of a subject ends at END
    # f <- survfit(Surv(start, stop, event) ~ 1, data = d, id = id, robust = TRUE)
    # cbind(f$time, f$n.risk, f$n.event, f$cumhaz, f$std.chaz)[f$n.event > 0, ]
    expected = [
        [1, 6, 1, 0.166666666666667, 0.152145154862546],
        [2, 6, 2, 0.500000000000000, 0.204124145231932],
        [5, 5, 3, 1.100000000000000, 0.320936130717624],
        [6, 5, 1, 1.300000000000000, 0.216794833886788],
        [8, 3, 1, 1.633333333333333, 0.263101163475615],
        [9, 2, 1, 2.133333333333333, 0.526835416003476],
    ]
    found = mean_cumulative(END, SUBJECT, TIME)
    ours = np.column_stack([found.time, found.n_risk, found.amount, found.estimate, found.std_err])
    np.testing.assert_allclose(ours, expected, rtol=1e-13)
    assert (found.n, found.events, found.last, found.status) == (6, 9, 10.0, "ok")
    # Limits in R: 1.1 * exp(c(-1, 1) * qnorm(0.975) * 0.320936130717624 / 1.1)
    assert found.at([5.5])[0, 1:] == pytest.approx(
        [1.1, 0.320936130717624, 0.6209348305955, 1.9486747084867], rel=1e-12
    )


def test_costs_equal_the_formula_written_out():
    # R: u <- sort(unique(t)); n <- sapply(u, function(x) sum(end >= x))
    # dM <- sapply(u, function(x) sum(cost[t == x])) / n; est <- cumsum(dM)
    # se <- sapply(seq_along(u), function(k) sqrt(sum(sapply(1:6, function(i) { j <- which(u[1:k] <= end[i])
    #   sum((sapply(u[j], function(x) sum(cost[sub == i & t == x])) - dM[j]) / n[j]) })^2)))
    found = mean_cumulative(END, SUBJECT, TIME, cost=[3, 1, 2, 4, 1, 5, 2, 2, 6])
    estimate = [0.333333333333333, 1.5, 3.1, 4.3, 4.633333333333334, 5.633333333333334]
    std_err = [0.304290309725092, 0.656167322834318, 0.790709948225152, 0.537793847326484, 0.530862331320291,
               0.694128817162070]  # fmt: skip
    np.testing.assert_allclose(found.estimate, estimate, rtol=1e-13)
    np.testing.assert_allclose(found.std_err, std_err, rtol=1e-13)


def test_before_the_first_event_and_after_the_last_observation():
    rows = mean_cumulative(END, SUBJECT, TIME).at([0.5, 10.0, 10.5])
    assert rows[0, 1:3].tolist() == [0.0, 0.0]
    assert np.isnan(rows[0, 3:]).all()
    assert rows[1, 1] == pytest.approx(32 / 15)
    assert np.isnan(rows[2, 1:]).all()


@pytest.mark.parametrize(("end", "status"), [([4.0, 2.0], "ok"), ([], "no subjects")])
def test_no_event(end, status):
    found = mean_cumulative(end, [], [])
    assert (len(found.time), found.events, found.status) == (0, 0, status)
    assert np.isnan(found.at([1.0])[0, 1]) == (status != "ok")


def test_one_subject_has_no_variance():
    # The mean over one subject is its own number: it deviates from it nowhere.
    found = mean_cumulative([9], [0, 0], [2, 4])
    assert found.estimate.tolist() == [1.0, 2.0]
    assert found.std_err.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("subject", "time", "what"),
    [([4], [4.0], "outside"), ([0], [0.0], "outside"), ([6], [1.0], "subject"), ([0.5], [1.0], "subject")],
)
def test_an_event_outside_the_observation_is_refused(subject, time, what):
    with pytest.raises(StatisticsError, match=what):
        mean_cumulative(END, subject, time)
