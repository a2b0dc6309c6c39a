"""Repeated two-arm Cox fits: bootstrap by weights, and refits of imputed or simulated trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, encode, same_length, times
from csrbook.stats._rows import RowFits, from_times, from_weights, solve, weight_layout

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CoxReplicates", "bootstrap_cox_arm", "refit_cox_arm", "weighted_cox_arm"]

# Rows worked on at a time: enough to keep NumPy busy, few enough to stay in the processor's cache.
_CHUNK = 128
# Bootstrap draws come from streams of their own, one for each block of this many replicates.
_BLOCK = 256


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
        From 0.

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
    if not bool(d.any()):
        nothing = np.full(len(w), np.nan)
        return CoxReplicates(nothing, nothing, nothing, 0)
    layout = weight_layout(t, d, a, codes)
    parts = [solve(from_weights(layout, w[start : start + _CHUNK])) for start in range(0, len(w), _CHUNK)]
    return _together(parts)


def bootstrap_cox_arm(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    replicates: int = 2000,
    seed: int = 1,
) -> CoxReplicates:
    """Nonparametric bootstrap of a two-arm Cox fit: subjects drawn with replacement from the whole trial.

    The draws depend on the seed and on the number of the replicate only, so that the first thousand of two thousand are
    those of a run of one thousand.

    Notes
    -----
    Source: Efron 1981; Davison and Hinkley 1997, section 3.5. R: ``boot::boot(data, statistic, R)``.
    """
    t, d, a, codes = _arguments(time, event, arm, strata)
    n = len(t)
    if not isinstance(replicates, int) or replicates < 1:
        raise StatisticsError(f"replicates is {replicates!r}", "argument 'replicates'", "give a whole number from 1")
    if not isinstance(seed, int) or seed < 0:
        raise StatisticsError(f"seed is {seed!r}", "argument 'seed'", "give a whole number from 0")
    if not bool(d.any()):
        nothing = np.full(replicates, np.nan)
        return CoxReplicates(nothing, nothing, nothing, 0)
    layout = weight_layout(t, d, a, codes)
    parts = []
    for block in range(-(-replicates // _BLOCK)):
        generator = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(block,))))
        draws = generator.integers(0, n, size=(_BLOCK, n))[: replicates - block * _BLOCK]
        cell = draws + n * np.arange(len(draws))[:, np.newaxis]
        weights = np.bincount(cell.ravel(), minlength=n * len(draws)).reshape(len(draws), n)
        parts += [solve(from_weights(layout, weights[i : i + _CHUNK])) for i in range(0, len(draws), _CHUNK)]
    return _together(parts)


def refit_cox_arm(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, *, strata: ArrayLike | None = None
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
    parts = []
    for start in range(0, rows, _CHUNK):
        piece = slice(start, start + _CHUNK)
        parts.append(solve(from_times(t[piece], d[piece] == 1, a[piece] == 1, codes)))
    return _together(parts)


def _arguments(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, strata: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.intp]]:
    t = times(time)
    d = binary(event, "event")
    a = binary(arm, "arm")
    same_length(len(t), event=d, arm=a)
    return t, d, a, encode(strata, "strata", len(t))[0]


def _together(parts: list[RowFits]) -> CoxReplicates:
    if not parts:
        empty = np.empty(0)
        return CoxReplicates(empty, empty, empty, 0)
    log_hr = np.concatenate([part.log_hr for part in parts])
    return CoxReplicates(
        log_hr=log_hr,
        se=np.concatenate([part.se for part in parts]),
        log_rank_z=np.concatenate([part.log_rank_z for part in parts]),
        estimable=int(np.count_nonzero(~np.isnan(log_hr))),
    )
