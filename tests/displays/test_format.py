"""Numbers to strings: half away from zero on the decimal that the number stands for, as SAS's ROUND and its formats."""

from __future__ import annotations

import math

import pytest

from csrbook.displays.format import date9, fixed, percent, pvalue, round_half_away


@pytest.mark.parametrize(
    ("value", "digits", "printed"),
    [
        (2.675, 2, "2.68"),  # stored as 2.67499…; SAS round(2.675, 0.01) is 2.68, Python's round gives 2.67
        (0.5, 0, "1"),  # half to even would give 0
        (2.5, 0, "3"),
        (-0.5, 0, "-1"),
        (-2.675, 2, "-2.68"),
        (-0.04, 1, "0.0"),  # zero has no sign
        (0.1 + 0.2, 1, "0.3"),  # 0.30000000000000004
        (1e-20, 4, "0.0000"),
        (123456.45, 1, "123456.5"),
        (9.25e40, 1, "9" + "25" + "0" * 38 + ".0"),
    ],
)
def test_rounds_half_away_from_zero(value, digits, printed):
    assert str(round_half_away(value, digits)) == printed
    assert fixed(value, digits) == printed


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_no_number_prints_ne(value):
    assert fixed(value, 1) == "NE"
    assert pvalue(value) == "NE"


def test_percentages():
    assert percent(1, 8) == "12.5"
    assert percent(1, 16, 1) == "6.3"  # 6.25: half to even would give 6.2
    assert percent(0, 0) == "NE"


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0.0, "<0.0001"),
        (0.00009999, "<0.0001"),
        (0.0001, "0.0001"),
        (0.04995, "0.0500"),
        (0.99995, ">0.9999"),
        (1.0, ">0.9999"),
    ],
)
def test_p_values_end_with_a_sign_and_never_with_zero_or_one(value, printed):
    assert pvalue(value) == printed


def test_sas_dates():
    assert date9(0) == "01JAN1960"  # SAS: put(0, date9.)
    assert date9(23336) == "22NOV2023"
    assert date9(math.nan) == ""
