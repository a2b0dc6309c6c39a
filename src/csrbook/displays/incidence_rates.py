"""Rates per patient-year with exact limits and their ratios between arms, into the ARD and into cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from csrbook.displays.columns import TOTAL
from csrbook.displays.estimates import add_number, estimate_interval
from csrbook.displays.parameters import Parameters
from csrbook.displays.patient_years import years
from csrbook.stats.rates import garwood, rate_ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.adverse_events import Events
    from csrbook.displays.columns import Groups
    from csrbook.plan.models import Plan

__all__ = ["RATE", "RATIO", "RateDigits", "RateWriter", "days_of_arms", "rate_cells", "ratio_cell"]

RATE: Final = "Rate, Garwood"
"""Method of a rate in the ARD."""

RATIO: Final = "Rate ratio, exact"
"""Method of a ratio of two rates in the ARD."""


class RateDigits(Parameters):
    """Unit and digits of rates in a plan row."""

    per: float = Field(default=100.0, gt=0)
    """Patient-years that a rate is given for."""
    digits_rate: int = Field(default=1, ge=0)
    digits_years: int = Field(default=1, ge=0)
    digits_ratio: int = Field(default=2, ge=0)


class RateWriter:
    """Adds rates and their ratios.

    Parameters
    ----------
    groups : Groups
        Columns.
    plan : Plan
        Confidence level and length of a year.
    chosen : RateDigits
        Unit of the rates and digits.
    """

    def __init__(self, groups: Groups, plan: Plan, chosen: RateDigits) -> None:
        self._groups = groups
        self._plan = plan
        self._chosen = chosen

    def add(self, ard: Ard, counts: Sequence[int] | NDArray[np.int64], days: Sequence[float], **keys: str) -> None:
        """Add ``n``, ``years``, ``rate``, ``lower`` and ``upper`` of each column.

        Notes
        -----
        ``counts`` over ``days``, each one number a column. Limits: :func:`csrbook.stats.rates.garwood`.
        """
        for level, count, spent in zip(self._groups.levels, counts, days, strict=True):
            column = {"group1": self._groups.variable, "group1_level": level, "method": RATE, **keys}
            exposure = years(float(spent), self._plan)
            ard.add("n", int(count), formatted=str(int(count)), **column)
            add_number(ard, "years", exposure, self._chosen.digits_years, **{**column, "unit": "patient-years"})
            found = (
                garwood(int(count), exposure, per=self._chosen.per, confidence=self._plan.study.confidence)
                if spent
                else None
            )
            numbers = (None, None, None) if found is None else (found.estimate, found.lower, found.upper)
            for name, value in zip(("rate", "lower", "upper"), numbers, strict=True):
                unit = f"per {self._chosen.per:g} patient-years"
                reason = "a rate needs time at risk"
                add_number(ard, name, value, self._chosen.digits_rate, reason=reason, **{**column, "unit": unit})

    def add_ratios(
        self, ard: Ard, counts: Sequence[int] | NDArray[np.int64], days: Sequence[float], **keys: str
    ) -> None:
        """Add ``ratio``, ``lower`` and ``upper`` of each test arm to the control arm.

        Notes
        -----
        Limits: :func:`csrbook.stats.rates.rate_ratio`.
        """
        count = dict(zip(self._groups.levels, (int(n) for n in counts), strict=True))
        spent = dict(zip(self._groups.levels, (float(d) for d in days), strict=True))
        for test, control in self._groups.comparisons():
            column = {"group1": self._groups.variable, "group1_level": test.id, "method": RATIO, **keys}
            numbers: tuple[float | None, ...] = (None, None, None)
            reason = "a rate ratio needs time at risk in both arms"
            if spent[test.id] and spent[control.id]:
                found = rate_ratio(
                    count[test.id], spent[test.id], count[control.id], spent[control.id],
                    method="exact", confidence=self._plan.study.confidence,
                )  # fmt: skip
                numbers = (found.estimate, found.lower, found.upper)
                reason = found.status if found.status != "ok" else "no event in the control arm"
            for name, value in zip(("ratio", "lower", "upper"), numbers, strict=True):
                add_number(ard, name, value, self._chosen.digits_ratio, reason=reason, **column)


def rate_cells(ard: Ard, level: str, **keys: str) -> tuple[str, str, str]:
    """Number, patient-years and ``rate (lower, upper)`` of a column."""
    own = {"method": RATE, "group1_level": level, **keys}
    return ard.text("n", **own), ard.text("years", **own), estimate_interval(ard, "rate", **own)


def ratio_cell(ard: Ard, test: str, **keys: str) -> str:
    """``ratio (lower, upper)`` of a test arm to the control arm."""
    return estimate_interval(ard, "ratio", method=RATIO, group1_level=test, **keys)


def days_of_arms(events: Events, days: NDArray[np.float64]) -> list[float]:
    """Days of all subjects of each column."""
    levels = enumerate(events.groups.levels)
    return [float(days.sum() if level == TOTAL else days[events.arms == position].sum()) for position, level in levels]
