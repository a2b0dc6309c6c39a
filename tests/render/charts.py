"""One chart of each kind that the layered plot has to draw, with hand-made positions."""

from __future__ import annotations

import math

from csrbook.displays.model import Display
from csrbook.displays.plot import (
    NEUTRAL,
    Axis,
    Layer,
    Panel,
    Plot,
    Reference,
    category_axis,
    linear_axis,
    log_axis,
)

ARMS = ("FUL+PYR", "CAP+PYR")


def waterfall() -> Panel:
    """A bar a patient, patterned by best response."""
    changes = tuple(60.0 - 1.9 * k for k in range(80))
    styles = tuple(1 if c >= 20 else 2 if c > -30 else 0 for c in changes)
    bars = Layer(
        "bars",
        tuple(k - 0.4 for k in range(80)),
        (0.0,) * 80,
        tuple(k + 0.4 for k in range(80)),
        changes,
        styles=styles,
        names=((0, "Partial response"), (2, "Stable disease"), (1, "Progressive disease")),
    )
    return Panel(
        Axis("Patients", -1.0, 80.0, ()),
        linear_axis("Best change in sum of diameters (%)", (-100, 60)),
        (bars,),
        (Reference("y", -30.0, "-30%"), Reference("y", 20.0, "+20%"), Reference("y", 0.0, dashed=False)),
    )


def mean_change() -> Panel:
    """Means with intervals by visit, patients assessed below."""
    weeks = (0.0, 8.0, 16.0, 24.0, 32.0)
    layers = []
    for i, arm in enumerate(ARMS):
        at = tuple(w + 0.6 * (i - 0.5) for w in weeks)
        mean = tuple(-0.3 * w * (1 + i) for w in weeks)
        layers += [
            Layer("segments", at, tuple(m - 4 for m in mean), at, tuple(m + 4 for m in mean), series=i, caps=True),
            Layer("line", at, mean, series=i, name=arm),
            Layer("points", at, mean, series=i),
        ]
    return Panel(
        Axis("Week", -2.0, 34.0, tuple((w, f"{w:.0f}") for w in weeks)),
        linear_axis("LS-mean change (points)", (-25, 6), include=(0,)),
        tuple(layers),
        (Reference("y", 0.0),),
        table=tuple((arm, i, tuple(str(150 - 9 * k - i) for k in range(5))) for i, arm in enumerate(ARMS)),
        table_heading="Patients assessed",
    )


def swimmer() -> Panel:
    """A bar a patient with events on it; an arrow where it goes on."""
    names = [f"{site:03d}-{k:04d}" for site, k in ((1, 1), (1, 4), (2, 2), (3, 1), (3, 7))]
    months = (14.2, 11.0, 9.5, 21.3, 5.0)
    rows = tuple(float(k) for k in range(5))
    bars = Layer("bars", (0.0,) * 5, tuple(r - 0.3 for r in rows), months, tuple(r + 0.3 for r in rows),
                 styles=(0, 1, 0, 1, 1), names=((0, ARMS[0]), (1, ARMS[1])))  # fmt: skip
    return Panel(
        linear_axis("Months since randomisation", (0, 24)),
        category_axis("", names),
        (
            bars,
            Layer("points", (2.0, 2.1, 4.0), (0.0, 1.0, 3.0), series=2, marker="triangle", name="Response", size=1.3),
            Layer("points", (13.0, 9.0), (0.0, 2.0), series=NEUTRAL, marker="cross", name="Progression", size=1.3),
            Layer("points", (21.3, 5.0), (3.0, 4.0), series=2, marker="arrow", name="Ongoing"),
        ),
    )


def edish() -> Panel:
    """Peak bilirubin against peak ALT on logarithmic axes."""
    x = tuple(0.2 * 1.25**k for k in range(22))
    y = tuple(0.3 * 1.12**k * (1 + 0.4 * math.sin(k)) for k in range(22))
    return Panel(
        log_axis("Peak ALT (multiples of ULN)", x, ticks=(0.1, 0.5, 1, 3, 10, 50, 100)),
        log_axis("Peak total bilirubin (multiples of ULN)", y, ticks=(0.1, 0.5, 1, 2, 5, 10, 20)),
        (
            Layer("points", x[::2], y[::2], series=0, name=ARMS[0]),
            Layer("points", x[1::2], y[1::2], series=1, name=ARMS[1]),
            Layer("points", x[-1:], y[-1:], series=NEUTRAL, marker="open-square", labels=("002-0004",), size=1.6),
        ),
        (Reference("x", 3.0, "3 × ULN"), Reference("y", 2.0, "2 × ULN")),
        inset=("Hy's law range: 1 patient",),
        inset_at="bottom right",
    )


def incidence() -> Panel:
    """Cumulative incidence by steps with its band."""
    t = tuple(float(k) for k in range(13))
    low = tuple(0.02 * k for k in range(13))
    return Panel(
        linear_axis("Months", (0, 12), ticks=7),
        linear_axis("Cumulative incidence", (0, 0.5)),
        (
            Layer("band", t, tuple(v * 0.7 for v in low), (), tuple(v * 1.4 for v in low), series=0),
            Layer("step", t, low, series=0, name=ARMS[0]),
            Layer("step", t, tuple(1.6 * v for v in low), series=1, name=ARMS[1]),
        ),
        inset=("Gray test p=0.0412",),
        inset_at="top left",
    )


def surface() -> Panel:
    """A heat map with the values in it."""
    cells = [(i, j) for i in range(5) for j in range(5)]
    values = [0.80 + 0.12 * i - 0.05 * j for i, j in cells]
    return Panel(
        category_axis("Delta, test arm", [f"{1 + k / 2:g}" for k in range(5)], descending=False),
        category_axis("Delta, control arm", [f"{1 + k / 2:g}" for k in range(5)], descending=False),
        (
            Layer(
                "bars",
                tuple(i - 0.5 for i, _ in cells),
                tuple(j - 0.5 for _, j in cells),
                tuple(i + 0.5 for i, _ in cells),
                tuple(j + 0.5 for _, j in cells),
                shades=tuple((v - 0.6) / 0.7 for v in values),
                labels=tuple(f"{v:.2f}" for v in values),
            ),
        ),
    )


def page(*panels: Panel, columns: int = 1, rows: int = 1) -> Display:
    """A display with these panels."""
    return Display(figure=Plot(panels, columns, rows), alt="What the chart shows, in a sentence.")


CHARTS = {
    "waterfall": page(waterfall()),
    "mean change": page(mean_change()),
    "swimmer": page(swimmer()),
    "eDISH": page(edish()),
    "incidence and surface": page(incidence(), surface(), columns=2),
    "four": page(edish(), incidence(), mean_change(), surface(), swimmer(), columns=2, rows=2),
}
