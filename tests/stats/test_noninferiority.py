from __future__ import annotations

import math

import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.noninferiority import noninferiority


def test_upper_limit_on_the_margin_is_the_level():
    # The upper 97.5% limit equals the margin exactly when z = −1.959964, p = 0.025.
    se = 0.1
    at_margin = math.log(1.3) - 1.959963984540054 * se
    test = noninferiority(at_margin, se, 1.3, alpha_one_sided=0.025)
    assert test.p == pytest.approx(0.025, rel=1e-12)
    assert test.upper == pytest.approx(1.3, rel=1e-14)
    assert noninferiority(at_margin - 1e-6, se, 1.3, alpha_one_sided=0.025).met
    assert not noninferiority(at_margin + 1e-6, se, 1.3, alpha_one_sided=0.025).met


def test_the_interval_has_level_one_minus_two_alpha():
    # z of one-sided 0.05 is 1.644854: exp(±0.1644854) = 1.178786, 0.848330.
    test = noninferiority(0.0, 0.1, 1.3, alpha_one_sided=0.05)
    assert (test.lower, test.upper) == pytest.approx((0.848330, 1.178786), abs=5e-7)


def test_no_estimate_is_not_non_inferior():
    test = noninferiority(math.nan, math.nan, 1.3, alpha_one_sided=0.025, status="no events")
    assert (test.met, test.status) == (False, "no events")
    assert math.isnan(test.upper)


@pytest.mark.parametrize(
    ("arguments", "alpha", "name"),
    [
        ((0.0, 0.1, 0.0), 0.025, "margin"),
        ((0.0, 0.1, -1.3), 0.025, "margin"),
        ((0.0, 0.0, 1.3), 0.025, "se"),
        ((math.inf, 0.1, 1.3), 0.025, "log_hr"),
        ((0.0, 0.1, 1.3), 0.5, "alpha_one_sided"),
        ((0.0, 0.1, 1.3), 2.5, "alpha_one_sided"),
    ],
)
def test_a_wrong_argument_is_named(arguments, alpha, name):
    with pytest.raises(StatisticsError) as caught:
        noninferiority(*arguments, alpha_one_sided=alpha)
    assert caught.value.where == f"argument '{name}'"
