from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, arm_heading, treatment_groups
from tests.displays.small_study import small_plan


@pytest.mark.parametrize(
    ("arms", "levels", "counts"),
    [(2, ("A", "C", "TOTAL"), [2, 1, 5]), (4, ("A", "C", "D", "E", "TOTAL"), [2, 1, 1, 0, 5])],
)
def test_subjects_are_tallied_by_arm_and_those_without_an_arm_in_the_total_only(arms, levels, counts):
    groups = treatment_groups(small_plan(arms), "ITT")
    codes = groups.codes(pd.Series(["A", "C", "", "A", "D"], dtype=object))
    assert groups.levels == levels
    assert groups.tally(codes).tolist() == counts


def test_a_cross_tally_has_a_line_for_each_row_also_where_nobody_is():
    groups = treatment_groups(small_plan(), "ITT")
    table = groups.cross_tally(np.array([0, 1, -1, 0]), np.array([0, 0, 2, 2]), 3)
    assert table.tolist() == [[1, 1, 2], [0, 0, 0], [1, 0, 2]]


def test_the_analysis_set_decides_the_treatment_variable():
    assert treatment_groups(small_plan(), "ITT").variable == "TRT01P"
    assert treatment_groups(small_plan(), "SAF").variable == "TRT01A"


def test_every_test_arm_is_compared_with_the_control_arm():
    groups = treatment_groups(small_plan(4), "ITT")
    assert [(test.id, control.id) for test, control in groups.comparisons()] == [("A", "C"), ("D", "C"), ("E", "C")]


def test_a_heading_breaks_the_label_at_each_plus_and_shows_the_ards_n():
    groups = treatment_groups(small_plan(), "ITT")
    ard = Ard("T14.1.9.9", analysis_set="ITT")
    add_sizes(ard, groups, [3, 4, 7])
    assert [arm_heading(ard, groups, level) for level in groups.levels] == [
        "Alpha\n+ Base\n(N=3)",
        "Control\n(N=4)",
        "Total\n(N=7)",
    ]
