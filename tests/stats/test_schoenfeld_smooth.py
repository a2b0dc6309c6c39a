from __future__ import annotations

import math

import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.cox import cox_arm
from csrbook.stats.proportional_hazards import proportional_hazards
from csrbook.stats.schoenfeld_smooth import smooth_residuals
from tests.stats.reference import table


def test_equals_a_natural_spline_in_r():
    # R: m <- coxph(Surv(time, event) ~ arm + strata(stratum), v); z <- cox.zph(m, transform = "identity")
    #    k <- quantile(z$time, c(0, 1/3, 2/3, 1)); b <- function(x) ns(x, knots = k[2:3], Boundary.knots = k[c(1, 4)],
    #    intercept = TRUE); f <- lm.fit(b(z$time), z$y); the curve b(at) %*% f$coef, limits with qnorm(.975) and
    #    sqrt(z$var * diag(b(at) %*% solve(crossprod(b(z$time))) %*% t(b(at))))
    v = table("veteran")
    test = proportional_hazards(v["time"], v["event"], v["arm"][:, None], strata=v["stratum"], transform="identity")
    fit = cox_arm(v["time"], v["event"], v["arm"], strata=v["stratum"])
    curve = smooth_residuals(test.event_time, test.scaled_residuals[:, 0], fit.se**2, [10.0, 100.0, 300.0])
    assert curve.estimate.tolist() == pytest.approx([0.163595046895, 0.377402244759, -0.554123384557], abs=1e-9)
    assert curve.lower.tolist() == pytest.approx([-0.594351142368, -0.225013342710, -1.437681912432], abs=1e-9)
    assert curve.upper.tolist() == pytest.approx([0.921541236157, 0.979817832229, 0.329435143318], abs=1e-9)


def test_residuals_on_a_line_give_that_line_and_nothing_beyond_it():
    curve = smooth_residuals([1, 2, 3, 4, 5, 6], [2, 4, 6, 8, 10, 12], 0.1, [1.5, 5.5, 6.5])
    assert curve.estimate[:2].tolist() == pytest.approx([3.0, 11.0])
    assert math.isnan(curve.estimate[2])


def test_too_few_times_have_a_reason():
    assert "too few" in smooth_residuals([1, 2, 3], [0, 1, 0], 1.0, [2]).status
    assert "too few" in smooth_residuals([1, 1, 1, 1, 1, 2], [0] * 6, 1.0, [1]).status
    with pytest.raises(StatisticsError):
        smooth_residuals([1, 2, 3], [0, 1, 0], 0.0, [2])
