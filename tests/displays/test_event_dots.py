"""The dot plot: the percentages and differences of the table, in the order of the difference."""

from __future__ import annotations

import pytest

from csrbook.displays.event_dots import DotPlotParameters, dot_plot_display, summarise_dot_plot
from csrbook.displays.parameters import read_parameters
from tests.displays.small_study import Frames, events, row, small_plan, subjects

# Rash 2 of 4 against 0 of 2, Ileus 1 of 4 against 2 of 2, Cough 1 of 4 against 0 of 2.
EVENTS = [(1, "S", "Rash", 1), (2, "S", "Rash", 3), (1, "S", "Ileus", 1), (5, "S", "Ileus", 1), (6, "S", "Ileus", 1),
          (3, "S", "Cough", 1)]  # fmt: skip


def plot(arms: str, adae, number: int = 2, **parameters):
    plan, output = small_plan(number), row("F14.3.9.9", "SAF", **{"minimum_percent": 0, **parameters})
    chosen = read_parameters(output, DotPlotParameters)
    ard = summarise_dot_plot(Frames(ADSL=subjects(arms), ADAE=adae), output, plan, chosen)
    ard.frame()
    return dot_plot_display(ard, output, plan, chosen)


@pytest.mark.parametrize(
    ("parameters", "labels"),
    [
        ({}, ["Rash", "Cough", "Ileus"]),
        ({"order": "frequency"}, ["Ileus", "Rash", "Cough"]),
        ({"minimum_percent": 50}, ["Rash", "Ileus"]),
    ],
)
def test_order_and_threshold(parameters, labels):
    left, right = plot("AAAACC", events(*EVENTS), **parameters).figure.panels
    assert [text for _, text in left.y.ticks] == labels
    assert [text for _, text in right.y.ticks] == [""] * len(labels)


def test_points_are_the_numbers_of_the_table():
    display = plot("AAAACC", events(*EVENTS))
    left, right = display.figure.panels
    assert [layer.x for layer in left.layers] == [(50.0, 25.0, 25.0), (0.0, 0.0, 100.0)]
    segments, points = right.layers
    assert points.x == pytest.approx((50.0, 25.0, -75.0))
    assert points.y == (0.0, 1.0, 2.0)
    assert all(low < x < high for low, x, high in zip(segments.x, points.x, segments.x2, strict=True))
    assert "smallest: Ileus -75.0 (" in display.alt


@pytest.mark.parametrize("number", [3, 4])
def test_several_comparisons_stand_apart(number):
    right = plot("AACCDDEE"[: 2 * number], events((1, "S", "Rash", 1)), number).figure.panels[1]
    places = [layer.y[0] for layer in right.layers if layer.mark == "points"]
    assert len(set(places)) == number - 1


def test_no_event_and_an_arm_without_subjects():
    display = plot("AA", events())
    assert display.footnotes == ("No term reached 0% in an arm.",)
    alone = plot("AA", events((1, "S", "Rash", 1)))
    left, right = alone.figure.panels
    assert [layer.x for layer in left.layers] == [(50.0,), ()]
    assert all(layer.x == () for layer in right.layers)
