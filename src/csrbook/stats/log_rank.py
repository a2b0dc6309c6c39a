"""Log-rank test of two arms, plain or stratified."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from csrbook.stats._counts import ArmCounts, two_arms
from csrbook.stats._normal import chi2_sf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["LogRank", "log_rank"]


@dataclass(frozen=True, slots=True)
class LogRank:
    """Log-rank test (1 degree of freedom).

    Attributes
    ----------
    chi2, p : float
        Statistic and two-sided p-value.
    df : int
    z : float
        Signed root of ``chi2``: negative where the test arm has fewer events than expected.
    observed, expected : float
        Events in the test arm, and those expected if the hazards were equal.
    variance : float
        Hypergeometric variance of ``observed − expected``.
    observed_control, expected_control : float
    n_test, n_control : int
    uninformative_strata : tuple of str
        Strata that add nothing, each with its reason.
    status : str
        ``"ok"`` or why there is no test.
    """

    chi2: float
    df: int
    p: float
    z: float
    observed: float
    expected: float
    variance: float
    observed_control: float
    expected_control: float
    n_test: int
    n_control: int
    uninformative_strata: tuple[str, ...]
    status: str


def log_rank(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    strata_levels: Sequence[Any] | None = None,
    entry: ArrayLike | None = None,
) -> LogRank:
    r"""Log-rank (Mantel) test of equal hazards in two arms.

    .. math:: U = \sum (d_{1i} - d_i n_{1i}/n_i), \quad
        V = \sum d_i \frac{n_{1i} n_{0i}}{n_i^2}\,\frac{n_i - d_i}{n_i - 1}, \quad \chi^2 = U^2 / V

    summed over the event times of each stratum.

    Parameters
    ----------
    time, event : array_like
        Times, and 1 for an event, 0 for a censored time.
    arm : array_like
        1 for the test arm, 0 for the control arm.
    strata : array_like, optional
        One label a subject.
    strata_levels : sequence, optional
        All strata of the plan; one without subjects is named in the result, a label outside them is refused.
    entry : array_like, optional
        Late entry (left truncation): each subject is at risk after it, up to ``time``.

    Returns
    -------
    LogRank

    Raises
    ------
    StatisticsError
        On a bad argument; see :mod:`csrbook.stats`.

    Notes
    -----
    Source: Mantel 1966; Peto and Peto 1972. SAS: ``proc lifetest; strata s / group=arm test=logrank``.
    R: ``survdiff(Surv(t, d) ~ arm + strata(s))``. Under ties it differs from the score test of an Efron Cox model. With
    late entry survdiff has no test; the score test of ``coxph(Surv(entry, t, d) ~ arm, ties = "exact")`` is this one.
    """
    arms = two_arms(time, event, arm, strata, strata_levels, entry)
    observed, expected, variance = moments(arms.counts, None)
    status = arms.reason
    if status == "ok" and not variance > 0.0:
        status = "the statistic has no variance"
    z = (observed - expected) / math.sqrt(variance) if status == "ok" else math.nan
    total = float(arms.counts.events_test.sum() + arms.counts.events_control.sum())
    return LogRank(
        chi2=z * z,
        df=1,
        p=chi2_sf(z * z, 1),
        z=z,
        observed=observed,
        expected=expected,
        variance=variance,
        observed_control=total - observed,
        expected_control=total - expected,
        n_test=arms.n_test,
        n_control=arms.n_control,
        uninformative_strata=arms.uninformative,
        status=status,
    )


def moments(counts: ArmCounts, weight: NDArray[np.float64] | None) -> tuple[float, float, float]:
    """Weighted events observed and expected in the test arm, and the variance of their difference."""
    n = counts.at_risk_test + counts.at_risk_control
    d = counts.events_test + counts.events_control
    share = counts.at_risk_test / n
    w = np.ones_like(n) if weight is None else weight
    variance = d * share * (1.0 - share) * (n - d) / np.maximum(n - 1.0, 1.0)
    return (
        float(np.dot(w, counts.events_test)),
        float(np.dot(w, d * share)),
        float(np.dot(w * w, variance)),
    )
