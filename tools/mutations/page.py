"""The page ``docs/mutations.md``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.mutations.mutation import Mutation
    from tools.mutations.run import Outcome

__all__ = ["page"]

HEAD = (
    "", "Kind", "What is wrong", "Planted in", "Outputs", "Caught", "Numbers that differ", "Of these in print",
    "The first of them",
)  # fmt: skip


def page(mutations: Sequence[Mutation], outcomes: Sequence[Outcome], clean: Outcome) -> str:
    """Text of the page."""
    caught = sum(outcome.caught for outcome in outcomes)
    seen = sum(outcome.in_print > 0 for outcome in outcomes)
    kinds = Counter(mutation.kind for mutation in mutations)
    found = Counter(m.kind for m, outcome in zip(mutations, outcomes, strict=True) if outcome.caught)
    lines = [
        "<!-- Made by `python -m tools.mutations --write docs/mutations.md`: do not edit. -->",
        "# Errors planted in production",
        "",
        "Does double programming catch what it is there for? Errors of the kinds that programmers make are planted in",
        "production one at a time: in a program, a builder, a statistical method, or in the simulation, which stands",
        "for the derivation of the datasets. Each runs in a process of its own on the simulated trial, and its numbers",
        "are compared with those that the second programmer's programs gave once.",
        "",
        f"**{caught} of {len(outcomes)} planted errors were caught**; {seen} of them change a printed digit. Without",
        f"an error {clean.compared:,} numbers were compared and {clean.differ} differed.",
        "",
        "| Kind of error | Planted | Caught |",
        "|---|---:|---:|",
        *(f"| {kind} | {number} | {found[kind]} |" for kind, number in sorted(kinds.items())),
        "",
        f"| {' | '.join(HEAD)} |",
        "|---:|---|---|---|---|---|---:|---:|---|",
    ]
    for number, (mutation, outcome) in enumerate(zip(mutations, outcomes, strict=True), start=1):
        cells = [
            str(number),
            mutation.kind,
            mutation.planted,
            f"`{mutation.file}`",
            ", ".join(mutation.outputs),
            "yes" if outcome.caught else "**no**",
            f"{outcome.differ:,} of {outcome.compared:,}",
            f"{outcome.in_print:,}",
            outcome.first or "; ".join(outcome.errors),
        ]
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return "\n".join(lines) + "\n"
