"""The survival data sets: named ones beside the tests, and random ones made to be difficult."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tools.crosscheck.quantities import Case

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA: Final = Path(__file__).parents[2] / "tests" / "stats" / "data"
NAMED: Final = ("lung", "aml", "gehan", "rats", "veteran", "pbc", "colon")
SEED: Final = 20260


def stream(part: int, index: int) -> np.random.Generator:
    """Random numbers of one data set: the same whatever the number of sets."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence((SEED, part, index))))


def table(name: str) -> dict[str, NDArray[Any]]:
    """Columns of ``tests/stats/data/<name>.csv``: numbers where all values are (NA is NaN), else words."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    columns: dict[str, NDArray[Any]] = {}
    for j, title in enumerate(head):
        values = [row[j] for row in rows]
        try:
            columns[title] = np.array([math.nan if v == "NA" else float(v) for v in values])
        except ValueError:
            columns[title] = np.array(values)
    return columns


def words(values: NDArray[Any]) -> NDArray[np.str_]:
    """Labels without spaces."""
    text = [f"{v:g}" if isinstance(v, float) else str(v).replace(" ", "_") for v in values.tolist()]
    return np.array(text, dtype=np.str_)


def survival(count: int) -> list[Case]:
    """Seven data sets of survival from the literature, and ``count`` random ones.

    Vectors time, event, arm, stratum, x1, x2, and ``levels``, the strata of the plan, of which some may be empty.
    """
    return [*(named(name) for name in NAMED), *(drawn(i) for i in range(count))]


def competing(count: int) -> list[Case]:
    """mgus2 (plasma cell malignancy, or death without it), and the random sets with their causes in ``event``."""
    every = table("competing")
    here = every["set"] == "mgus2"
    first = {name: values[here] for name, values in every.items() if name != "set"}
    first["stratum"] = words(first["stratum"])
    first |= {"x2": first["x1"] % 2.0, "levels": np.unique(first["stratum"])}
    sets = [Case("mgus2", first, named=True)]
    for i in range(count):
        case = drawn(i)
        sets.append(Case(case.name, {**case.data, "event": _causes(i, case.data["event"])}))
    return sets


def named(name: str) -> Case:
    """One of the data sets of the literature."""
    data = table(name)
    data["stratum"] = words(data["stratum"])
    return Case(name, {**data, "levels": np.unique(data["stratum"])}, named=True)


def drawn(index: int) -> Case:
    """Random set ``index``: the number decides which difficulties it has, the generator the rest."""
    generator = stream(0, index)
    n = (6, 12, 25, 50, 100, 200)[index % 6]
    width = (0.01, 1.0, 4.0)[int(generator.integers(3))]
    log_hr = float((0.0, -0.7, 0.7, -3.0, 3.0, 5.0)[int(generator.integers(6))])
    arm = generator.integers(0, 2, n)
    if index % 4 == 1:  # a tiny arm: none, one, two or three subjects
        arm = np.zeros(n, dtype=np.int64)
        arm[: int(generator.integers(0, 4))] = 1
        arm = arm if generator.random() < 0.5 else 1 - arm
    levels = tuple("abcdefgh"[: 1 + int(generator.integers(6))])
    used = max(1, len(levels) - int(generator.integers(0, 3)))  # the strata after these are empty
    code = generator.integers(0, used, n)
    if index % 4 == 2 and used > 1:  # a stratum with one arm only
        arm = np.where(code == 0, 1, arm)
    x1 = np.round(generator.standard_normal(n), 2)
    x2 = (generator.random(n) < 0.4).astype(np.float64)
    latent = generator.exponential(1.0 / (0.1 * np.exp(log_hr * arm + 0.3 * x1)))
    censoring = generator.exponential(25.0, n)
    time = np.round(np.ceil(np.minimum(latent, censoring) / width) * width, 2)
    data = {
        "time": time,
        "event": (latent <= censoring).astype(np.float64),
        "arm": arm.astype(np.float64),
        "stratum": np.array(levels)[code],
        "x1": x1,
        "x2": x2,
        "levels": np.array(levels),
    }
    return Case(f"random {index + 1}", data)


def _causes(index: int, event: NDArray[Any]) -> NDArray[np.float64]:
    """Cause 1 or 2 of each event."""
    return np.asarray(event * np.where(stream(1, index).random(len(event)) < 0.6, 1.0, 2.0))
