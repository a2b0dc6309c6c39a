"""Synthesis test against its formula worked by hand."""

from __future__ import annotations

import math

import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.preserved_fraction import preserved_fraction


def test_by_hand():
    # b = ln .8, SE .12; g = ln .6, SE .15; l = .5: z = (ln .8 + .5 ln .6) / sqrt(.12² + .25 · .15²), p = Φ(z)
    found = preserved_fraction(math.log(0.8), 0.12, math.log(0.6), 0.15, 0.5)
    assert found.z == pytest.approx(-0.4785563632 / 0.1415097170, rel=1e-8)
    assert found.p == pytest.approx(0.5 * math.erfc(3.381791 / math.sqrt(2)), rel=1e-4)


def test_the_whole_effect_is_superiority_whatever_is_assumed():
    one = preserved_fraction(-0.2, 0.1, -0.5, 0.3, 1.0)
    assert (one.z, one.p) == (-2.0, pytest.approx(0.0227501319))


def test_no_fit_gives_no_test():
    found = preserved_fraction(math.nan, math.nan, -0.5, 0.1, 0.5, status="no event in an arm")
    assert math.isnan(found.z)
    assert found.status == "no event in an arm"
    assert preserved_fraction(-0.1, 0.0, -0.5, 0.1, 0.5).status == "the hazard ratio has no standard error"


@pytest.mark.parametrize(("fraction", "error"), [(-0.1, 0.1), (1.1, 0.1), (0.5, -1.0), (0.5, math.nan)])
def test_refuses(fraction, error):
    with pytest.raises(StatisticsError, match="argument"):
        preserved_fraction(-0.1, 0.1, -0.5, error, fraction)
