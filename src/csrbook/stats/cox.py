"""Cox proportional hazards: two arms (:func:`cox_arm`) and any covariates (:func:`cox`)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.stats._checks import binary, confidence_level, encode, matrix, one_of, same_length, times
from csrbook.stats._counts import two_arms
from csrbook.stats._cox_arm import fit_arm
from csrbook.stats._cox_newton import Newton, newton
from csrbook.stats._normal import chi2_sf, two_sided_p, z_critical

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["CoxArm", "CoxFit", "cox", "cox_arm"]

ARM_TIES: Final = ("efron", "breslow", "exact")
COX_TIES: Final = ("efron", "breslow")


@dataclass(frozen=True, slots=True)
class CoxArm:
    """Hazard ratio of the test arm over the control arm.

    Attributes
    ----------
    log_hr, se : float
        Maximum partial likelihood estimate and its standard error from the observed information.
    hr, lower, upper : float
        Hazard ratio and its Wald limits.
    z, p : float
        Wald test of HR = 1, two-sided p-value.
    score_chi2, score_p, lr_chi2, lr_p : float
        Score and likelihood-ratio test of HR = 1.
    n_test, n_control, events_test, events_control : int
    loglik_null, loglik : float
        Partial log-likelihood at HR = 1 and at the estimate.
    ties : str
    confidence : float
    strata : int
        Number of strata.
    uninformative_strata : tuple of str
        Strata that add nothing to the estimate, each with its reason.
    status : str
        ``"ok"``, or why there is no estimate (all estimates are NaN then).
    """

    log_hr: float
    se: float
    hr: float
    lower: float
    upper: float
    z: float
    p: float
    score_chi2: float
    score_p: float
    lr_chi2: float
    lr_p: float
    n_test: int
    n_control: int
    events_test: int
    events_control: int
    loglik_null: float
    loglik: float
    ties: str
    confidence: float
    strata: int
    uninformative_strata: tuple[str, ...]
    status: str

    @property
    def n(self) -> int:
        """Subjects in both arms."""
        return self.n_test + self.n_control

    @property
    def events(self) -> int:
        """Events in both arms."""
        return self.events_test + self.events_control


@dataclass(frozen=True, slots=True)
class CoxFit:
    """Cox model with p covariates.

    Attributes
    ----------
    coef : ndarray, shape (p,)
        Log hazard ratio for one unit of each covariate.
    cov : ndarray, shape (p, p)
        Inverse of the observed information.
    loglik_null, loglik : float
    lr_chi2, lr_p, score_chi2, score_p : float
        Tests of all coefficients being 0, ``df`` degrees of freedom.
    df, n, events, strata, iterations : int
    ties : str
    status : str
        ``"ok"``, or why there is no estimate (``coef`` and ``cov`` are NaN then).
    """

    coef: NDArray[np.float64]
    cov: NDArray[np.float64]
    loglik_null: float
    loglik: float
    lr_chi2: float
    lr_p: float
    score_chi2: float
    score_p: float
    df: int
    n: int
    events: int
    strata: int
    iterations: int
    ties: str
    status: str

    @property
    def se(self) -> NDArray[np.float64]:
        """Standard errors of the coefficients."""
        result: NDArray[np.float64] = np.sqrt(np.diag(self.cov))
        return result


def cox_arm(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    strata_levels: Sequence[Any] | None = None,
    entry: ArrayLike | None = None,
    ties: str = "efron",
    confidence: float = 0.95,
) -> CoxArm:
    r"""Cox model with the arm as its only covariate, plain or stratified.

    .. math:: h_s(t \mid \mathrm{arm}) = h_{0s}(t)\,\exp(\beta\,\mathrm{arm})

    A binary covariate needs only the numbers at risk and of events by arm at each event time, so the fit costs one sort
    and a few passes over the event times.

    Parameters
    ----------
    time, event : array_like
        Times (not negative), and 1 for an event, 0 for a censored time.
    arm : array_like
        1 for the test arm, 0 for the control arm.
    strata : array_like, optional
        One label a subject (text or numbers).
    strata_levels : sequence, optional
        All strata of the plan; one without subjects is named in the result, a label outside them is refused.
    entry : array_like, optional
        Late entry (left truncation): each subject is at risk after it, up to ``time``. 0 where there is none.
    ties : {"efron", "breslow", "exact"}
        Partial likelihood under ties.
    confidence : float
        Level of the Wald limits.

    Returns
    -------
    CoxArm
        ``status`` tells why there is no estimate: an arm without subjects, no events, no event time with both arms at
        risk, or a monotone likelihood (the estimate would be infinite). Score test and log-likelihood at HR = 1 exist
        in the last case and are given.

    Raises
    ------
    StatisticsError
        On negative, missing or infinite values, codes other than 0 and 1, unequal lengths, or an unknown stratum.

    Notes
    -----
    Source: Cox 1972; Efron, JASA 1977; Breslow 1974. SAS: ``proc phreg; model t*cnsr(1)=arm / ties=efron; strata s;``
    (its default is Breslow). R: ``coxph(Surv(t, d) ~ arm + strata(s), ties = "efron")``, with ``Surv(entry, t, d)``
    after late entry (SAS: ``model (entry, t)*cnsr(1)=``). Known differences: R and SAS print a large finite estimate
    under a monotone likelihood; here there is none.

    Examples
    --------
    >>> fit = cox_arm([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], [0, 1, 0, 0, 1, 1])
    >>> round(fit.log_hr, 4), fit.status
    (-1.3945, 'ok')
    """
    one_of(ties, "ties", ARM_TIES)
    confidence_level(confidence)
    arms = two_arms(time, event, arm, strata, strata_levels, entry)
    nan = math.nan
    log_hr = se = score_chi2 = null = loglik = nan
    status = arms.reason
    if status == "ok":
        fit = fit_arm(arms.counts, ties)
        log_hr, se, null, loglik, score_chi2 = fit.log_hr, fit.se, fit.loglik_null, fit.loglik, fit.score_chi2
        if fit.status != "ok":
            zero = [name for name, d in (("test", arms.events_test), ("control", arms.events_control)) if d == 0]
            status = fit.status + (f": no event in the {zero[0]} arm" if zero else "")
    z = log_hr / se
    half = z_critical(confidence) * se
    lr = max(2.0 * (loglik - null), 0.0) if status == "ok" else nan
    return CoxArm(
        log_hr=log_hr,
        se=se,
        hr=_exp(log_hr),
        lower=_exp(log_hr - half),
        upper=_exp(log_hr + half),
        z=z,
        p=two_sided_p(z),
        score_chi2=score_chi2,
        score_p=chi2_sf(score_chi2, 1),
        lr_chi2=lr,
        lr_p=chi2_sf(lr, 1),
        n_test=arms.n_test,
        n_control=arms.n_control,
        events_test=arms.events_test,
        events_control=arms.events_control,
        loglik_null=null,
        loglik=loglik,
        ties=ties,
        confidence=confidence,
        strata=arms.strata,
        uninformative_strata=arms.uninformative,
        status=status,
    )


def cox(
    time: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    ties: str = "efron",
) -> CoxFit:
    r"""Cox model with any number of covariates, plain or stratified.

    Newton–Raphson on the partial likelihood. The information is two matrix products, so memory grows with n·p only.

    Parameters
    ----------
    time, event : array_like
        Times (not negative), and 1 for an event, 0 for a censored time.
    x : array_like, shape (n, p)
        Covariates.
    strata : array_like, optional
        One label a subject.
    ties : {"efron", "breslow", "exact"}
        The exact likelihood takes a step of Python a subject, and memory for the most events tied at one time.

    Returns
    -------
    CoxFit
        ``status`` names the covariates (by position, from 0) that are constant within strata or a combination of
        others, and those with an infinite estimate.

    Raises
    ------
    StatisticsError
        On a bad argument; see :func:`cox_arm`.

    Notes
    -----
    SAS: ``proc phreg``. R: ``coxph``. The exact likelihood is R's ``ties = "exact"`` and SAS's ``ties=discrete`` (SAS's
    ``ties=exact`` is another one, of continuous times). Known differences: R drops a covariate that is a combination of
    others and goes on; here nothing is estimated, because the model that was asked for has no estimate.
    """
    one_of(ties, "ties", ARM_TIES)
    t = times(time)
    d = binary(event, "event")
    same_length(len(t), event=d)
    z = matrix(x, "x", len(t))
    codes, labels = encode(strata, "strata", len(t))
    p = z.shape[1]
    fit: Newton
    if not bool(d.any()):
        nan = math.nan
        reason = "no events" if len(t) else "no subjects"
        fit = Newton(np.full(p, nan), np.full((p, p), nan), nan, nan, nan, 0, reason)
    else:
        fit = newton(t, d, z, codes, ties)
    lr = max(2.0 * (fit.loglik - fit.loglik_null), 0.0) if fit.status == "ok" else math.nan
    return CoxFit(
        coef=fit.coef,
        cov=fit.cov,
        loglik_null=fit.loglik_null,
        loglik=fit.loglik,
        lr_chi2=lr,
        lr_p=chi2_sf(lr, p),
        score_chi2=fit.score_chi2,
        score_p=chi2_sf(fit.score_chi2, p),
        df=p,
        n=len(t),
        events=int(d.sum()),
        strata=len(labels),
        iterations=fit.iterations,
        ties=ties,
        status=fit.status,
    )


def _exp(value: float) -> float:
    """Exponential that overflows to infinity."""
    return math.inf if value > 709.0 else math.exp(value)
