"""R's results for markers, STEPP, splines, concordance and ridge (made by ``data/make_biomarkers.R``)."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np

from tests.stats.reference import DATA


@cache
def _all() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DATA / "r_biomarkers.json").read_text(encoding="utf-8"))
    return loaded


def r_biomarkers(*keys: str) -> Any:
    found: Any = _all()
    for key in keys:
        found = found[key]
    return found


def simulated(seed: int, n: int, *, effect: float = 0.0, ties: float = 0.2) -> dict[str, Any]:
    """A small two-arm trial with three strata; ``effect`` is the log hazard ratio of x in both arms."""
    rng = np.random.default_rng(seed)
    arm, strata, x = rng.integers(0, 2, n), rng.integers(0, 3, n), rng.normal(size=n)
    t = rng.exponential(np.exp(-effect * x) * 5.0)
    c = rng.uniform(2.0, 10.0, n)
    return {
        "time": np.ceil(np.minimum(t, c) / ties) * ties,
        "event": (t <= c).astype(int),
        "arm": arm,
        "strata": strata,
        "x": x,
    }
