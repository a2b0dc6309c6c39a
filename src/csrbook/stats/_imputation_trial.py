"""The trial whose censored times are imputed and refitted, block by block of imputations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, encode, numbers, one_of, same_length, two_arm_times
from csrbook.stats._imputed_times import Curves, kaplan_meier_draws, piecewise_draws
from csrbook.stats._rows import chunk, solve, together
from csrbook.stats._rows_of_times import Buffers, from_keys, keys, segments

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import ArrayLike, NDArray

    # Subjects to impute of one arm and stratum, the curves of each imputation, unit exponential draws.
    Cell: TypeAlias = tuple[NDArray[np.intp], Curves, NDArray[np.float64]]
    # Columns of one arm and stratum, and their keys by δ and imputation.
    Imputed: TypeAlias = tuple[slice, NDArray[np.uint64]]

__all__ = ["BLOCK", "BlockFits", "ImputationTrial", "fit_block", "imputation_trial", "no_estimate"]

MODELS: Final = ("kaplan_meier", "piecewise_exponential")
REFERENCES: Final = ("own", "control")
# Imputations come in blocks, each from a random stream of its own; memory grows with this times the subjects.
BLOCK: Final = 64


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
    t, d, a = two_arm_times(time, event, arm)
    n = len(t)
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


@dataclass(frozen=True, slots=True)
class BlockFits:
    """Fits of a block of imputations, a row for each pair of δ, and the events added in all."""

    log_hr: NDArray[np.float64]
    se: NDArray[np.float64]
    added_test: NDArray[np.float64]
    added_control: NDArray[np.float64]


def fit_block(
    trial: ImputationTrial, deltas_test: tuple[float, ...], deltas_control: tuple[float, ...], block: int
) -> BlockFits:
    """Impute and refit one block for all pairs of δ, those of the test arm running fastest.

    Only the imputed times of one arm change from one δ to the next; all other keys are made once.
    """
    rows = min(BLOCK, trial.imputations - block * BLOCK)
    # Who is imputed together stands together.
    order = np.lexsort((trial.impute, trial.arm, trial.codes))
    _, pieces = segments(trial.codes)
    place = np.argsort(order)
    cells = _cells(trial, block, rows)
    test, added_test = _imputed(trial, cells, place, True, deltas_test)
    control, added_control = _imputed(trial, cells, place, False, deltas_control)
    fixed = np.empty((rows, len(order)), dtype=np.uint64)
    fixed[:] = keys(trial.time, trial.event, trial.arm)[order]
    size = chunk(len(order))
    buffers = Buffers(size, len(order))
    key = np.empty(fixed.shape, dtype=np.uint64)
    parts = []
    for i in range(len(deltas_control)):
        for columns, made in control:
            fixed[:, columns] = made[i]
        for j in range(len(deltas_test)):
            np.copyto(key, fixed)
            for columns, made in test:
                key[:, columns] = made[j]
            parts += [solve(from_keys(key[k : k + size], pieces, buffers)) for k in range(0, rows, size)]
    fits = together(parts)
    return BlockFits(
        fits.log_hr.reshape(-1, rows),
        fits.se.reshape(-1, rows),
        np.tile(added_test, len(added_control)),
        np.repeat(added_control, len(added_test)),
    )


def _cells(trial: ImputationTrial, block: int, rows: int) -> list[Cell]:
    """Curves and unit exponential draws of each arm and stratum; a whole block is drawn, whatever is needed of it."""
    generator = np.random.Generator(np.random.Philox(np.random.SeedSequence(trial.seed, spawn_key=(block,))))
    cells: list[Cell] = []
    for level in np.flatnonzero(np.bincount(trial.codes)).tolist():
        stratum = np.flatnonzero(trial.codes == level)
        members = {side: stratum[trial.arm[stratum] == side] for side in (False, True)}
        drawn: dict[bool, Curves] = {}
        for side in (False, True):
            open_times = members[side][trial.impute[members[side]]]
            if not len(open_times):
                continue
            origin = side and trial.reference == "own"
            # One draw of a curve serves all who follow it.
            if origin not in drawn:
                drawn[origin] = _curves(trial, members[origin], generator if trial.proper else None, rows)
            draws = generator.standard_exponential((BLOCK, len(open_times)))
            cells.append((open_times, drawn[origin], draws[:rows]))
    return cells


def _curves(
    trial: ImputationTrial, members: NDArray[np.intp], generator: np.random.Generator | None, rows: int
) -> Curves:
    t, d = trial.time[members], trial.event[members]
    if trial.model == "kaplan_meier":
        return kaplan_meier_draws(t, d, generator, rows, BLOCK)
    return piecewise_draws(t, d, trial.cut, generator, rows, BLOCK)


def _imputed(
    trial: ImputationTrial, cells: list[Cell], place: NDArray[np.intp], side: bool, deltas: tuple[float, ...]
) -> tuple[list[Imputed], NDArray[np.float64]]:
    """Keys in which the censored subjects of one arm have δ times the hazard, and for each δ the events in all.

    An exponential draw over δ is the growth of −log S at which the event comes, since S^δ = U.
    """
    made: list[Imputed] = []
    added = np.zeros(len(deltas))
    for members, curves, draws in cells:
        if bool(trial.arm[members[0]]) != side:
            continue
        start, last = trial.time[members], trial.horizon[members]
        when, happened = curves.times(start, draws / np.array(deltas)[:, np.newaxis, np.newaxis])
        happened &= when <= last
        first = int(place[members[0]])
        time = np.where(happened, when, np.minimum(when, last))
        made.append((slice(first, first + len(members)), keys(time, happened, trial.arm[members])))
        added += np.count_nonzero(happened, axis=(1, 2))
    return made, added


def no_estimate(trial: ImputationTrial, otherwise: str) -> str:
    """Why imputed data sets have no hazard ratio."""
    n_test = int(trial.arm.sum())
    if not len(trial.arm):
        return "no subjects"
    if n_test in (0, len(trial.arm)):
        return f"no subjects in the {'control' if n_test else 'test'} arm"
    return otherwise if bool(trial.event.any()) else "no events"
