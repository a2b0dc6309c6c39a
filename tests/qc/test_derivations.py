"""Times to an event of six subjects whose dates are given here; every expected date is worked out by hand.

All are randomised on day 100 and the data end on day 600; assessments are due every 56 days, 7 days either side, so
that a gap of more than 126 days holds two missed assessments.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from csrbook.plan import load_plan
from qc.derivations.progression import RULES, progression_free
from qc.derivations.sources import Sources, earliest

PLAN = load_plan(Path(__file__).parents[2])
DAY = 100.0
NONE = np.nan

#            new therapy, symptoms, death, reason to leave, assessments as (day, investigator, central review)
SUBJECTS = {
    "progressed": (NONE, 170.0, NONE, "", [(156, "PR", "PR"), (184, "PR", "SD"), (212, "PD", "PD")]),
    "new therapy": (200.0, NONE, NONE, "", [(156, "SD", "SD"), (268, "PD", "PD")]),
    "long gap": (NONE, NONE, NONE, "", [(156, "CR", "CR"), (283, "PD", "SD")]),
    "died": (NONE, NONE, 282.0, "DEATH", [(156, "SD", "SD"), (170, "NE", "NE")]),
    "never seen": (NONE, NONE, NONE, "LOST TO FOLLOW-UP", []),
    "lost": (NONE, NONE, NONE, "LOST TO FOLLOW-UP", [(156, "CR", "CR"), (211, "PR", "PR")]),
}


class Locked:
    """Datasets with the few variables that the derivations read."""

    def __init__(self, *, baseline: bool = True) -> None:
        names = list(SUBJECTS)
        therapy, symptoms, death, reason, scans = zip(*SUBJECTS.values(), strict=True)
        adsl = pd.DataFrame({"USUBJID": names, "NACTDT": therapy, "SYMPDT": symptoms, "DTHDT": death})
        adsl = adsl.assign(DCSREAS=reason, RANDDT=DAY, LSTALVDT=600.0, DCUTDT=600.0, TRT01PN=1.0)
        rows = [
            (name, parameter, float(day), float(day + 2), value)
            for name, visits in zip(names, scans, strict=True)
            for day, *values in visits
            for parameter, value in zip(("OVRINV", "OVRBICR"), values, strict=True)
        ]
        adrs = pd.DataFrame(rows, columns=["USUBJID", "PARAMCD", "ADT", "SCHDT", "AVALC"])
        adtr = pd.DataFrame({"USUBJID": names if baseline else [], "AVISITN": 0.0})
        addv = pd.DataFrame({"USUBJID": ["lost"], "DVIMPFL": ["Y"], "ASTDT": [180.0]})
        adex = pd.DataFrame({"USUBJID": names, "PARCAT1": "PYROTINIB", "ASTDT": DAY})
        self.frames = {"ADSL": adsl, "ADRS": adrs, "ADTR": adtr, "ADDV": addv, "ADEX": adex}

    def dataset(self, name: str) -> pd.DataFrame:
        return self.frames[name]


def derived(parameter: str, *, baseline: bool = True) -> pd.DataFrame:
    rule = next(rule for rule in RULES if rule.parameter == parameter)
    return progression_free(Sources(Locked(baseline=baseline), PLAN), rule)


@pytest.mark.parametrize(
    ("parameter", "days", "codes"),
    [
        ("PFSINV", [212, 268, 283, 282, 100, 211], [0, 0, 0, 0, 2, 5]),
        ("PFSBICR", [212, 268, 283, 282, 100, 211], [0, 0, 1, 0, 2, 5]),
        ("PFSNACT", [212, 200, 283, 282, 100, 211], [0, 0, 0, 0, 2, 5]),
        ("PFSMISS", [212, 268, 156, 282, 100, 211], [0, 0, 4, 0, 2, 5]),
        ("PFSFDA", [212, 156, 156, 282, 100, 211], [0, 3, 4, 0, 2, 5]),
        ("PFSPP", [212, 156, 283, 282, 100, 156], [0, 3, 0, 0, 2, 6]),
        ("PFSSYMP", [170, 268, 283, 282, 100, 211], [0, 0, 0, 0, 2, 5]),
        ("PFSSCH", [214, 270, 285, 282, 100, 213], [0, 0, 0, 0, 2, 5]),
    ],
)
def test_each_rule_gives_the_day_and_the_code(parameter: str, days: list[int], codes: list[int]) -> None:
    result = derived(parameter)
    assert result["ADT"].tolist() == days
    assert result["CNSR"].tolist() == codes


def test_a_progression_lies_after_the_last_assessment_and_a_death_is_exact() -> None:
    result = derived("PFSINV")
    assert result["INTLDT"].tolist() == [184, 156, 156, 282, 100, 211]
    assert result["INTRDT"].fillna(0).tolist() == [212, 268, 283, 282, 0, 0]


def test_a_gap_of_126_days_is_not_two_missed_assessments() -> None:
    assert derived("PFSMISS").loc["died", "CNSR"] == 0


def test_without_a_baseline_assessment_time_ends_on_the_first_day() -> None:
    result = derived("PFSINV", baseline=False)
    assert result["ADT"].eq(DAY).all()
    assert result["CNSR"].eq(2).all()


def test_a_response_counts_once_a_later_one_confirms_it() -> None:
    response = Sources(Locked(), PLAN).confirmed_response()
    assert response.dropna().to_dict() == {"progressed": 156.0, "lost": 156.0}


def test_of_equal_dates_the_first_named_is_taken() -> None:
    result = earliest({"PD": pd.Series([5.0, NONE]), "DEATH": pd.Series([5.0, NONE])})
    assert result["NAME"].tolist() == ["PD", ""]
