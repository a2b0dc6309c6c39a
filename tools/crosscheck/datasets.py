"""The data sets: named ones beside the tests, and random ones made to be difficult."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
NAMED = ("lung", "aml", "gehan", "rats", "veteran", "pbc", "colon")
SEED = 20260
COLUMNS = ("set", "time", "event", "arm", "stratum", "x1", "x2", "cause")


@dataclass(frozen=True, slots=True)
class DataSet:
    """One data set; ``levels`` are the strata of its plan, of which some may hold no subject.

    ``x`` (two covariates) is None where only the competing risks are compared, ``cause`` None where there are none.
    """

    name: str
    time: NDArray[np.float64]
    event: NDArray[np.int64]
    arm: NDArray[np.int64]
    stratum: tuple[str, ...]
    levels: tuple[str, ...]
    x: NDArray[np.float64] | None
    cause: NDArray[np.int64] | None


def named() -> list[DataSet]:
    """Data sets of the literature: seven of survival, and one of competing risks."""
    folder = ROOT / "tests" / "stats" / "data"
    found = []
    for name in NAMED:
        rows = _rows(folder / f"{name}.csv")
        x = np.array([[float(row["x1"]), float(row["x2"])] for row in rows])
        found.append(_data_set(name, rows, x, None))
    rows = [row for row in _rows(folder / "competing.csv") if row["set"] == "mgus2"]
    return [*found, _data_set("mgus2", rows, None, np.array([int(row["event"]) for row in rows]))]


def random(count: int) -> list[DataSet]:
    """``count`` random data sets; each is the same whatever their number."""
    return [_random(i, np.random.Generator(np.random.Philox(np.random.SeedSequence((SEED, i))))) for i in range(count)]


def write(sets: list[DataSet], path: Path) -> None:
    """Write all sets into one CSV file for R."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for s in sets:
            for i in range(len(s.time)):
                x: list[Any] = ["NA", "NA"] if s.x is None else [repr(v) for v in s.x[i].tolist()]
                cause = "NA" if s.cause is None else int(s.cause[i])
                writer.writerow(
                    [s.name, repr(float(s.time[i])), int(s.event[i]), int(s.arm[i]), s.stratum[i], *x, cause]
                )


def _random(index: int, generator: np.random.Generator) -> DataSet:
    """Draw one set: the number decides which difficulties it has, the generator the rest."""
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
    event = (latent <= censoring).astype(np.int64)
    cause = event * np.where(generator.random(n) < 0.6, 1, 2)
    stratum = tuple(levels[c] for c in code.tolist())
    x = np.column_stack((x1, x2))
    return DataSet(f"random {index + 1}", time, event, arm.astype(np.int64), stratum, levels, x, cause)


def _data_set(
    name: str, rows: list[dict[str, str]], x: NDArray[np.float64] | None, cause: NDArray[np.int64] | None
) -> DataSet:
    stratum = tuple(row["stratum"] for row in rows)
    time = np.array([float(row["time"]) for row in rows])
    if not all(math.isfinite(t) for t in time.tolist()):
        raise ValueError(f"{name} holds a missing time")
    event = np.array([int(row["event"]) for row in rows])
    arm = np.array([int(row["arm"]) for row in rows])
    return DataSet(name, time, (event == 1).astype(np.int64), arm, stratum, tuple(sorted(set(stratum))), x, cause)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
