"""Arm effects in many subpopulations at once: permutations of STEPP, and the influence of each subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats.cox import cox
from csrbook.stats.cox_replicates import weighted_cox_arm
from csrbook.stats.cox_residuals import cox_residuals

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]
    Flags: TypeAlias = NDArray[np.bool_]

__all__ = ["PERMUTATION_BLOCK", "SteppTrial", "permuted_differences", "supremum_quantile"]

# Permutations (and multipliers) that share a stream of random numbers: a task.
PERMUTATION_BLOCK: Final = 256


@dataclass(frozen=True, slots=True)
class SteppTrial:
    """Subjects with a covariate. ``landmark`` is NaN where the effect is the log hazard ratio."""

    time: Array
    event: Flags
    arm: Flags
    codes: NDArray[np.intp]
    landmark: float

    def effects(self, member: Flags) -> Array:
        """Effect of the arm in each row of ``member``, NaN where there is none."""
        if np.isnan(self.landmark):
            # Each subject counts once or not at all: a row of weights a subpopulation.
            return weighted_cox_arm(self.time, self.event, self.arm, member, strata=self.codes).log_hr
        return self._survival(member, self.arm) - self._survival(member, ~self.arm)

    def influence(self, member: Flags) -> Array:
        """Influence of each subject on the effect in one subpopulation, 0 outside of it."""
        result = np.zeros(len(self.time))
        if np.isnan(self.landmark):
            t, d, s = self.time[member], self.event[member], self.codes[member]
            x = self.arm[member].astype(np.float64)
            result[member] = cox_residuals(cox(t, d, x, strata=s), t, d, x, strata=s).dfbeta[:, 0]
            return result
        for side, sign in ((self.arm, 1.0), (~self.arm, -1.0)):
            here = member & side
            result[here] = sign * _survival_influence(self.time[here], self.event[here], self.landmark)
        return result

    def _survival(self, member: Flags, side: Flags) -> Array:
        """Kaplan–Meier at the landmark among the members of each row that are in an arm."""
        inside = np.flatnonzero(side)
        order = inside[np.argsort(self.time[inside], kind="stable")]
        t, d = self.time[order], self.event[order]
        w = member[:, order].astype(np.float64)
        if not w.shape[1]:
            return np.full(len(w), np.nan)
        first = np.flatnonzero(np.concatenate(([True], t[1:] != t[:-1])))
        risk = np.cumsum(w[:, ::-1], axis=1)[:, ::-1][:, first]
        died = np.add.reduceat(w * d, first, axis=1)
        kept = t[first] <= self.landmark
        factor = np.where(risk > 0.0, 1.0 - died / np.maximum(risk, 1.0), 1.0)
        survival = factor[:, kept].prod(axis=1)
        followed = (w[:, t >= self.landmark] > 0.0).any(axis=1) | (survival == 0.0)
        return np.where(followed & (w.sum(axis=1) > 0.0), survival, np.nan)


def permuted_differences(trial: SteppTrial, member: Flags, whole: float, seed: int, block: tuple[int, int]) -> Array:
    """Effects less that of the whole trial with the covariate permuted, shape (permutations, subpopulations)."""
    number, size = block
    generator = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(0, number))))
    places = np.tile(np.arange(len(trial.time)), (PERMUTATION_BLOCK, 1))
    cell = 2 * trial.codes + trial.arm
    for code in np.unique(cell).tolist():
        here = np.flatnonzero(cell == code)
        places[:, here] = generator.permuted(places[:, here], axis=1)
    moved = member[:, places[:size]].swapaxes(0, 1)
    effects = trial.effects(moved.reshape(-1, len(trial.time)))
    return effects.reshape(size, len(member)) - whole


def supremum_quantile(influence: Array, confidence: float, draws: int, seed: int) -> float:
    """Quantile of max |Σ ψ_i g_i| / |ψ| over the columns of ``influence`` (n, k), g standard normal multipliers."""
    scaled = influence / np.sqrt((influence**2).sum(axis=0))
    largest = []
    for number, start in enumerate(range(0, draws, PERMUTATION_BLOCK)):
        generator = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(1, number))))
        g = generator.standard_normal((PERMUTATION_BLOCK, len(influence)))[: draws - start]
        largest.append(np.abs(g @ scaled).max(axis=1))
    return float(np.quantile(np.concatenate(largest), confidence))


def _survival_influence(time: Array, event: Flags, landmark: float) -> Array:
    """Influence on S(τ): −S(τ) times the subject's share of the hazard's martingale up to τ."""
    distinct, place = np.unique(time, return_inverse=True)
    died = np.bincount(place, weights=event, minlength=len(distinct))
    risk = len(time) - np.searchsorted(np.sort(time), distinct, side="left")
    upto = distinct <= landmark
    hazard = np.cumsum(np.where(upto, died / risk**2, 0.0))
    survival = float(np.where(upto, 1.0 - died / risk, 1.0).prod())
    jump = np.where(event & upto[place], 1.0 / risk[place], 0.0)
    result: Array = -survival * (jump - hazard[place])
    return result
