"""Restricted mean survival time: one arm, difference and ratio of two arms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import confidence_level, positive, two_arm_times
from csrbook.stats._normal import two_sided_p, z_critical
from csrbook.stats.kaplan_meier import KaplanMeier, kaplan_meier

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Contrast", "Rmst", "RmstComparison", "compare_rmst", "rmst"]


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference or a ratio with limits and Wald test; ``se`` is that of the logarithm for a ratio."""

    estimate: float
    se: float
    lower: float
    upper: float
    z: float
    p: float


@dataclass(frozen=True, slots=True)
class Rmst:
    """Area under the survival curve to ``tau``, in the unit of time; ``lost`` is ``tau`` less that area."""

    tau: float
    estimate: float
    se: float
    lower: float
    upper: float
    lost: float
    n: int
    events: int
    status: str


@dataclass(frozen=True, slots=True)
class RmstComparison:
    """Test over control: difference and ratio of the restricted means, ratio of the restricted mean times lost."""

    tau: float
    test: Rmst
    control: Rmst
    difference: Contrast
    ratio: Contrast
    lost_ratio: Contrast
    confidence: float
    status: str


def rmst(time: ArrayLike, event: ArrayLike, tau: float, *, confidence: float = 0.95) -> Rmst:
    r"""Restricted mean survival time with its Greenwood-type standard error.

    .. math:: \hat\mu = \int_0^\tau \hat S(t)\,dt, \qquad
        \widehat{\mathrm{Var}} = \sum_{t_i \le \tau} \left(\int_{t_i}^{\tau}\hat S\right)^2 \frac{d_i}{n_i(n_i-d_i)}

    Parameters
    ----------
    time, event : array_like
        Times (not negative), and 1 for an event, 0 for a censored time.
    tau : float
        End of the interval. Not after the last observed time, unless survival is 0 there.
    confidence : float

    Notes
    -----
    Source: Klein and Moeschberger 2003, section 4.5; Uno et al., J Clin Oncol 2014. R: ``survRM2::rmst2``;
    ``print(survfit(), rmean = tau)``. SAS: ``proc lifetest rmst(tau=)``. Known differences: lifelines'
    ``restricted_mean_survival_time`` returns the variance of min(T, tau), not the squared standard error.

    Examples
    --------
    >>> rmst([1, 2, 3, 4], [1, 1, 1, 1], 4).estimate
    2.5
    """
    km = kaplan_meier(time, event, confidence=confidence)
    limit = positive(tau, "tau")
    z = z_critical(confidence)
    nan = math.nan
    if km.n == 0:
        return Rmst(limit, nan, nan, nan, nan, nan, 0, 0, "no subjects")
    if limit > km.time[-1] and km.survival[-1] > 0.0:
        reason = f"tau {limit:g} is after the last observed time {km.time[-1]:g}"
        return Rmst(limit, nan, nan, nan, nan, nan, km.n, km.events, reason)
    estimate, se = _area(km, limit)
    return Rmst(limit, estimate, se, estimate - z * se, estimate + z * se, limit - estimate, km.n, km.events, "ok")


def compare_rmst(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, *, tau: float | None = None, confidence: float = 0.95
) -> RmstComparison:
    r"""Compare restricted mean survival times of two arms.

    Parameters
    ----------
    time, event : array_like
    arm : array_like
        1 for the test arm, 0 for the control arm.
    tau : float, optional
        By default the smaller of the two arms' last observed times.
    confidence : float

    Notes
    -----
    Limits of the ratios are symmetric on the logarithm. R: ``survRM2::rmst2(time, status, arm, tau)``. SAS: ``proc
    lifetest rmst(tau=); strata arm / diff=control``.
    """
    t, d, a = two_arm_times(time, event, arm)
    confidence_level(confidence)
    if tau is None:
        if not a.any() or a.all():
            raise StatisticsError("tau is not given and an arm is empty", "argument 'tau'", "give tau")
        tau = float(min(t[a].max(), t[~a].max()))
    test, control = (rmst(t[k], d[k], tau, confidence=confidence) for k in (a, ~a))
    z = z_critical(confidence)
    problems = [f"{name} arm: {x.status}" for name, x in (("test", test), ("control", control)) if x.status != "ok"]
    return RmstComparison(
        tau=tau,
        test=test,
        control=control,
        difference=_difference(test, control, z),
        ratio=_ratio(test.estimate, test.se, control.estimate, control.se, z),
        lost_ratio=_ratio(test.lost, test.se, control.lost, control.se, z),
        confidence=confidence,
        status="; ".join(problems) if problems else "ok",
    )


def _area(km: KaplanMeier, tau: float) -> tuple[float, float]:
    """Area under the curve to tau and its standard error."""
    keep = km.time < tau
    edges = np.concatenate(([0.0], km.time[keep], [tau]))
    pieces = np.diff(edges) * np.concatenate(([1.0], km.survival[keep]))
    # Area from each time on; where S is 0 nothing is left and the term 0 · ∞ counts for nothing.
    after = np.cumsum(pieces[::-1])[::-1][1:]
    n, d = km.n_risk[keep].astype(np.float64), km.n_event[keep].astype(np.float64)
    share = np.where(n > d, d / (n * np.maximum(n - d, 1.0)), 0.0)
    return float(pieces.sum()), math.sqrt(float(np.dot(after**2, share)))


def _difference(test: Rmst, control: Rmst, z_limit: float) -> Contrast:
    estimate = test.estimate - control.estimate
    se = math.hypot(test.se, control.se)
    z = estimate / se if se > 0.0 else math.nan
    return Contrast(estimate, se, estimate - z_limit * se, estimate + z_limit * se, z, two_sided_p(z))


def _ratio(test: float, test_se: float, control: float, control_se: float, z_limit: float) -> Contrast:
    nan = math.nan
    if not (test > 0.0 and control > 0.0):
        return Contrast(nan, nan, nan, nan, nan, nan)
    log = math.log(test / control)
    se = math.hypot(test_se / test, control_se / control)
    z = log / se if se > 0.0 else nan
    return Contrast(math.exp(log), se, math.exp(log - z_limit * se), math.exp(log + z_limit * se), z, two_sided_p(z))
