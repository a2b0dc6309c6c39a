"""When two numbers agree."""

from __future__ import annotations

import math
from dataclasses import dataclass

from csrbook.errors import StatisticsError

__all__ = ["Tolerance", "agree", "percent_difference"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two numbers may lie apart and still agree.

    Parameters
    ----------
    relative : float
        Largest difference as a part of the greater of the two absolute values.
    absolute : float
        Largest difference whatever the size; it settles numbers at or near zero.

    Notes
    -----
    Two numbers agree when ``|p - q| <= max(relative * max(|p|, |q|), absolute)``. SAS: ``PROC COMPARE
    METHOD=RELATIVE CRITERION=...`` is the relative part, with the mean of the two absolute values as its denominator;
    R: ``diffdf(tolerance = ...)``.
    """

    relative: float = 1e-8
    absolute: float = 1e-10

    def __post_init__(self) -> None:
        for name, bound in (("relative", self.relative), ("absolute", self.absolute)):
            if not (math.isfinite(bound) and bound >= 0.0):
                raise StatisticsError(f"{bound} is no bound", f"Tolerance({name}=...)", "give a number of 0 or more")


def agree(production: float, qc: float, tolerance: Tolerance) -> bool:
    """Whether two numbers agree; two that are not estimable (NaN) do, one against a number does not."""
    if math.isnan(production) or math.isnan(qc):
        return math.isnan(production) and math.isnan(qc)
    return math.isclose(production, qc, rel_tol=tolerance.relative, abs_tol=tolerance.absolute)


def percent_difference(production: float, qc: float) -> float:
    """``100 * (qc - production) / |production|``; NaN where production is zero or either number is missing."""
    if production == 0.0 or not math.isfinite(production):
        return math.nan
    return 100.0 * (qc - production) / abs(production)
