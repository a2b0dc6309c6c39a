"""Restricted means against R: ``summary(survfit(Surv(time, status) ~ x, aml), rmean = 28)$table``."""

from __future__ import annotations

import math

import pytest

from qc.restricted_mean import difference, exponential_loss, ratio, restricted_mean

MAINTAINED = restricted_mean([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0], 28)
NONMAINTAINED = restricted_mean([5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], [1] * 5 + [0] + [1] * 6, 28)


def test_mean_and_error_match_r() -> None:
    assert (MAINTAINED.estimate, MAINTAINED.error) == pytest.approx((23.375, 2.04282896513270), rel=1e-13)
    assert (NONMAINTAINED.estimate, NONMAINTAINED.error) == pytest.approx(
        (18.9166666666667, 2.83595330935464), rel=1e-13
    )


def test_contrasts_follow_from_the_means() -> None:
    error = math.hypot(2.04282896513270, 2.83595330935464)
    found = difference(MAINTAINED, NONMAINTAINED, 0.95)
    assert found.upper - found.estimate == pytest.approx(1.959963984540054 * error, rel=1e-12)
    assert ratio(MAINTAINED, NONMAINTAINED, 0.95).estimate == pytest.approx(23.375 / 18.9166666666667, rel=1e-13)


def test_a_curve_that_is_not_known_as_far_has_no_mean() -> None:
    assert math.isnan(restricted_mean([1, 2, 3], [1, 1, 0], 4).estimate)
    assert restricted_mean([1, 2, 3, 4], [1, 1, 1, 1], 5).estimate == 2.5


def test_the_margin_of_the_plan_in_months() -> None:
    assert exponential_loss(1.30, 11.0, 24.0) == pytest.approx(1.87, abs=5e-3)  # trial dossier, T14.2.2.9
