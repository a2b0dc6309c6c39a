"""How many digits each kind of number is printed with."""

from __future__ import annotations

from pydantic import Field

from csrbook.displays.parameters import Parameters

__all__ = ["Digits"]


class Digits(Parameters):
    """Parameters of a plan row with the digits after the decimal point of each kind of number."""

    digits_months: int = Field(default=1, ge=0)
    digits_percent: int = Field(default=1, ge=0)
    digits_hr: int = Field(default=3, ge=0)
    """Hazard ratios, ratios of hazard ratios, odds ratios, and their limits."""
    digits_p: int = Field(default=4, ge=1)
    digits_statistic: int = Field(default=3, ge=0)
    """Test statistics, logarithms and standard errors."""


class TimeToEventParameters(Digits):
    """Parameters of a plan row that analyses one time-to-event parameter."""

    paramcd: str
    name: str
    landmarks_months: tuple[float, ...]
    quantiles: tuple[float, ...] = (0.25, 0.5, 0.75)
    ties: str = "efron"
    labels: dict[str, str] = Field(default_factory=dict)
    """Printed label of a value of ``EVNTDESC``."""
