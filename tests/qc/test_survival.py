"""The second programmer's survival estimates against published values (dossier of reference cases, recomputed in R)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qc.survival import ProductLimit, cox, log_rank

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
