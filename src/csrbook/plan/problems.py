"""What is wrong in a plan, collected so that one run shows many errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from csrbook.errors import PlanError

__all__ = ["SHOWN", "Problem", "Problems"]

SHOWN: Final = 20
"""Errors that are shown at once; of any more only the number is told."""

INDENT: Final = "\n" + " " * 8
"""Further lines of a part of an error stand under its first line."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what was found, and what was expected."""

    where: str
    found: str
    expected: str


@dataclass(slots=True)
class Problems:
    """Collects problems; :meth:`stop` raises them together."""

    items: list[Problem] = field(default_factory=list)

    def add(self, where: str, found: str, expected: str) -> None:
        """Note a problem."""
        self.items.append(Problem(where, found, expected))

    def stop(self) -> None:
        """Raise :class:`~csrbook.errors.PlanError` where anything was noted."""
        if not self.items:
            return
        if len(self.items) == 1:
            problem = self.items[0]
            raise PlanError(f"found {problem.found}", problem.where, f"expected: {problem.expected}")
        shown = list(enumerate(self.items[:SHOWN], start=1))
        head = f"{len(self.items)} errors in the plan"
        if len(self.items) > SHOWN:
            head += f", of which the first {SHOWN} are shown"
        raise PlanError(
            INDENT.join([head, *(f"({number}) found {problem.found}" for number, problem in shown)]),
            INDENT.join(f"({number}) {problem.where}" for number, problem in shown),
            INDENT.join(f"({number}) expected: {problem.expected}" for number, problem in shown),
        )
