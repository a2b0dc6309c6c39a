"""Boundaries against those that gsDesign and rpact print, conditional power against its formula."""

from __future__ import annotations

import math

import pytest

from qc.group_sequential import boundaries, conditional_power


def test_obrien_fleming_spending_at_half_the_information() -> None:
    found = boundaries("obrien-fleming", 0.5, 0.025)
    # gsDesign(k = 2, test.type = 1, alpha = 0.025, sfu = sfLDOF): 2.963 and 1.969, spent 0.0015
    assert found["LOOK"][1] == pytest.approx(2.9626, abs=5e-5)
    assert found["FINAL"][1] == pytest.approx(1.9686, abs=5e-5)
    assert found["LOOK"][0] == pytest.approx(0.001525, abs=5e-7)
    assert found["FINAL"][0] == pytest.approx(0.025, rel=1e-14)


def test_there_are_no_boundaries_without_a_look_before_the_end() -> None:
    assert all(math.isnan(value) for pair in boundaries("pocock", 1.0, 0.025).values() for value in pair)


def test_conditional_power_of_the_current_trend() -> None:
    # B = 1 half way and drift 2: the final statistic is normal with mean 2 and variance 1/2
    assert conditional_power(1.0, 0.5, 2.0, 2.0) == pytest.approx(0.5, rel=1e-14)
    assert conditional_power(1.0, 0.5, 2.0, 1.0) == pytest.approx(0.921350396474857, rel=1e-12)
