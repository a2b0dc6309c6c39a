"""The second programmer's descriptive statistics against R 4.

R: ``mean(x); sd(x); quantile(x, c(.25, .5, .75), type = 2)``.
"""

from __future__ import annotations

import math

import pandas as pd
import pytest

from qc.descriptive import as_text, count_rows, describe, levels, missing_rows, quantile

TEN = [2.5, 3.1, 4.7, 5.5, 6.2, 7.9, 8.8, 9.4, 10.1, 12.6]
SIX = [1.5, 2.25, 7, 11, 3.75, 6]


def test_ten_values():
    found = describe([*TEN, math.nan])
    assert found["n"] == 10
    assert found["mean"] == pytest.approx(7.08, rel=1e-15)
    assert found["sd"] == pytest.approx(3.237900554371613, rel=1e-15)
    assert found["median"] == pytest.approx(7.05, rel=1e-15)
    assert (found["q1"], found["q3"], found["min"], found["max"]) == (4.7, 9.4, 2.5, 12.6)


def test_quantiles_between_values_and_on_them():
    assert [quantile(SIX, share) for share in (0.1, 0.25, 0.5, 0.75)] == [1.5, 2.25, 4.875, 7.0]
    assert quantile([1, 2, 3, 4], 0.25) == 1.5


def test_a_small_spread_far_from_zero_keeps_its_digits():
    assert describe([1e9 + 0.1, 1e9 + 0.2, 1e9 + 0.4])["sd"] == pytest.approx(0.1527524945502367, rel=1e-12)


def test_too_few_values():
    assert math.isnan(describe([3.0])["sd"])
    nobody = describe([])
    assert nobody.pop("n") == 0
    assert all(math.isnan(value) for value in nobody.values())


def test_levels_of_the_plan_come_first_and_missing_is_none():
    values = pd.Series([1.0, math.nan, 0.0])
    assert list(as_text(values)) == ["1", "", "0"]
    assert levels(values, ["0", "2"]) == ["0", "2", "1"]


def test_counts_of_a_column_and_its_missing():
    who = {"A": pd.Series([True, True, True, False]), "NOBODY": pd.Series([False] * 4)}
    rows = list(count_rows({}, pd.Series(["x", "", "x", "x"]).eq("x"), who))
    assert [row["value"] for row in rows[:3]] == [2.0, pytest.approx(200 / 3), 0.0]
    assert math.isnan(rows[3]["value"])
    assert [row["value"] for row in missing_rows({}, pd.Series(["x", "", "x", "x"]), who)] == [1.0, 0.0]
