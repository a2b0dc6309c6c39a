from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.agreement import kappa, kappa_from_ratings
from tools.crosscheck.tables_in_print import SKIN


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        # R: variance by the delta method, from numDeriv::grad of kappa by the cells' proportions, at the observed ones
        # and at the products of the margins
        ("simple", (0.34487534626039, 0.07239668737204, 0.0611847191268)),
        ("linear", (0.50816007154035, 0.06550838103562, 0.07389666803586)),
        ("quadratic", (0.66072289156626, 0.06164283241301, 0.10649518213222)),
    ],
)
def test_dermatologists(weights, expected):
    result = kappa(SKIN, weights=weights)
    assert (result.estimate, result.se, result.se_null) == pytest.approx(expected, rel=1e-9)
    assert result.z == pytest.approx(expected[0] / expected[2], rel=1e-9)
    assert result.n == 88


def test_dermatologists_as_sas_prints_them():
    # SAS: kappa 0.3449, ASE 0.0724, limits 0.2030 and 0.4868; under H0 ASE 0.0612, Z 5.6366, p < .0001;
    # weighted kappa 0.5082, ASE 0.0655, limits 0.3798 and 0.6366
    simple, weighted = kappa(SKIN), kappa(SKIN, weights="linear")
    got = (simple.estimate, simple.se, simple.lower, simple.upper, simple.se_null, simple.z)
    assert got == pytest.approx((0.3449, 0.0724, 0.2030, 0.4868, 0.0612, 5.6366), abs=5e-5)
    assert simple.p < 1e-4
    got = (weighted.estimate, weighted.se, weighted.lower, weighted.upper)
    assert got == pytest.approx((0.5082, 0.0655, 0.3798, 0.6366), abs=5e-5)


def test_equals_statsmodels():
    cohens_kappa = pytest.importorskip("statsmodels.stats.inter_rater").cohens_kappa
    theirs = cohens_kappa(np.array(SKIN))
    ours = kappa(SKIN)
    assert (ours.estimate, ours.se, ours.se_null) == pytest.approx(
        (theirs.kappa, math.sqrt(theirs.var_kappa), math.sqrt(theirs.var_kappa0)), rel=1e-12
    )


def test_two_categories_have_one_kappa():
    values = [kappa([[20, 5], [10, 15]], weights=w) for w in ("simple", "linear", "quadratic")]
    assert [v.estimate for v in values] == pytest.approx([0.4] * 3, rel=1e-12)
    assert [v.se for v in values] == pytest.approx([values[0].se] * 3, rel=1e-12)


def test_given_scores():
    # Scores 1, 2, 4: weights 1 − |difference| / 3, put into the definition of kappa
    table = np.array([[10, 2, 1], [3, 8, 2], [0, 4, 9]])
    w = np.array([[1, 2 / 3, 0], [2 / 3, 1, 1 / 3], [0, 1 / 3, 1]])
    p = table / table.sum()
    chance = (w * np.outer(p.sum(1), p.sum(0))).sum()
    result = kappa(table, weights="linear", scores=[1, 2, 4])
    assert result.estimate == pytest.approx(((w * p).sum() - chance) / (1 - chance), rel=1e-12)


def test_one_record_a_subject():
    rows, columns = (index.ravel() for index in np.indices((4, 4)))
    times = np.array(SKIN).ravel()
    words = np.array(["terrible", "poor", "marginal", "clear"])
    first, second = np.repeat(rows, times), np.repeat(columns, times)
    whole = kappa(SKIN, weights="linear")
    assert kappa_from_ratings(first, second, weights="linear") == whole
    assert kappa_from_ratings(first + 0.5, second + 0.5, weights="linear") == whole
    assert kappa_from_ratings(words[first], words[second], levels=list(words), weights="linear") == whole
    assert kappa_from_ratings(words[first], words[second]).estimate == pytest.approx(kappa(SKIN).estimate, rel=1e-12)


def test_complete_agreement():
    result = kappa([[5, 0], [0, 7]])
    assert (result.estimate, result.se, result.status) == (1.0, 0.0, "ok")


@pytest.mark.parametrize(
    ("table", "status"),
    [
        ([[0, 0], [0, 0]], "no subjects"),
        ([[9, 0], [0, 0]], "all ratings in one category"),
        ([[5, 4], [0, 0]], "a rater used one category only"),
    ],
)
def test_not_estimable(table, status):
    result = kappa(table)
    assert result.status == status
    assert math.isnan(result.p)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"table": [[1, 2, 3], [4, 5, 6]]}, "argument 'table'"),
        ({"table": [[1.5, 2], [3, 4]]}, "argument 'table'"),
        ({"table": [[-1, 2], [3, 4]]}, "argument 'table'"),
        ({"weights": "cubic"}, "argument 'weights'"),
        ({"scores": [1, 2]}, "argument 'scores'"),
        ({"weights": "linear", "scores": [2, 1]}, "argument 'scores'"),
        ({"weights": "linear", "scores": [1, 2, 3]}, "argument 'scores'"),
        ({"confidence": 95}, "argument 'confidence'"),
    ],
)
def test_a_wrong_argument_is_named(change, where):
    with pytest.raises(StatisticsError) as caught:
        kappa(**({"table": [[1, 2], [3, 4]]} | change))
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("first", "second", "where"),
    [
        ([1, 2], [1, 2, 1], "argument 'second'"),
        ([1, 2], [1, math.nan], "argument 'second', position 1"),
        (["a", ""], ["a", "b"], "argument 'first', position 1"),
        ([1, 2], ["a", "b"], "argument 'second'"),
    ],
)
def test_wrong_ratings_are_named(first, second, where):
    with pytest.raises(StatisticsError) as caught:
        kappa_from_ratings(first, second)
    assert caught.value.where == where
