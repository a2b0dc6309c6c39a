"""Part "max_combo": the largest of four Fleming–Harrington statistics."""

from __future__ import annotations

from typing import Final

from csrbook.stats.weighted_log_rank import max_combo
from tools.crosscheck.datasets import drawn, named
from tools.crosscheck.quantities import Case, Data, Part, Quantity, Result, result

QUANTITIES: Final = (
    Quantity("max_combo", "MaxCombo: the largest |z|, stratified", 1e-3),
    Quantity("max_combo_p", "its p-value (absolute; two Monte Carlo integrals)", 1.0, 2e-4),
)


def cases(count: int) -> list[Case]:
    """Two data sets of the literature and ``count`` random ones."""
    return [*(named(name) for name in ("gehan", "lung")), *(drawn(i) for i in range(count))]


def ours(data: Data) -> dict[str, Result]:
    """Statistic and p-value; each p-value takes about a second."""
    test = max_combo(data["time"], data["event"], data["arm"], strata=data["stratum"])
    return {"max_combo": result(test.statistic, test.status), "max_combo_p": result(test.p, test.status)}


PART: Final = Part("max_combo", "MaxCombo", ("mvtnorm",), QUANTITIES, cases, ours, most=20, kept=0)
