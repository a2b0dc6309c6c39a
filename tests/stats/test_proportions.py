from __future__ import annotations

import math

import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.proportions import clopper_pearson, wilson
from csrbook.stats.risk_difference import (
    farrington_manning,
    miettinen_nurminen,
    miettinen_nurminen_stratified,
)

# Responders and subjects of test and control in three strata.
STRATA = ([30, 15, 9], [90, 55, 21], [22, 12, 3], [92, 53, 23])


@pytest.mark.parametrize(
    ("x", "n", "lower", "upper"),
    [
        (15, 148, 0.05784401, 0.16165049),  # R: binom.test(x, n)$conf.int
        (20, 20, 0.8315665, 1.0),
    ],
)
def test_clopper_pearson(x, n, lower, upper):
    limits = clopper_pearson(x, n)
    assert (limits.lower, limits.upper) == pytest.approx((lower, upper), abs=5e-7)
    assert limits.estimate == x / n


def test_clopper_pearson_at_another_level():
    # R: binom.test(7, 20, conf.level = .9)$conf.int   ->  0.177310917574 0.558034511315
    limits = clopper_pearson(7, 20, confidence=0.9)
    assert (limits.lower, limits.upper) == pytest.approx((0.177310917574, 0.558034511315), rel=1e-11)


def test_clopper_pearson_limits_of_0_of_n_in_closed_form():
    # 0 of n: the upper limit is 1 − (α/2)^(1/n).
    assert clopper_pearson(0, 7).upper == pytest.approx(1 - 0.025 ** (1 / 7), rel=1e-12)


def test_wilson():
    # R: prop.test(15, 148, correct = FALSE)$conf.int
    limits = wilson(15, 148)
    assert (limits.lower, limits.upper) == pytest.approx((0.0623863995307, 0.1604872417233), rel=1e-11)


@pytest.mark.parametrize("method", [clopper_pearson, wilson])
def test_no_subjects_has_no_estimate(method):
    result = method(0, 0)
    assert result.status == "no subjects"
    assert math.isnan(result.estimate)
    assert math.isnan(result.upper)


def test_miettinen_nurminen_where_a_library_is_wrong():
    # User needs (statsmodels issue 10269): 12/180 against 25/178, by exact constrained maximum likelihood.
    result = miettinen_nurminen(12, 180, 25, 178)
    assert (result.lower, result.upper) == pytest.approx((-0.1400, -0.0110), abs=5e-5)


@pytest.mark.parametrize(
    ("counts", "lower", "upper"),
    # With no responder in either arm and δ > 0 the restricted estimates are (δ, 0), so that
    # δ² = z² δ(1 − δ)/n1 · N/(N − 1), δ = k/(1 + k) with k = z² N/((N − 1) n1); and the mirror image with n0.
    [((0, 10, 0, 20), 20, 10), ((0, 7, 0, 7), 7, 7)],
)
def test_no_responders_in_closed_form(counts, lower, upper):
    total = counts[1] + counts[3]
    k = [1.959963984540054**2 * total / (total - 1) / n for n in (lower, upper)]
    result = miettinen_nurminen(*counts)
    assert (result.lower, result.upper) == pytest.approx((-k[0] / (1 + k[0]), k[1] / (1 + k[1])), rel=1e-9)
    assert math.isnan(result.p)


def test_complete_difference_reaches_one():
    result = miettinen_nurminen(10, 10, 0, 10)
    assert (result.difference, result.upper) == (1.0, 1.0)
    assert 0.5 < result.lower < 0.8


def test_stratified_with_mantel_haenszel_weights():
    # R, restricted estimates by optimize() on the likelihood, N/(N − 1) in each stratum, w = n1 n0/N:
    # cm <- function(x1,n1,x0,n0,d) { f <- function(p) -(dbinom(x1,n1,p+d,log=TRUE) + dbinom(x0,n0,p,log=TRUE))
    #        optimize(f, c(max(0,-d)+1e-12, min(1,1-d)-1e-12), tol=1e-14)$minimum }
    # Z  <- function(d) { p0 <- mapply(cm,x1,n1,x0,n0,d); p1 <- p0+d; N <- n1+n0; w <- n1*n0/N
    #        v <- (p1*(1-p1)/n1+p0*(1-p0)/n0)*N/(N-1); sum(w*(x1/n1-x0/n0-d))/sqrt(sum(w^2*v)) }
    # uniroot(function(d) Z(d) -/+ qnorm(.975), ...)$root   ->  0.00971075287 0.20024414430
    result = miettinen_nurminen_stratified(*STRATA)
    assert (result.lower, result.upper) == pytest.approx((0.00971075287, 0.20024414430), abs=2e-9)


def test_stratified_with_miettinen_and_nurminens_own_weights():
    # Design paper on statistics (own check against R): 0.009695 to 0.199920.
    result = miettinen_nurminen_stratified(*STRATA, weights="miettinen-nurminen")
    assert (result.lower, result.upper) == pytest.approx((0.009695, 0.199920), abs=5e-7)


def test_stratified_score_at_zero_is_the_cochran_mantel_haenszel_test():
    # R: mantelhaen.test(T, correct = FALSE)   ->  X-squared = 4.653858586, p-value = 0.0309838257
    result = miettinen_nurminen_stratified(*STRATA)
    assert (result.z**2, result.p) == pytest.approx((4.653858586, 0.0309838257), rel=1e-9)


def test_a_stratum_without_an_arm_is_named():
    result = miettinen_nurminen_stratified([30, 1], [90, 4], [22, 0], [92, 0])
    assert result.status == "no subjects in an arm of stratum 2"
    alone = miettinen_nurminen(30, 90, 22, 92)
    assert (result.lower, result.upper) == (alone.lower, alone.upper)
    assert miettinen_nurminen(3, 4, 0, 0).status == "no subjects in the control arm"


def test_farrington_manning_where_the_restricted_estimate_is_on_a_bound():
    # 0/1 against 10/10, margin −.10: p0 = 1 and p1 = .9 are the likeliest, z = (−1 + .1) / sqrt(.9 · .1 / 1) = −3.
    test = farrington_manning(0, 1, 10, 10, margin=-0.10)
    assert test.z == pytest.approx(-3.0, rel=1e-12)
    assert (test.restricted_test, test.restricted_control) == (0.9, 1.0)
    assert test.p == pytest.approx(0.9986501, abs=5e-8)  # R: pnorm(3)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: clopper_pearson(5, 4), "x"),
        (lambda: clopper_pearson(-1, 4), "x"),
        (lambda: clopper_pearson(1, 4.5), "n"),
        (lambda: clopper_pearson(1, 4, confidence=95), "confidence"),
        (lambda: wilson(math.nan, 4), "x"),
        (lambda: miettinen_nurminen(5, 4, 1, 4), "x1"),
        (lambda: miettinen_nurminen(1, 4, 5, 4), "x0"),
        (lambda: miettinen_nurminen_stratified([1, 2], [4, 4], [1], [4, 4]), "x0"),
        (lambda: miettinen_nurminen_stratified(["a"], [4], [1], [4]), "x1"),
        (lambda: farrington_manning(1, 4, 1, 4, margin=1.0), "margin"),
    ],
)
def test_a_wrong_argument_is_named(call, name):
    with pytest.raises(StatisticsError) as caught:
        call()
    assert caught.value.where.startswith(f"argument '{name}'")
