"""Data with a known truth: survival times of two arms, competing risks, clusters, tables of counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Trial", "censored", "halves", "positive_stable", "trial"]


@dataclass(frozen=True, slots=True)
class Trial:
    """Times, events and arms (1 test, 0 control), a stratum each, and a standard normal covariate."""

    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    arm: NDArray[np.int64]
    stratum: NDArray[np.int64]
    x: NDArray[np.float64]


def halves(n: int) -> NDArray[np.int64]:
    """Arms 0 and 1 in turn, n subjects in all."""
    return np.arange(n, dtype=np.int64) % 2


def censored(
    rng: np.random.Generator, time: NDArray[np.float64], low: float = 0.5, high: float = 2.5
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Times cut at a follow-up that is uniform between ``low`` and ``high``."""
    limit = rng.uniform(low, high, len(time))
    return np.minimum(time, limit), time <= limit


def trial(
    rng: np.random.Generator,
    n: int,
    *,
    hazard_ratio: float = 1.0,
    stratum_ratio: float = 1.0,
    x_ratio: float = 1.0,
    shape: float = 1.0,
    low: float = 0.5,
    high: float = 2.5,
) -> Trial:
    """Two arms of n / 2, two strata, Weibull times with hazards proportional in arm, stratum and x (a unit of it)."""
    arm = halves(n)
    stratum = np.arange(n, dtype=np.int64) // 2 % 2
    x = rng.standard_normal(n)
    hazard = hazard_ratio**arm * stratum_ratio**stratum * x_ratio**x
    time, event = censored(rng, (rng.exponential(size=n) / hazard) ** (1.0 / shape), low, high)
    return Trial(time, event, arm, stratum, x)


def positive_stable(rng: np.random.Generator, n: int, index: float) -> NDArray[np.float64]:
    """Frailties with Laplace transform exp(−s^index), under which hazards stay proportional in the margin (Kanter)."""
    u, w = rng.uniform(0.0, np.pi, n), rng.exponential(size=n)
    first = np.sin(index * u) / np.sin(u) ** (1.0 / index)
    result: NDArray[np.float64] = first * (np.sin((1.0 - index) * u) / w) ** ((1.0 - index) / index)
    return result
