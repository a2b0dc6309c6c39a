"""Treatment-by-marker interaction for a whole matrix of markers, with permutation p-values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import chdtrc

from csrbook.errors import StatisticsError
from csrbook.stats._checks import confidence_level, count, encode, one_of, two_arm_times
from csrbook.stats._interaction_newton import fit_pair
from csrbook.stats._interaction_rows import CHUNK
from csrbook.stats._marker_trial import BLOCK, permute, sorted_trial
from csrbook.stats._normal import z_critical
from csrbook.stats.cox import COX_TIES
from csrbook.stats.multiplicity import benjamini_hochberg
from csrbook.stats.parallel import spread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from numpy.typing import ArrayLike, NDArray

    from csrbook.stats._interaction_newton import Pair
    from csrbook.stats.parallel import Progress

__all__ = ["MarkerInteractions", "marker_interactions"]

# Rise of the log-likelihood, doubled, at which Newton's method stops.
_EXACT: Final = 1e-20
# Information for a covariate in units of its standard deviation below which its estimate is taken as infinite.
_FLAT: Final = 1e-8


@dataclass(frozen=True, slots=True)
class MarkerInteractions:
    """One test a marker, in the order of the columns.

    Attributes
    ----------
    names, kinds : tuple of str
        ``kinds`` are ``"binary"`` (0 and 1) and ``"continuous"``.
    n, missing, events : ndarray of int, shape (markers,)
        Complete cases of the marker, subjects without a value, and events among the complete cases.
    log_ratio, se : ndarray
        Interaction: log hazard ratio of the arm at marker 1 less that at marker 0 (for each unit of a continuous
        marker), and its standard error.
    ratio, ratio_lower, ratio_upper : ndarray
        Ratio of hazard ratios with Wald limits.
    chi2, p : ndarray
        Likelihood-ratio test, one degree of freedom.
    q : ndarray
        Benjamini–Hochberg, over the markers with a test.
    permutation_p : ndarray
        p-value of the likelihood ratio in its permutation distribution; NaN without permutations.
    family_p : ndarray
        Westfall and Young's step-down max-T p-value, adjusted for all markers with a test.
    permutations, seed : int
    confidence : float
    ties : str
    status : tuple of str
        ``"ok"`` or why the marker has no test (its numbers are NaN then).
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    n: NDArray[np.intp]
    missing: NDArray[np.intp]
    events: NDArray[np.intp]
    log_ratio: NDArray[np.float64]
    se: NDArray[np.float64]
    ratio: NDArray[np.float64]
    ratio_lower: NDArray[np.float64]
    ratio_upper: NDArray[np.float64]
    chi2: NDArray[np.float64]
    p: NDArray[np.float64]
    q: NDArray[np.float64]
    permutation_p: NDArray[np.float64]
    family_p: NDArray[np.float64]
    permutations: int
    seed: int
    confidence: float
    ties: str
    status: tuple[str, ...]


def marker_interactions(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    markers: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    strata: ArrayLike | None = None,
    ties: str = "efron",
    confidence: float = 0.95,
    permutations: int = 0,
    seed: int = 1,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> MarkerInteractions:
    r"""Test for each marker whether the hazard ratio of the arms depends on it.

    .. math:: h_s(t) = h_{0s}(t) \exp(\beta\,\mathrm{arm} + \gamma\,m + \theta\,\mathrm{arm}\,m), \qquad
        \chi^2 = 2\{\ell(\hat\beta, \hat\gamma, \hat\theta) - \ell(\tilde\beta, \tilde\gamma, 0)\}

    Each marker is analysed in the subjects with a value of it. All markers are fitted together, a column each.

    **Permutations.** Whole rows of ``markers``, missing values with them, are permuted among the subjects of the same
    arm and stratum; time, event, arm and stratum stay where they are. So the effect of the arm, the censoring in each
    arm and the correlation of the markers are kept. The assumption: within arm and stratum the markers, and whether
    they are missing, are exchangeable in view of time and event, that is, no marker is predictive and none is
    prognostic, and none goes with the censoring. Then the p-values are exact. A marker that is prognostic breaks the
    assumption (no permutation is exact for an interaction alone); its own p-value then holds in large samples, because
    the likelihood ratio has the same chi-square limit whatever the main effect, while the family's p-values take the
    correlation of the statistics from data in which no marker matters.

    .. math:: p = \frac{1 + \#\{b : \chi^2_b \ge \chi^2\}}{1 + B}, \qquad
        p^{\mathrm{family}}_{(j)} = \max_{i \le j} \frac{1 + \#\{b : \max_{k \ge i} \chi^2_{b(k)} \ge \chi^2_{(i)}\}}
        {1 + B}

    with the markers in falling order of :math:`\chi^2`. Since every test has one degree of freedom, max-T over
    :math:`\chi^2` is min-P over its asymptotic p-values. Where the likelihood of a permutation is monotone its
    supremum is taken.

    Parameters
    ----------
    time, event, arm : array_like, shape (n,)
        As in :func:`csrbook.stats.cox.cox_arm`.
    markers : array_like, shape (n, markers)
        A number a subject and marker, NaN where missing. A column of 0 and 1 only is binary.
    names : sequence of str, optional
        One a column; numbers from 0 by default.
    strata : array_like, optional
        Strata of the baseline hazard.
    ties : {"efron", "breslow"}
    confidence : float
    permutations : int
        B, 0 for none. Permutations come in blocks of 256, each with a stream of random numbers of its own.
    seed : int
    workers, executor, progress
        How the blocks are spread; see :func:`csrbook.stats.parallel.spread`. The result does not depend on it.

    Returns
    -------
    MarkerInteractions

    Raises
    ------
    StatisticsError
        On a bad argument: infinite markers, text, unequal lengths.

    Notes
    -----
    Source: Polley et al., J Natl Cancer Inst 2013; Westfall and Young 1993, algorithm 4.1; Phipson and Smyth 2010 (the
    added 1). SAS: for each marker ``proc phreg; model t*cnsr(1)=arm m arm*m / ties=efron type3(lr); strata s;``, and
    ``proc multtest`` for the adjustments. R: ``anova(coxph(S ~ arm + m + strata(s)), coxph(S ~ arm * m + strata(s)))``
    for each marker, and ``p.adjust(p, "BH")``.

    Examples
    --------
    >>> time, arm, marker = [1, 2, 3, 4, 5, 6, 7, 8], [0, 1, 0, 1, 1, 0, 1, 0], [1, 0, 0, 1, 0, 1, 1, 0]
    >>> result = marker_interactions(time, [1] * 8, arm, marker)
    >>> result.kinds, result.p.round(3).tolist(), result.status
    (('binary',), [0.191], ('ok',))
    """
    t, d, a = two_arm_times(time, event, arm)
    codes, _ = encode(strata, "strata", len(t))
    one_of(ties, "ties", COX_TIES)
    confidence_level(confidence)
    total = count(permutations, "permutations")
    count(seed, "seed")
    values, labels = _markers(markers, len(t), names)
    known = ~np.isnan(values)
    m = len(labels)
    two = np.array([bool(np.isin(values[known[:, j], j], (0.0, 1.0)).all()) for j in range(m)], dtype=bool)
    status = [_reason(d, a, values[:, j], known[:, j], bool(two[j])) for j in range(m)]
    fitted = np.array([s == "ok" for s in status], dtype=bool)
    chi2, log_ratio, se = np.full(m, np.nan), np.full(m, np.nan), np.full(m, np.nan)
    exceeding = above = np.zeros(m, dtype=np.intp)
    if bool(fitted.any()):
        trial, scale = sorted_trial(t, d, a, codes, values, known, two, ties)
        for kind in (True, False):
            same = np.flatnonzero(fitted & (two == kind))
            for start in range(0, len(same), CHUNK):
                which = same[start : start + CHUNK]
                pair = fit_pair(trial.columns(which), len(which), gain=_EXACT)
                trial.log_hr[which] = pair.main.theta[:, 0]
                _estimates(pair, which, scale, two, chi2, log_ratio, se, status)
        fitted = np.array([s == "ok" for s in status], dtype=bool)
        if total and bool(fitted.any()):
            order = np.flatnonzero(fitted)
            order = order[np.argsort(-chi2[order], kind="stable")]
            blocks = [(block, min(BLOCK, total - block * BLOCK)) for block in range(-(-total // BLOCK))]
            task = partial(permute, trial, chi2[order], order, seed)
            counts = spread(task, blocks, workers=workers, executor=executor, progress=progress)
            exceeding, above = np.zeros(m, dtype=np.intp), np.zeros(m, dtype=np.intp)
            exceeding[order], above[order] = sum(c[0] for c in counts), sum(c[1] for c in counts)
    permutation_p, family_p = np.full(m, np.nan), np.full(m, np.nan)
    if total:
        used = np.flatnonzero(fitted)
        used = used[np.argsort(-chi2[used], kind="stable")]
        permutation_p[used] = (1.0 + exceeding[used]) / (1.0 + total)
        family_p[used] = np.maximum.accumulate((1.0 + above[used]) / (1.0 + total))
    half = z_critical(confidence) * se
    p = np.asarray(chdtrc(1.0, chi2))
    with np.errstate(over="ignore"):
        limits = np.exp(log_ratio), np.exp(log_ratio - half), np.exp(log_ratio + half)
    return MarkerInteractions(
        names=labels,
        kinds=tuple("binary" if kind else "continuous" for kind in two.tolist()),
        n=known.sum(axis=0),
        missing=(~known).sum(axis=0),
        events=(known & d[:, np.newaxis]).sum(axis=0),
        log_ratio=log_ratio,
        se=se,
        ratio=limits[0],
        ratio_lower=limits[1],
        ratio_upper=limits[2],
        chi2=chi2,
        p=p,
        q=benjamini_hochberg(p),
        permutation_p=permutation_p,
        family_p=family_p,
        permutations=total,
        seed=int(seed),
        confidence=confidence,
        ties=ties,
        status=tuple(status),
    )


def _markers(value: ArrayLike, n: int, names: Sequence[str] | None) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    array = np.asarray(value)
    array = array[:, np.newaxis] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[0] != n:
        raise StatisticsError(
            f"markers have shape {array.shape}, not ({n}, number of markers)",
            "argument 'markers'",
            "give one row a subject",
        )
    if array.dtype.kind not in "biuf":
        raise StatisticsError(
            f"markers hold {array.dtype} values, not numbers", "argument 'markers'", "code levels as 0 and 1"
        )
    result = array.astype(np.float64)
    endless = np.argwhere(np.isinf(result))
    if len(endless):
        row, column = endless[0].tolist()
        raise StatisticsError(
            "markers hold an infinite value", f"argument 'markers', row {row}, column {column}", "give NaN if missing"
        )
    labels = tuple(str(j) for j in range(result.shape[1])) if names is None else tuple(str(name) for name in names)
    if len(labels) != result.shape[1] or len(set(labels)) != len(labels):
        raise StatisticsError(
            f"names has {len(labels)} names ({len(set(labels))} distinct), markers {result.shape[1]} columns",
            "argument 'names'",
            "give one name of its own to each column",
        )
    return result, labels


def _reason(
    event: NDArray[np.bool_],
    arm: NDArray[np.bool_],
    value: NDArray[np.float64],
    known: NDArray[np.bool_],
    two: bool,
) -> str:
    """Why a marker has no test, as far as counts tell."""
    if not bool(known.any()):
        return "no subject has a value"
    distinct = np.unique(value[known])
    if len(distinct) < 2:
        return f"the marker has one value only: {distinct[0]:g}"
    for name, side in (("control", ~arm), ("test", arm)):
        here = known & side
        if not bool(here.any()):
            return f"no subjects with a value in the {name} arm"
        if len(np.unique(value[here])) < 2:
            return f"the marker has one value only in the {name} arm"
        if not bool((here & event).any()):
            return f"monotone likelihood: no event in the {name} arm"
        for level in (0, 1) if two else ():
            if not bool((here & event & (value == level)).any()):
                return f"monotone likelihood: no event at marker {level} in the {name} arm"
    return "ok"


def _estimates(
    pair: Pair,
    which: NDArray[np.intp],
    scale: NDArray[np.float64],
    two: NDArray[np.bool_],
    chi2: NDArray[np.float64],
    log_ratio: NDArray[np.float64],
    se: NDArray[np.float64],
    status: list[str],
) -> None:
    """Write the interaction of the columns ``which`` into the arrays of all markers."""
    unit = np.where(two[which], scale[which], 1.0)
    per_sd = np.ones((len(which), 3))
    per_sd[:, 1:] = unit[:, np.newaxis]
    information = pair.full.information * per_sd[:, :, np.newaxis] * per_sd[:, np.newaxis, :]
    flat = np.linalg.eigvalsh(information)[:, 0] < _FLAT
    for position, marker in enumerate(which.tolist()):
        if flat[position]:
            status[marker] = "monotone likelihood, or the marker varies in no risk set of an arm"
            continue
        covariance = np.linalg.inv(pair.full.information[position])
        step = 1.0 if two[marker] else float(scale[marker])
        theta = pair.full.theta[position]
        chi2[marker] = pair.chi2[position]
        log_ratio[marker] = (theta[2] - theta[1]) / step
        se[marker] = np.sqrt(covariance[1, 1] + covariance[2, 2] - 2.0 * covariance[1, 2]) / step
