"""Weighted log-rank tests: Fleming–Harrington, Gehan–Breslow, Tarone–Ware, and MaxCombo."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import one_of
from csrbook.stats._counts import ArmCounts, two_arms
from csrbook.stats._normal import chi2_sf, two_sided_p
from csrbook.stats._normal_slabs import all_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["MaxCombo", "WeightedLogRank", "max_combo", "weighted_log_rank"]

WEIGHTS: Final = ("fleming-harrington", "gehan-breslow", "tarone-ware", "log-rank")
# The Fleming–Harrington weights that MaxCombo is usually made of.
COMBINATION: Final = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
# A direction in which the statistics vary less than this (standard deviation) is one in which they do not.
_NO_SPREAD: Final = 1e-10


@dataclass(frozen=True, slots=True)
class WeightedLogRank:
    """Weighted log-rank test (1 degree of freedom).

    ``observed`` and ``expected`` are weighted events of the test arm; ``z`` is negative where it has fewer than
    expected.
    """

    chi2: float
    p: float
    z: float
    observed: float
    expected: float
    variance: float
    weight: str
    status: str


@dataclass(frozen=True, slots=True)
class MaxCombo:
    """Largest of several Fleming–Harrington statistics, with the p-value of that maximum.

    ``z`` holds the signed statistics in the order of ``weights`` (rho, gamma), ``correlation`` their null correlation.
    """

    statistic: float
    p: float
    weights: tuple[tuple[float, float], ...]
    z: tuple[float, ...]
    correlation: NDArray[np.float64]
    status: str


def weighted_log_rank(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    weight: str = "fleming-harrington",
    rho: float = 0.0,
    gamma: float = 0.0,
    strata: ArrayLike | None = None,
    strata_levels: Sequence[Any] | None = None,
) -> WeightedLogRank:
    r"""Weighted log-rank test of two arms.

    .. math:: U = \sum w_i (d_{1i} - d_i n_{1i}/n_i), \qquad
        V = \sum w_i^2 d_i \frac{n_{1i} n_{0i}}{n_i^2}\,\frac{n_i - d_i}{n_i - 1}

    with :math:`w = \hat S(t^-)^\rho(1-\hat S(t^-))^\gamma` (Fleming–Harrington; the pooled Kaplan–Meier curve of each
    stratum), :math:`n` (Gehan–Breslow), :math:`\sqrt n` (Tarone–Ware).

    Parameters
    ----------
    time, event, arm, strata, strata_levels
        As in :func:`csrbook.stats.log_rank.log_rank`.
    weight : {"fleming-harrington", "gehan-breslow", "tarone-ware", "log-rank"}
    rho, gamma : float
        Exponents of Fleming–Harrington, from 0.

    Notes
    -----
    Source: Fleming and Harrington 1991; Gehan 1965 with Breslow's variance; Tarone and Ware 1977. SAS: ``proc lifetest;
    strata / test=(wilcoxon tarone fleming(rho, gamma))``. R: ``survdiff(rho = )`` is Fleming–Harrington with gamma 0.
    Known differences: lifelines' ``peto`` weight is not ``survdiff(rho = 1)``.
    """
    one_of(weight, "weight", WEIGHTS)
    for name, value in (("rho", rho), ("gamma", gamma)):
        if not (math.isfinite(value) and value >= 0.0):
            raise StatisticsError(f"{name} is {value!r}", f"argument {name!r}", "give a number from 0")
    arms = two_arms(time, event, arm, strata, strata_levels)
    counts = arms.counts
    w = _weights(counts, weight, rho, gamma)
    observed, expected, root = _moments(counts, w[np.newaxis])
    variance = float(root[0] @ root[0])
    status = arms.reason
    if status == "ok" and not variance > 0.0:
        status = "the statistic has no variance"
    z = float(observed[0] - expected[0]) / math.sqrt(variance) if status == "ok" else math.nan
    return WeightedLogRank(
        chi2=z * z,
        p=chi2_sf(z * z, 1),
        z=z,
        observed=float(observed[0]),
        expected=float(expected[0]),
        variance=variance,
        weight=f"{weight}({rho:g}, {gamma:g})" if weight == "fleming-harrington" else weight,
        status=status,
    )


def max_combo(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    weights: Sequence[tuple[float, float]] = COMBINATION,
    strata: ArrayLike | None = None,
) -> MaxCombo:
    r"""MaxCombo test: the largest of several Fleming–Harrington statistics, two-sided.

    .. math:: p = 1 - P(|Z_1| < m, \dots, |Z_k| < m), \qquad m = \max_j |z_j|

    with Z normal, its correlation that of the statistics under equal hazards.

    Notes
    -----
    Source: Karrison, Stata J 2016; Lin et al., Stat Biopharm Res 2020. R: ``simtrial::maxcombo``; by hand
    ``survdiff``'s formula a weight and ``mvtnorm::pmvnorm(rep(-m, k), rep(m, k), corr = R)``. SAS: ``proc lifetest;
    time t*cnsr(1); strata arm / test=fleming(0, 1);`` once a weight; their covariance and the probability of the
    largest in ``proc iml`` (``randnormal``), since no procedure has the test. Where at most three statistics are
    linearly independent, as of the usual four (that of (0, 0) is the sum of those of (0, 1) and (1, 0)), the
    probability is an iterated Gauss-Legendre integral, good to 1e-10; of more it is a quasi-Monte Carlo integral with a
    fixed seed, good to 1e-5 or so.
    """
    arms = two_arms(time, event, arm, strata)
    chosen = tuple((float(rho), float(gamma)) for rho, gamma in weights)
    if not chosen or any(not (math.isfinite(v) and v >= 0.0) for pair in chosen for v in pair):
        raise StatisticsError("weights holds no pairs from 0", "argument 'weights'", "give pairs (rho, gamma)")
    k = len(chosen)
    status = arms.reason
    w = np.array([_weights(arms.counts, "fleming-harrington", rho, gamma) for rho, gamma in chosen])
    observed, expected, root = _moments(arms.counts, w)
    sizes = np.linalg.norm(root, axis=1)
    if status == "ok" and not bool((sizes > 0.0).all()):
        status = "a statistic has no variance"
    if status != "ok":
        return MaxCombo(math.nan, math.nan, chosen, (math.nan,) * k, np.full((k, k), math.nan), status)
    z = (observed - expected) / sizes
    root = root / sizes[:, np.newaxis]
    largest = float(np.abs(z).max())
    return MaxCombo(
        statistic=largest,
        p=_outside(largest, root),
        weights=chosen,
        z=tuple(z.tolist()),
        correlation=root @ root.T,
        status="ok",
    )


def _weights(counts: ArmCounts, weight: str, rho: float, gamma: float) -> NDArray[np.float64]:
    """One weight for each event time; the pooled curve starts anew in each stratum."""
    n = counts.at_risk_test + counts.at_risk_control
    if weight == "gehan-breslow":
        return n
    if weight == "tarone-ware":
        return np.sqrt(n)
    if weight == "log-rank" or not len(n):
        return np.ones_like(n)
    step = 1.0 - (counts.events_test + counts.events_control) / n
    before = np.empty_like(n)
    edges = np.flatnonzero(np.concatenate(([True], counts.stratum[1:] != counts.stratum[:-1], [True])))
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        before[start:end] = np.concatenate(([1.0], np.cumprod(step[start : end - 1])))
    return before**rho * (1.0 - before) ** gamma


def _moments(
    counts: ArmCounts, w: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Weighted events observed and expected in the test arm, and a root of the covariance of their differences.

    The root has a row a weight and a column an event time; times its transpose it is the covariance.
    """
    n = counts.at_risk_test + counts.at_risk_control
    d = counts.events_test + counts.events_control
    share = counts.at_risk_test / n
    variance = d * share * (1.0 - share) * (n - d) / np.maximum(n - 1.0, 1.0)
    return w @ counts.events_test, w @ (d * share), w * np.sqrt(variance)


def _outside(limit: float, root: NDArray[np.float64]) -> float:
    """Probability that the largest of correlated standard normals, of which the root is given, is beyond ± limit."""
    if len(root) == 1:
        return two_sided_p(limit)
    directions, spread, _ = np.linalg.svd(root, full_matrices=False)
    kept = spread > _NO_SPREAD
    if np.count_nonzero(kept) <= 3:
        inside = all_within(limit, directions[:, kept] * spread[kept])
    else:
        from scipy.stats import multivariate_normal  # slow to import

        box = np.full(len(root), limit)
        # A fixed seed: the same data give the same p-value.
        generator = np.random.Generator(np.random.Philox(20240))
        law = multivariate_normal(
            np.zeros(len(box)), root @ root.T, allow_singular=True, seed=generator, abseps=1e-5, releps=1e-5
        )
        inside = float(law.cdf(box, lower_limit=-box))
    return min(max(1.0 - inside, 0.0), 1.0)
