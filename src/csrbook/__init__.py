"""csrbook: the book of a clinical study report's appendices."""

from __future__ import annotations

__version__ = "0.1.0"
