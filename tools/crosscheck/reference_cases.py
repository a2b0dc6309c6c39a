"""The reference cases F1 to F35: numbers in print, and ours for the same data. The page and the tests share them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tools.crosscheck import reference_counts, reference_survival

if TYPE_CHECKING:
    from tools.crosscheck.reference import ReferenceCase


@dataclass(frozen=True, slots=True)
class Check:
    """One number in print and ours, which passes within so many units of the last digit printed."""

    case: str
    quantity: str
    ours: float
    printed: str
    source: str
    units: float

    @property
    def difference(self) -> float:
        """Relative difference from the number as printed."""
        there = float(self.printed)
        return abs(self.ours - there) / abs(there) if there else abs(self.ours)

    @property
    def passed(self) -> bool:
        """Whether ours is the number in print, as far as that goes."""
        digits = self.printed.lower().partition("e")
        decimals = len(digits[0].partition(".")[2]) - int(digits[2] or 0)
        return (
            math.isfinite(self.ours)
            and abs(self.ours - float(self.printed)) <= 1.0000001 * self.units * 10.0**-decimals
        )


CASES: Final[tuple[ReferenceCase, ...]] = tuple(
    sorted((*reference_survival.CASES, *reference_counts.CASES), key=lambda case: int(case.number))
)


def checks() -> list[Check]:
    """Every number of every case whose data are at hand."""
    return [check for case in CASES for check in of(case)]


def of(case: ReferenceCase) -> list[Check]:
    """Work out the numbers of one case."""
    return [
        Check(f"F{case.number}", quantity, float(ours), printed, case.source, case.units)
        for quantity, ours, printed in case.numbers()
    ]
