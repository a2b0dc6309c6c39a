from __future__ import annotations

import math

import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.design import (
    event_probability,
    largest_hazard_ratio,
    schoenfeld_events,
    schoenfeld_power,
    subjects_for_events,
)

# Dossier section B: margin 1.30, 1:1, control median 11.0 months, dropout 5% a year; N with accrual + follow-up of
# 24+12 and of 36+18 months.
TABLE_B = [
    # true HR, one-sided alpha, power, events, N (24+12), N (36+18)
    (1.0, 0.025, 0.8, 457, 628, 550),
    (1.0, 0.025, 0.9, 611, 838, 736),
    (1.0, 0.05, 0.8, 360, 494, 434),
    (1.0, 0.05, 0.9, 498, 684, 600),
    (11 / 13, 0.025, 0.8, 171, 244, 212),
    (11 / 13, 0.025, 0.9, 228, 326, 282),
    (11 / 13, 0.05, 0.8, 135, 194, 168),
    (11 / 13, 0.05, 0.9, 186, 266, 230),
]


@pytest.mark.parametrize(("hazard_ratio", "alpha", "power", "events", "n_short", "n_long"), TABLE_B)
def test_table_of_the_dossier(hazard_ratio, alpha, power, events, n_short, n_long):
    needed = schoenfeld_events(hazard_ratio, alpha_one_sided=alpha, power=power, margin=1.3)
    assert math.ceil(needed) == events
    assert subjects_for_events(events, 11.0, hazard_ratio, 24, 12, 0.05).subjects == n_short
    assert subjects_for_events(events, 11.0, hazard_ratio, 36, 18, 0.05).subjects == n_long


@pytest.mark.parametrize(("hazard_ratio", "events"), [(0.90, 233), (0.95, 320)])
def test_events_for_other_hazard_ratios(hazard_ratio, events):
    assert math.ceil(schoenfeld_events(hazard_ratio, alpha_one_sided=0.025, power=0.8, margin=1.3)) == events


@pytest.mark.parametrize(("hazard_ratio", "events"), [(1.0, 456.098), (11 / 13, 170.258)])
def test_events_equal_rpact(hazard_ratio, events):
    # Dossier F35; rpact 3.3.4: getSampleSizeSurvival(alpha=.025, beta=.2, sided=1, thetaH0=1.3, ...)$eventsFixed
    # rpact centres the arms' information by the allocation of events, hence the tenth of a percent.
    needed = schoenfeld_events(hazard_ratio, alpha_one_sided=0.025, power=0.8, margin=1.3)
    assert needed == pytest.approx(events, rel=1e-5)


@pytest.mark.parametrize(("events", "largest"), [(171, 0.963), (228, 1.003), (457, 1.082), (611, 1.109)])
def test_largest_hazard_ratio_of_the_dossier(events, largest):
    assert largest_hazard_ratio(1.3, events, 0.025) == pytest.approx(largest, abs=5e-4)


def test_power_of_the_dossier():
    # Superiority power at 0.846: 19% (171), 43% (457... by the dossier, see the other tests of the formula); NI power
    # falls to 40% where the trial was planned on 11/13 with 171 events and the true HR is 1.0.
    assert schoenfeld_power(11 / 13, 171, alpha_one_sided=0.025) == pytest.approx(0.19, abs=5e-3)
    assert schoenfeld_power(11 / 13, 457, alpha_one_sided=0.025) == pytest.approx(0.43, abs=5e-3)
    assert schoenfeld_power(1.0, 171, alpha_one_sided=0.025, margin=1.3) == pytest.approx(0.40, abs=5e-3)


def test_power_at_the_margin_is_the_level():
    assert schoenfeld_power(1.3, 228, alpha_one_sided=0.025, margin=1.3) == pytest.approx(0.025, rel=1e-12)


def test_unequal_allocation_by_hand():
    # Schoenfeld 1981: 2:1 needs 1/(2/9) = 4.5 where 1:1 needs 4, for the same effect.
    one = schoenfeld_events(0.7, alpha_one_sided=0.025, power=0.9)
    two = schoenfeld_events(0.7, alpha_one_sided=0.025, power=0.9, allocation=2)
    assert two / one == pytest.approx(9 / 8, rel=1e-12)


def test_event_probability_by_integration():
    # Mean over uniform entry of the chance of an event before dropout within the time left, by the midpoint rule.
    rate, dropout, accrual, follow_up = 0.06, 0.004, 24.0, 12.0
    steps = 20_000
    mean = (
        sum(
            rate / (rate + dropout) * (1 - math.exp(-(rate + dropout) * (follow_up + accrual * (i + 0.5) / steps)))
            for i in range(steps)
        )
        / steps
    )
    assert event_probability(rate, dropout, accrual, follow_up) == pytest.approx(mean, rel=1e-8)
    # All enter at once: the plain exponential probability.
    assert event_probability(rate, 0.0, 0.0, 12.0) == pytest.approx(1 - math.exp(-0.72), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: schoenfeld_events(1.3, alpha_one_sided=0.025, power=0.8, margin=1.3), "hazard_ratio"),
        (lambda: schoenfeld_events(0.0, alpha_one_sided=0.025, power=0.8), "hazard_ratio"),
        (lambda: schoenfeld_events(0.8, alpha_one_sided=1.0, power=0.8), "alpha_one_sided"),
        (lambda: schoenfeld_events(0.8, alpha_one_sided=0.025, power=80), "power"),
        (lambda: largest_hazard_ratio(1.3, -1, 0.025), "events"),
        (lambda: subjects_for_events(228, 11, 0.8, 24, 12, 5), "dropout_per_year"),
        (lambda: subjects_for_events(228, 11, 0.8, -24, 36, 0.05), "accrual"),
    ],
)
def test_a_wrong_argument_is_named(call, name):
    with pytest.raises(StatisticsError) as caught:
        call()
    assert caught.value.where == f"argument '{name}'"
