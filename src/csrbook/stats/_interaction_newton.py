"""Newton's method for all columns of :mod:`csrbook.stats._interaction_rows` at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats._interaction_rows import Sums

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    from csrbook.stats._interaction_rows import Columns

    Array: TypeAlias = NDArray[np.float64]

__all__ = ["ColumnFits", "Pair", "fit_pair"]

# (α, γ₀, γ₁) of the model without interaction, from (α, γ).
_MAIN: Final = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
_FULL: Final = np.eye(3)
# Added to the information so that a direction of which the data say nothing gets a step of 0.
_RIDGE: Final = 1e-10
_LONGEST: Final = 3.0


@dataclass(frozen=True, slots=True)
class ColumnFits:
    """Maximum of each column: (α, γ₀, γ₁) and log-likelihood, and the last point at which the sums were taken."""

    theta: Array
    loglik: Array
    point: Array
    sums: Sums

    @property
    def information(self) -> Array:
        """Information of (α, γ₀, γ₁) at the last point."""
        return self.sums.information


@dataclass(frozen=True, slots=True)
class Pair:
    """Fits without and with the interaction, and twice the difference of their log-likelihoods."""

    main: ColumnFits
    full: ColumnFits
    chi2: Array


def fit_pair(data: Columns, count: int, *, gain: float, arm: float = 0.0) -> Pair:
    """Fit both models of ``count`` columns, from ``arm`` as the first log hazard ratio of the arm.

    A column is done when a Newton step would raise its log-likelihood by less than half of ``gain``; that rise is
    added, so that the error of the log-likelihood is of a higher order. Where the likelihood is monotone it still has
    a supremum, to which the iterations come as near as ``gain`` says: the test exists where the estimate does not.
    """
    start = np.tile([arm, 0.0, 0.0], (count, 1))
    main = _maximise(data, start, data.evaluate(start), _MAIN, gain)
    full = _maximise(data, main.point, main.sums, _FULL, gain)
    return Pair(main, full, np.maximum(2.0 * (full.loglik - main.loglik), 0.0))


def _maximise(data: Columns, here: Array, now: Sums, free: Array, gain: float, iterations: int = 60) -> ColumnFits:
    """Maximise over θ = ``here`` + ``free`` · φ for each column, ``now`` being the sums there.

    The step is halved while the likelihood falls.
    """
    count = len(here)
    theta, loglik, point = np.empty((count, 3)), np.empty(count), np.empty((count, 3))
    sums = Sums(np.empty(count), np.empty((count, 3)), np.empty((count, 3, 3)))
    active = np.arange(count)
    part = data
    for iteration in range(iterations):
        step, rise = _step(now, free)
        done = rise <= gain
        if iteration == iterations - 1:
            done[:] = True
        if bool(done.any()):
            at = active[done]
            theta[at] = here[done] + step[done]
            loglik[at] = now.loglik[done] + np.minimum(rise[done], gain) / 2.0
            point[at] = here[done]
            sums.loglik[at], sums.score[at], sums.information[at] = (
                now.loglik[done],
                now.score[done],
                now.information[done],
            )
            if bool(done.all()):
                break
        # Finished columns are carried along until they are the most: a copy of the rest costs a pass too.
        if 2 * np.count_nonzero(done) >= len(done):
            keep = np.flatnonzero(~done)
            active, here, step, part = active[keep], here[keep], step[keep], part.take(keep)
            now = Sums(now.loglik[keep], now.score[keep], now.information[keep])
        length = np.abs(step).max(axis=1, keepdims=True)
        step *= np.minimum(1.0, _LONGEST / np.maximum(length, 1e-300))
        trial = part.evaluate(here + step)
        for _ in range(30):
            worse = ~(trial.loglik >= now.loglik - 1e-9 * (1.0 + np.abs(now.loglik)))
            if not bool(worse.any()):
                break
            step[worse] /= 2.0
            trial = part.evaluate(here + step)
        here, now = here + step, trial
    return ColumnFits(theta, loglik, point, sums)


def _step(at: Sums, free: Array) -> tuple[Array, Array]:
    """Newton's step of each column, and what it would add to twice the log-likelihood."""
    score = at.score @ free
    information = free.T @ at.information @ free
    ridge = _RIDGE * np.maximum(np.trace(information, axis1=1, axis2=2), 1e-300)
    information = information + ridge[:, np.newaxis, np.newaxis] * np.eye(free.shape[1])
    step = np.linalg.solve(information, score[:, :, np.newaxis])[:, :, 0]
    rise: Array = np.einsum("ij,ij->i", step, score)
    return step @ free.T, rise
