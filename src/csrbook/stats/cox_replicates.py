"""Repeated two-arm Cox fits: bootstrap by weights, and refits of imputed or simulated trials."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, encode, two_arm_times
from csrbook.stats._rows import RowFits, chunk, nothing, solve, together
from csrbook.stats._rows_of_times import Buffers, from_keys, keys, segments
from csrbook.stats._rows_of_weights import Layout, from_weights, weight_layout
from csrbook.stats.parallel import spread

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from numpy.typing import ArrayLike, NDArray

    from csrbook.stats.parallel import Progress

__all__ = ["CoxReplicates", "bootstrap_cox_arm", "refit_cox_arm", "weighted_cox_arm"]

# Bootstrap draws come from streams of their own, one for each block of this many replicates.
_BLOCK: Final = 256
# Data sets that make a task.
_TASK: Final = 1024


@dataclass(frozen=True, slots=True)
class CoxReplicates:
    """One fit a row.

    Attributes
    ----------
    log_hr, se : ndarray, shape (rows,)
        NaN where a row has no estimate: an arm without events, or a monotone likelihood.
    log_rank_z : ndarray, shape (rows,)
        Signed root of the log-rank statistic of the same row, below 0 where the test arm has fewer events.
    estimable : int
        Rows with an estimate.
    """

    log_hr: NDArray[np.float64]
    se: NDArray[np.float64]
    log_rank_z: NDArray[np.float64]
    estimable: int


def weighted_cox_arm(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, weights: ArrayLike, *, strata: ArrayLike | None = None
) -> CoxReplicates:
    """Cox fit (Efron) and log-rank test for each row of whole-number weights.

    A subject with weight w counts as w subjects with the same time: a bootstrap sample, or one with a site left out.
    The data are sorted once.

    Parameters
    ----------
    time, event, arm, strata
        As in :func:`csrbook.stats.cox.cox_arm`.
    weights : array_like of int, shape (rows, n)
        From 0; a row sums to less than 2^31.

    Notes
    -----
    R: ``coxph(Surv(t, d) ~ arm + strata(s), data[rep(1:n, w), ])``. Known differences: ``coxph(weights = w)`` is
    another estimate under Efron's ties, because there weights are no repetitions.
    """
    t, d, a, codes = _arguments(time, event, arm, strata)
    w = np.asarray(weights)
    if w.ndim != 2 or w.shape[1] != len(t):
        raise StatisticsError(
            f"weights have shape {w.shape}, not (rows, {len(t)})", "argument 'weights'", "give one column a subject"
        )
    if w.dtype.kind not in "biu" or (w.dtype.kind == "i" and bool((w < 0).any())):
        raise StatisticsError("weights hold no counts", "argument 'weights'", "give whole numbers from 0")
    if w.size and float(w.sum(axis=1, dtype=np.float64).max()) >= 2.0**31:
        raise StatisticsError("a row of weights sums to 2^31 or more", "argument 'weights'", "give smaller counts")
    if not bool(d.any()):
        return _replicates(nothing(len(w)))
    layout = weight_layout(t, d, a, codes)
    size = chunk(len(t))
    parts = [solve(from_weights(layout, w[i : i + size, layout.order])) for i in range(0, len(w), size)]
    return _replicates(together(parts))


def bootstrap_cox_arm(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    replicates: int = 2000,
    seed: int = 1,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> CoxReplicates:
    """Nonparametric bootstrap of a two-arm Cox fit: subjects drawn with replacement from the whole trial.

    The draws depend on the seed and on the number of the replicate only, so that the first thousand of two thousand are
    those of a run of one thousand.

    Parameters
    ----------
    time, event, arm, strata
        As in :func:`csrbook.stats.cox.cox_arm`.
    replicates : int
        From 1.
    seed : int
        From 0.
    workers, executor, progress
        As in :func:`csrbook.stats.parallel.spread`; a task is a block of 256 replicates.

    Notes
    -----
    Source: Efron 1981; Davison and Hinkley 1997, section 3.5. R: ``boot::boot(data, statistic, R)``.
    """
    t, d, a, codes = _arguments(time, event, arm, strata)
    if not isinstance(replicates, int) or replicates < 1:
        raise StatisticsError(f"replicates is {replicates!r}", "argument 'replicates'", "give a whole number from 1")
    if not isinstance(seed, int) or seed < 0:
        raise StatisticsError(f"seed is {seed!r}", "argument 'seed'", "give a whole number from 0")
    if not bool(d.any()):
        return _replicates(nothing(replicates))
    task = partial(_bootstrap_block, weight_layout(t, d, a, codes), seed, replicates)
    blocks = range(-(-replicates // _BLOCK))
    return _replicates(together(spread(task, blocks, workers=workers, executor=executor, progress=progress)))


def _bootstrap_block(layout: Layout, seed: int, replicates: int, block: int) -> RowFits:
    """Fits of one block. Subjects are drawn by their place in the layout: the order of the data does not matter."""
    generator = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(block,))))
    n = len(layout.order)
    rows = min(_BLOCK, replicates - block * _BLOCK)
    size = chunk(n)
    begin = n * np.arange(size)[:, np.newaxis]
    parts = []
    # Whole chunks only, so that the last bits of a replicate do not depend on how many follow it.
    for _ in range(0, rows, size):
        draws = generator.integers(0, n, size=(size, n)) + begin
        weights = np.bincount(draws.ravel(), minlength=n * size).reshape(size, n)
        parts.append(solve(from_weights(layout, weights)))
    fits = together(parts)
    return RowFits(fits.log_hr[:rows], fits.se[:rows], fits.log_rank_z[:rows])


def refit_cox_arm(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> CoxReplicates:
    """Cox fit (Efron) and log-rank test for each row of times: imputed data sets, or simulated trials.

    Parameters
    ----------
    time, event : array_like, shape (rows, n)
        Each row a data set of the same n subjects. Times that are equal are ties, and so may be those that differ in
        the last two bits.
    arm : array_like, shape (n,) or (rows, n)
        1 for the test arm, 0 for the control arm.
    strata : array_like, shape (n,), optional
    workers, executor, progress
        As in :func:`csrbook.stats.parallel.spread`; a task is 1,024 data sets.
    """
    t = np.asarray(time)
    d = np.asarray(event)
    if t.ndim != 2 or t.dtype.kind not in "iuf" or not bool(np.isfinite(t).all()) or bool((t < 0).any()):
        raise StatisticsError(
            "time is no matrix of finite times from 0",
            "argument 'time'",
            "give one row a data set, one column a subject",
        )
    rows, n = t.shape
    a = np.asarray(arm)
    if a.ndim == 1:
        a = np.broadcast_to(binary(a, "arm"), (rows, len(a)))
    for name, values in (("event", d), ("arm", a)):
        if values.shape != t.shape:
            raise StatisticsError(
                f"{name} has shape {values.shape}, time {t.shape}", f"argument {name!r}", "give one value a time"
            )
        if values.dtype.kind not in "biuf" or not bool(((values == 0) | (values == 1)).all()):
            raise StatisticsError(
                f"{name} holds other values than 0 and 1", f"argument {name!r}", "code them as 0 and 1"
            )
    codes, _ = encode(strata, "strata", n)
    t = t.astype(np.float64)
    tasks = [(t[i : i + _TASK], d[i : i + _TASK], a[i : i + _TASK]) for i in range(0, rows if n else 0, _TASK)]
    if not tasks:
        return _replicates(nothing(rows))
    fits = spread(partial(_refit, codes), tasks, workers=workers, executor=executor, progress=progress)
    return _replicates(together(fits))


def _refit(codes: NDArray[np.intp], data: tuple[NDArray[np.float64], NDArray[Any], NDArray[Any]]) -> RowFits:
    time, event, arm = data
    order, pieces = segments(codes)
    size = chunk(len(codes))
    buffers = Buffers(size, len(codes))
    parts = []
    for i in range(0, len(time), size):
        t, d, a = (values[i : i + size, order] for values in (time, event, arm))
        parts.append(solve(from_keys(keys(t, d == 1, a == 1), pieces, buffers)))
    return together(parts)


def _arguments(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, strata: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.intp]]:
    t, d, a = two_arm_times(time, event, arm)
    return t, d, a, encode(strata, "strata", len(t))[0]


def _replicates(fits: RowFits) -> CoxReplicates:
    estimable = int(np.count_nonzero(~np.isnan(fits.log_hr)))
    return CoxReplicates(fits.log_hr, fits.se, fits.log_rank_z, estimable)
