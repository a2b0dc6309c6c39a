"""Subpopulation treatment effect pattern plot (STEPP): the arm's effect over a continuous covariate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import (
    confidence_level,
    count,
    encode,
    numbers_or_missing,
    positive,
    same_length,
    two_arm_times,
)
from csrbook.stats._normal import z_critical
from csrbook.stats._stepp_rows import (
    PERMUTATION_BLOCK,
    SteppTrial,
    permuted_differences,
    supremum_quantile,
)
from csrbook.stats.cox import cox_arm
from csrbook.stats.landmarks import landmark_difference
from csrbook.stats.parallel import spread

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from numpy.typing import ArrayLike, NDArray

    from csrbook.stats.parallel import Progress
    from csrbook.stats.stepp_windows import Windows

__all__ = ["Stepp", "stepp"]


@dataclass(frozen=True, slots=True)
class Stepp:
    """Effect of the arm in each subpopulation.

    Attributes
    ----------
    windows : Windows
    effect : str
        ``"log hazard ratio"``, or ``"survival difference at <landmark>"``.
    n_test, n_control, events_test, events_control : ndarray of int, shape (subpopulations,)
    estimate, se : ndarray of float
        NaN where a subpopulation has no estimate.
    lower, upper : ndarray of float
        Wald limits of each subpopulation alone (pointwise).
    band_lower, band_upper : ndarray of float
        Limits that hold for all estimable subpopulations together.
    critical : float
        Multiple of the standard error of the band.
    overall, overall_se : float
        Effect in all subjects with a value of the covariate.
    supremum : float
        Largest standardised difference between a subpopulation and all subjects.
    supremum_p : float
        Its permutation p-value; NaN without permutations.
    permutations, permutations_used : int
        Asked for, and those in which every estimable subpopulation has an estimate.
    n, missing : int
        Subjects with and without a value of the covariate.
    confidence : float
    status : tuple of str
        Of each subpopulation.
    test_status : str
        ``"ok"``, or why there is no test.
    """

    windows: Windows
    effect: str
    n_test: NDArray[np.intp]
    n_control: NDArray[np.intp]
    events_test: NDArray[np.intp]
    events_control: NDArray[np.intp]
    estimate: NDArray[np.float64]
    se: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    band_lower: NDArray[np.float64]
    band_upper: NDArray[np.float64]
    critical: float
    overall: float
    overall_se: float
    supremum: float
    supremum_p: float
    permutations: int
    permutations_used: int
    n: int
    missing: int
    confidence: float
    status: tuple[str, ...]
    test_status: str


def stepp(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    covariate: ArrayLike,
    windows: Windows,
    *,
    landmark: float | None = None,
    strata: ArrayLike | None = None,
    confidence: float = 0.95,
    permutations: int = 2500,
    draws: int = 10_000,
    seed: int = 1,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Stepp:
    r"""Estimate the arm's effect in overlapping subpopulations and test whether it varies over them.

    The effect is the log hazard ratio (Cox, Efron, stratified by ``strata``) or, with ``landmark``, the difference of
    the arms' Kaplan–Meier estimates there.

    **Band.** :math:`\hat\theta_j \pm c\,\widehat{\mathrm{se}}_j`, with :math:`c` the quantile of
    :math:`\max_j |\sum_i \psi_{ij} G_i| / \|\psi_j\|`, where :math:`\psi_{ij}` is the influence of subject i on
    :math:`\hat\theta_j` and :math:`G_i` are independent standard normal multipliers. It keeps the correlation of
    overlapping subpopulations and assumes nothing on how the effect varies.

    **Test.** :math:`T = \max_j |\hat\theta_j - \hat\theta| / \hat\sigma_j`, with :math:`\hat\sigma_j` the standard
    deviation of the difference in the permutation distribution. The covariate is permuted among the subjects of the
    same arm and stratum, which keeps the effect of the arm and its overall estimate. The assumption: within arm and
    stratum the covariate is exchangeable in view of time and event, so that it is neither predictive nor prognostic. A
    prognostic covariate can make the test too liberal or too strict.

    Parameters
    ----------
    time, event, arm : array_like, shape (n,)
        As in :func:`csrbook.stats.cox.cox_arm`.
    covariate : array_like, shape (n,)
        NaN where missing: counted, and left out.
    windows : Windows
        From :func:`csrbook.stats.stepp_windows.sliding_windows` or
        :func:`csrbook.stats.stepp_windows.tail_windows`, made of the known values.
    landmark : float, optional
        Time of the difference of survival.
    strata : array_like, optional
        Strata of the hazard ratio, and of the permutations.
    confidence : float
    permutations, draws : int
        Permutations of the test (0 for none), and multipliers of the band.
    seed : int
    workers, executor, progress
        How the permutations are spread; see :func:`csrbook.stats.parallel.spread`. The result does not depend on it.

    Returns
    -------
    Stepp

    Raises
    ------
    StatisticsError
        On a bad argument, or windows that do not cover subjects of these data.

    Notes
    -----
    Source: Bonetti and Gelber, Stat Med 2000 and Biostatistics 2004; Bonetti et al., Stat Med 2009 (the permutation
    test). R: ``stepp.test(subpop, stepp.KM(...), nperm)`` of package stepp; each estimate is ``coxph(Surv(t, d) ~ arm +
    strata(s), subset = )``. SAS: no procedure; ``proc phreg`` in each subpopulation. Known differences: stepp's log
    hazard ratio is the log-rank test's (O − E)/V, and its permutations know no strata.

    Random numbers: NumPy's Philox generator with ``SeedSequence(seed, spawn_key=key)``, in blocks of 256 that are drawn
    whole. Block b of the permutations has the key (0, b): ``Generator.permuted`` within each cell of arm and stratum,
    in the order stratum, control, test. Block b of the multipliers has the key (1, b): standard normal variates, 256 ×
    subjects in the order given (in the outputs that of USUBJID). :math:`\hat\sigma_j` has the number of permutations as
    divisor, the observed data included, and the p-value counts these among the permutations too.
    """
    t, d, a = two_arm_times(time, event, arm)
    codes, _ = encode(strata, "strata", len(t))
    confidence_level(confidence)
    total, multipliers = count(permutations, "permutations"), count(draws, "draws")
    if multipliers < 1:
        raise StatisticsError(f"draws is {draws!r}", "argument 'draws'", "give a whole number from 1")
    count(seed, "seed")
    at = math.nan if landmark is None else positive(landmark, "landmark")
    z = numbers_or_missing(covariate, "covariate")
    same_length(len(t), covariate=z)
    known = ~np.isnan(z)
    member = windows.member(z[known])
    if not np.array_equal(member.sum(axis=1), windows.n):
        raise StatisticsError(
            "the windows hold other numbers of subjects than the covariate has in them",
            "argument 'windows'",
            "make the windows of the known values of this covariate",
        )
    t, d, a, codes = t[known], d[known], a[known], codes[known]
    k = len(member)
    estimate, se, status = np.full(k, np.nan), np.full(k, np.nan), []
    for j in range(k):
        estimate[j], se[j], reason = _effect(t, d, a, codes, member[j], at, confidence)
        status.append(reason)
    overall, overall_se, whole = _effect(t, d, a, codes, np.ones(len(t), dtype=bool), at, confidence)
    good = np.array([s == "ok" for s in status], dtype=bool)
    critical, supremum, p, used = math.nan, math.nan, math.nan, 0
    test_status = whole if whole != "ok" else "ok" if bool(good.any()) else "no subpopulation has an estimate"
    if test_status == "ok":
        trial = SteppTrial(t, d, a, codes, at)
        influence = np.column_stack([trial.influence(row) for row in member[good]])
        critical = supremum_quantile(influence, confidence, multipliers, seed)
        if total:
            differences = _permutations(trial, member[good], overall, seed, total, workers, executor, progress)
            differences = differences[~np.isnan(differences).any(axis=1)]
            used = len(differences)
            supremum, p, test_status = _supremum(estimate[good] - overall, differences)
    half = z_critical(confidence) * se
    return Stepp(
        windows=windows,
        effect="log hazard ratio" if landmark is None else f"survival difference at {landmark:g}",
        n_test=(member & a).sum(axis=1),
        n_control=(member & ~a).sum(axis=1),
        events_test=(member & a & d).sum(axis=1),
        events_control=(member & ~a & d).sum(axis=1),
        estimate=estimate,
        se=se,
        lower=estimate - half,
        upper=estimate + half,
        band_lower=estimate - critical * se,
        band_upper=estimate + critical * se,
        critical=critical,
        overall=overall,
        overall_se=overall_se,
        supremum=supremum,
        supremum_p=p,
        permutations=total,
        permutations_used=used,
        n=int(known.sum()),
        missing=int((~known).sum()),
        confidence=confidence,
        status=tuple(status),
        test_status=test_status,
    )


def _effect(
    t: NDArray[np.float64],
    d: NDArray[np.bool_],
    a: NDArray[np.bool_],
    codes: NDArray[np.intp],
    member: NDArray[np.bool_],
    landmark: float,
    confidence: float,
) -> tuple[float, float, str]:
    """Estimate, standard error and status in one subpopulation."""
    if math.isnan(landmark):
        fit = cox_arm(t[member], d[member], a[member], strata=codes[member], confidence=confidence)
        return fit.log_hr, fit.se, fit.status
    found = landmark_difference(t[member], d[member], a[member], [landmark], confidence=confidence)
    value, error, reason = float(found.difference[0]), float(found.std_err[0]), found.status[0]
    if reason == "ok" and not error > 0.0:
        return math.nan, math.nan, "no variance: no event, or all with an event, in both arms at the landmark"
    return value, error, reason


def _permutations(
    trial: SteppTrial,
    member: NDArray[np.bool_],
    overall: float,
    seed: int,
    total: int,
    workers: int,
    executor: Executor | None,
    progress: Progress | None,
) -> NDArray[np.float64]:
    size = PERMUTATION_BLOCK
    blocks = [(block, min(size, total - block * size)) for block in range(-(-total // size))]
    task = partial(permuted_differences, trial, member, overall, seed)
    return np.concatenate(spread(task, blocks, workers=workers, executor=executor, progress=progress))


def _supremum(observed: NDArray[np.float64], permuted: NDArray[np.float64]) -> tuple[float, float, str]:
    """Statistic, p-value and status; the data count as one of their permutations, in the deviations too."""
    everything = np.vstack([observed, permuted])
    deviation = everything.std(axis=0)
    if not len(permuted) or not bool((deviation > 1e-12).any()):
        return math.nan, math.nan, "the effect does not change under permutation"
    # A window that holds all subjects has no difference and no deviation.
    moving = deviation > 1e-12
    statistic = (np.abs(everything[:, moving]) / deviation[moving]).max(axis=1)
    reached = int(np.count_nonzero(statistic >= statistic[0] * (1.0 - 1e-9)))
    return float(statistic[0]), reached / len(statistic), "ok"
