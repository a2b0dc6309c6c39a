"""The rules across datasets, in the order of the specification.

Rules R01, R04, R17 and R25 are held by the schemas themselves: one record a key, flags of Y and N, codes of censoring.
So are the ranges that R44, R58 and R59 state. R14 and R62 are rules of programs and pages, not of data.
"""

from __future__ import annotations

from .rules import ctcae, measurements, safety, structure, subjects, time_to_event, tumour

__all__ = ["RULES"]

RULES = tuple(
    sorted(
        (
            *structure.RULES,
            *subjects.RULES,
            *time_to_event.RULES,
            *tumour.RULES,
            *safety.RULES,
            *measurements.RULES,
            *ctcae.RULES,
        ),
        key=lambda rule: rule.id,
    )
)
"""Every rule that is run on data."""
