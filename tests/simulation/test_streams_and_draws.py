"""Generic tools of csrbook.simulate: expected numbers are closed forms."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from csrbook.simulate.allocation import permuted_blocks, position_within
from csrbook.simulate.binaries import correlated_binaries, shared_frailty_binaries
from csrbook.simulate.columns import choose, flag, sequence_within, text
from csrbook.simulate.dates import first_of_month, first_of_year, iso_text, last_of_month, sas_day
from csrbook.simulate.event_times import (
    exponential_rate,
    marginal_weibull,
    mixture_survival,
    scale_for_median,
    weibull_scale,
)
from csrbook.simulate.streams import Streams


def test_a_stream_depends_on_seed_and_name_and_on_nothing_asked_before():
    first = Streams(7).generator("laboratory").random(3)
    streams = Streams(7)
    streams.generator("vital signs").random(1000)
    assert np.array_equal(streams.generator("laboratory").random(3), first)
    assert not np.array_equal(Streams(7).generator("vital signs").random(3), first)
    assert not np.array_equal(Streams(7).generator("laboratory", "again").random(3), first)
    assert not np.array_equal(Streams(8).generator("laboratory").random(3), first)


def test_a_stream_is_philox_spawned_by_the_check_sum_of_its_name():
    # CRC-32 of the nine digits is the published check value cbf43926
    expected = np.random.Philox(np.random.SeedSequence(7, spawn_key=(0xCBF43926,))).random_raw(2)
    assert np.array_equal(Streams(7).generator("123456789").bit_generator.random_raw(2), expected)


def test_weibull_scale_of_the_control_arm():
    assert weibull_scale(11.0, 1.2) == pytest.approx(14.93, abs=0.005)  # trial dossier, section A
    assert weibull_scale(11.0, 1.0) == pytest.approx(11.0 / np.log(2.0))


def test_exponential_rate_for_five_percent_a_year():
    assert exponential_rate(0.05, 12.0) == pytest.approx(0.004274441, abs=1e-9)  # -ln(0.95)/12


def test_mixture_survival_of_two_halves():
    eta = np.repeat([0.0, np.log(2.0)], 50)
    hazard = np.array([0.1, 0.5, 2.0])
    expected = 0.5 * np.exp(-hazard) + 0.5 * np.exp(-2.0 * hazard)
    assert mixture_survival(hazard, eta) == pytest.approx(expected, abs=2e-3)


def test_marginal_times_are_weibull_in_spite_of_strong_covariates():
    rng = np.random.default_rng(1)
    size = 40_000
    eta = np.where(rng.random(size) < 0.5, np.log(4.0), 0.0)
    times = marginal_weibull(rng.exponential(size=size), eta, eta, median=11.0, shape=1.2)
    for months in (2.0, 6.0, 11.0, 20.0, 30.0):
        survival = 0.5 ** ((months / 11.0) ** 1.2)
        error = np.sqrt(survival * (1 - survival) / size)
        assert np.mean(times > months) == pytest.approx(survival, abs=3.5 * error)


def test_marginal_times_keep_the_conditional_hazard_ratio():
    rng = np.random.default_rng(2)
    eta = np.repeat([0.0, np.log(3.0)], 20_000)
    times = marginal_weibull(rng.exponential(size=40_000), eta, eta, median=10.0, shape=1.0)
    low, high = times[:20_000], times[20_000:]
    # with proportional hazards ln S1(t) / ln S0(t) is the hazard ratio at every t
    for months in (4.0, 10.0, 20.0):
        ratio = np.log(np.mean(high > months)) / np.log(np.mean(low > months))
        assert ratio == pytest.approx(3.0, rel=0.05)


def test_scale_for_median_finds_the_scale_and_refuses_the_impossible():
    draws = np.array([0.5, 1.0, 2.0])
    assert scale_for_median(lambda x: 5.0 + x * draws, 12.0, 0.1, 100.0) == pytest.approx(7.0)
    with pytest.raises(ValueError, match="cannot be reached"):
        scale_for_median(lambda x: 5.0 + x * draws, 2.0, 0.1, 100.0)


def test_correlated_binaries_have_the_orthant_probability():
    correlation = np.array([[1.0, 0.5], [0.5, 1.0]])
    drawn = correlated_binaries(np.random.default_rng(3), 60_000, np.array([0.5, 0.5]), correlation)
    # P(both) = 1/4 + asin(0.5)/(2 pi) = 1/3 (Sheppard 1899)
    assert drawn.all(axis=1).mean() == pytest.approx(1 / 3, abs=0.006)
    assert drawn.mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.007)


def test_shared_frailty_keeps_the_margins():
    probability = np.tile([0.1, 0.9], (40_000, 1))
    drawn = shared_frailty_binaries(np.random.default_rng(4), probability, 0.3)
    assert drawn.mean(axis=0) == pytest.approx([0.1, 0.9], abs=0.006)
    assert np.corrcoef(drawn.T.astype(float))[0, 1] > 0.05


def test_permuted_blocks_balance_every_stratum_after_every_block():
    stratum = np.random.default_rng(5).integers(0, 4, 400)
    arm = permuted_blocks(np.random.default_rng(6), stratum, 4, block=4)
    for level in range(4):
        own = arm[stratum == level]
        whole = own[: len(own) // 4 * 4].reshape(-1, 4)
        assert (whole.sum(axis=1) == 2).all()
    assert not np.array_equal(arm, permuted_blocks(np.random.default_rng(7), stratum, 4, block=4))


def test_a_block_must_hold_the_arms_equally_often():
    with pytest.raises(ValueError, match="block of 5"):
        permuted_blocks(np.random.default_rng(1), np.zeros(3, dtype=np.int64), 1, block=5)


def test_positions_and_sequences_count_within_groups():
    assert position_within(np.array([2, 0, 2, 2, 0])).tolist() == [0, 0, 1, 2, 1]
    assert sequence_within(np.array([0, 0, 3, 3, 3, 7])).tolist() == [1, 2, 1, 2, 3, 1]


def test_choose_never_draws_what_has_no_probability():
    drawn = choose(np.random.default_rng(8), (0.0, 3.0, 0.0, 1.0), 20_000)
    assert set(drawn.tolist()) == {1, 3}
    assert np.mean(drawn == 1) == pytest.approx(0.75, abs=0.01)


def test_text_and_flags_have_blanks_and_no_missing_values():
    assert text(("A", "B"), np.array([1, -1, 0])).tolist() == ["B", "", "A"]
    assert flag(np.array([True, False])).tolist() == ["Y", ""]
    assert flag(np.array([True, False]), "N").tolist() == ["Y", "N"]


def test_sas_dates():
    assert sas_day(dt.date(1960, 1, 1)) == 0
    assert sas_day(dt.date(2021, 1, 1)) == 22281  # SAS: '01JAN2021'd
    leap = np.array([float(sas_day(dt.date(2024, 2, 10)))])
    assert iso_text(last_of_month(leap)).tolist() == ["2024-02-29"]
    assert iso_text(first_of_month(leap)).tolist() == ["2024-02-01"]
    assert iso_text(first_of_year(leap)).tolist() == ["2024-01-01"]


def test_partial_dates_as_collected():
    days = np.array([22281.0, np.nan, 22281.0, 22281.0])
    assert iso_text(days, np.array([0, 0, 1, 2])).tolist() == ["2021-01-01", "", "2021-01", "2021"]
