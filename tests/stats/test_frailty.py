from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.stats.cox import cox_arm
from csrbook.stats.frailty import frailty_arm
from tests.stats.reference import survival_data, table

# R (survival 3): v <- read.csv("veteran.csv"); m <- coxph(Surv(time, event) ~ arm + frailty(stratum, sparse = FALSE,
#   eps = 1e-10), v, control = coxph.control(eps = 1e-11, outer.max = 200, iter.max = 100, toler.inf = 1e-9))
#   coef(m)[1]; sqrt(m$var[1, 1]); m$history[[1]]$theta; m$history[[1]]$c.loglik
# the second with + strata(x2 > 60), the third on colon.csv. R stops its search for theta at five digits or so.
CASES = [
    ("veteran", False, (0.174587785686, 0.193741173964, 0.190792612205, -498.566891143)),
    ("veteran", True, (0.122589062377, 0.199126341037, 0.152996919739, -415.838514626)),
    ("colon", False, (-0.529266820559, 0.1208661519, 0.421927770314, -1742.72627265)),
]


@pytest.mark.parametrize(("name", "stratified", "expected"), CASES)
def test_equals_r(name, stratified, expected):
    d = table(name)
    strata = d["x2"] > 60 if stratified else None
    fit = frailty_arm(d["time"], d["event"], d["arm"], d["stratum"], strata=strata)
    log_hr, se, theta, loglik = expected
    assert fit.log_hr == pytest.approx(log_hr, abs=1e-5)
    assert fit.se == pytest.approx(se, rel=1e-5)
    assert fit.theta == pytest.approx(theta, rel=1e-3)
    # Ours is a maximum: not below R's, and above it by no more than what R's tolerance leaves.
    assert 0.0 <= fit.loglik - loglik < 1e-6
    assert float(np.sum(fit.frailty)) == pytest.approx(fit.groups, rel=1e-6)


def test_groups_that_do_not_differ_have_no_frailty():
    # Each group is the same six subjects, so that the groups vary less than chance would have them.
    time, event, arm = [1, 2, 3, 4, 5, 6] * 4, [1, 1, 0, 1, 1, 0] * 4, [1, 0, 1, 0, 1, 0] * 4
    fit = frailty_arm(time, event, arm, [g for g in "abcd" for _ in range(6)])
    plain = cox_arm(time, event, arm)
    assert (fit.theta, fit.lr_p) == (0.0, 1.0)
    assert (fit.log_hr, fit.se) == (plain.log_hr, plain.se)
    assert fit.frailty.tolist() == [1.0] * 4


@pytest.mark.parametrize(
    ("event", "test", "group", "expected"),
    [
        ([1, 1, 0, 1, 1, 1, 0], 3, "adbcebc", (0.793165557151, 1.236948256629)),
        ([1, 0, 0, 0, 0, 1, 1, 1, 1, 0], 7, "caacbbbcda", (0.169600141952, 1.182058922267)),
    ],
)
def test_one_patient_in_the_test_arm_without_frailty_equals_r(event, test, group, expected):
    # R: m <- coxph(Surv(seq_along(event), event) ~ arm); c(coef(m), sqrt(m$var)); with + frailty(group) its variance is
    # 0. With a large variance the estimate runs away; the search for the variance must come back from there.
    n = len(event)
    fit = frailty_arm(np.arange(1, n + 1), event, np.arange(n) == test, list(group))
    assert (fit.status, fit.theta, fit.lr_p) == ("ok", 0.0, 1.0)
    assert (fit.log_hr, fit.se) == pytest.approx(expected, rel=1e-8)


def test_what_cannot_be_estimated_has_a_reason():
    assert frailty_arm([1, 2], [0, 0], [0, 1], ["a", "b"]).status == "no events"
    d = survival_data("gehan")
    fit = frailty_arm(d["time"], d["event"], d["arm"], ["a"] * len(d["time"]))
    assert fit.status == "one group only"
    assert math.isnan(fit.hr) and math.isnan(fit.lr_p)


def test_the_order_of_the_subjects_does_not_matter():
    d = table("veteran")
    forward = frailty_arm(d["time"], d["event"], d["arm"], d["stratum"])
    back = frailty_arm(d["time"][::-1], d["event"][::-1], d["arm"][::-1], d["stratum"][::-1])
    assert back.log_hr == pytest.approx(forward.log_hr, abs=1e-9)
