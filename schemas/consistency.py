"""The rules of the specification, R01 to R62, in their order.

R01, R04, R17 and R25 are held by the schemas alone: one record a key, flags of Y and N, codes of censoring; so are the
ranges that R44, R58 and R59 state. R62 is a rule of pages and is checked when they are made.
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
"""Every rule; a test counts them."""
