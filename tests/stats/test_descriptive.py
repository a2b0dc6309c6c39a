from __future__ import annotations

import math

import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.descriptive import describe, percentile
from csrbook.stats.multiplicity import benjamini_hochberg

ODD = [3.1, 4.7, 1.2, 9.9, 5.5, 2.4, 7.3]


def test_quartiles_with_an_odd_number():
    # R: quantile(x, c(.25, .5, .75, .1), type = 2)   ->  2.4 4.7 7.3 1.2 ; mean(x), sd(x)
    d = describe(ODD)
    assert (d.q1, d.median, d.q3, percentile(ODD, 0.1)) == (2.4, 4.7, 7.3, 1.2)
    assert (d.mean, d.sd) == pytest.approx((4.87142857143, 3.00927138785), rel=1e-11)
    assert (d.n, d.min, d.max, d.status) == (7, 1.2, 9.9, "ok")


def test_quartiles_with_an_even_number():
    # R: quantile(c(x, 8.8), c(.25, .5, .75, .1), type = 2)   ->  2.75 5.10 8.05 1.20 ; sd 3.11307725571
    d = describe([*ODD, 8.8])
    assert (d.q1, d.median, d.q3) == pytest.approx((2.75, 5.10, 8.05), rel=1e-12)
    assert d.sd == pytest.approx(3.11307725571, rel=1e-11)


def test_ends_of_the_distribution():
    assert (percentile(ODD, 0.0), percentile(ODD, 1.0)) == (1.2, 9.9)


def test_missing_values_are_counted():
    d = describe([1.0, math.nan, 3.0])
    assert (d.n, d.n_missing, d.mean) == (2, 1, 2.0)


def test_one_value_has_no_standard_deviation():
    d = describe([5.0])
    assert (d.median, d.status) == (5.0, "one value: no standard deviation")
    assert math.isnan(d.sd)


def test_no_value():
    assert describe([]).status == "no values"
    assert describe([math.nan]).n_missing == 1


@pytest.mark.parametrize("x", [["a", "b"], [1.0, math.inf], [[1.0, 2.0]], [1.0, None]])
def test_what_is_no_number_is_refused(x):
    with pytest.raises(StatisticsError, match="x holds"):
        describe(x)


def test_false_discovery_rate():
    # By R: p.adjust(c(.01, .02, .03, .04, .05, .9, .001, .04), "BH")
    q = benjamini_hochberg([0.01, 0.02, 0.03, 0.04, 0.05, 0.9, 0.001, 0.04])
    expected = [0.04, 0.0533333333333, 0.0533333333333, 0.0533333333333, 0.0571428571429, 0.9, 0.008, 0.0533333333333]
    assert q.tolist() == pytest.approx(expected, rel=1e-11)


def test_a_test_that_does_not_exist_does_not_count():
    q = benjamini_hochberg([0.01, math.nan, 0.04])
    assert q[[0, 2]].tolist() == pytest.approx([0.02, 0.04])
    assert math.isnan(q[1])


def test_p_values_outside_0_to_1_are_refused():
    with pytest.raises(StatisticsError, match="outside 0 to 1"):
        benjamini_hochberg([0.5, 1.5])
