"""Whether the reader of the page would see a difference.

The production ARD holds the printed string but not the format that made it. The format is found again from the string:
the number in it, among those that the production value can have been rounded to, says the scale and the digits.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Final

__all__ = ["prints_differently"]

_NUMBER: Final = re.compile(r"(?P<bound>[<>]\s*)?(?P<number>[-\u2212]?\d+(?:\.\d+)?)")
_SCALES: Final = (1, 100)
"""As it stands, and as a percentage."""


def prints_differently(production: float, qc: float, formatted: str) -> bool | None:
    """Whether the QC number would print otherwise than the production number did.

    Parameters
    ----------
    production, qc : float
        Unrounded values; NaN where not estimable.
    formatted : str
        What the page prints for the production value, such as ``0.846``, ``12 (7.4)``, ``46.9`` or ``<0.0001``.

    Returns
    -------
    bool or None
        None where the production value cannot be found again in ``formatted`` (a date, a text).

    Examples
    --------
    >>> prints_differently(0.8461, 0.8464, "0.846"), prints_differently(0.8461, 0.8466, "0.846")
    (False, True)
    """
    if math.isnan(production) or math.isnan(qc):
        return math.isnan(production) != math.isnan(qc)
    for found in _NUMBER.finditer(formatted):
        printed = Decimal(found["number"].replace("\u2212", "-"))
        bound = (found["bound"] or "").strip()
        for scale in _SCALES:
            if _prints_as(production, scale, printed, bound):
                return not _prints_as(qc, scale, printed, bound)
    return None


def _prints_as(value: float, scale: int, printed: Decimal, bound: str) -> bool:
    """Whether a value, times a scale, rounds half away from zero to the printed number (or lies beyond the bound)."""
    if not math.isfinite(value):
        return False
    exact = Decimal(f"{value:.15g}") * scale
    if bound:
        return exact < printed if bound == "<" else exact > printed
    exponent = printed.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - the pattern admits finite numbers only
    half = Decimal(1).scaleb(exponent) / 2
    distance = exact - printed
    if printed == 0:
        return abs(distance) < half
    outward = distance if printed > 0 else -distance
    return -half <= outward < half
