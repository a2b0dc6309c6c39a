"""Markers: levels, the rule of the summary, and what is not modelled."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from csrbook.displays.marker import marker_summary
from csrbook.displays.marker_levels import absent_markers, marker_levels
from csrbook.errors import DataError
from csrbook.plan.models import Biomarker

MARKER = Biomarker(
    id="ESR1",
    label="ESR1 mutation",
    parameter="ESR1",
    positive="MUTATED",
    negative="WILD TYPE",
    specimen="PLASMA",
    assumption="none",
)
RECORDS = pd.DataFrame(
    [
        ("a", "ESR1", "BASELINE", "PLASMA", "MUTATED"),
        ("a", "ESR1", "C3D1", "PLASMA", "WILD TYPE"),
        ("b", "ESR1", "BASELINE", "PLASMA", "WILD TYPE"),
        ("c", "ESR1", "BASELINE", "PLASMA", "NE"),
        ("d", "ESR1", "BASELINE", "TISSUE", "MUTATED"),
        ("e", "TP53", "BASELINE", "PLASMA", "MUTATED"),
    ],
    columns=["USUBJID", "PARAMCD", "AVISIT", "BMSPEC", "AVALC"],
)


def test_a_level_comes_from_the_visit_and_specimen_of_the_plan() -> None:
    subjects = np.array(["a", "b", "c", "d", "e"], dtype=object)
    assert marker_levels(RECORDS, [MARKER], subjects)["ESR1"].tolist() == ["MUTATED", "WILD TYPE", "NE", "NE", "NE"]


def test_a_marker_without_records_at_its_visit_and_specimen_is_named() -> None:
    other = MARKER.model_copy(update={"specimen": "URINE"})
    assert absent_markers(RECORDS, [MARKER]) == []
    assert absent_markers(RECORDS, [MARKER, other]) == [
        "No record of ESR1 mutation (ESR1) at visit BASELINE in specimen URINE."
    ]


def test_two_results_of_a_subject_are_refused() -> None:
    doubled = pd.concat([RECORDS, RECORDS.head(1)], ignore_index=True)
    with pytest.raises(DataError, match="more than one result of ESR1"):
        marker_levels(doubled, [MARKER], np.array(["a"], dtype=object))


@pytest.mark.parametrize(
    ("interaction", "prognostic", "expected"),
    [
        (0.10, 0.50, "Predictive"),
        (0.50, 0.10, "Prognostic"),
        (0.01, 0.01, "Predictive and prognostic"),
        (0.11, 0.11, "Neither"),
        (math.nan, 0.01, "Prognostic; predictive NE"),
        (math.nan, 0.50, "Not prognostic; predictive NE"),
        (0.01, math.nan, "Predictive; prognostic NE"),
        (0.50, math.nan, "Not predictive; prognostic NE"),
        (math.nan, math.nan, "NE"),
    ],
)
def test_the_summary_follows_the_rule(interaction: float, prognostic: float, expected: str) -> None:
    assert marker_summary(interaction, prognostic, 0.10) == expected
