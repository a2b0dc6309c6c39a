"""Charts in layers: axes, refusals, and every label of every kind of chart visible on its page."""

from __future__ import annotations

import math

import pytest

from csrbook.displays.plot import Layer, category_axis, linear_axis, log_axis
from tests.render import samples
from tests.render.charts import CHARTS
from tests.render.conftest import render

PLACES = ("F14.1.1.2", "F14.2.1.4", "F14.2.1.6", "F14.2.6.3", "T14.1.2.1", "T14.2.4.1")


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((0, 24), ["0", "5", "10", "15", "20", "25"]),
        ((-100, 60), ["-100", "-50", "0", "50", "100"]),
        ((0.0, 0.5), ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]),
        ((0.0, 1.1), ["0.00", "0.25", "0.50", "0.75", "1.00", "1.25"]),
        ((math.nan,), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ((3.0, 3.0), ["2.4", "2.6", "2.8", "3.0", "3.2", "3.4", "3.6"]),
    ],
)
def test_a_linear_axis_covers_the_values_with_round_ticks(values, ticks):
    axis = linear_axis("", values)
    assert [text for _, text in axis.ticks] == ticks
    assert axis.low <= min((v for v in values if v == v), default=0) <= axis.high


def test_a_logarithmic_axis_takes_only_the_ticks_it_needs():
    axis = log_axis("", (0.7, 9.0), ticks=(0.1, 0.5, 1, 3, 10, 50))
    assert (axis.low, axis.high, [t for _, t in axis.ticks]) == (0.5, 10, ["0.5", "1", "3", "10"])


def test_the_first_category_stands_at_the_top():
    axis = category_axis("", ["a", "b"])
    assert (axis.low, axis.high, axis.ticks) == (1.5, -0.5, ((0.0, "a"), (1.0, "b")))


@pytest.mark.parametrize(
    "positions",
    [{"x": (1.0, 2.0), "y": (1.0,)}, {"x": (1.0,), "y": (math.nan,)}, {"x": (1.0,), "y": (1.0,), "x2": (1.0, 2.0)}],
)
def test_positions_that_cannot_be_drawn_are_refused(positions):
    with pytest.raises(ValueError, match="a layer of points has"):
        Layer("points", **positions)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Text of each chart's pages, from an appendix in which they stand at the place of other displays."""
    displays = {d["id"]: d for d in samples.catalogue()}
    for place, (name, display) in zip(PLACES, CHARTS.items(), strict=True):
        displays[place] = samples.content(place, display, name)
    book = render(tmp_path_factory.mktemp("charts") / "project", list(displays.values()))
    return {name: book.visible_of(place) for place, name in zip(PLACES, CHARTS, strict=True)}


@pytest.mark.parametrize("name", CHARTS)
def test_every_string_of_a_chart_is_on_its_page(pages, name):
    figure = CHARTS[name].figure
    strings = set()
    for panel in figure.panels:
        strings |= {text for axis in (panel.x, panel.y) for _, text in axis.ticks} | {panel.x.label, panel.title}
        strings |= {*panel.inset, panel.table_heading, *(cell for row in panel.table for cell in (row[0], *row[2]))}
        strings |= {line.label for line in panel.references}
        for layer in panel.layers:
            strings |= {layer.name, *layer.labels, *(text for _, text in layer.names)}
    squeezed = "".join(pages[name].split())
    assert [text for text in strings if "".join(text.split()) not in squeezed] == []
