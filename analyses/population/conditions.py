"""Conditions on subjects, in short."""

from __future__ import annotations

from csrbook.displays.conditions import Condition

__all__ = ["differs", "equals"]


def equals(**values: str) -> tuple[Condition, ...]:
    """Conditions that variables have these values."""
    return tuple(Condition(variable=name, comparator="EQ", value=value) for name, value in values.items())


def differs(variable: str, value: str) -> Condition:
    """Condition that a variable does not have this value."""
    return Condition(variable=variable, comparator="NE", value=value)
