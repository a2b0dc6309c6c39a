"""Numbers to strings. The only place where a number is rounded.

Rounding is half away from zero on the shortest decimal that stands for the float (15 significant digits), as SAS's
``ROUND`` and its formats do; Python's own ``round`` and ``format`` round half to even on the binary value.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NOT_ESTIMABLE", "date9", "fixed", "percent", "pvalue", "round_half_away"]

NOT_ESTIMABLE: Final = "NE"
WIDE: Final = Context(prec=400)
"""Holds the largest float with all its digits; the usual 28 do not."""


def round_half_away(value: float, digits: int) -> Decimal:
    """Round half away from zero.

    Parameters
    ----------
    value : float
        A finite number.
    digits : int
        Digits after the decimal point.

    Returns
    -------
    Decimal
        With exactly ``digits`` digits after the point; zero is never negative.

    Notes
    -----
    SAS: ``round(value, 10**-digits)``. R: differs (``round`` is half to even on the binary value).

    Examples
    --------
    >>> str(round_half_away(2.675, 2)), str(round_half_away(-0.5, 0)), str(round_half_away(-0.04, 1))
    ('2.68', '-1', '0.0')
    """
    rounded = Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, WIDE)
    return abs(rounded) if rounded.is_zero() else rounded


def fixed(value: float | None, digits: int) -> str:
    """A number with fixed digits, ``NE`` where it is missing or not finite."""
    if value is None or not math.isfinite(value):
        return NOT_ESTIMABLE
    return str(round_half_away(value, digits))


def percent(part: float, whole: float, digits: int = 1) -> str:
    """``100 * part / whole``; ``NE`` where the whole is empty."""
    return fixed(100.0 * part / whole, digits) if whole else NOT_ESTIMABLE


def pvalue(value: float | None, digits: int = 4) -> str:
    """Four digits, or as many as asked for; ``<0.0001`` and ``>0.9999`` at the ends."""
    if value is None or not math.isfinite(value):
        return NOT_ESTIMABLE
    smallest = Decimal(1).scaleb(-digits)
    if value < smallest:
        return f"<{smallest}"
    return f">{1 - smallest}" if value > 1 - smallest else str(round_half_away(value, digits))


_MONTHS: Final[Sequence[str]] = (
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
)  # fmt: skip


def date9(days: float | None) -> str:
    """A SAS date (days since 1 January 1960) as ``01JAN2024``; empty where it is missing."""
    from datetime import date, timedelta

    if days is None or not math.isfinite(days):
        return ""
    day = date(1960, 1, 1) + timedelta(days=int(days))
    return f"{day.day:02d}{_MONTHS[day.month - 1]}{day.year:04d}"
