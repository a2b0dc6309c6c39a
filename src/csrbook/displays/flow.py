"""The CONSORT flow chart: boxes and arrows for any number of arms, from lines of text that are already counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from csrbook.displays.model import Box, Edge, Flow

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ArmFlow", "consort_flow"]

Lines = tuple[str, ...]

_STAGES: Final = ("Enrolment", "Allocation", "Follow-up", "Analysis")


@dataclass(frozen=True)
class ArmFlow:
    """The boxes of one arm: the lines of each, the first one being the box's head."""

    id: str
    allocation: Lines
    follow_up: Lines
    analysis: Lines


def consort_flow(assessed: Lines, excluded: Lines, randomised: Lines, arms: Sequence[ArmFlow]) -> Flow:
    """Lay the chart out.

    Parameters
    ----------
    assessed, excluded, randomised : tuple of str
        Lines of the boxes over the arms.
    arms : sequence of ArmFlow
        From left to right; any number.

    Returns
    -------
    Flow
        Rows 0 assessed, 1 excluded (at the right), 2 randomised, 3 allocation, 4 follow-up, 5 analysis; the arms
        stand in columns 0, 1, …, the common boxes over their middle.
    """
    middle = (len(arms) - 1) / 2
    boxes = [
        Box("assessed", assessed, 0, middle),
        Box("excluded", excluded, 1, middle + 0.75, align="left"),
        Box("randomised", randomised, 2, middle),
    ]
    edges = [Edge("assessed", "excluded"), Edge("assessed", "randomised")]
    for column, arm in enumerate(arms):
        names = [f"{arm.id}-{stage}" for stage in ("allocation", "follow-up", "analysis")]
        for row, (name, lines) in enumerate(zip(names, (arm.allocation, arm.follow_up, arm.analysis), strict=True)):
            boxes.append(Box(name, lines, row + 3, float(column), align="left"))
        edges += [Edge("randomised", names[0]), Edge(names[0], names[1]), Edge(names[1], names[2])]
    return Flow(tuple(boxes), tuple(edges), tuple(zip((0, 3, 4, 5), _STAGES, strict=True)))
