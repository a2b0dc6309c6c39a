"""The analysis results data: the one long table that everything is read from."""

from __future__ import annotations

from csrbook.ard.table import ARD_COLUMNS, ARD_KEYS, Ard, bind, check, observed

__all__ = ["ARD_COLUMNS", "ARD_KEYS", "Ard", "bind", "check", "observed"]
