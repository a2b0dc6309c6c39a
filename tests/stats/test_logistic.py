from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.logistic import logistic
from tests.stats.reference import table


def lung():
    """226 patients of survival::lung with ECOG 0 to 2; response: death within 365 days (119)."""
    d = table("lung_full")
    keep = d["ecog"] < 3
    d = {key: values[keep] for key, values in d.items()}
    return d, ((d["time"] < 365) & (d["event"] == 1)).astype(int)


def shown(estimate, scale=float):
    return scale(estimate.estimate), estimate.se


def test_two_arms():
    # R: m <- glm(y ~ arm + age + factor(ph.ecog), binomial, epsilon = 1e-15); standardised risks by predicting all with
    # sex "F" and with "M"; standard errors from numDeriv::jacobian of the risks by coef(m) and vcov(m)
    d, y = lung()
    sex = np.where(d["male"] == 1, "M", "F")
    result = logistic(y, sex, covariates={"age": d["age"]}, factors={"ecog": d["ecog"]})
    assert (result.status, result.n, result.events) == ("ok", 226, 119)
    assert result.loglik == pytest.approx(-143.533321589, rel=1e-11)
    female, male = (shown(r.risk) for r in result.risks)
    assert female == pytest.approx((0.4009780942585, 0.05014896590386), rel=1e-9)
    assert male == pytest.approx((0.6087281672325, 0.0406809001998), rel=1e-9)
    c = result.contrasts[0]
    assert (c.arm, c.control) == ("F", "M")
    assert shown(c.risk_difference) == pytest.approx((-0.20775007297401, 0.06492028228462), rel=1e-9)
    assert shown(c.risk_ratio, math.log) == pytest.approx((-0.417465010807714, 0.142447565620266), rel=1e-9)
    assert shown(c.odds_ratio, math.log) == pytest.approx((-0.907869625464455, 0.293339753770112), rel=1e-9)
    p = (c.risk_difference_p, c.risk_ratio_p, c.odds_ratio_p)
    assert p == pytest.approx((0.001373896229827, 0.003382456010418, 0.001968511580367), rel=1e-8)
    half = 1.959963984540054 * 0.06492028228462
    assert (c.risk_difference.lower, c.risk_difference.upper) == pytest.approx(
        (-0.20775007297401 - half, -0.20775007297401 + half), rel=1e-9
    )
    assert c.odds_ratio.upper == pytest.approx(
        math.exp(-0.907869625464455 + 1.959963984540054 * 0.293339753770112), rel=1e-9
    )


def test_three_arms():
    # R: the same with d$arm <- c("a", "b", "c")[(seq_len(nrow(d)) * 7) %% 3 + 1] and y ~ arm + age + sex
    d, y = lung()
    arm = np.array(["a", "b", "c"])[(np.arange(1, len(y) + 1) * 7) % 3]
    result = logistic(y, arm, covariates={"age": d["age"], "male": d["male"]})
    assert result.loglik == pytest.approx(-149.7277334615, rel=1e-11)
    assert [r.risk.estimate for r in result.risks] == pytest.approx(
        [0.5227723786511, 0.5846019762817, 0.4714686564825], rel=1e-10
    )
    first, second = result.contrasts
    assert shown(first.risk_difference) == pytest.approx((0.05130372216861, 0.07971056384823), rel=1e-9)
    assert shown(second.risk_ratio, math.log) == pytest.approx((0.2150786095554, 0.1518367480286), rel=1e-9)
    assert shown(second.odds_ratio, math.log) == pytest.approx((0.4798450225136, 0.3366025143009), rel=1e-9)


def test_without_covariates_it_is_the_two_by_two_table():
    # Sums by hand: risks 10/16 and 4/20; Woolf's standard error sqrt(1/10 + 1/6 + 1/4 + 1/16)
    y = [1] * 10 + [0] * 6 + [1] * 4 + [0] * 16
    c = logistic(y, ["T"] * 16 + ["C"] * 20, control="C").contrasts[0]
    assert shown(c.odds_ratio) == pytest.approx((20 / 3, math.sqrt(1 / 10 + 1 / 6 + 1 / 4 + 1 / 16)), rel=1e-9)
    variance = (10 / 16) * (6 / 16) / 16 + (4 / 20) * (16 / 20) / 20
    assert shown(c.risk_difference) == pytest.approx((10 / 16 - 4 / 20, math.sqrt(variance)), rel=1e-9)
    log_variance = 1 / 10 - 1 / 16 + 1 / 4 - 1 / 20
    assert shown(c.risk_ratio) == pytest.approx((3.125, math.sqrt(log_variance)), rel=1e-9)


def test_unit_of_a_covariate_does_not_matter():
    d, y = lung()
    plain = logistic(y, d["male"], covariates={"age": d["age"]})
    large = logistic(y, d["male"], covariates={"age": 1e8 * d["age"] - 7e9})
    assert large.contrasts[0].risk_difference.se == pytest.approx(plain.contrasts[0].risk_difference.se, rel=1e-9)


ARM = ["A", "B"] * 6


@pytest.mark.parametrize(
    ("response", "covariates", "status"),
    [
        # An arm without events: the likelihood rises for ever as its odds fall.
        ([0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1], {}, "quasi-complete separation: A"),
        ([0] * 6 + [1] * 6, {"x": [*range(12)]}, "complete separation: "),
        ([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1], {"x": [1, 2, 3, 4, 5, 5, 5, 5, 6, 7, 8, 9]}, "quasi-complete"),
        ([0] * 12, {}, "no events"),
        ([1] * 12, {}, "events in all subjects"),
        ([0, 1] * 6, {"x": [3.0] * 12, "z": [*range(12)]}, "singular design: x"),
    ],
)
def test_not_estimable(response, covariates, status):
    result = logistic(response, ARM, covariates=covariates)
    assert result.status.startswith(status)
    assert result.contrasts[0].odds_ratio.status == result.status
    assert math.isnan(result.contrasts[0].risk_difference.estimate)
    assert math.isnan(result.risks[0].risk.estimate)


def test_extreme_but_not_separated():
    # R: glm(y ~ arm, binomial): 1 event of 200 000 in A, all but 1 of 200 000 in B; log odds ± log(199999)
    n = 200_000
    y = np.concatenate(([1], np.zeros(n - 1), [0], np.ones(n - 1)))
    result = logistic(y, np.repeat(["A", "B"], n))
    assert result.status == "ok"
    assert result.coefficients == pytest.approx([-math.log(n - 1), math.log(n - 1)], rel=1e-9)


def test_an_arm_without_subjects():
    result = logistic([1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0], ARM, arms=["A", "B", "C"], control="B")
    assert result.status == "ok"
    assert [r.risk.status for r in result.risks] == ["ok", "ok", "no subjects in C"]
    assert [c.risk_ratio.status for c in result.contrasts] == ["ok", "no subjects in C"]
    assert logistic([], np.array([], dtype=str), arms=["A", "B"]).status == "no subjects"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"response": [1, 2, 0, 1]}, "argument 'response', position 1"),
        ({"response": [1, math.nan, 0, 1]}, "argument 'response', position 1"),
        ({"arm": ["A", "B", "A"]}, "argument 'arm'"),
        ({"arm": ["A"] * 4}, "argument 'arm'"),
        ({"control": "Z"}, "argument 'control'"),
        ({"covariates": {"age": [1.0, 2.0, 3.0, math.nan]}}, "argument 'age', position 3"),
        ({"factors": {"sex": ["F", "M", "", "M"]}}, "argument 'sex', position 2"),
        ({"confidence": 0.0}, "argument 'confidence'"),
    ],
)
def test_a_wrong_argument_is_named(change, where):
    good = {"response": [1, 0, 0, 1], "arm": ["A", "B", "A", "B"]}
    with pytest.raises(StatisticsError) as caught:
        logistic(**(good | change))
    assert caught.value.where == where
