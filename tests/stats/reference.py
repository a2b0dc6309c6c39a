"""The small data sets beside the tests, and R's results for them (made by ``data/make_reference.R``)."""

from __future__ import annotations

import csv
import json
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA = Path(__file__).parent / "data"
NAMED = ("lung", "aml", "gehan", "rats", "veteran", "pbc", "colon")
RANDOM = tuple(str(i) for i in range(1, 41))


@cache
def table(name: str) -> dict[str, NDArray[Any]]:
    """Columns of ``data/<name>.csv``: float where all values are numbers (NA is NaN), else text."""
    with (DATA / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    columns: dict[str, NDArray[Any]] = {}
    for j, head in enumerate(rows[0]):
        values = [row[j] for row in rows[1:]]
        try:
            columns[head] = np.array([math.nan if v == "NA" else float(v) for v in values])
        except ValueError:
            columns[head] = np.array(values)
    return columns


def survival_data(name: str) -> dict[str, NDArray[Any]]:
    """time, event, arm, stratum, x1, x2 of a named data set, or of a random one by its number."""
    if not name.isdigit():
        return table(name)
    every = table("random")
    keep = every["set"] == int(name)
    return {key: values[keep] for key, values in every.items() if key != "set"}


@cache
def _file(name: str) -> dict[str, dict[str, list[float | None]]]:
    loaded: dict[str, dict[str, list[float | None]]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return loaded


def r_result(name: str, quantity: str) -> NDArray[np.float64] | None:
    """R's numbers for a data set, None where R gave none; NaN where R has NA, NaN or an infinite value."""
    file = "r_results.json" if not name.isdigit() else f"r_random_{1 if int(name) <= 20 else 2}.json"
    results = _file(file)[name]
    return _array(results.get(quantity))


def r_curve(name: str, quantity: str) -> NDArray[np.float64]:
    """R's whole curve for one of the three smallest data sets."""
    curve = _array(_file("r_curves.json")[name][quantity])
    assert curve is not None
    return curve


def _array(values: list[float | None] | None) -> NDArray[np.float64] | None:
    return None if values is None else np.array([math.nan if v is None else v for v in values])


COMPETING = ("mgus2", *(str(i) for i in range(1, 13)))


def competing_data(name: str) -> dict[str, NDArray[Any]]:
    """time, event (0, 1, 2), arm, stratum, x1 of a data set with competing risks (``data/make_competing.R``)."""
    every = table("competing")
    keep = every["set"] == name
    return {key: values[keep] for key, values in every.items() if key != "set"}


def r_competing(name: str, quantity: str) -> NDArray[np.float64]:
    result = _array(_file("r_competing.json")[name][quantity])
    assert result is not None
    return result


def covariates(data: dict[str, NDArray[Any]]) -> NDArray[np.float64]:
    return np.column_stack([data["arm"], data["x1"], data["x2"]])
