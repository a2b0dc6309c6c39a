"""Profile-likelihood limits of a two-arm hazard ratio."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from csrbook.stats._checks import confidence_level, one_of
from csrbook.stats._counts import two_arms
from csrbook.stats._cox_arm import fit_arm, likelihood
from csrbook.stats._normal import z_critical
from csrbook.stats._roots import falling_root
from csrbook.stats.cox import ARM_TIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

__all__ = ["ProfileLimits", "profile_limits"]

# Beyond e^±30 a hazard ratio is 0 or infinite to any reader.
_FAR = 30.0


@dataclass(frozen=True, slots=True)
class ProfileLimits:
    """Hazard ratio (0 or infinite under a monotone likelihood) with profile-likelihood limits."""

    hr: float
    lower: float
    upper: float
    confidence: float
    ties: str
    status: str


def profile_limits(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    ties: str = "efron",
    confidence: float = 0.95,
) -> ProfileLimits:
    r"""Limits at which the likelihood-ratio test is on its critical value.

    .. math:: 2\{\ell(\hat\beta) - \ell(\beta)\} = z_{1-\alpha/2}^2

    They exist on one side where the estimate is infinite (no event in an arm), where Wald's do not.

    Parameters
    ----------
    time, event, arm, strata, ties, confidence
        As in :func:`csrbook.stats.cox.cox_arm`.

    Notes
    -----
    Source: Venzon and Moolgavkar 1988; Heinze and Schemper, Biometrics 2001. SAS: ``proc phreg; model ... / rl=pl``.
    R: ``coxphf`` for the penalised likelihood; by hand from ``coxph(init = b, iter.max = 0)$loglik``.
    """
    one_of(ties, "ties", ARM_TIES)
    z = z_critical(confidence_level(confidence))
    arms = two_arms(time, event, arm, strata)
    nan = math.nan
    if arms.reason != "ok":
        return ProfileLimits(nan, nan, nan, confidence, ties, arms.reason)
    fit = fit_arm(arms.counts, ties)
    loglik = likelihood(arms.counts, ties)
    if fit.status == "ok":
        target = fit.loglik - z * z / 2.0
        lower = _crossing(loglik, target, -_FAR, fit.log_hr, rising=True)
        upper = _crossing(loglik, target, fit.log_hr, _FAR, rising=False)
        return ProfileLimits(math.exp(fit.log_hr), math.exp(lower), math.exp(upper), confidence, ties, "ok")
    if fit.status != "monotone likelihood":
        return ProfileLimits(nan, nan, nan, confidence, ties, fit.status)
    rising = loglik(_FAR) > loglik(-_FAR)
    target = loglik(_FAR if rising else -_FAR) - z * z / 2.0
    limit = math.exp(_crossing(loglik, target, -_FAR, _FAR, rising=rising))
    if rising:
        return ProfileLimits(math.inf, limit, math.inf, confidence, ties, fit.status)
    return ProfileLimits(0.0, 0.0, limit, confidence, ties, fit.status)


def _crossing(loglik: Callable[[float], float], target: float, low: float, high: float, *, rising: bool) -> float:
    """Where the log-likelihood crosses the target on a side where it rises or falls."""
    if rising:
        return -falling_root(lambda b: loglik(-b), target, -high, -low)
    return falling_root(loglik, target, low, high)
