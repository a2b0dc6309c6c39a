"""The second programmer's proportions against published values and R.

Newcombe, Stat Med 1998;17:857 and 873 (tables II and IV); SAS PROC FREQ, the migraine example of its documentation.
R 4.2 for the stratified interval, its restricted estimates by ``optimize``::

    V <- function(d, x1, n1, x0, n0) {
      f <- function(p) -(x1 * log(p + d) + (n1 - x1) * log(1 - p - d) + x0 * log(p) + (n0 - x0) * log(1 - p))
      p <- optimize(f, c(max(0, -d), min(1, 1 - d)), tol = 1e-12)$minimum
      ((p + d) * (1 - p - d) / n1 + p * (1 - p) / n0) * (n1 + n0) / (n1 + n0 - 1)
    }
    x1 <- c(16, 12); n1 <- c(27, 28); x0 <- c(5, 7); n0 <- c(25, 26); w <- n1 * n0 / (n1 + n0)
    D <- sum(w * (x1 / n1 - x0 / n0)) / sum(w)
    Z <- function(d) sum(w * (x1 / n1 - x0 / n0 - d)) / sqrt(sum(w^2 * mapply(V, d, x1, n1, x0, n0)))
    uniroot(function(d) Z(d) - qnorm(.975), c(-.9, D), tol = 1e-13)$root
    uniroot(function(d) Z(d) + qnorm(.975), c(D, .9), tol = 1e-13)$root
    mantelhaen.test(array(c(16, 5, 11, 20, 12, 7, 16, 19), c(2, 2, 2)), correct = FALSE)
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from qc.proportions import (
    clopper_pearson,
    cochran_mantel_haenszel,
    counts,
    miettinen_nurminen,
    miettinen_nurminen_stratified,
    newcombe,
    wilson,
)

HYBRID = {
    (56, 70, 48, 80): (0.0524, 0.3339),
    (9, 10, 3, 10): (0.1705, 0.8090),
    (6, 7, 2, 7): (0.0582, 0.8062),
    (5, 56, 0, 29): (-0.0381, 0.1926),
}
SCORE = {
    (56, 70, 48, 80): (0.0528, 0.3382),
    (9, 10, 3, 10): (0.1700, 0.8406),
    (6, 7, 2, 7): (0.0342, 0.8534),
    (5, 56, 0, 29): (-0.0326, 0.1933),
}
MIGRAINE = ([16, 12], [27, 28], [5, 7], [25, 26])


@pytest.mark.parametrize(("table", "limits"), HYBRID.items())
def test_newcombe_matches_his_paper(table: tuple[int, int, int, int], limits: tuple[float, float]) -> None:
    result = newcombe(*table)
    assert (result.lower, result.upper) == pytest.approx(limits, abs=5.1e-5)


@pytest.mark.parametrize(("table", "limits"), SCORE.items())
def test_miettinen_nurminen_matches_newcombes_paper(
    table: tuple[int, int, int, int], limits: tuple[float, float]
) -> None:
    result = miettinen_nurminen(*table)
    assert (result.lower, result.upper) == pytest.approx(limits, abs=5.1e-5)


@pytest.mark.parametrize(
    ("x", "n", "limits"),
    [(10, 100, (0.049005, 0.176223)), (0, 20, (0.0, 0.168433)), (81, 263, (0.252737, 0.367622))],
)
def test_clopper_pearson_matches_newcombes_paper(x: int, n: int, limits: tuple[float, float]) -> None:
    result = clopper_pearson(x, n)
    assert (result.lower, result.upper) == pytest.approx(limits, abs=5.1e-7)


def test_wilson_matches_newcombes_paper() -> None:
    result = wilson(81, 263)
    assert (result.lower, result.upper) == pytest.approx((0.2553, 0.3662), abs=5.1e-5)


def test_cochran_mantel_haenszel_matches_sas() -> None:
    result = cochran_mantel_haenszel(*MIGRAINE)
    assert result.chi_square == pytest.approx(8.3052, abs=5.1e-5)
    assert (result.estimate, result.lower, result.upper) == pytest.approx((3.3132, 1.4456, 7.5934), abs=5.1e-5)


def test_cochran_mantel_haenszel_matches_r() -> None:
    result = cochran_mantel_haenszel(*MIGRAINE)
    assert result.chi_square == pytest.approx(8.30516933546, rel=1e-11)
    assert (result.estimate, result.lower, result.upper) == pytest.approx(
        (3.31316806914, 1.44561319019, 7.59337472076), rel=1e-11
    )


def test_the_stratified_limits_match_r() -> None:
    result = miettinen_nurminen_stratified(*MIGRAINE)
    assert (result.estimate, result.lower, result.upper) == pytest.approx(
        (0.273759858, 0.089065896, 0.440483566), abs=2e-9
    )


def test_a_stratum_without_an_arm_adds_nothing() -> None:
    x1, n1, x0, n0 = MIGRAINE
    more = ([*x1, 1], [*n1, 2], [*x0, 0], [*n0, 0])
    assert miettinen_nurminen_stratified(*more) == miettinen_nurminen_stratified(*MIGRAINE)
    assert cochran_mantel_haenszel(*more) == cochran_mantel_haenszel(*MIGRAINE)


def test_arms_without_responders_have_limits_and_no_test() -> None:
    result = miettinen_nurminen(0, 20, 0, 20)
    # Z^2 = d^2 / (d (1 - d) / 20 * 40 / 39) at the restricted estimates (d, 0).
    z2 = 1.959963984540054**2 * 40.0 / (39.0 * 20.0)
    assert result.upper == pytest.approx(z2 / (1.0 + z2), rel=1e-12)
    assert result.lower == pytest.approx(-result.upper, rel=1e-12)
    assert math.isnan(result.z)


def test_counts_are_by_stratum() -> None:
    result = counts(np.array([1, 0, 1, 1]), np.array([1, 0, 0, 1]), np.array(["b", "a", "a", "b"], object))
    assert result == counts([1, 0, 1, 1], [True, False, False, True], ["b", "a", "a", "b"])
    assert (result.x1, result.n1, result.x0, result.n0) == ((0, 2), (0, 2), (1, 0), (2, 0))
