"""All parts of the comparison with R, in the order of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tools.crosscheck import (
    biomarkers,
    combined,
    competing,
    counts,
    design,
    intervals,
    models,
    repeated,
    rows,
    strata,
    survival,
)

if TYPE_CHECKING:
    from tools.crosscheck.quantities import Part

PARTS: Final[tuple[Part, ...]] = (
    survival.PART,
    combined.PART,
    rows.PART,
    competing.PART,
    intervals.PART,
    counts.PART,
    strata.PART,
    *models.PARTS,
    *repeated.PARTS,
    design.PART,
    biomarkers.PART,
)
