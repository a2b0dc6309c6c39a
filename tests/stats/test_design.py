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
