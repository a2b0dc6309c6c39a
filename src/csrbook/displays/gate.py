"""The fixed-sequence gate: which step is met, which is not, and which is never tested.

A step is tested only where every step before it was met; it is met where all of its criteria are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from csrbook.displays.estimates import add_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.ard import Ard
    from csrbook.plan.models import GateStep

__all__ = ["Criterion", "Status", "add_gate", "conclude", "fixed_sequence"]

Status = Literal["met", "not met", "not tested"]

_WORDS = {"met": "is shown", "not met": "is not shown", "not tested": "is not tested"}


@dataclass(frozen=True)
class Criterion:
    """One criterion of a step: where its numbers stand, and whether they satisfy it."""

    analysis_set: str
    met: bool


def fixed_sequence(criteria: Sequence[Sequence[bool]]) -> list[Status]:
    """Status of each step from its criteria.

    Examples
    --------
    >>> fixed_sequence([[True, True], [False], [True]])
    ['met', 'not met', 'not tested']
    """
    found: list[Status] = []
    is_open = True
    for step in criteria:
        if not is_open:
            found.append("not tested")
            continue
        is_open = bool(step) and all(step)
        found.append("met" if is_open else "not met")
    return found


def add_gate(ard: Ard, steps: Sequence[GateStep], criteria: Sequence[Sequence[Criterion]], **keys: str) -> list[Status]:
    """Add the status of each criterion and step, and the conclusion (``GATE``).

    ``criterion`` is what the numbers alone would say (1 or 0); ``status`` is what the sequence makes of it: 1 met, 0
    not met, no value where the step is not tested.
    """
    statuses = fixed_sequence([[criterion.met for criterion in step] for step in criteria])
    common = {**keys, "analysis_id": "GATE", "method": "Fixed sequence"}
    for step, status, parts in zip(steps, statuses, criteria, strict=True):
        row = {**common, "variable": "STEP", "variable_level": step.id}
        ard.add("alpha", step.alpha, formatted=f"{step.alpha:g}", **row)
        for part in parts:
            text = "Met" if part.met else "Not met"
            add_text(ard, "criterion", text, float(part.met), **{**row, "analysis_set": part.analysis_set})
        value = {"met": 1.0, "not met": 0.0, "not tested": None}[status]
        add_text(ard, "status", status.capitalize(), value, **row)
        met = sum(part.met for part in parts)
        add_text(ard, "criteria_met", f"{met} of {len(parts)}", float(met), **row)
    add_text(ard, "conclusion", conclude(steps, statuses), **common)
    return statuses


def conclude(steps: Sequence[GateStep], statuses: Sequence[Status]) -> str:
    """One sentence on all steps, such as ``Non-inferiority of … is shown; superiority of … is not shown``."""
    parts: list[str] = []
    for step, status in zip(steps, statuses, strict=True):
        label = step.label if not parts else step.label[:1].lower() + step.label[1:]
        parts.append(f"{label} {_WORDS[status]}")
    return "; ".join(parts) + "." if parts else ""
