"""The second programmer's survival estimates against published values (dossier of reference cases, recomputed in R).

R 4.2.2, survival 3.5-3; ``t``, ``d`` are the times and events on the drug, ``p`` the times on placebo, below::

    a <- summary(survfit(Surv(t, d) ~ 1), times = c(10, 22))
    b <- summary(survfit(Surv(p, p > 0) ~ 1), times = c(10, 22))
    s <- sqrt(a$std.err^2 + b$std.err^2); D <- a$surv - b$surv
    D; D - qnorm(0.975) * s; D + qnorm(0.975) * s; D / s; 2 * pnorm(-abs(D / s))
    y <- c(3 * (t / 3 / 30.4375), p / 30.4375); length(survfit(Surv(y, c(d, p > 0)) ~ 1)$time); length(unique(y))
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from qc.survival import ProductLimit, cox, log_rank, rate_difference, tied

# Gehan's 6-mercaptopurine trial: weeks of remission, 21 a arm (Cox and Oakes 1984).
DRUG = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]

TIME = np.array(DRUG + PLACEBO, dtype=float)
EVENT = np.array(RELAPSED + [1] * 21, dtype=bool)
ON_PLACEBO = np.array([False] * 21 + [True] * 21)
ONE = np.array(["all"] * 42, dtype=object)


def test_cox_with_ties_by_efron():
    fit = cox(TIME, EVENT, ON_PLACEBO, ONE)
    # R: coxph(Surv(t, d) ~ pl, ties = "efron"), to its last digit; textbooks: 1.572, SE 0.412, HR 4.82
    assert fit.log_hazard_ratio == pytest.approx(1.57212514882907, rel=1e-13)
    assert fit.standard_error == pytest.approx(0.412396717709455, rel=1e-12)


def test_log_rank():
    result = log_rank(TIME, EVENT, ON_PLACEBO, ONE)
    assert result.chi_square == pytest.approx(16.7929, abs=5e-5)  # Cox and Oakes; SAS LIFETEST


def test_medians():
    assert ProductLimit(TIME[:21], EVENT[:21]).quantile(0.5).estimate == 23.0
    assert ProductLimit(TIME[21:], EVENT[21:]).quantile(0.5).estimate == 8.0


def test_the_curve_of_a_textbook():
    curve = ProductLimit(TIME[:21], EVENT[:21])
    # Kalbfleisch and Prentice (2002), table 1.3: 0.857 at 6, 0.807 at 7, 0.753 at 10, 0.690 at 13, 0.627, 0.538, 0.448
    shown = [round(curve.at(week).estimate, 3) for week in (6, 7, 10, 13, 16, 22, 23)]
    assert shown == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    # Greenwood's standard error at week 6 is 0.0764 (the same table)
    assert curve.at(6).estimate * math.sqrt(curve.greenwood[0]) == pytest.approx(0.0764, abs=5e-5)


def test_a_curve_before_its_first_event_is_one_without_limits():
    # as SAS LIFETEST prints it; R's survfit prints the limits 1 and 1 there
    found = ProductLimit(np.array([5.0, 6.0]), np.array([True, False])).at(4.0)
    assert found.estimate == 1.0
    assert math.isnan(found.lower)
    assert math.isnan(found.upper)


def test_a_curve_that_reached_zero_stays_there_without_limits():
    found = ProductLimit(np.array([5.0, 6.0]), np.array([True, True])).at(9.0)
    assert found.estimate == 0.0
    assert math.isnan(found.lower)
    assert math.isnan(found.upper)


def test_a_stratum_with_one_arm_adds_nothing():
    time = np.append(TIME, [1.0, 30.0])
    event = np.append(EVENT, [True, True])
    arm = np.append(ON_PLACEBO, [True, True])
    stratum = np.append(ONE, np.array(["other", "other"], dtype=object))
    assert cox(time, event, arm, stratum).log_hazard_ratio == pytest.approx(1.57212514882907, rel=1e-12)
    assert log_rank(time, event, arm, stratum).chi_square == pytest.approx(16.7929, abs=5e-5)


def test_no_comparison_is_not_estimable():
    nobody = np.zeros(42, dtype=bool)
    assert math.isnan(cox(TIME, nobody, ON_PLACEBO, ONE).log_hazard_ratio)
    assert math.isnan(log_rank(TIME, nobody, ON_PLACEBO, ONE).chi_square)
    # all leave at once: the log-rank statistic has no variance
    assert math.isnan(log_rank(np.ones(4), np.ones(4, bool), np.array([True, True, False, False]), ONE[:4]).chi_square)


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        (10, (0.3719887955182072, 0.0912747069055651, 0.6527028841308493, 2.5972499117213377, 0.0093973524117287)),
        (22, (0.49019607843137242, 0.22286755922307833, 0.75752459763966651, 3.59395496572388451, 0.00032569615532272)),
    ],
)
def test_difference_of_two_rates(week, expected):
    drug, placebo = ProductLimit(TIME[:21], EVENT[:21]), ProductLimit(TIME[21:], EVENT[21:])
    found = rate_difference(drug, placebo, week)
    assert (found.estimate, found.lower, found.upper, found.z, found.p) == pytest.approx(expected, rel=1e-11)


def test_a_difference_of_rates_has_limits_while_one_curve_has_a_variance():
    early, late = np.array([1.0, 1.0]), np.array([1.0, 5.0])
    both = np.array([True, True])
    # S is 0 in one arm, 1/2 with standard error sqrt(1/8) in the other: 0.5 +- 0.693, no further than 1
    found = rate_difference(ProductLimit(late, both), ProductLimit(early, both), 2.0)
    assert found.z == pytest.approx(0.5 / math.sqrt(1 / 8))
    assert (found.estimate, found.upper) == (0.5, 1.0)
    # before the first event of either arm
    found = rate_difference(ProductLimit(late, both), ProductLimit(early, both), 0.5)
    assert found.estimate == 0.0
    assert math.isnan(found.lower)
    assert math.isnan(found.z)


def test_times_that_rounding_tells_apart_are_tied():
    time = TIME / 30.4375
    time[:21] = 3.0 * (TIME[:21] / 3.0 / 30.4375)
    assert len(np.unique(time)) == 26
    assert len(np.unique(tied(time))) == 24
    assert cox(time, EVENT, ON_PLACEBO, ONE).log_hazard_ratio == pytest.approx(1.57212514882907, rel=1e-13)
    assert log_rank(time, EVENT, ON_PLACEBO, ONE).chi_square == pytest.approx(16.7929, abs=5e-5)


def test_a_curve_of_nobody_is_not_estimable():
    curve = ProductLimit(np.array([]), np.array([], dtype=bool))
    assert math.isnan(curve.at(1.0).estimate)
    assert math.isnan(curve.quantile(0.5).estimate)
