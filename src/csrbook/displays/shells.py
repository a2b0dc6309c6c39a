"""Shells: the pages of the catalogue with placeholders in the place of numbers, for approval before any data exist.

The programs run as ever, on a simulated database. Where a number becomes text, which is where it enters the ARD,
:func:`mask_number` puts x's in its place; :func:`shell` then takes from the finished display what else is data: terms,
identifiers, the records of a listing, the curves and marks of a figure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from csrbook.displays.format import NOT_ESTIMABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["SHELL", "mask_number", "mask_record", "mask_row", "shell"]

SHELL: Final = "SHELL – NO DATA"
"""Status that every page of a shell bears."""

ROWS: Final = 3
"""Records of a listing, and neighbouring rows of a stub that come from data, that a shell shows."""

LONGEST: Final = 24
"""Characters of a text of a listing."""

_DATE: Final = re.compile(r"\b\d{2}[A-Z]{3}\d{4}\b")
_NUMBER: Final = re.compile(r"[<>-]?\d[\d,]*(?:\.(\d+))?")
_NOT_ESTIMABLE: Final = re.compile(rf"\b{NOT_ESTIMABLE}\b")


def mask_number(text: str) -> str:
    """Numbers as placeholders: two x's before the point, as many after it as there were digits.

    Examples
    --------
    >>> mask_number("103 (7.4)"), mask_number("<0.0001"), mask_number("NE"), mask_number("01JAN2024")
    ('xx (xx.x)', 'xx.xxxx', 'xx.x', 'ddMMMyyyy')
    """
    dated = _DATE.sub("ddMMMyyyy", _NOT_ESTIMABLE.sub("xx.x", text))
    return _NUMBER.sub(lambda found: "xx" + (f".{'x' * len(found[1])}" if found[1] else ""), dated)


def mask_record(text: str) -> str:
    """The shape of a value of a record: ``X`` for a capital, ``x`` for any other letter or digit."""
    shape = "".join("X" if c.isupper() else "x" if c.isalnum() else c for c in text)
    return shape if len(shape) <= LONGEST else f"{shape[: LONGEST - 1]}…"


def mask_row(row: dict[str, object]) -> None:
    """Mask what a row of the ARD prints (an observer for :func:`csrbook.ard.observed`).

    Values stay, since displays order by them; reasons and warnings are those of data that are none, and go.
    """
    printed = str(row["formatted"])
    row["formatted"] = f"<{row['stat_label']}>" if row["unit"] == "text" else mask_number(printed)
    row["warning"] = row["error"] = ""


def shell(content: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """The content of a display whose numbers are masked, without whatever else it has from data.

    Parameters
    ----------
    content : mapping
        From :meth:`csrbook.displays.model.Display.content`.
    words : mapping
        Texts that come from data and not from the plan, in lower case, and what each is called (``Preferred Term``).

    Returns
    -------
    dict
        Listings have a few records, each value as its shape. In the stub of a table and on axes, words of the data are
        numbered placeholders, of neighbouring ones a few. Figures have axes and legends.
    """
    made = dict(content)
    made["alt"] = "Shell: axes and legend without data." if content["figure"] else ""
    made["numbers"] = {name: mask_number(text) for name, text in content["numbers"].items()}
    listing = bool(content["rows"]) and not any(row["label"] for row in content["rows"])
    if listing and not content["figure"]:
        made["rows"] = [
            {**row, "cells": [mask_record(cell) for cell in row["cells"]]} for row in content["rows"][:ROWS]
        ]
    else:
        made["rows"] = _stub(content["rows"], words)
    if content["figure"]:
        kind = content["figure"]["type"]
        # A flow chart has no marks: its lines come from the ARD and are masked.
        made["figure"] = _FIGURES[kind](content["figure"], words) if kind in _FIGURES else content["figure"]
    return made


def _stub(rows: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rows with words of the data replaced; of neighbours at one depth only the first few, with what is below them."""
    made = []
    counts: dict[int, int] = {}
    hidden: int | None = None
    for row in rows:
        depth = row["indent"]
        if hidden is not None and depth > hidden:
            continue
        hidden = None
        for deeper in [level for level in counts if level > depth]:
            del counts[deeper]
        word = words.get(row["label"].strip().casefold())
        label = row["label"]
        if word is None:
            counts.pop(depth, None)
        else:
            counts[depth] = counts.get(depth, 0) + 1
            if counts[depth] > ROWS:
                hidden = depth
                continue
            label = f"<{word} {counts[depth]}>"
        made.append({**row, "label": label, "cells": [mask_number(cell) for cell in row["cells"]]})
    return made


def _kaplan_meier(figure: Mapping[str, Any], _: Mapping[str, str]) -> dict[str, Any]:
    nothing: dict[str, Any] = {"times": [], "values": [], "censored_times": [], "censored_values": []}
    curves = [{**curve, **nothing, "at_risk": ["xx"] * len(curve["at_risk"])} for curve in figure["curves"]]
    return {**figure, "curves": curves, "inset": [mask_number(line) for line in figure["inset"]]}


def _forest(figure: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    nothing = {"estimate": None, "lower": None, "upper": None}
    return {**figure, "rows": [{**row, **nothing} for row in _stub(figure["rows"], words)]}


def _plot(figure: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    nothing: dict[str, Any] = {"x": [], "y": [], "x2": [], "y2": [], "styles": [], "shades": [], "labels": []}
    panels = [
        {
            **panel,
            "x": _axis(panel["x"], words),
            "y": _axis(panel["y"], words),
            "layers": [{**layer, **nothing} for layer in panel["layers"]],
            "table": [[label, style, [mask_number(text) for text in cells]] for label, style, cells in panel["table"]],
            "inset": [mask_number(line) for line in panel["inset"]],
        }
        for panel in figure["panels"]
    ]
    return {**figure, "panels": panels}


def _axis(axis: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """The axis with words of the data replaced; only the first few of them have a text."""
    ticks, count = [], 0
    for position, text in axis["ticks"]:
        word = words.get(text.strip().casefold())
        count += word is not None
        ticks.append([position, text if word is None else f"<{word} {count}>" if count <= ROWS else ""])
    return {**axis, "ticks": ticks}


_FIGURES: Final = {"kaplan-meier": _kaplan_meier, "forest": _forest, "plot": _plot}
