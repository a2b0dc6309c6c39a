"""Marginal effect of the arm by standardising a covariate-adjusted Cox model (g-computation), with bootstrap errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import confidence_level, matrix, positive, two_arm_times
from csrbook.stats._normal import z_critical
from csrbook.stats.cox import cox
from csrbook.stats.cox_residuals import baseline_hazard
from csrbook.stats.parallel import spread

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from numpy.typing import ArrayLike, NDArray

    from csrbook.stats.parallel import Progress

__all__ = ["MarginalEffect", "marginal_effect"]

_BLOCK: Final = 64
# More bootstrap samples without an estimate than this share, and their spread says little.
_LOST: Final = 0.05


@dataclass(frozen=True, slots=True)
class MarginalEffect:
    """What the whole trial population would have shown under the test arm and under the control arm.

    Attributes
    ----------
    log_hr, log_hr_se : float
        Marginal log hazard ratio of test over control from time 0 to ``tau``.
    survival_test, survival_control : ndarray, shape (landmarks,)
        Standardised survival at the landmarks.
    difference, difference_se, difference_lower, difference_upper : ndarray, shape (landmarks,)
        Test less control, with normal limits.
    rmst_test, rmst_control, rmst_difference, rmst_difference_se, rmst_lower, rmst_upper : float
        Standardised restricted mean survival time to ``tau``, in the unit of time; the limits are of the difference.
    coef, se : ndarray, shape (p + 1,)
        Log hazard ratios of the adjusted model, the arm first (its conditional effect), with model-based errors.
    hr, hr_lower, hr_upper : ndarray, shape (p + 1,)
        The same as hazard ratios with Wald limits.
    replicates, estimable : int
        Bootstrap samples, and those with an estimate.
    tau, confidence : float
    status : str
        ``"ok"``, or why there is no estimate (all numbers are NaN then).
    se_status : str
        ``"ok"``, or why there are no bootstrap standard errors (they alone are NaN then).
    """

    log_hr: float
    log_hr_se: float
    survival_test: NDArray[np.float64]
    survival_control: NDArray[np.float64]
    difference: NDArray[np.float64]
    difference_se: NDArray[np.float64]
    difference_lower: NDArray[np.float64]
    difference_upper: NDArray[np.float64]
    rmst_test: float
    rmst_control: float
    rmst_difference: float
    rmst_difference_se: float
    rmst_lower: float
    rmst_upper: float
    coef: NDArray[np.float64]
    se: NDArray[np.float64]
    hr: NDArray[np.float64]
    hr_lower: NDArray[np.float64]
    hr_upper: NDArray[np.float64]
    replicates: int
    estimable: int
    tau: float
    confidence: float
    status: str
    se_status: str


def marginal_effect(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    x: ArrayLike,
    *,
    tau: float,
    landmarks: ArrayLike = (),
    replicates: int = 500,
    seed: int = 1,
    confidence: float = 0.95,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> MarginalEffect:
    r"""Standardise a Cox model with arm and covariates over the covariates of all subjects.

    .. math:: \hat S_a(t) = \frac1n\sum_i \exp\{-\hat\Lambda_0(t)\, e^{\hat\beta a + x_i'\hat\gamma}\}, \qquad a = 0, 1

    The differences are those of :math:`\hat S_1` and :math:`\hat S_0` at the landmarks and of the areas under them to
    τ. The marginal hazard ratio is the one to which a Cox model with the arm alone converges in a trial of this
    population with this allocation :math:`\pi_a`, in which nobody is censored before τ: the root β of

    .. math:: \sum_{t_k \le \tau} \Bigl\{\pi_1 S_1 h_1 - (\pi_1 S_1 h_1 + \pi_0 S_0 h_0)
        \frac{\pi_1 S_1 e^\beta}{\pi_1 S_1 e^\beta + \pi_0 S_0}\Bigr\} = 0, \qquad
        h_a(t_k) = \log\frac{S_a(t_{k-1})}{S_a(t_k)}

    with S just before :math:`t_k`. Without covariates it is the hazard ratio of the model itself.

    Parameters
    ----------
    time, event : array_like
        Times (not negative), and 1 for an event, 0 for a censored time.
    arm : array_like
        1 for the test arm, 0 for the control arm.
    x : array_like, shape (n, p)
        Baseline covariates, code a factor as indicators. No interaction with the arm.
    tau : float
        Horizon, above 0; the last event before it ends the observed part of the curves.
    landmarks : array_like
        Times at which survival is compared.
    replicates : int
        Bootstrap samples of subjects, from 2; the model is refitted in each.
    seed : int
        The draws depend on it and on the number of the replicate only.
    confidence : float
    workers, executor, progress
        As in :func:`csrbook.stats.parallel.spread`; a task is a block of 64 replicates.

    Returns
    -------
    MarginalEffect

    Raises
    ------
    StatisticsError
        On a bad argument; see :func:`csrbook.stats.cox.cox`.

    Notes
    -----
    The model has no strata: a stratification factor enters as a covariate. Efron's ties and hazard. Standard errors are
    standard deviations over the bootstrap samples; limits on the log scale for the hazard ratio are left to the caller.
    Source: Makuch, J Chronic Dis 1982; Daniel, Zhang and Farewell, Biom J 2021 (non-collapsibility and marginal hazard
    ratios); Struthers and Kalbfleisch, Biometrika 1986 (the limit of a Cox estimate). R: ``stdReg::stdCoxph`` for the
    curves. SAS: ``proc phreg; baseline covariates=all out= survival= / diradj group=arm;`` for the curves, with its
    standard errors given the covariates.

    Bootstrap sample b, from 0, is drawn by NumPy's Philox generator with ``SeedSequence(seed, spawn_key=(b,))``, as
    ``integers(0, n, size=n)`` over the n subjects in the order given (in the outputs that of USUBJID). Samples without
    a finite estimate are left out; if they are more than 5%, there are no standard errors and no limits.
    """
    t, d, a = two_arm_times(time, event, arm)
    z = matrix(x, "x", len(t))
    at = np.asarray(landmarks, dtype=np.float64)
    positive(tau, "tau")
    half = z_critical(confidence_level(confidence))
    for name, value, least in (("replicates", replicates, 2), ("seed", seed, 0)):
        if not isinstance(value, int) or value < least:
            raise StatisticsError(f"{name} is {value!r}", f"argument {name!r}", f"give a whole number from {least}")
    design = np.column_stack([a.astype(np.float64), z])
    fit = cox(t, d, design)
    k = len(at)
    found, se = np.full(4 + 3 * k, math.nan), np.full(4 + 3 * k, math.nan)
    estimable, se_status = 0, fit.status
    if fit.status == "ok":
        found = _standardise(t, d, design, at, tau)
        task = partial(_bootstrap, t, d, design, at, tau, seed, replicates)
        blocks = range(-(-replicates // _BLOCK))
        samples = np.vstack(spread(task, blocks, workers=workers, executor=executor, progress=progress))
        samples = samples[~np.isnan(samples[:, 0])]
        estimable = len(samples)
        if replicates - estimable <= _LOST * replicates and estimable >= 2:
            se, se_status = samples.std(axis=0, ddof=1), "ok"
        else:
            se_status = f"{replicates - estimable} of {replicates} bootstrap samples without an estimate"
    own = np.sqrt(np.diag(fit.cov))
    return MarginalEffect(
        log_hr=float(found[0]),
        log_hr_se=float(se[0]),
        survival_test=found[4 : 4 + k],
        survival_control=found[4 + k : 4 + 2 * k],
        difference=found[4 + 2 * k :],
        difference_se=se[4 + 2 * k :],
        difference_lower=(found - half * se)[4 + 2 * k :],
        difference_upper=(found + half * se)[4 + 2 * k :],
        rmst_test=float(found[2]),
        rmst_control=float(found[3]),
        rmst_difference=float(found[1]),
        rmst_difference_se=float(se[1]),
        rmst_lower=float(found[1] - half * se[1]),
        rmst_upper=float(found[1] + half * se[1]),
        coef=fit.coef,
        se=own,
        hr=np.exp(fit.coef),
        hr_lower=np.exp(fit.coef - half * own),
        hr_upper=np.exp(fit.coef + half * own),
        replicates=replicates,
        estimable=estimable,
        tau=tau,
        confidence=confidence,
        status=fit.status,
        se_status=se_status,
    )


def _bootstrap(
    time: NDArray[np.float64], event: NDArray[np.bool_], design: NDArray[np.float64], at: NDArray[np.float64],
    tau: float, seed: int, replicates: int, block: int,
) -> NDArray[np.float64]:  # fmt: skip
    """Estimates of one block of bootstrap samples, one a row, each drawn from a stream of its own."""
    rows = []
    for number in range(block * _BLOCK, min((block + 1) * _BLOCK, replicates)):
        generator = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(number,))))
        draw = generator.integers(0, len(time), size=len(time))
        rows.append(_standardise(time[draw], event[draw], design[draw], at, tau))
    return np.vstack(rows)


def _standardise(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    design: NDArray[np.float64],
    at: NDArray[np.float64],
    tau: float,
) -> NDArray[np.float64]:
    """Marginal log HR, RMST difference, RMST of both arms, survival of both at the landmarks, and their difference."""
    fit = cox(time, event, design)
    if fit.status != "ok":
        return np.full(4 + 3 * len(at), math.nan)
    base = baseline_hazard(fit, time, event, design)
    rises = np.diff(base.cumulative_hazard, prepend=0.0) > 0.0
    when, hazard = base.time[rises], base.cumulative_hazard[rises]
    curves = []
    # The survival of a patient whose risk is beyond all numbers is 0.
    with np.errstate(over="ignore"):
        risk = np.exp(design[:, 1:] @ fit.coef[1:])
        for factor in (math.exp(float(fit.coef[0])), 1.0):
            survival = np.exp(-np.outer(risk * factor, hazard)).mean(axis=0)
            curves.append(np.concatenate(([1.0], survival)))
    test, control = curves
    inside = when <= tau
    share = float(design[:, 0].mean())
    kept = np.concatenate(([True], inside))
    log_hr = _limit(test[kept], control[kept], share)
    edges = np.concatenate(([0.0], when[inside], [tau]))
    areas = [float(np.diff(edges) @ curve[: len(edges) - 1]) for curve in (test, control)]
    place = np.searchsorted(when, at, side="right")
    return np.concatenate(
        [[log_hr, areas[0] - areas[1], *areas], test[place], control[place], test[place] - control[place]]
    )


def _limit(test: NDArray[np.float64], control: NDArray[np.float64], share: float) -> float:
    """Root of the limiting score, by Newton's steps (it falls in β)."""
    # From where a curve is 0 nobody of that arm is at risk.
    alive = (test > 0.0) & (control > 0.0)
    test, control = test[alive], control[alive]
    one, zero = share * test[:-1], (1.0 - share) * control[:-1]
    events_one, events_zero = one * -np.diff(np.log(test)), zero * -np.diff(np.log(control))
    if not (events_one.sum() > 0.0 and events_zero.sum() > 0.0):
        return math.nan
    beta = 0.0
    for _ in range(50):
        weight = one * math.exp(beta)
        mean = weight / (weight + zero)
        total = events_one + events_zero
        slope = float((total * mean * (1.0 - mean)).sum())
        step = float(events_one.sum() - (total * mean).sum()) / slope
        beta += min(max(step, -2.0), 2.0)
        if abs(step) < 1e-12:
            break
    return beta
