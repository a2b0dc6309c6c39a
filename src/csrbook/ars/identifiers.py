"""Identifiers: readable, and each given once."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["Identifiers"]

LONGEST: Final = 60
"""Characters of a part."""


class Identifiers:
    """Gives identifiers; where two things would have the same one, the later has a number."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def new(self, *parts: str) -> str:
        """An identifier of some parts, each reduced to letters, digits and hyphens.

        Examples
        --------
        >>> names = Identifiers()
        >>> names.new("MTH", "Kaplan-Meier, log-log"), names.new("MTH", "Kaplan-Meier, log(-log)")
        ('MTH.Kaplan-Meier-log-log', 'MTH.Kaplan-Meier-log-log-2')
        """
        base = ".".join(re.sub(r"[^A-Za-z0-9.]+", "-", part)[:LONGEST].strip("-") for part in parts if part)
        name, number = base, 1
        while name.casefold() in self._given:
            number += 1
            name = f"{base}-{number}"
        self._given.add(name.casefold())
        return name
