"""Turnbull's estimate and Sun's test against the vignette of R's ``interval`` (Fay and Shaw, J Stat Softw 2010)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qc.survival import ProductLimit
from qc.turnbull import sun_test, turnbull
from tests.qc.cosmesis import ALONE, CHEMOTHERAPY, LEFT, ONE, RIGHT


def test_turnbull_matches_the_vignette() -> None:
    curve = turnbull(*ALONE.T)
    # icfit(Surv(left, right, type = "interval2") ~ treatment, data = bcos), radiotherapy
    assert curve.left.tolist() == [4, 6, 7, 11, 24, 33, 38, 46]
    assert curve.right.tolist() == [5, 7, 8, 12, 25, 34, 40, 48]
    assert curve.mass.round(4).tolist() == [0.0463, 0.0334, 0.0887, 0.0708, 0.0926, 0.0818, 0.1209, 0.4656]


def test_survival_has_bounds_within_an_interval_of_mass_only() -> None:
    curve = turnbull(*ALONE.T)
    assert curve.at(4.5) == pytest.approx((1.0 - 0.0463, 1.0), abs=5e-5)
    assert curve.at(20.0)[0] == curve.at(20.0)[1]
    assert curve.quantile(0.5) == (38.0, 40.0)


def test_right_censored_times_give_the_product_limit() -> None:
    time = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], dtype=float)
    event = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], dtype=bool)
    curve, known = turnbull(time, np.where(event, time, math.inf)), ProductLimit(time, event)
    for week in (6, 7, 10, 13, 16, 22, 23):
        assert curve.at(week) == pytest.approx([known.at(week).estimate] * 2, abs=1e-10)


def test_suns_test_matches_the_vignette() -> None:
    found = sun_test(LEFT, RIGHT, CHEMOTHERAPY, ONE)
    # ictest(Surv(left, right, type = "interval2") ~ treatment, data = bcos): Z = 2.6684, p-value = 0.007622
    assert found.z == pytest.approx(2.6684, abs=5e-5)
    assert found.p == pytest.approx(0.007622, abs=5e-7)


def test_there_is_no_test_of_one_arm() -> None:
    assert math.isnan(sun_test([1.0, 2.0], [2.0, 3.0], [1, 1], ["a", "a"]).z)
