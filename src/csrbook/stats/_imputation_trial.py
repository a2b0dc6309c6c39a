"""The trial whose censored times are imputed, block by block of imputations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, encode, numbers, one_of, same_length, times
from csrbook.stats._imputed_times import Curves, kaplan_meier_draws, piecewise_draws

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from numpy.typing import ArrayLike, NDArray

    # Subjects to impute of one arm and stratum, the curves of each imputation, unit exponential draws.
    Cell: TypeAlias = tuple[NDArray[np.intp], Curves, NDArray[np.float64]]

__all__ = ["ImputationTrial", "blocks", "imputation_trial", "imputed", "no_estimate"]

MODELS: Final = ("kaplan_meier", "piecewise_exponential")
REFERENCES: Final = ("own", "control")
# Imputations come in blocks, each from a random stream of its own; memory grows with this times the subjects.
_BLOCK: Final = 64


@dataclass(frozen=True, slots=True)
class ImputationTrial:
    """Checked arguments; ``cut`` starts with 0, ``horizon`` is not before ``time``."""

    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    arm: NDArray[np.bool_]
    codes: NDArray[np.intp]
    impute: NDArray[np.bool_]
    horizon: NDArray[np.float64]
    cut: NDArray[np.float64]
    reference: str
    model: str
    proper: bool
    seed: int
    imputations: int


def imputation_trial(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    strata: ArrayLike | None,
    impute: ArrayLike | None,
    horizon: ArrayLike | float | None,
    reference: str,
    model: str,
    cuts: ArrayLike | None,
    proper: bool,
    imputations: int,
    seed: int,
) -> ImputationTrial:
    """Check the arguments of :func:`csrbook.stats.imputation.delta_imputation`."""
    one_of(model, "model", MODELS)
    one_of(reference, "reference", REFERENCES)
    t = times(time)
    d = binary(event, "event")
    a = binary(arm, "arm")
    n = len(t)
    same_length(n, event=d, arm=a)
    codes, labels = encode(strata, "strata", n)
    chosen = ~d if impute is None else binary(impute, "impute")
    same_length(n, impute=chosen)
    if bool((chosen & d).any()):
        position = int(np.flatnonzero(chosen & d)[0])
        raise StatisticsError(
            "a subject with an event is to be imputed", f"argument 'impute', position {position}", "give 0 there"
        )
    alone = np.setdiff1d(codes[chosen & a], codes[~a]).tolist()
    if bool(a.all()):
        # There is no hazard ratio then, and the reason is told; the curves must exist all the same.
        reference = "own"
    if reference == "control" and alone:
        raise StatisticsError(
            f"stratum {labels[alone[0]]!r} has no control subjects to refer to",
            "argument 'reference'",
            "impute with coarser strata",
        )
    if horizon is None:
        last = np.full(n, float(t.max()) if n else 0.0)
    else:
        last = np.full(n, float(horizon)) if np.ndim(horizon) == 0 else numbers(horizon, "horizon")  # type: ignore[arg-type]
        same_length(n, horizon=last)
        early = np.flatnonzero(chosen & ~(last >= t * (1.0 - 1e-12)))
        if early.size:
            raise StatisticsError(
                "the horizon lies before the time of censoring",
                f"argument 'horizon', position {int(early[0])}",
                "give the time from the start to the data cut-off",
            )
    for name, value, least in (("imputations", imputations, 2), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise StatisticsError(f"{name} is {value!r}", f"argument {name!r}", f"give a whole number from {least}")
    if cuts is not None:
        inner = numbers(cuts, "cuts")
        if bool((inner <= 0.0).any()) or bool((np.diff(inner) <= 0.0).any()):
            raise StatisticsError("cuts do not ascend from above 0", "argument 'cuts'", "give them in order")
    else:
        inner = np.quantile(t[d], [0.5]) if bool(d.any()) else np.empty(0)
        inner = inner[inner > 0.0]
    cut = np.concatenate(([0.0], inner))
    return ImputationTrial(
        t, d, a, codes, chosen, np.maximum(last, t), cut, reference, model, proper, seed, imputations
    )


def blocks(trial: ImputationTrial) -> Iterator[tuple[int, list[Cell]]]:
    """Curves and unit exponential draws of each arm and stratum, for a block of imputations at a time."""
    strata = [np.flatnonzero(trial.codes == level) for level in np.unique(trial.codes).tolist()]
    for block in range(-(-trial.imputations // _BLOCK)):
        generator = np.random.Generator(np.random.Philox(np.random.SeedSequence(trial.seed, spawn_key=(block,))))
        rows = min(_BLOCK, trial.imputations - block * _BLOCK)
        cells: list[Cell] = []
        for stratum in strata:
            members = {side: stratum[trial.arm[stratum] == side] for side in (False, True)}
            drawn: dict[bool, Curves] = {}
            for side in (False, True):
                open_times = members[side][trial.impute[members[side]]]
                if not len(open_times):
                    continue
                origin = side and trial.reference == "own"
                # One draw of a curve serves all who follow it.
                if origin not in drawn:
                    drawn[origin] = _curves(trial, members[origin], generator if trial.proper else None)
                cells.append((open_times, drawn[origin], generator.standard_exponential((_BLOCK, len(open_times)))))
        yield rows, cells


def _curves(trial: ImputationTrial, members: NDArray[np.intp], generator: np.random.Generator | None) -> Curves:
    """Curves of a whole block, whatever is needed of it: a longer run then begins as a shorter one."""
    t, d = trial.time[members], trial.event[members]
    if trial.model == "kaplan_meier":
        return kaplan_meier_draws(t, d, generator, _BLOCK)
    return piecewise_draws(t, d, trial.cut, generator, _BLOCK)


def imputed(
    trial: ImputationTrial, cells: list[Cell], side: bool, delta: float, rows: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Times and events of ``rows`` imputations in which the censored subjects of one arm have δ times the hazard.

    An exponential draw over δ is the growth of −log S at which the event comes, since S^δ = U.
    """
    n = len(trial.time)
    time = np.broadcast_to(trial.time, (rows, n)).copy()
    event = np.broadcast_to(trial.event, (rows, n)).copy()
    for members, curves, draws in cells:
        if bool(trial.arm[members[0]]) != side:
            continue
        start, last = trial.time[members], trial.horizon[members]
        when, happened = curves.times(start, draws / delta)
        when, happened = when[:rows], happened[:rows] & (when[:rows] <= last)
        time[:, members] = np.where(happened, when, np.minimum(when, last))
        event[:, members] = happened
    return time, event


def no_estimate(trial: ImputationTrial, otherwise: str) -> str:
    """Why imputed data sets have no hazard ratio."""
    n_test = int(trial.arm.sum())
    if not len(trial.arm):
        return "no subjects"
    if n_test in (0, len(trial.arm)):
        return f"no subjects in the {'control' if n_test else 'test'} arm"
    return otherwise if bool(trial.event.any()) else "no events"
