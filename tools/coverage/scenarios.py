"""All scenarios, in the order of the page."""

from __future__ import annotations

from typing import Final

from tools.coverage import counts, curves, designs, hazard_tests, hazards, markers, models

__all__ = ["SCENARIOS"]

SCENARIOS: Final = (
    *curves.SCENARIOS,
    *hazards.SCENARIOS,
    *hazard_tests.SCENARIOS,
    *markers.SCENARIOS,
    *designs.SCENARIOS,
    *counts.SCENARIOS,
    *models.SCENARIOS,
)
