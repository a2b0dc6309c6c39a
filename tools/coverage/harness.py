"""Draw data under a known truth, run a method on each draw, count how often it is right; blocks of own streams."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from csrbook.stats.parallel import spread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from csrbook.stats.parallel import Progress

__all__ = [
    "ABOVE", "BELOW", "HIT", "MISS", "NO_RESULT", "Found", "Measure", "Scenario",
    "each", "inside", "interval", "rejected", "rejection", "simulate",
]  # fmt: skip

SEED: Final = 20260
_BLOCK: Final = 500

# What one draw says of one measure. An interval: the truth is in it, below its lower or above its upper limit. A test:
# rejected (HIT) or not (MISS).
MISS, HIT, BELOW, ABOVE, NO_RESULT = 0, 1, 2, 3, 4
_CODES: Final = 5

Codes: TypeAlias = NDArray[np.int8]
# Of a generator and a number of draws: one row a draw, one column a measure.
Draw: TypeAlias = Callable[[np.random.Generator, int], Codes]


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the page.

    Attributes
    ----------
    label : str
    kind : {"interval", "test"}
    nominal : float
        Coverage that an interval claims; type I error that a test claims.
    exact : bool
        Whether the method promises never to fall below its coverage, or never to exceed its level, at any n.
    why : str
        Why the method departs from its nominal value, where that is known.
    """

    label: str
    kind: Literal["interval", "test"]
    nominal: float
    exact: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Data drawn in one way, and the methods that each draw goes to.

    ``name`` gives the stream of random numbers its key; ``data`` and ``n`` are printed. ``draw`` is a function of a
    module (or ``functools.partial`` of one), so that it can go to another process.
    """

    name: str
    data: str
    n: str
    measures: tuple[Measure, ...]
    draw: Draw


@dataclass(frozen=True, slots=True)
class Found:
    """Counts of one measure over all draws, with what follows from them."""

    scenario: Scenario
    measure: Measure
    counts: tuple[int, ...]

    @property
    def results(self) -> int:
        """Draws with a result."""
        return sum(self.counts) - self.counts[NO_RESULT]

    @property
    def share(self) -> float:
        """Share of the results in which the interval holds the truth, or the test rejects."""
        return self.counts[HIT] / self.results if self.results else math.nan

    @property
    def se(self) -> float:
        """Monte Carlo standard error of the share."""
        return math.sqrt(self.share * (1.0 - self.share) / self.results) if self.results else math.nan

    @property
    def departure(self) -> float:
        """How much the share departs to the liberal side: above 0 where a claim is not kept."""
        sign = -1.0 if self.measure.kind == "interval" else 1.0
        return sign * (self.share - self.measure.nominal)

    @property
    def beyond_chance(self) -> bool:
        """Whether the share is more than 3 standard errors (those at the nominal value) away from it."""
        p = self.measure.nominal
        return not abs(self.departure) <= 3.0 * math.sqrt(p * (1.0 - p) / max(self.results, 1))

    @property
    def verdict(self) -> str:
        """One of: nominal, conservative, conservative by construction, liberal, BROKEN."""
        if not self.results:
            return "BROKEN: no results"
        if not self.beyond_chance:
            return "nominal"
        if self.departure < 0.0:
            return "conservative by construction" if self.measure.exact else "conservative"
        return "BROKEN: exact, but liberal" if self.measure.exact else "liberal"

    def explained(self, tolerance: float) -> bool:
        """Whether nothing is broken, and what departs by more than the tolerance has a reason."""
        if self.verdict.startswith("BROKEN"):
            return False
        small = not self.beyond_chance or abs(self.departure) <= tolerance
        return small or self.measure.exact or bool(self.measure.why)


def interval(label: str, nominal: float = 0.95, *, exact: bool = False, why: str = "") -> Measure:
    """A confidence interval's row."""
    return Measure(label, "interval", nominal, exact, why)


def rejection(label: str, nominal: float = 0.05, *, exact: bool = False, why: str = "") -> Measure:
    """A test's row."""
    return Measure(label, "test", nominal, exact, why)


def inside(lower: float, upper: float, truth: float) -> int:
    """Where the truth lies; a limit that is NaN on one side only does not exclude anything on that side."""
    if math.isnan(lower) and math.isnan(upper):
        return NO_RESULT
    if truth < lower:
        return BELOW
    return ABOVE if truth > upper else HIT


def rejected(p: float, alpha: float = 0.05) -> int:
    """Whether a p-value rejects."""
    return NO_RESULT if math.isnan(p) else int(p < alpha)


def each(one: Callable[[np.random.Generator], tuple[int, ...]]) -> Draw:
    """A function of one draw as a function of many."""
    return partial(_rows, one)


def _rows(one: Callable[[np.random.Generator], tuple[int, ...]], rng: np.random.Generator, draws: int) -> Codes:
    return np.array([one(rng) for _ in range(draws)], dtype=np.int8)


def simulate(
    scenarios: Sequence[Scenario],
    draws: int,
    *,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Found]:
    """Counts of every measure; the same for any number of workers, since each block has a stream of its own."""
    tasks = [
        (scenario, block, min(_BLOCK, draws - block * _BLOCK))
        for scenario in scenarios
        for block in range(-(-draws // _BLOCK))
    ]
    parts = spread(_block, tasks, workers=workers, executor=executor, progress=progress)
    total = {s.name: np.zeros((len(s.measures), _CODES), dtype=np.int64) for s in scenarios}
    for (scenario, _, _), part in zip(tasks, parts, strict=True):
        total[scenario.name] += part
    return [
        Found(scenario, measure, tuple(counts))
        for scenario in scenarios
        for measure, counts in zip(scenario.measures, total[scenario.name].tolist(), strict=True)
    ]


def _block(task: tuple[Scenario, int, int]) -> NDArray[np.int64]:
    scenario, block, draws = task
    key = (zlib.crc32(scenario.name.encode("utf-8")), block)
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(SEED, spawn_key=key)))
    codes = scenario.draw(rng, draws)
    return np.array([np.bincount(column, minlength=_CODES) for column in codes.T], dtype=np.int64)
