"""Timing of assessments: intervals, missed and late ones, and the rank-sum test."""

from __future__ import annotations

import pandas as pd
import pytest

from csrbook.ard import Ard
from csrbook.displays.columns import treatment_groups
from csrbook.displays.visit_timing import VisitSchedule, add_timing_by_visit, add_timing_of_subjects
from tests.displays.small_study import small_plan

SCHEDULE = VisitSchedule(weeks=8, window=7)


def frames(visits: dict[str, list[tuple[int, int]]], arms: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Subjects S1 … by arm, randomised on day 0, and their assessments as (scheduled week, days off)."""
    names = [f"S{i}" for i in range(1, len(arms) + 1)]
    people = pd.DataFrame({"USUBJID": names, "ARM": list(arms), "RANDDT": 0.0})
    rows = [(who, 7.0 * week + off, float(week), float(off)) for who, seen in visits.items() for week, off in seen]
    return people, pd.DataFrame(rows, columns=["USUBJID", "ADT", "AVISITN", "OFF"])


def ard_of(visits: dict[str, list[tuple[int, int]]], arms: str, number: int = 2) -> Ard:
    people, seen = frames(visits, arms)
    groups = treatment_groups(small_plan(number), "ITT")
    ard = Ard("T14.1.9.9", dataset="ADRS")
    add_timing_of_subjects(ard, people, seen, groups, SCHEDULE)
    assert add_timing_by_visit(ard, people, seen, groups, SCHEDULE, 24) == [8, 16, 24]
    return ard


VISITS = {
    "S1": [(8, 0), (16, 0)],  # on time: intervals of 8 and 8 weeks
    "S2": [(8, 0), (24, 8)],  # week 16 missed, week 24 a day beyond its window
    "S3": [(32, -7)],  # weeks 8 to 24 missed: three in a row; at the edge of the window
    "S4": [],  # never assessed
}


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_flags_and_intervals(arms):
    ard = ard_of(VISITS, "AACC", arms)

    def flagged(name):
        return [ard.value("n", variable=name, variable_level="Y", group1_level=arm) for arm in ("A", "C")]

    assert (flagged("OFFFL"), flagged("MISSFL"), flagged("MISS2FL")) == ([1, 0], [1, 1], [0, 1])
    # S2: week 8, then day 176: intervals 56 and 120 days, on average 12 4/7 weeks; S1: 8 weeks
    mean = ard.value("mean", variable="INTERVAL", group1_level="A")
    assert mean == pytest.approx((8 + (56 + 120) / 14) / 2)
    assert ard.value("n", analysis_id="VISIT", variable_level="8", group1_level="A") == 2
    assert ard.text("p", analysis_id="VISIT_OFF", variable_level="24", group1_level="A") == "100.0"
    assert ard.text("median", analysis_id="VISIT_DAYS", variable_level="16", group1_level="C") == "NE"


def test_rank_sum_test():
    # intervals 8, 9, 10 against 11, 12 weeks: R kruskal.test(c(8,9,10,11,12), c(0,0,0,1,1)): 3, p 0.08326
    visits = {f"S{i}": [(8, 7 * (weeks - 8))] for i, weeks in enumerate((8, 9, 10, 11, 12), start=1)}
    ard = ard_of(visits, "AAACC")
    assert ard.value("chi_square", analysis_id="WILCOXON", group1_level="A") == pytest.approx(3.0)
    assert ard.value("p", analysis_id="WILCOXON", group1_level="A") == pytest.approx(0.08326452)


@pytest.mark.parametrize("visits", [{}, {"S1": [(8, 0)]}, {"S1": [(8, 0)], "S3": [(8, 0)]}])
def test_no_test_without_intervals_that_differ(visits):
    ard = ard_of(visits, "AACC")
    row = ard.select(stat_name="p", analysis_id="WILCOXON")[0]
    assert (row["formatted"], row["error"]) == ("NE", "the test needs intervals in both arms that differ")
