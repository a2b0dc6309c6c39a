"""Small helpers for the objects of a PDF."""

from __future__ import annotations

from typing import Any

from pikepdf import Array

__all__ = ["listed"]


def listed(value: Any) -> list[Any]:
    """What an entry holds that may be one thing, several, or absent."""
    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]
