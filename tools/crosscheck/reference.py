"""What a reference case is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

# What it is, ours, and the number as printed.
Number: TypeAlias = tuple[str, float, str]


@dataclass(frozen=True, slots=True)
class ReferenceCase:
    """A published analysis: where it stands, and its numbers beside ours.

    ``units`` are those of the last digit that ours may be away: half a one, so that it rounds to the print, unless the
    program that printed it is known to stop earlier.
    """

    number: str
    source: str
    numbers: Callable[[], list[Number]]
    units: float = 0.5


def three(name: str, ours: tuple[float, float, float], printed: str) -> list[Number]:
    """Estimate and limits, printed as ``"estimate lower upper"``."""
    rows = zip((name, f"{name}, lower limit", f"{name}, upper limit"), ours, printed.split(), strict=True)
    return [(label, value, text) for label, value, text in rows]


def two(name: str, ours: tuple[float, float], printed: str) -> list[Number]:
    """Limits, printed as ``"lower upper"``."""
    lower, upper = printed.split()
    return [(f"{name}, lower limit", ours[0], lower), (f"{name}, upper limit", ours[1], upper)]
