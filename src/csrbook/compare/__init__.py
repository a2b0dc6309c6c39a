"""Double programming: compares two ARDs by key, in the spirit of SAS's ``PROC COMPARE``."""

from __future__ import annotations

from csrbook.compare.ards import compare_ards
from csrbook.compare.comparison import COLUMNS, NAMING_KEYS, Comparison
from csrbook.compare.numbers import Tolerance
from csrbook.compare.printed import prints_differently
from csrbook.compare.selection import Allowance, Selection, Waiver

__all__ = [
    "COLUMNS",
    "NAMING_KEYS",
    "Allowance",
    "Comparison",
    "Selection",
    "Tolerance",
    "Waiver",
    "compare_ards",
    "prints_differently",
]
