from __future__ import annotations

import math

import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.paired_proportions import mcnemar


def test_agrestis_approval_ratings():
    # Agresti, Categorical Data Analysis, table 11.1: z = -4.17, so chi2 = 17.36; difference -0.04, limits -0.06, -0.02
    found = mcnemar(794, 150, 86, 570)
    assert found.chi2 == pytest.approx(64**2 / 236, rel=1e-12)
    assert (round(found.difference, 2), round(found.lower, 2), round(found.upper, 2)) == (-0.04, -0.06, -0.02)
    # R: mcnemar.test(matrix(c(794, 86, 150, 570), 2), correct = FALSE)$p.value
    assert found.p == pytest.approx(3.09929344105e-05, rel=1e-9)


def test_few_pairs_that_changed():
    # R: binom.test(1, 7)$p.value is 0.125; mcnemar.test(matrix(c(3, 6, 1, 10), 2), correct = FALSE)$p.value
    found = mcnemar(3, 1, 6, 10)
    assert found.p_exact == pytest.approx(0.125, rel=1e-12)
    assert found.p == pytest.approx(0.0587817213554, rel=1e-9)
    assert (found.n, found.first, found.second) == (20, 0.2, 0.45)


def test_no_change_and_no_pair_have_no_test():
    same = mcnemar(3, 0, 0, 4)
    assert (same.status, same.difference) == ("no pair changed", 0.0)
    assert math.isnan(same.p)
    assert mcnemar(0, 0, 0, 0).status == "no pairs"
    assert mcnemar(0, 1, 1, 0).p_exact == 1.0


def test_a_count_below_zero_is_refused():
    with pytest.raises(StatisticsError, match="lost"):
        mcnemar(1, -1, 0, 0)
