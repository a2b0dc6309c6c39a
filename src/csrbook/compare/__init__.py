"""Double programming: compares two ARDs by key, in the spirit of SAS's ``PROC COMPARE``."""

from __future__ import annotations

from csrbook.compare.ards import compare_ards
from csrbook.compare.comparison import Comparison
from csrbook.compare.numbers import Tolerance
from csrbook.compare.printed import prints_differently

__all__ = ["Comparison", "Tolerance", "compare_ards", "prints_differently"]
