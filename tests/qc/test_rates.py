"""Rates against R 4: ``poisson.test(x, T, conf.level = c)$conf.int``, ``poisson.test(c(x1, x0), c(T1, T0))``."""

from __future__ import annotations

import math

import pytest

from qc.rates import garwood, rate_ratio


@pytest.mark.parametrize(
    ("events", "exposure", "confidence", "lower", "upper"),
    [
        (10, 1.0, 0.95, 4.79538869613, 18.39035604202),
        (0, 2.5, 0.95, 0.0, 1.47555178165),
        (299, 159.2, 0.90, 1.70312549142, 2.06687680006),
    ],
)
def test_garwood(events: int, exposure: float, confidence: float, lower: float, upper: float) -> None:
    rate = garwood(events, exposure, per=100.0, confidence=confidence)
    assert rate.estimate == pytest.approx(100.0 * events / exposure, rel=1e-14)
    assert (rate.lower, rate.upper) == pytest.approx((100.0 * lower, 100.0 * upper), rel=1e-11)


@pytest.mark.parametrize(
    ("counts", "times", "expected"),
    [
        ((11, 21), (800.0, 3011.0), (1.97148809524, 0.858426403392, 4.277265943654)),
        ((2, 39), (157.8, 112.9), (0.0366903903026, 0.00429198174045, 0.14172104898348)),
        ((0, 5), (158.2, 141.3), (0.0, 0.0, 0.974701248813)),
        ((2, 0), (158.2, 141.3), (math.nan, 0.167746064178, math.nan)),
        ((0, 0), (158.2, 141.3), (math.nan, math.nan, math.nan)),
    ],
)
def test_rate_ratio(counts: tuple[int, int], times: tuple[float, float], expected: tuple[float, ...]) -> None:
    ratio = rate_ratio(counts[0], times[0], counts[1], times[1])
    assert (ratio.estimate, ratio.lower, ratio.upper) == pytest.approx(expected, rel=1e-11, nan_ok=True)


def test_nobody_at_risk_has_no_rate() -> None:
    assert math.isnan(garwood(0, 0.0).upper)
    assert math.isnan(rate_ratio(0, 0.0, 3, 10.0).lower)
