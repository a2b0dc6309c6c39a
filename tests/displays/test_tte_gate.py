"""The fixed sequence: every combination of criteria, its words, and what counts as significant."""

from __future__ import annotations

from itertools import product

import pytest

from csrbook.ard import Ard
from csrbook.displays.gate import Criterion, add_gate, conclude, fixed_sequence
from csrbook.displays.gate_tests import significant
from csrbook.plan.models import GateStep

STEPS = (
    GateStep(id="NI", label="Non-inferiority", hypothesis="h", outputs=("T1.1", "T1.2"), alpha=0.025, sided="one"),
    GateStep(id="SUP", label="Superiority", hypothesis="h", outputs=("T1.3",), alpha=0.05, sided="two"),
    GateStep(id="HFS", label="Less HFS", hypothesis="h", outputs=("T1.4",), alpha=0.05, sided="two"),
)

# ITT, PP | superiority | safety -> the three statuses. m: met, n: not met, -: not tested.
EXPECTED = {
    "TT T T": "mmm",
    "TT T F": "mmn",
    "TT F T": "mn-",
    "TT F F": "mn-",
    "TF T T": "n--",
    "TF T F": "n--",
    "TF F T": "n--",
    "TF F F": "n--",
    "FT T T": "n--",
    "FT T F": "n--",
    "FT F T": "n--",
    "FT F F": "n--",
    "FF T T": "n--",
    "FF T F": "n--",
    "FF F T": "n--",
    "FF F F": "n--",
}
STATUS = {"m": "met", "n": "not met", "-": "not tested"}


def test_the_table_of_combinations_is_complete() -> None:
    assert {key.replace(" ", "") for key in EXPECTED} == {"".join(four) for four in product("TF", repeat=4)}


@pytest.mark.parametrize(("combination", "expected"), EXPECTED.items())
def test_each_step_needs_all_its_criteria_and_every_step_before_it(combination: str, expected: str) -> None:
    criteria = [[letter == "T" for letter in step] for step in combination.split()]
    assert fixed_sequence(criteria) == [STATUS[letter] for letter in expected]


def test_a_step_without_criteria_is_never_met() -> None:
    assert fixed_sequence([[], [True]]) == ["not met", "not tested"]


@pytest.mark.parametrize(
    ("statuses", "sentence"),
    [
        (["met", "met", "met"], "Non-inferiority is shown; superiority is shown; less HFS is shown."),
        (
            ["met", "not met", "not tested"],
            "Non-inferiority is shown; superiority is not shown; less HFS is not tested.",
        ),
        (
            ["not met", "not tested", "not tested"],
            "Non-inferiority is not shown; superiority is not tested; less HFS is not tested.",
        ),
    ],
)
def test_the_conclusion_names_every_step(statuses: list[str], sentence: str) -> None:
    assert conclude(STEPS, statuses) == sentence  # type: ignore[arg-type]


def test_the_ard_keeps_what_the_numbers_say_apart_from_what_the_sequence_says() -> None:
    ard = Ard("T1.1")
    criteria = [
        [Criterion("ITT", True), Criterion("PP", False)],
        [Criterion("ITT", True)],
        [Criterion("SAF", True)],
    ]
    add_gate(ard, STEPS, criteria, group1_level="FUL")
    frame = ard.frame()
    shown = frame[frame["stat_name"].isin(["criterion", "status"])]
    assert shown[["variable_level", "analysis_set", "stat_name", "formatted"]].to_numpy().tolist() == [
        ["NI", "ITT", "criterion", "Met"],
        ["NI", "PP", "criterion", "Not met"],
        ["NI", "", "status", "Not met"],
        ["SUP", "ITT", "criterion", "Met"],
        ["SUP", "", "status", "Not tested"],
        ["HFS", "SAF", "criterion", "Met"],
        ["HFS", "", "status", "Not tested"],
    ]
    assert ard.text("criteria_met", variable_level="NI") == "1 of 2"


@pytest.mark.parametrize(
    ("p", "step", "expected"),
    [
        (0.0499, STEPS[1], True),
        (0.05, STEPS[1], False),
        (float("nan"), STEPS[1], False),
        (0.0499, STEPS[0], True),
        (0.05, STEPS[0], False),
    ],
)
def test_significance_is_strict_and_what_is_not_estimable_is_not_significant(
    p: float, step: GateStep, expected: bool
) -> None:
    assert significant(p, step) is expected
