"""Multiple imputation of censored times with a hazard changed by δ: sensitivity to informative censoring."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import confidence_level, positive
from csrbook.stats._imputation_trial import BLOCK, BlockFits, ImputationTrial, fit_block, imputation_trial, no_estimate
from csrbook.stats.parallel import spread
from csrbook.stats.rubin import Pooled, rubin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from numpy.typing import ArrayLike, NDArray

    from csrbook.stats.parallel import Progress

__all__ = ["DeltaImputation", "TippingPoint", "delta_imputation", "tipping_point"]


@dataclass(frozen=True, slots=True)
class DeltaImputation:
    """Hazard ratio of test over control under one pair of δ, pooled over the imputations.

    Attributes
    ----------
    delta_test, delta_control : float
    hr, lower, upper : float
        Pooled hazard ratio and its limits.
    pooled : Pooled
        On the log scale, with the parts of its variance.
    log_hr, se : ndarray, shape (imputations,)
        The fits of the imputed data sets.
    imputed_test, imputed_control : float
        Mean number of events that the imputation adds.
    status : str
        ``"ok"``, or why there is no estimate.
    """

    delta_test: float
    delta_control: float
    hr: float
    lower: float
    upper: float
    pooled: Pooled
    log_hr: NDArray[np.float64]
    se: NDArray[np.float64]
    imputed_test: float
    imputed_control: float
    status: str


@dataclass(frozen=True, slots=True)
class TippingPoint:
    """Results over a grid, δ of the test arm running fastest, and where they tip.

    Attributes
    ----------
    grid : tuple of DeltaImputation
    margin : float
    tipping : tuple of float
        For each δ of the control arm the first δ of the test arm whose upper limit is not below the margin; NaN where
        all are below.
    status : tuple of str
        For each δ of the control arm ``"ok"``, that no δ tips, or why there is no estimate.
    """

    grid: tuple[DeltaImputation, ...]
    margin: float
    tipping: tuple[float, ...]
    status: tuple[str, ...]


def delta_imputation(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    delta_test: float = 1.0,
    delta_control: float = 1.0,
    strata: ArrayLike | None = None,
    impute: ArrayLike | None = None,
    horizon: ArrayLike | float | None = None,
    reference: str = "own",
    model: str = "kaplan_meier",
    cuts: ArrayLike | None = None,
    proper: bool = True,
    imputations: int = 500,
    seed: int = 1,
    confidence: float = 0.95,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> DeltaImputation:
    r"""Impute the event times of censored subjects, refit the stratified Cox model, pool by Rubin's rules.

    After its censoring at c, a subject of arm a and stratum s has δ_a times the hazard of that arm and stratum:

    .. math:: P(T > t \mid T > c) = \{S_{as}(t) / S_{as}(c)\}^{\delta_a}

    Parameters
    ----------
    time, event, arm, strata
        As in :func:`csrbook.stats.cox.cox_arm`. The strata serve the imputation and the Cox model (Efron).
    delta_test, delta_control : float
        Above 0. With 1 censoring is at random within arm and stratum; above 1 it was a bad sign.
    impute : array_like of 0 and 1, optional
        1 for the censored subjects to impute (say, those lost to follow-up, not those censored at the data cut-off);
        all censored ones by default.
    horizon : float or array_like, optional
        Last time at which an event would have been seen (the data cut-off), one value or one a subject, not before the
        subject's time. The largest observed time by default.
    reference : {"own", "control"}
        Whose hazard a subject of the test arm has after its censoring: that of its own arm, or that of the control arm
        (jump to reference), of its stratum in both; δ multiplies it.
    model : {"kaplan_meier", "piecewise_exponential"}
        ``"kaplan_meier"``: S is the Kaplan–Meier curve of a bootstrap sample of the arm and stratum, drawn anew for
        each imputation. A draw beyond its last event is censored at the last time of that sample (at c, if that is
        later): the curve says nothing after it. ``"piecewise_exponential"``: constant hazards between ``cuts``, drawn
        anew for each imputation from Gamma(events, follow-up), the posterior under a prior flat in the log hazard; a
        piece without events has no hazard.
    cuts : array_like, optional
        Inner cuts of the piecewise model, ascending; the median of all event times by default. Pieces with fewer than
        ten events or so in an arm and stratum have rates so uncertain that they pull the hazard ratio to 1.
    proper : bool
        False takes the curve or the rates of the data as they are: the between-imputation variance is too small then.
    imputations : int
        From 2.
    seed : int
        The draws depend on the seed and the number of the imputation only, and are the same for every δ.
    confidence : float

    Returns
    -------
    DeltaImputation

    Raises
    ------
    StatisticsError
        On bad arguments, as in :func:`csrbook.stats.cox.cox_arm`; on δ not above 0, a subject with an event to be
        imputed, or a horizon before the subject's time.

    Notes
    -----
    Source: Lipkovich, Ratitch and O'Kelly, Pharm Stat 2016; Jackson et al., Stat Med 2014; Taylor, Murray and Hsu 2002
    (bootstrapped Kaplan–Meier); Rubin 1987. R: ``InformativeCensoring::ScoreImpute`` and ``gammaImpute`` are close
    (risk sets by a score; Cox hazards). SAS: ``proc phreg; bayes`` with piecewise hazards, then ``proc mianalyze``.

    Random numbers: imputations are drawn in blocks of 64, each of them whole; block b, from 0, has the stream
    ``Philox(SeedSequence(seed, spawn_key=(b,)))``. In each block, by stratum in the order of the labels, control before
    test arm, where somebody is to be imputed: for the piecewise model standard gamma variates (64 × pieces, shape the
    events; an event at a cut belongs to the piece that ends there), which are divided by the follow-up; then standard
    exponential variates (64 × subjects to be imputed, in the order given, in the outputs that of USUBJID), which are
    divided by δ.
    """
    grid = _grid(
        imputation_trial(time, event, arm, strata, impute, horizon, reference, model, cuts, proper, imputations, seed),
        (delta_test,),
        (delta_control,),
        confidence,
        partial(spread, workers=workers, executor=executor, progress=progress),
    )
    return grid[0]


def tipping_point(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    margin: float,
    deltas_test: Sequence[float],
    deltas_control: Sequence[float] = (1.0,),
    strata: ArrayLike | None = None,
    impute: ArrayLike | None = None,
    horizon: ArrayLike | float | None = None,
    reference: str = "own",
    model: str = "kaplan_meier",
    cuts: ArrayLike | None = None,
    proper: bool = True,
    imputations: int = 500,
    seed: int = 1,
    confidence: float = 0.95,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> TippingPoint:
    """First δ at which the upper limit of the hazard ratio reaches the margin, over a grid.

    All δ share their random numbers, so that the limit moves smoothly with δ and not with chance.

    Parameters
    ----------
    margin : float
        Hazard ratio above 0: the non-inferiority margin, or 1 for a claim of superiority.
    deltas_test, deltas_control : sequence of float
        Ascending, above 0. Several values for the control arm give the tipping surface.
    time, event, arm, strata, impute, horizon, reference, model, cuts, proper, imputations, seed, confidence
        As in :func:`delta_imputation`.
    workers, executor, progress
        As in :func:`delta_imputation`.

    Returns
    -------
    TippingPoint
    """
    positive(margin, "margin")
    for name, values in (("deltas_test", deltas_test), ("deltas_control", deltas_control)):
        if not len(values) or any(b <= a for a, b in pairwise(values)):
            raise StatisticsError(f"{name} is {list(values)}", f"argument {name!r}", "give values in ascending order")
    trial = imputation_trial(
        time, event, arm, strata, impute, horizon, reference, model, cuts, proper, imputations, seed
    )
    run = partial(spread, workers=workers, executor=executor, progress=progress)
    grid = _grid(trial, tuple(deltas_test), tuple(deltas_control), confidence, run)
    tipping, status = [], []
    for start in range(0, len(grid), len(deltas_test)):
        row = grid[start : start + len(deltas_test)]
        unknown = [result.status for result in row if result.status != "ok"]
        over = [result.delta_test for result in row if result.upper >= margin]
        tipping.append(over[0] if over and not unknown else math.nan)
        if unknown:
            status.append(unknown[0])
        else:
            status.append("ok" if over else f"the upper limit stays below {margin:g} up to {deltas_test[-1]:g}")
    return TippingPoint(grid, margin, tuple(tipping), tuple(status))


def _grid(
    trial: ImputationTrial,
    deltas_test: tuple[float, ...],
    deltas_control: tuple[float, ...],
    confidence: float,
    run: Callable[[Callable[[int], BlockFits], range], list[BlockFits]],
) -> tuple[DeltaImputation, ...]:
    """All pairs of δ, those of the test arm running fastest; every block of draws serves all of them."""
    confidence_level(confidence)
    for name, deltas in (("delta_test", deltas_test), ("delta_control", deltas_control)):
        for delta in deltas:
            positive(delta, name)
    fits = run(partial(fit_block, trial, deltas_test, deltas_control), range(-(-trial.imputations // BLOCK)))
    log_hr, se = np.hstack([f.log_hr for f in fits]), np.hstack([f.se for f in fits])
    results = []
    for i, (control, test) in enumerate(product(deltas_control, deltas_test)):
        pooled = rubin(log_hr[i], se[i], confidence=confidence)
        results.append(
            DeltaImputation(
                delta_test=test,
                delta_control=control,
                hr=math.exp(pooled.estimate),
                lower=math.exp(pooled.lower),
                upper=math.exp(pooled.upper),
                pooled=pooled,
                log_hr=log_hr[i],
                se=se[i],
                imputed_test=sum(float(f.added_test[i]) for f in fits) / trial.imputations,
                imputed_control=sum(float(f.added_control[i]) for f in fits) / trial.imputations,
                status=no_estimate(trial, pooled.status) if pooled.status != "ok" else "ok",
            )
        )
    return tuple(results)
