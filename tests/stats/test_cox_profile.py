from __future__ import annotations

import math

import pytest

from csrbook.stats.cox import cox_arm
from csrbook.stats.cox_profile import profile_limits
from tests.stats.reference import survival_data

GEHAN = survival_data("gehan")
ARGUMENTS = (GEHAN["time"], GEHAN["event"], GEHAN["arm"])

# R: with m the fit (eps = 1e-13), the roots below and above coef(m) of
#    function(b) 2 * (m$loglik[2] - coxph(f, d, ties = ties, init = b, iter.max = 0)$loglik[2]) - qchisq(.95, 1)
LIMITS = [
    ("efron", None, (2.21457247274, 11.3683491983)),
    ("breslow", None, (2.08949912626, 10.6107240264)),
    ("exact", None, (2.26329207303, 12.6400369344)),
    ("efron", GEHAN["stratum"], (2.06446903908, 11.041592472)),
]


@pytest.mark.parametrize(("ties", "strata", "expected"), LIMITS)
def test_limits_equal_rs_likelihood(ties, strata, expected):
    limits = profile_limits(*ARGUMENTS, ties=ties, strata=strata)
    assert (limits.lower, limits.upper) == pytest.approx(expected, rel=1e-9)
    assert limits.hr == pytest.approx(cox_arm(*ARGUMENTS, ties=ties, strata=strata).hr, rel=1e-12)


def test_no_event_in_an_arm_leaves_one_limit():
    # R: e <- data.frame(t = 1:6, v = c(1,0,1,0,1,0), a = c(1,0,1,0,1,0)), as above with the supremum at b = 30
    limits = profile_limits(range(1, 7), [1, 0, 1, 0, 1, 0], [1, 0, 1, 0, 1, 0])
    assert (limits.hr, limits.upper) == (math.inf, math.inf)
    assert limits.lower == pytest.approx(1.11489924189, rel=1e-9)
    mirror = profile_limits(range(1, 7), [1, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1])
    assert (mirror.hr, mirror.lower) == (0.0, 0.0)
    assert mirror.upper == pytest.approx(1 / limits.lower, rel=1e-9)


def test_no_limits_have_a_reason():
    assert profile_limits([1, 2], [0, 0], [0, 1]).status == "no events"
    assert math.isnan(profile_limits([1, 2], [1, 1], [1, 1]).upper)
