"""Estimates to ARD rows: formatted where they exist, ``NE`` with a reason where they do not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from csrbook.displays.format import NOT_ESTIMABLE, fixed, pvalue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from csrbook.ard import Ard

__all__ = [
    "add_count",
    "add_number",
    "add_pvalue",
    "add_text",
    "add_warnings",
    "confidence_label",
    "equals",
    "estimate_interval",
    "limits",
    "page_notes",
]


def add_number(ard: Ard, stat_name: str, value: float | None, digits: int, /, *, reason: str = "", **keys: str) -> None:
    """Add a number with fixed digits; where it is missing or not finite, ``NE`` and the reason."""
    _add(ard, stat_name, value, fixed(value, digits), reason, keys)


def add_pvalue(ard: Ard, stat_name: str, value: float | None, digits: int, /, *, reason: str = "", **keys: str) -> None:
    """Add a p-value; where it is missing, ``NE`` and the reason."""
    _add(ard, stat_name, value, pvalue(value, digits), reason, keys)


def _add(ard: Ard, name: str, value: float | None, text: str, reason: str, keys: Mapping[str, str]) -> None:
    if value is None or not math.isfinite(value):
        ard.add(name, None, formatted=NOT_ESTIMABLE, **{**keys, "error": reason or "cannot be estimated"})
    else:
        ard.add(name, value, formatted=text, **keys)


def add_count(ard: Ard, count: int, whole: int | None = None, digits: int = 1, /, **keys: str) -> None:
    """Add ``n`` and, of a whole, ``p`` (percent; ``NE`` where the whole is empty)."""
    ard.add("n", count, formatted=str(count), **keys)
    if whole is not None:
        share = 100.0 * count / whole if whole else None
        add_number(ard, "p", share, digits, reason="no subject", **{**keys, "unit": "%"})


def add_text(ard: Ard, stat_name: str, text: str, value: float | None = None, /, **keys: str) -> None:
    """Add a finding in words, such as a conclusion; ``value`` is its code where it has one."""
    ard.add(stat_name, value, formatted=text, **{**keys, "unit": "text"})


def add_warnings(ard: Ard, warnings: Iterable[str], **keys: str) -> None:
    """Add what a reader must know about the data, one row each."""
    for number, sentence in enumerate(warnings, start=1):
        row = {**keys, "analysis_id": "DATA_WARNING", "variable": "WARNING", "variable_level": str(number)}
        add_text(ard, "warning", sentence, **{**row, "warning": sentence})


def estimate_interval(
    ard: Ard, estimate: str = "estimate", lower: str = "lower", upper: str = "upper", *, level: str = "", **keys: str
) -> str:
    """``estimate (lower, upper)`` from the formatted numbers; ``NE`` alone where nothing could be estimated.

    With a ``level`` the parenthesis says what it holds: ``0.85 (95% CI 0.65, 1.10)``.
    """
    texts = [ard.text(name, **keys) for name in (estimate, lower, upper)]
    if all(text == NOT_ESTIMABLE for text in texts):
        return NOT_ESTIMABLE
    return f"{texts[0]} ({f'{level} CI ' if level else ''}{texts[1]}, {texts[2]})"


def limits(ard: Ard, **keys: str) -> str:
    """``(lower, upper)`` from the formatted numbers; ``NE`` where one of them could not be estimated."""
    texts = [ard.text(name, **keys) for name in ("lower", "upper")]
    return NOT_ESTIMABLE if NOT_ESTIMABLE in texts else f"({texts[0]}, {texts[1]})"


def confidence_label(confidence: float) -> str:
    """``95%`` for 0.95, ``97.5%`` for 0.975."""
    return f"{100.0 * confidence:.10g}%"


def page_notes(ard: Ard, **keys: str) -> tuple[str, ...]:
    """Footnotes that the numbers call for: why something is ``NE``, and every warning."""
    rows = ard.select(**keys)
    # The percentage of an empty column is never printed: its count, 0, stands alone.
    found = [str(row["error"]) for row in rows if row["error"] and not _share(row)]
    # A reason may be several, joined by a semicolon; each is printed once.
    reasons = dict.fromkeys(part for text in found for part in text.split("; "))
    warnings = dict.fromkeys(str(row["warning"]) for row in rows if row["warning"])
    notes = [f"{NOT_ESTIMABLE} = not estimable ({'; '.join(reasons)})."] if reasons else []
    return (*notes, *warnings)


def _share(row: Mapping[str, object]) -> bool:
    return row["stat_name"] == "p" and row["unit"] == "%"


def equals(p: str) -> str:
    """A formatted p-value after the sign it needs: ``= 0.0123``, ``<0.0001``."""
    return p if p[:1] in "<>" else f"= {p}"
