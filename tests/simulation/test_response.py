"""RECIST 1.1 on lesions small enough to read."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from simulation.disease_course import NEVER
from simulation.lesions import Lesions
from simulation.response import RESPONSES, derive_response

LIVER, NODE, BONE = 0, 2, 6
DAYS = [56, 112, 168, 224]


def assess(
    plan, baseline, sizes, *, location=None, non_target=None, new=None, days=None, new_therapy=NEVER, bone=False
):
    """Responses of one subject: sizes by scan (a list of lesions, None for a scan missed, -1 for a lesion not read)."""
    location = location or [LIVER] * len(baseline)
    pad = [-1] * (5 - len(baseline))
    scans = len(sizes)
    attended = np.array([[row is not None for row in sizes]])
    size = np.array([[[*(row or [-1] * len(baseline)), *pad] for row in sizes]])
    states = non_target or ([1] * scans if bone else [-1] * scans)
    lesions = Lesions(
        location=np.array([location + pad]),
        baseline=np.array([baseline + pad]),
        size=size,
        non_target_location=np.array([[BONE if bone or non_target else -1, -1]]),
        non_target=np.array([[[s if a else -1, -1] for s, a in zip(states, attended[0], strict=True)]]),
        new_location=np.array([new or [-1] * scans]),
    )
    follow_up = SimpleNamespace(
        attended=attended, scan=np.array([days or DAYS[:scans]]), new_therapy=np.array([new_therapy])
    )
    return derive_response(plan, lesions, follow_up)


def words(codes):
    return [RESPONSES[c] if c >= 0 else "" for c in np.ravel(codes)]


def test_target_response_by_sum_of_diameters(plan):
    # baseline 100: 71 is stable, 70 partial; from the nadir of 70, 83 is less than 20 % and 84 exactly 20 %
    response = assess(plan, [60, 40], [[42, 29], [42, 28], [50, 33], [50, 34]])
    assert words(response.target) == ["SD", "PR", "SD", "PD"]
    assert response.nadir[0].tolist() == [100, 71, 70, 70]


def test_progression_needs_five_millimetres_as_well(plan):
    response = assess(plan, [20], [[12], [16], [17]])
    # 16 is 33 % but only 4 mm above the nadir of 12; 17 is 5 mm above it
    assert words(response.target) == ["PR", "SD", "PD"]


def test_the_nadir_counts_and_not_the_baseline(plan):
    response = assess(plan, [100], [[40], [60]])
    assert words(response.overall) == ["PR", "PD"]


def test_nodes_are_normal_below_ten_millimetres(plan):
    response = assess(plan, [20, 18], [[0, 9], [0, 10]], location=[LIVER, NODE])
    assert words(response.target) == ["CR", "PR"]


def test_a_new_lesion_is_progression_whatever_the_targets_do(plan):
    response = assess(plan, [50], [[20], [18]], new=[-1, LIVER])
    assert words(response.overall) == ["PR", "PD"]
    assert response.progression.tolist() == [1]


@pytest.mark.parametrize(
    ("target", "non_target", "overall"),
    [
        (0, 0, "CR"),
        (0, 1, "PR"),
        (20, 1, "PR"),
        (48, 1, "SD"),
        (20, 2, "PD"),
        (-1, 1, "NE"),
    ],
)
def test_overall_response_of_target_and_non_target(plan, target, non_target, overall):
    # Eisenhauer 2009, table 1
    assert words(assess(plan, [50], [[target]], non_target=[non_target]).overall) == [overall]


@pytest.mark.parametrize(("non_target", "overall"), [(0, "CR"), (1, "NON-CR/NON-PD"), (2, "PD")])
def test_overall_response_without_measurable_disease(plan, non_target, overall):
    # Eisenhauer 2009, table 2
    assert words(assess(plan, [], [[]], non_target=[non_target]).overall) == [overall]


def best(response):
    return words(response.best)[0], words(response.confirmed_best)[0]


def test_a_response_must_be_confirmed_by_the_next_adequate_assessment(plan):
    assert best(assess(plan, [50], [[30], [28], [60]])) == ("PR", "PR")
    assert best(assess(plan, [50], [[30], [36], [30]])) == ("PR", "SD")
    # a scan missed or not evaluable between does not stand in the way
    assert best(assess(plan, [50], [[30], None, [28]])) == ("PR", "PR")
    assert best(assess(plan, [50], [[30], [-1], [28]])) == ("PR", "PR")


def test_confirmation_takes_twenty_eight_days(plan):
    assert best(assess(plan, [50], [[30], [30]], days=[56, 83])) == ("PR", "SD")
    assert best(assess(plan, [50], [[30], [30]], days=[56, 84])) == ("PR", "PR")


def test_a_complete_response_that_is_not_confirmed(plan):
    # Eisenhauer 2009, table 3: stable disease where its minimum duration was met, however the next scan reads
    assert best(assess(plan, [50], [[0], [10]])) == ("CR", "SD")
    assert best(assess(plan, [50], [[0], [10]], days=[40, 90])) == ("CR", "PD")
    assert best(assess(plan, [50], [[0], [4]])) == ("CR", "PR")
    assert best(assess(plan, [50], [[0], [0]])) == ("CR", "CR")


def test_stable_disease_counts_from_day_49(plan):
    assert best(assess(plan, [50], [[50]], days=[47])) == ("NE", "NE")
    assert best(assess(plan, [50], [[50]], days=[48])) == ("SD", "SD")


def test_clinical_benefit_needs_161_days_or_a_confirmed_response(plan):
    stable = [[50], [50], [50]]
    assert not assess(plan, [50], stable, days=[56, 112, 159]).benefit[0]
    assert assess(plan, [50], stable, days=[56, 112, 160]).benefit[0]
    assert assess(plan, [50], [[30], [30], [60]]).benefit[0]
    assert not assess(plan, [50], [[50], [50], [70]]).benefit[0]


def test_assessments_after_new_therapy_or_progression_are_not_used(plan):
    response = assess(plan, [50], [[50], [30], [30]], new_therapy=100)
    assert response.used[0].tolist() == [True, False, False]
    assert best(response) == ("SD", "SD")


def test_no_assessment_is_not_evaluable(plan):
    assert best(assess(plan, [50], [None, None])) == ("NE", "NE")
