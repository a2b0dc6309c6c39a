"""The Weibull model against R's ``survreg``.

``m <- survreg(Surv(l, r, type = "interval2") ~ x)`` (``l`` NA for 0, ``rel.tolerance = 1e-14``), ``-coef(m)["x"] /
m$scale``, its standard error by the delta method from ``vcov(m)``.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from qc.weibull import weibull_arm
from tests.qc.cosmesis import CHEMOTHERAPY, LEFT, ONE, RIGHT


def test_interval_censored_times_match_r() -> None:
    fit = weibull_arm(LEFT, RIGHT, CHEMOTHERAPY, ONE)
    assert fit.log_hazard_ratio == pytest.approx(0.916380028258, rel=1e-11)
    assert fit.standard_error == pytest.approx(0.282947971643, rel=1e-11)


def test_exact_and_right_censored_times_match_r() -> None:
    time = np.array(
        [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], dtype=float
    )
    event = np.array([1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0] + [1] * 5 + [0] + [1] * 6, dtype=bool)
    maintained = np.repeat([1, 0], [11, 12])
    fit = weibull_arm(time, np.where(event, time, math.inf), maintained, np.repeat("all", 23))
    assert fit.log_hazard_ratio == pytest.approx(-1.1749622581899, rel=1e-9)
    assert fit.standard_error == pytest.approx(0.5230350331538, rel=1e-9)


def test_a_stratum_without_events_adds_nothing() -> None:
    left, right = np.r_[LEFT, 10.0, 20.0], np.r_[RIGHT, math.inf, math.inf]
    stratum = np.append(ONE, ["other", "other"])
    fit = weibull_arm(left, right, np.r_[CHEMOTHERAPY, 0, 1], stratum)
    assert fit.log_hazard_ratio == pytest.approx(0.916380028258, rel=1e-9)


def test_there_is_no_estimate_without_events_in_an_arm() -> None:
    right = np.where(CHEMOTHERAPY == 1, math.inf, RIGHT)
    assert math.isnan(weibull_arm(LEFT, right, CHEMOTHERAPY, ONE).log_hazard_ratio)
