"""Progression-free survival in each situation of the plan's censoring table, one subject a test."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from simulation.disease_course import NEVER
from simulation.progression import (
    DEVIATION,
    NEW_THERAPY,
    Assessments,
    as_event,
    progression_free_survival,
    scheduled_dates,
)

SCANS = [55, 113, 168, 230]


def subject(scans=SCANS, *, progression=None, death=NEVER, lost=False, not_evaluable=()):
    """Assessments of one subject: the days of the scans attended, and which of them shows progression."""
    day = np.array([scans]) if scans else np.zeros((1, 1), dtype=np.int64)
    index = -1 if progression is None else progression
    clear = np.array([[bool(scans) and i != index and i not in not_evaluable for i in range(day.shape[1])]])
    sequence = np.arange(1, day.shape[1] + 1)[None, :]
    seen = Assessments(day, clear, np.array([index]), sequence, np.array([death]))
    follow_up = SimpleNamespace(lost=np.array([lost]), cut=np.array([400]), last=np.array([min(death, 395)]))
    return seen, follow_up


def outcome(time):
    return int(time.day[0]), int(time.censor[0]), time.event[0], time.described[0]


def source(time):
    return time.domain[0], time.variable[0], time.sequence[0]


def test_progression_is_an_event_on_the_day_of_the_scan(plan):
    time = progression_free_survival(plan, *subject(progression=3))
    assert outcome(time) == (230, 0, "PD", "")
    assert source(time) == ("ADRS", "ADT", 4)
    assert (time.left[0], time.right[0]) == (168, 230)


def test_death_without_progression_is_an_event(plan):
    time = progression_free_survival(plan, *subject(death=250))
    assert outcome(time) == (250, 0, "DEATH", "")
    assert source(time)[:2] == ("ADSL", "DTHDT")
    assert time.left[0] == time.right[0] == 250


def test_no_event_is_censored_at_the_last_adequate_assessment(plan):
    time = progression_free_survival(plan, *subject(not_evaluable=(3,)))
    assert outcome(time) == (168, 1, "ONGOING AT DATA CUT-OFF", "LAST ADEQUATE ASSESSMENT")
    assert source(time) == ("ADRS", "ADT", 3)
    assert np.isnan(time.right[0])


def test_loss_is_censored_with_its_own_code(plan):
    time = progression_free_survival(plan, *subject(lost=True))
    assert outcome(time) == (230, 5, "WITHDRAWAL OR LOST TO FOLLOW-UP", "LAST ADEQUATE ASSESSMENT")


@pytest.mark.parametrize("lost", [False, True])
def test_no_post_baseline_scan_and_alive_is_censored_on_day_one(plan, lost):
    time = progression_free_survival(plan, *subject([], lost=lost))
    assert outcome(time) == (0, 2, "NO ADEQUATE ASSESSMENT", "RANDOMISATION")
    assert source(time)[:2] == ("ADSL", "RANDDT")


def test_early_death_without_a_scan_is_an_event_and_a_late_one_is_not(plan):
    # two intervals of 56 days and two windows of 7
    assert outcome(progression_free_survival(plan, *subject([], death=126)))[:3] == (126, 0, "DEATH")
    assert outcome(progression_free_survival(plan, *subject([], death=127)))[:2] == (0, 2)


def test_new_therapy_is_ignored_by_treatment_policy_and_censored_by_the_fda_rule(plan):
    therapy = ((np.array([140]), NEW_THERAPY),)
    assert outcome(progression_free_survival(plan, *subject(progression=3)))[:2] == (230, 0)
    time = progression_free_survival(plan, *subject(progression=3), therapy, missed=True)
    assert outcome(time) == (113, 3, "NEW ANTICANCER THERAPY", "LAST ADEQUATE ASSESSMENT")


def test_new_therapy_after_progression_changes_nothing(plan):
    therapy = ((np.array([240]), NEW_THERAPY),)
    assert outcome(progression_free_survival(plan, *subject(progression=3), therapy))[:2] == (230, 0)


def test_new_therapy_before_any_scan_is_censored_at_randomisation(plan):
    time = progression_free_survival(plan, *subject(progression=3), ((np.array([30]), NEW_THERAPY),))
    assert outcome(time) == (0, 3, "NEW ANTICANCER THERAPY", "RANDOMISATION")


def test_the_earlier_of_deviation_and_new_therapy_decides(plan):
    both = ((np.array([150]), DEVIATION), (np.array([60]), NEW_THERAPY))
    assert outcome(progression_free_survival(plan, *subject(progression=3), both))[:2] == (55, 3)
    both = ((np.array([60]), DEVIATION), (np.array([150]), NEW_THERAPY))
    assert outcome(progression_free_survival(plan, *subject(progression=3), both))[:2] == (55, 6)


def test_a_gap_of_more_than_126_days_is_two_missed_assessments(plan):
    late = subject([55, 113, 240], progression=2)
    assert outcome(progression_free_survival(plan, *late))[:2] == (240, 0)
    assert outcome(progression_free_survival(plan, *late, missed=True)) == (
        113,
        4,
        "TWO OR MORE MISSED ASSESSMENTS",
        "LAST ADEQUATE ASSESSMENT",
    )
    just_in_time = subject([55, 113, 239], progression=2)
    assert outcome(progression_free_survival(plan, *just_in_time, missed=True))[:2] == (239, 0)


def test_a_further_event_counts_only_before_progression(plan):
    primary = progression_free_survival(plan, *subject(progression=3))
    earlier = as_event(primary, np.array([200]), "SYMPTOMATIC DETERIORATION", "SYMPDT")
    assert outcome(earlier) == (200, 0, "SYMPTOMATIC DETERIORATION", "")
    assert source(earlier)[:2] == ("ADSL", "SYMPDT")
    assert outcome(as_event(primary, np.array([230]), "X", "Y")) == outcome(primary)


def test_a_further_event_counts_where_nothing_else_happened(plan):
    censored = progression_free_survival(plan, *subject())
    time = as_event(censored, np.array([300]), "NEW ANTICANCER THERAPY", "NACTDT")
    assert outcome(time) == (300, 0, "NEW ANTICANCER THERAPY", "")


def test_scheduled_dates_replace_those_of_the_scans_but_not_of_deaths(plan):
    seen, follow_up = subject(progression=3)
    moved = scheduled_dates(plan, progression_free_survival(plan, seen, follow_up), seen, follow_up)
    assert (moved.day[0], moved.variable[0]) == (224, "SCHDT")
    seen, follow_up = subject(death=250)
    moved = scheduled_dates(plan, progression_free_survival(plan, seen, follow_up), seen, follow_up)
    assert (moved.day[0], moved.variable[0]) == (250, "DTHDT")


def test_a_scheduled_date_after_the_last_contact_is_not_used(plan):
    seen, _ = subject([50], progression=0)
    follow_up = SimpleNamespace(lost=np.array([False]), cut=np.array([54]), last=np.array([54]))
    moved = scheduled_dates(plan, progression_free_survival(plan, seen, follow_up), seen, follow_up)
    assert (moved.day[0], moved.variable[0]) == (50, "ADT")
