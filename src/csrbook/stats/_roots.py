"""Root of a falling function."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["falling_root"]


def falling_root(score: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Where the falling function ``score`` crosses ``target``, by bisection with a regula falsi step in between."""
    f_low, f_high = score(low) - target, score(high) - target
    if not f_low > 0.0:
        return low
    if not f_high < 0.0:
        return high
    for iteration in range(200):
        middle = (low + high) / 2.0
        if iteration % 2 and math.isfinite(f_low) and math.isfinite(f_high):
            middle = low + (high - low) * f_low / (f_low - f_high)
            # A point on the end would leave the other end where it is for ever.
            middle = min(max(middle, low + 0.001 * (high - low)), high - 0.001 * (high - low))
        f = score(middle) - target
        if f > 0.0:
            low, f_low = middle, f
        else:
            high, f_high = middle, f
        if high - low <= 1e-14:
            break
    return (low + high) / 2.0
