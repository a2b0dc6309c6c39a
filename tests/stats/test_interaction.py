from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.interaction import treatment_by_marker
from tests.stats.reference import survival_data, table


@pytest.fixture(scope="module")
def lung():
    data = table("lung_full")
    known = ~np.isnan(data["ecog"])
    return {
        "time": data["time"][known],
        "event": data["event"][known],
        "arm": 1 - data["male"][known],
        "marker": data["ecog"][known] >= 1,
    }


def test_two_levels(lung):
    # R: d <- lung[!is.na(lung$ph.ecog), ]; d$arm <- as.integer(d$sex == 2); d$m <- as.integer(d$ph.ecog >= 1)
    #    a <- coxph(Surv(time, status == 2) ~ arm + m, d); b <- coxph(Surv(time, status == 2) ~ arm * m, d, eps = 1e-13)
    #    2 * (b$loglik[2] - a$loglik[2]); exp(coef(b)[3]); exp(confint(b)[3, ])
    result = treatment_by_marker(**lung)
    assert (result.chi2, result.p) == pytest.approx((0.12083074688, 0.72814), abs=5e-6)
    assert (result.ratio, result.ratio_lower, result.ratio_upper) == pytest.approx(
        (1.15921183513, 0.500750136871, 2.68351814561), rel=1e-10
    )
    # R: summary(coxph(Surv(time, status == 2) ~ arm, d[d$m == k, ]))$conf.int for k = 0, 1
    hazard_ratios = [(level.arm.hr, level.arm.lower, level.arm.upper) for level in result.levels]
    assert hazard_ratios[0] == pytest.approx((0.540610471674, 0.253093771924, 1.15474861298), rel=1e-9)
    assert hazard_ratios[1] == pytest.approx((0.59044459454, 0.408479123082, 0.853470347741), rel=1e-9)
    # R: summary(coxph(Surv(time, status == 2) ~ m, d[d$arm == 0, ]))$conf.int
    assert result.prognostic is not None
    prognosis = (result.prognostic.hr, result.prognostic.lower, result.prognostic.upper)
    assert prognosis == pytest.approx((1.65826028455, 1.07449474372, 2.5591815943), rel=1e-9)


def test_three_levels_and_strata():
    # R: v$k <- cut(v$karno, c(0, 40, 70, 100)); a <- coxph(S ~ arm + k + strata(celltype)); b <- ... arm * k ...
    #    2 * (b$loglik[2] - a$loglik[2])   ->  5.02245748225
    data = survival_data("veteran")
    level = np.array(["a", "b", "c"])[np.digitize(data["x2"], [40, 70], right=True)]
    result = treatment_by_marker(data["time"], data["event"], data["arm"], level, strata=data["stratum"])
    assert result.chi2 == pytest.approx(5.02245748225, rel=1e-9)
    assert (result.df, [x.label for x in result.levels]) == (2, ["a", "b", "c"])
    assert [x.arm.n for x in result.levels] == [38, 64, 35]
    assert math.isnan(result.ratio)


def test_order_of_the_levels_turns_the_ratio(lung):
    up = treatment_by_marker(
        **(lung | {"marker": np.where(lung["marker"], "high", "low")}), marker_levels=["low", "high"]
    )
    down = treatment_by_marker(**(lung | {"marker": np.where(lung["marker"], "high", "low")}))
    assert up.ratio * down.ratio == pytest.approx(1.0, rel=1e-9)
    assert up.chi2 == pytest.approx(down.chi2, rel=1e-9)


def test_one_level_has_no_test_but_its_arm_effect(lung):
    result = treatment_by_marker(**(lung | {"marker": ["wild type"] * len(lung["time"])}))
    assert result.status == "the marker has one level only: wild type"
    assert result.levels[0].arm.status == "ok"
    assert math.isnan(result.p)
    assert result.prognostic is None


def test_a_level_without_events_in_an_arm_says_so():
    time = [1, 2, 3, 4, 5, 6, 7, 8]
    result = treatment_by_marker(time, [1, 1, 1, 1, 0, 1, 0, 0], [0, 1, 0, 1, 1, 0, 1, 0], list("aaaabbbb"))
    assert result.status.startswith("level b: monotone likelihood: no event in the test arm")
    assert math.isnan(result.chi2)


def test_a_planned_level_without_subjects_is_named(lung):
    result = treatment_by_marker(**lung, marker_levels=[0, 1, 2])
    assert result.status == "no subjects at level 2"


def test_wrong_arguments_are_named(lung):
    with pytest.raises(StatisticsError, match="marker has 1 values"):
        treatment_by_marker(**(lung | {"marker": ["a"]}))
    with pytest.raises(StatisticsError, match="unknown level"):
        treatment_by_marker(**lung, marker_levels=[0])
    with pytest.raises(StatisticsError, match="strata has 1 values"):
        treatment_by_marker(**lung, strata=["a"])
