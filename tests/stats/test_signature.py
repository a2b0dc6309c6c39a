from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats._signature_fit import SignatureData, fold_numbers
from csrbook.stats.concordance import concordance
from csrbook.stats.penalised_cox import penalised_cox
from csrbook.stats.signature import HonestConcordance, cox_signature
from tests.stats.biomarkers import simulated
from tests.stats.test_penalised_cox import negative_loglik

SMALL = {"steps": 10, "inner_folds": 3, "outer_folds": 3, "resamples": 10}


def trial(seed, n=90, p=6, effect=1.0):
    data = simulated(seed, n, effect=effect, ties=0.1)
    x = np.random.default_rng(seed + 500).normal(size=(n, p))
    x[:, 0] = data["x"]
    return data["time"], data["event"], x, data["strata"]


@pytest.fixture(scope="module")
def found():
    time, event, x, strata = trial(1)
    return cox_signature(time, event, x, strata=strata, names=list("abcdef"), **SMALL)


def test_a_signature_of_a_real_effect(found):
    time, event, x, strata = trial(1)
    assert found.status == "ok"
    assert "a" in found.selected
    assert found.selection[0] == 1.0
    assert (found.outer_used, found.resamples_used) == (3, 10)
    for kind in ("harrell", "uno"):
        honest = getattr(found, kind)
        assert honest.apparent == concordance(time, event, found.score(x), strata=strata, weights=kind).c
        assert honest.corrected == honest.apparent - honest.optimism
        assert honest.optimism > 0.0
        # True C of the hazard ratio e per SD is about 0.74.
        assert 0.65 < honest.nested < 0.85
        assert 0.65 < honest.corrected < 0.85


def test_the_coefficients_are_those_of_the_chosen_penalty(found):
    time, event, x, strata = trial(1)
    fit = penalised_cox(time, event, x, strata=strata, steps=10)
    np.testing.assert_allclose(found.penalties, fit.penalties, rtol=1e-12)
    chosen = int(np.argmax(found.cross_validated))
    assert found.penalty == pytest.approx(fit.penalties[chosen], rel=1e-12)
    np.testing.assert_allclose(found.coef, fit.coef[chosen], rtol=1e-8, atol=1e-12)


def test_the_cross_validated_likelihood_is_that_of_its_definition(found):
    # Each fold refitted alone, the likelihoods a term at a time. The folds are those of the first stream of the seed.
    time, event, x, strata = trial(1)
    data = SignatureData(time, event == 1, x, strata, np.arange(90))
    fold = fold_numbers(data, 3, np.random.Generator(np.random.Philox(np.random.SeedSequence(1, spawn_key=(0,)))))
    total = np.zeros(10)
    for k in range(3):
        keep = fold != k
        fit = penalised_cox(time[keep], event[keep], x[keep], strata=strata[keep], penalties=found.penalties)
        for i, coef in enumerate(fit.coef):
            whole, _ = negative_loglik(time, event, strata, x, coef, "efron")
            part, _ = negative_loglik(time[keep], event[keep], strata[keep], x[keep], coef, "efron")
            total[i] += keep.sum() * part - 90 * whole
    np.testing.assert_allclose(found.cross_validated, total, rtol=1e-9)


def test_noise_is_worth_nothing_outside_its_own_data():
    # Over 8 data sets without any effect: nested and corrected C near 0.5, apparent C above both.
    few = SMALL | {"steps": 5, "inner_folds": 2}
    results = [cox_signature(*trial(seed, n=60, effect=0.0)[:3], l1_ratio=0.0, **few) for seed in range(8)]
    apparent, corrected, nested = (
        np.mean([getattr(r.harrell, kind) for r in results]) for kind in ("apparent", "corrected", "nested")
    )
    assert nested == pytest.approx(0.5, abs=0.06)
    assert corrected == pytest.approx(0.5, abs=0.08)
    assert apparent > max(corrected, nested) + 0.04


def test_one_covariate_scores_by_itself():
    # With one covariate every signature ranks subjects by it or against it: apparent and nested are C of x itself.
    time, event, x, _ = trial(4, p=1)
    r = cox_signature(time, event, x, l1_ratio=0.0, **SMALL)
    assert r.harrell.apparent == concordance(time, event, x[:, 0]).c
    data = SignatureData(time, event == 1, x, np.zeros(90, dtype=np.intp), np.arange(90))
    fold = fold_numbers(data, 3, np.random.Generator(np.random.Philox(np.random.SeedSequence(1, spawn_key=(1, 0)))))
    parts = [concordance(time[fold == k], event[fold == k], x[fold == k, 0]) for k in range(3)]
    agree = sum(part.concordant + part.tied_score / 2 for part in parts)
    assert r.harrell.nested == pytest.approx(
        agree / sum(part.concordant + part.discordant + part.tied_score for part in parts), rel=1e-12
    )


def test_the_numbers_do_not_depend_on_how_the_work_is_spread(found):
    time, event, x, strata = trial(1)
    with ThreadPoolExecutor(2) as pool:
        other = cox_signature(time, event, x, strata=strata, names=list("abcdef"), executor=pool, **SMALL)
    assert (other.harrell, other.uno) == (found.harrell, found.uno)
    np.testing.assert_array_equal(other.selection, found.selection)


def test_the_rule_of_one_standard_error_takes_a_larger_penalty(found):
    time, event, x, strata = trial(1)
    strict = cox_signature(time, event, x, strata=strata, rule="one-se", **SMALL)
    assert strict.penalty > found.penalty
    assert set(strict.selected) <= {str("abcdef".index(name)) for name in found.selected}


def test_copies_of_a_subject_share_a_fold_and_folds_share_the_events():
    rows = np.random.default_rng(2).integers(0, 40, 90)
    event = (np.arange(40) % 4 == 0)[rows]
    data = SignatureData(np.arange(90.0), event, np.zeros((90, 1)), np.zeros(90, dtype=np.intp), rows)
    fold = fold_numbers(data, 3, np.random.default_rng(1))
    assert all(len(set(fold[rows == subject].tolist())) == 1 for subject in set(rows.tolist()))
    once = np.unique(rows, return_index=True)[1]
    assert np.ptp(np.bincount(fold[once][event[once]])) <= 1


def test_an_apparent_concordance_never_stands_alone():
    with pytest.raises(StatisticsError, match="without its correction"):
        HonestConcordance(0.8, math.nan, math.nan, 0.7)
    with pytest.raises(StatisticsError, match="without its correction"):
        HonestConcordance(0.8, 0.1, 0.7, math.nan)
    with pytest.raises(TypeError):
        HonestConcordance(0.8)
    assert math.isnan(HonestConcordance(*[math.nan] * 4).apparent)


def test_what_cannot_be_estimated_says_why():
    time, event, x, _ = trial(1)
    few = cox_signature(time, np.arange(90) < 5, x, **SMALL)
    assert few.status == "5 events are too few for 3 folds"
    assert np.isnan(few.coef).all()
    assert math.isnan(few.harrell.apparent)
    flat = cox_signature(time, event, np.ones((90, 2)), **SMALL)
    assert flat.status == "no covariate varies within the strata"
    assert cox_signature(time, event, np.empty((90, 0)), **SMALL).status == "no covariates"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"resamples": 0}, "argument 'resamples'"),
        ({"inner_folds": 1}, "argument 'inner_folds'"),
        ({"outer_folds": 1}, "argument 'outer_folds'"),
        ({"repeats": 0}, "argument 'repeats'"),
        ({"rule": "min"}, "argument 'rule'"),
        ({"l1_ratio": -0.1}, "argument 'l1_ratio'"),
        ({"names": ["a"]}, "argument 'names'"),
        ({"seed": -1}, "argument 'seed'"),
        ({"x": np.full((90, 6), math.nan)}, "argument 'x', position 0"),
    ],
)
def test_wrong_arguments_are_named(change, where):
    time, event, x, _ = trial(1)
    with pytest.raises(StatisticsError) as caught:
        cox_signature(**({"time": time, "event": event, "x": x} | change))
    assert caught.value.where == where
