"""The one rule across the second study's datasets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["RULES"]


@dataclass(frozen=True)
class KnownSubjects:
    id: str = "Z01"
    sentence: str = "Every subject stands in ADSL."
    severity: str = "reject"
    reads: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"*": ("USUBJID",)})
    apart: bool = True
    schema: dict[str, tuple[str, ...]] = field(default_factory=dict)
    checked_at: str = "validation"

    def check(self, data: Any, name: str) -> Any:
        yield name, data.positions(name) < 0


RULES = (KnownSubjects(),)
