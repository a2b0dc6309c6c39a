"""Hazard ratio that changes with time: the interaction of arm and log t, or another function of time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import confidence_level, numbers, one_of
from csrbook.stats._counts import two_arms
from csrbook.stats._cox_newton import maximise
from csrbook.stats._normal import chi2_sf, two_sided_p, z_critical
from csrbook.stats.cox import cox_arm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from numpy.typing import ArrayLike, NDArray

    Vector: TypeAlias = NDArray[np.float64]

__all__ = ["ArmByTime", "arm_by_time"]

TRANSFORMS: Final = ("log", "identity")


@dataclass(frozen=True, slots=True)
class ArmByTime:
    """Cox model with log HR(t) = β + γ·g(t).

    Attributes
    ----------
    coef : ndarray, shape (2,)
        β (the log hazard ratio where g is 0: at t = 1 for log t) and the slope γ.
    cov : ndarray, shape (2, 2)
    slope, slope_se, slope_z, slope_p : float
        γ with its Wald test.
    lr_chi2, lr_p : float
        Likelihood-ratio test of γ = 0.
    loglik_null, loglik : float
        At β = γ = 0 and at the estimate.
    transform, ties : str
    status : str
        ``"ok"``, or why there is no estimate.
    """

    coef: NDArray[np.float64]
    cov: NDArray[np.float64]
    slope: float
    slope_se: float
    slope_z: float
    slope_p: float
    lr_chi2: float
    lr_p: float
    loglik_null: float
    loglik: float
    transform: str
    ties: str
    status: str

    def hazard_ratio(self, at: ArrayLike, *, confidence: float = 0.95) -> NDArray[np.float64]:
        """Hazard ratio with Wald limits at given times, a row each: estimate, lower, upper."""
        z = z_critical(confidence_level(confidence))
        g = _transformed(numbers(at, "at"), self.transform)
        g = np.column_stack((np.ones(len(g)), g))
        log_hr = g @ self.coef
        half = z * np.sqrt(np.einsum("ij,jk,ik->i", g, self.cov, g))
        result: NDArray[np.float64] = np.exp(np.column_stack((log_hr, log_hr - half, log_hr + half)))
        return result


def arm_by_time(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    strata_levels: Sequence[Any] | None = None,
    entry: ArrayLike | None = None,
    transform: str = "log",
    ties: str = "efron",
) -> ArmByTime:
    r"""Cox model with the arm and its product with a function of time, plain or stratified.

    .. math:: h_s(t \mid \mathrm{arm}) = h_{0s}(t)\,\exp\{(\beta + \gamma\,g(t))\,\mathrm{arm}\}

    Parameters
    ----------
    time, event, arm, strata, strata_levels, entry
        As in :func:`csrbook.stats.cox.cox_arm`.
    transform : {"log", "identity"}
        g: log t (an event at time 0 is refused then) or t.
    ties : {"efron", "breslow"}

    Returns
    -------
    ArmByTime
        γ below 0: the test arm does better as time goes on.

    Raises
    ------
    StatisticsError
        On a bad argument; see :func:`csrbook.stats.cox.cox_arm`.

    Notes
    -----
    Source: Cox 1972; Therneau and Grambsch 2000, section 6.5. SAS: ``proc phreg; model t*cnsr(1) = arm armt /
    ties=efron; armt = arm*log(t);``. R: ``coxph(Surv(t, d) ~ arm + tt(arm), tt = function(x, t, ...) x * log(t))``. The
    test of ``cox.zph`` is the score test of the same γ for its own transforms.
    """
    one_of(transform, "transform", TRANSFORMS)
    one_of(ties, "ties", ("efron", "breslow"))
    arms = two_arms(time, event, arm, strata, strata_levels, entry)
    nan = math.nan
    coef, cov, null, loglik, lr, status = np.full(2, nan), np.full((2, 2), nan), nan, nan, nan, arms.reason
    if status == "ok":
        counts = arms.counts
        d = (counts.events_test + counts.events_control).astype(np.intp)
        row = np.repeat(np.arange(len(d)), d)
        rank = np.arange(len(row)) - np.repeat(np.cumsum(d) - d, d)
        share = rank / d[row] if ties == "efron" else np.zeros(len(row))
        x1 = (counts.at_risk_test[row] - share * counts.events_test[row]).astype(np.float64)
        x0 = (counts.at_risk_control[row] - share * counts.events_control[row]).astype(np.float64)
        zero = np.flatnonzero(counts.time == 0.0)
        if transform == "log" and zero.size:
            raise StatisticsError(
                "an event at time 0 has no log t", "argument 'time'", "count time from 1 on the first day"
            )
        died = np.zeros((2, len(row)))
        died[:, np.cumsum(d) - d] = counts.events_test, counts.events_control
        # Both covariates (arm, arm * g) at each term, first of a test and then of a control subject.
        of_test = np.column_stack((np.ones(len(row)), _transformed(counts.time, transform)[row]))
        both = np.concatenate((of_test, np.zeros_like(of_test)))

        def evaluate(z: NDArray[np.float64], beta: NDArray[np.float64]) -> tuple[float, Vector, Vector]:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                eta = (z @ beta).reshape(2, -1)
                apart = z[: len(row)] - z[len(row) :]
                odds = x1 * np.exp(eta[0] - eta[1])
                p = odds / (x0 + odds)
                value = float((died * eta).sum() - eta[1].sum() - np.log(x0 + odds).sum())
                information = apart.T @ ((p * (1.0 - p))[:, np.newaxis] * apart)
                return value, apart.T @ (died[0] - p), information

        fit = maximise(evaluate, both)
        null, loglik, status = fit.loglik_null, fit.loglik, fit.status
        if status != "ok":
            status = f"no estimate of the slope: {_plain(status)}"
        else:
            coef, cov = fit.coef, fit.cov
            constant = cox_arm(time, event, arm, strata=strata, strata_levels=strata_levels, entry=entry, ties=ties)
            lr = max(2.0 * (loglik - null) - constant.lr_chi2, 0.0)
    slope, se = float(coef[1]), float(np.sqrt(cov[1, 1]))
    return ArmByTime(
        coef=coef,
        cov=cov,
        slope=slope,
        slope_se=se,
        slope_z=slope / se,
        slope_p=two_sided_p(slope / se),
        lr_chi2=lr,
        lr_p=chi2_sf(lr, 1),
        loglik_null=null,
        loglik=loglik,
        transform=transform,
        ties=ties,
        status=status,
    )


def _transformed(time: NDArray[np.float64], transform: str) -> NDArray[np.float64]:
    if transform == "identity":
        return time
    with np.errstate(divide="ignore"):
        return np.log(time)


def _plain(status: str) -> str:
    """Words of :func:`maximise` about covariates by number, for a model whose covariates have no numbers."""
    return "monotone likelihood" if status.startswith("monotone") else "the arms meet at one event time only"
