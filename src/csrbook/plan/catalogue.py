"""How much of the catalogue is programmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from csrbook.plan.models import Plan

__all__ = ["SectionStatus", "catalogue_status"]


class SectionStatus(NamedTuple):
    """Outputs of a section: how many there are, and how many have a program."""

    section: str
    programmed: int
    total: int


def catalogue_status(plan: Plan) -> tuple[SectionStatus, ...]:
    """Count programmed and planned outputs of each section.

    Parameters
    ----------
    plan : Plan
        The plan with its catalogue.

    Returns
    -------
    tuple of SectionStatus
        One row a section that holds outputs, in the catalogue's order; ``section`` is number and title.
    """
    counts: dict[str, list[int]] = {}
    for output in plan.catalogue.outputs:
        section = plan.catalogue.section(output)
        count = counts.setdefault(f"{section.number} {section.title}", [0, 0])
        count[0] += output.programmed
        count[1] += 1
    return tuple(SectionStatus(section, programmed, total) for section, (programmed, total) in counts.items())
