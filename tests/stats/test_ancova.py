from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.ancova import ancova
from tests.stats.repeated import repeated

FIELDS = ("estimate", "se", "df", "lower", "upper", "t", "p")


def visit_two():
    """53 subjects of three arms: d <- subset(read.csv("repeated.csv"), set == "three" & visit == 2)."""
    d = repeated("three")
    return {key: values[d["visit"] == 2] for key, values in d.items()}


def fitted(**options):
    d = visit_two()
    return ancova(d["y"], d["arm"], covariates={"base": d["base"]}, factors={"sex": d["sex"]}, **options)


def rows(result):
    return [[getattr(row.estimate, field) for field in FIELDS] for row in result]


def test_common_slopes():
    # R: m <- lm(y ~ arm + base + sex, d); summary(emmeans(m, "arm"), infer = TRUE); drop1(m, test = "F")
    result = fitted()
    h, low, p = rows(result.ls_means)
    assert h == pytest.approx(
        [48.7377226587, 1.36729399293, 48, 45.9885938326, 51.4868514848, 35.6453863695, 3.41907854528e-36], rel=1e-9
    )
    assert low == pytest.approx(
        [42.7941048761, 1.47339121023, 48, 39.8316532973, 45.756556455, 29.0446315813, 4.13427645927e-32], rel=1e-9
    )
    assert p[:2] == pytest.approx([48.9235403644, 1.34789336216], rel=1e-10)
    # Differences by contrast(…, "trt.vs.ctrlk", adjust = "none") in R
    first, second = rows(result.differences)
    assert first == pytest.approx(
        [-0.185817705722, 1.9381531575, 48, -4.08273580979, 3.7111003983, -0.0958735923439, 0.924020128067], rel=1e-9
    )
    assert second == pytest.approx(
        [-6.12943548828, 1.98168692121, 48, -10.1138840908, -2.14498688577, -3.09303928016, 0.00329798363412], rel=1e-9
    )
    assert (result.f, result.f_df, result.f_p) == pytest.approx((6.00697, 2, 0.0046961), rel=1e-5)
    assert (result.sigma, result.r_squared) == pytest.approx((5.7639595125728, 0.3052060165196), rel=1e-12)


def test_observed_weights():
    # The same model in R with weights = "proportional"
    got = rows(fitted(weights="observed").ls_means)
    assert [r[0] for r in got] == pytest.approx([48.536553738, 42.5929359554, 48.7223714437], rel=1e-10)
    assert [r[1] for r in got] == pytest.approx([1.37631724503, 1.45170241039, 1.33894725554], rel=1e-10)


@pytest.mark.parametrize(
    ("options", "means", "differences"),
    [
        (
            {},
            ([48.5598730916, 42.3984561667, 49.7973659806], [1.31512581787, 1.4684365586, 1.32284425159]),
            ([-1.23749288895, -7.3989098139], [1.86533450909, 1.97641666675]),
        ),
        (
            {"weights": "observed"},
            ([48.2408338534, 42.4753711176, 49.4875536639], [1.34530048258, 1.39547865638, 1.30419353374]),
            ([-1.24671981048, -7.01218254625], [1.87370065963, 1.91004750043]),
        ),
        (
            {"at": {"base": 60.0}},
            ([49.6350624895, 49.5007443095, 47.0749816033], [3.39721377733, 2.60063165868, 2.64383310003]),
            ([2.56008088619, 2.42576270619], [4.30475491866, 3.70852241262]),
        ),
    ],
)
def test_slopes_by_arm(options, means, differences):
    # R: emmeans(lm(y ~ arm * sex + arm * base, d), "arm", weights = "equal" or "proportional", at = list(base = 60))
    result = fitted(by_arm=["base", "sex"], **options)
    for got, (estimates, errors) in ((result.ls_means, means), (result.differences, differences)):
        assert [r.estimate.estimate for r in got] == pytest.approx(estimates, rel=1e-10)
        assert [r.estimate.se for r in got] == pytest.approx(errors, rel=1e-10)
        assert {r.estimate.df for r in got} == {44.0}


def test_two_arms_alone_are_the_t_test():
    # R: sleep; t.test(extra ~ group, sleep, var.equal = TRUE): t = -1.8608, df = 18, p = .07919, −3.363874 to 0.203874
    extra = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0, 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    result = ancova(extra, [1] * 10 + [2] * 10)
    e = result.differences[0].estimate
    assert (e.lower, e.upper) == pytest.approx((-3.363874, 0.203874), abs=5e-7)
    assert (e.t, e.df, e.p) == pytest.approx((-1.8608, 18, 0.07919), abs=5e-5)
    assert (result.f, result.f_p) == pytest.approx((e.t**2, e.p), rel=1e-10)


def test_control_and_order_of_arms():
    plain, turned = fitted(), fitted(arms=["P", "L", "H"], control="L")
    assert [m.arm for m in turned.ls_means] == ["P", "L", "H"]
    by = {(d.arm, d.control): d.estimate for d in turned.differences}
    difference = plain.ls_means[0].estimate.estimate - plain.ls_means[1].estimate.estimate
    assert by["H", "L"].estimate == pytest.approx(difference, rel=1e-12)
    assert [m.n for m in turned.ls_means] == [m.n for m in reversed(plain.ls_means)]


def test_an_arm_without_subjects():
    result = fitted(arms=["H", "L", "P", "X"], control="P", by_arm=["base"])
    assert result.status == "ok"
    assert [m.estimate.status for m in result.ls_means] == ["ok", "ok", "ok", "no subjects in X"]
    assert [d.estimate.status for d in result.differences] == ["ok", "ok", "no subjects in X"]
    assert result.f_df == 2
    assert fitted(arms=["H", "L", "P", "X"]).differences[0].estimate.status == "no subjects in X"


def test_not_estimable():
    arm = ["A", "A", "B", "B"]
    same = ancova([1.0, 2.0, 3.0, 5.0], arm, factors={"site": ["x", "x", "y", "y"]})
    assert same.status.startswith("singular design: ")
    assert math.isnan(same.differences[0].estimate.estimate)
    assert math.isnan(same.f)
    assert ancova([1.0, 2.0], ["A", "B"]).status == "no residual degrees of freedom"
    assert ancova([1.0, 1.0, 3.0, 3.0], arm).status == "the model fits the data exactly"
    assert ancova([], np.array([], dtype=str), arms=["A", "B"]).status == "no subjects"
    assert ancova([], np.array([], dtype=str), arms=["A", "B"]).ls_means[0].estimate.status == "no subjects in A"
    one = ancova([1.0, 2.0, 2.5, 4.0], arm, factors={"sex": ["F", "F", "F", "F"]})
    assert one.differences[0].estimate.estimate == pytest.approx(-1.75, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"response": [1.0, math.nan, 2.0, 3.0]}, "argument 'response', position 1"),
        ({"arm": ["A", "B", "A"]}, "argument 'arm'"),
        ({"arm": ["A"] * 4}, "argument 'arm'"),
        ({"control": "Z"}, "argument 'control'"),
        ({"covariates": {"base": [1.0, 2.0, math.nan, 3.0]}}, "argument 'base', position 2"),
        ({"factors": {"sex": ["F", "M"]}}, "argument 'sex'"),
        ({"by_arm": "base"}, "argument 'by_arm'"),
        ({"weights": "cells"}, "argument 'weights'"),
        ({"at": {"base": 1.0}}, "argument 'at'"),
        ({"confidence": 95}, "argument 'confidence'"),
    ],
)
def test_a_wrong_argument_is_named(change, where):
    good = {"response": [1.0, 2.0, 3.0, 4.0], "arm": ["A", "B", "A", "B"]}
    with pytest.raises(StatisticsError) as caught:
        ancova(**(good | change))
    assert caught.value.where == where
