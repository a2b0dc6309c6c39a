"""Forest rows and the axis that holds them."""

from __future__ import annotations

import math

import pytest

from csrbook.ard import Ard
from csrbook.displays.forest import covering_ticks, forest_row
from csrbook.displays.model import ForestRow

TICKS = (0.5, 1.0, 2.0)


def row(estimate: float | None, lower: float | None = None, upper: float | None = None) -> ForestRow:
    return ForestRow("x", (), estimate, lower, upper)


@pytest.mark.parametrize(
    ("rows", "limits", "expected"),
    [
        ([row(0.9, 0.3, 3.5)], False, TICKS),
        ([row(0.9, 0.3, 3.5)], True, (0.3, *TICKS, 4.0)),
        ([row(0.35)], False, (0.3, *TICKS)),
        ([row(40.0)], False, (*TICKS, 10.0)),
        ([row(0.001)], False, (0.1, *TICKS)),
        ([row(None)], True, TICKS),
        ([], True, TICKS),
    ],
)
def test_one_more_tick_stands_beyond_what_would_fall_off(
    rows: list[ForestRow], limits: bool, expected: tuple[float, ...]
) -> None:
    assert covering_ticks(rows, TICKS, limits=limits) == expected


def test_a_row_has_the_numbers_of_the_ard_and_a_weight_by_precision() -> None:
    ard = Ard("F1.1")
    for name, value in (("hr", 0.5), ("lower", 0.25), ("upper", 1.0)):
        ard.add(name, value, formatted="x", analysis_id="COX")
    found = forest_row(ard, "label", ("1/2",), {"analysis_id": "COX"})
    assert (found.estimate, found.lower, found.upper) == (0.5, 0.25, 1.0)
    assert found.weight == pytest.approx(1.0 / math.log(4.0) ** 2)  # log(1.0 / 0.25)


def test_what_is_not_estimable_has_no_mark() -> None:
    ard = Ard("F1.1")
    for name in ("hr", "lower", "upper"):
        ard.add(name, None, formatted="NE", error="no events", analysis_id="COX")
    found = forest_row(ard, "label", (), {"analysis_id": "COX"})
    assert (found.estimate, found.lower, found.upper) == (None, None, None)
