"""When and how a trial with a hazard ratio is analysed, and the trials once they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from csrbook.errors import StatisticsError
from csrbook.stats._checks import positive, probability
from csrbook.stats._normal import normal_quantile

if TYPE_CHECKING:
    from csrbook.stats.cox_replicates import CoxReplicates
    from csrbook.stats.group_sequential import Boundaries

__all__ = ["AnalysedTrials", "DecisionRule"]

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """When and how a trial is analysed.

    Parameters
    ----------
    margin : float
        Hazard ratio that non-inferiority must exclude; 1 for a trial of superiority.
    alpha_one_sided : float
    events : int, optional
        Number of events at which the trial is analysed.
    cut_off : float, optional
        Calendar time, from the trial's start, at which it is analysed; with ``events`` whichever comes first.
    stratified : bool
        Whether the analysis is stratified.
    looks : Boundaries, optional
        A group-sequential design: looks at these shares of ``events``, rounded up; stops where z of non-inferiority
        reaches the boundary. Without it there is one analysis.
    futility_z : tuple of float, optional
        For each look but the last, the z below which the trial stops in vain.
    subset_shares : tuple of float
        Further analysis sets, such as a per-protocol set: the share of subjects in it, drawn apart from outcome and
        arm. Non-inferiority must be shown in every set.
    """

    margin: float
    alpha_one_sided: float
    events: int | None = None
    cut_off: float | None = None
    stratified: bool = True
    looks: Boundaries | None = None
    futility_z: tuple[float, ...] | None = None
    subset_shares: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        positive(self.margin, "margin")
        probability(self.alpha_one_sided, "alpha_one_sided")
        if self.events is None and self.cut_off is None:
            raise StatisticsError("nothing says when to analyse", "arguments 'events', 'cut_off'", "give one of them")
        if self.events is not None and (not isinstance(self.events, int) or self.events < 1):
            raise StatisticsError(f"events is {self.events!r}", "argument 'events'", "give a whole number from 1")
        if self.cut_off is not None:
            positive(self.cut_off, "cut_off")
        if self.looks is not None and self.events is None:
            raise StatisticsError("looks need a number of events", "argument 'events'", "give it")
        if self.futility_z is not None and len(self.futility_z) != len(self.critical_z) - 1:
            raise StatisticsError(
                f"there are {len(self.futility_z)} futility boundaries for {len(self.critical_z)} looks",
                "argument 'futility_z'",
                "give one for each look but the last",
            )
        for share in self.subset_shares:
            probability(share, "subset_shares")

    @property
    def critical_z(self) -> tuple[float, ...]:
        """Boundary of each analysis."""
        if self.looks is None:
            return (normal_quantile(1.0 - self.alpha_one_sided),)
        return tuple(self.looks.critical_z.tolist())

    @property
    def events_at_looks(self) -> tuple[int | None, ...]:
        """Number of events at each analysis, None where time decides."""
        if self.events is None or self.looks is None:
            return (self.events,)
        return tuple(math.ceil(round(t * self.events, 6)) for t in self.looks.information.tolist())


@dataclass(frozen=True, slots=True)
class AnalysedTrials:
    """Trials as they were last analysed, one a row: what a decision of the study's own is made from.

    ``arm`` and ``stratum`` have one value a subject; who had not entered has time 0 and no event.
    """

    time: Floats
    event: Flags
    arm: Flags
    stratum: NDArray[np.intp]
    fits: CoxReplicates
    noninferior: Flags
    superior: Flags


# Further decisions of a study, by name, one value a trial.
Decide: TypeAlias = Callable[[AnalysedTrials], Mapping[str, Flags]]
