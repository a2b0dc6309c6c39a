"""Weibull regression of exact, right-, left- and interval-censored times, as hazard ratios and as time ratios."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, confidence_level, encode, matrix, same_length, times
from csrbook.stats._intervals import bounds
from csrbook.stats._normal import two_sided_p, z_critical
from csrbook.stats._weibull_newton import weibull_newton

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["WeibullArm", "WeibullFit", "censoring_intervals", "weibull", "weibull_arm"]


@dataclass(frozen=True, slots=True)
class WeibullFit:
    """Weibull regression with p covariates and k strata, in both of its forms.

    Attributes
    ----------
    coef, cov : ndarray, shape (p,), (p, p)
        Log hazard ratios and their covariance.
    aft_coef, aft_cov : ndarray
        Log time ratios; NaN with more than one stratum, where each has a scale of its own.
    intercept, log_scale : ndarray, shape (k,)
        μ and log σ of log T = μ_s + x'α + σ_s W, W the logarithm of a unit exponential, strata in order of their names.
    intercept_se, log_scale_se : ndarray, shape (k,)
    loglik : float
        With the density of T (not of log T) for exact times.
    n, events, strata, iterations : int
        ``events`` counts the finite right ends.
    status : str
        ``"ok"``, or why there is no estimate.
    """

    coef: NDArray[np.float64]
    cov: NDArray[np.float64]
    aft_coef: NDArray[np.float64]
    aft_cov: NDArray[np.float64]
    intercept: NDArray[np.float64]
    log_scale: NDArray[np.float64]
    intercept_se: NDArray[np.float64]
    log_scale_se: NDArray[np.float64]
    loglik: float
    n: int
    events: int
    strata: int
    iterations: int
    status: str

    @property
    def se(self) -> NDArray[np.float64]:
        """Standard errors of the log hazard ratios."""
        result: NDArray[np.float64] = np.sqrt(np.diag(self.cov))
        return result

    @property
    def aft_se(self) -> NDArray[np.float64]:
        """Standard errors of the log time ratios."""
        result: NDArray[np.float64] = np.sqrt(np.diag(self.aft_cov))
        return result


@dataclass(frozen=True, slots=True)
class WeibullArm:
    """Hazard ratio of the test arm over the control arm by a Weibull model, with Wald limits and test.

    ``uninformative_strata`` names the strata without events, which add nothing. ``status`` is ``"ok"`` or says why
    there is no estimate.
    """

    log_hr: float
    se: float
    hr: float
    lower: float
    upper: float
    z: float
    p: float
    n_test: int
    n_control: int
    events_test: int
    events_control: int
    confidence: float
    strata: int
    uninformative_strata: tuple[str, ...]
    status: str


def censoring_intervals(time: ArrayLike, event: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the intervals of right-censored times: equal for an event, infinite on the right for a censored time.

    Examples
    --------
    >>> censoring_intervals([3, 5], [1, 0])
    (array([3., 5.]), array([ 3., inf]))
    """
    t = times(time)
    d = binary(event, "event")
    same_length(len(t), event=d)
    return t, np.where(d, t, np.inf)


def weibull(left: ArrayLike, right: ArrayLike, x: ArrayLike, *, strata: ArrayLike | None = None) -> WeibullFit:
    r"""Weibull regression of times known to lie in (left, right].

    .. math:: S(t \mid x) = \exp\{-e^{a_s + x'\beta}\, t^{k_s}\}, \qquad
        \sigma = 1/k,\ \mu = -a\sigma,\ \alpha = -\beta\sigma

    with the second line the same model for log T. A stratum has an intercept and a shape of its own.

    Parameters
    ----------
    left, right : array_like
        As in :func:`csrbook.stats.interval_censoring.turnbull`; equal for an exact time, which must be above 0.
        :func:`censoring_intervals` makes them from times and event codes.
    x : array_like, shape (n, p)
        Covariates.
    strata : array_like, optional
        One label a subject.

    Returns
    -------
    WeibullFit
        ``status`` tells why there is no estimate: no events (named by the stratum), covariates constant or a
        combination of others, or a likelihood without a finite maximum.

    Raises
    ------
    StatisticsError
        On bad ends, an event at time 0, missing covariates, or unequal lengths.

    Notes
    -----
    Source: Kalbfleisch and Prentice 2002, chapter 3; Odell, Anderson and D'Agostino, Biometrics 1992 (interval
    censoring). The covariance is the inverse of the observed information. SAS: ``proc lifereg; model (l, r) = x /
    d=weibull;``. R: ``survreg(Surv(l, r, type = "interval2") ~ x)`` with β = −α/σ by the delta method. Known
    differences: R has one α over strata with separate scales (``strata()``), this model one β; R takes the left end of
    a left-censored time as NA, here it is 0.
    """
    low, high = bounds(left, right)
    n = len(low)
    z = matrix(x, "x", n)
    codes, labels = encode(strata, "strata", n)
    zero = np.flatnonzero(high == 0.0)
    if zero.size:
        raise StatisticsError(
            "an event at time 0 has no density under a Weibull distribution",
            f"argument 'right', position {int(zero[0])}",
            "give it the interval from 0 to the first time it could have been seen",
        )
    p, k = z.shape[1], len(labels)
    seen = np.isfinite(high)
    events = np.bincount(codes[seen], minlength=k) if n else np.zeros(1, dtype=np.intp)
    status, theta, cov, loglik, iterations = "ok", np.full(2 * k + p, math.nan), np.empty(0), math.nan, 0
    if n == 0:
        status = "no subjects"
    elif not bool(seen.any()):
        status = "no events"
    elif not bool((events > 0).all()):
        status = f"no events in stratum {labels[int(np.flatnonzero(events == 0)[0])]}"
    elif _rank_deficient(z, codes, k):
        status = "a covariate is constant or a combination of others"
    else:
        fit = weibull_newton(low, high, z, codes)
        status, theta, cov, loglik, iterations = fit.status, fit.theta, fit.cov, fit.loglik, fit.iterations
    if status != "ok":
        cov = np.full((2 * k + p, 2 * k + p), math.nan)
        theta = np.full(2 * k + p, math.nan)
    aft, aft_cov = _accelerated(theta, cov, k)
    variance = np.diag(aft_cov)
    one = k == 1
    return WeibullFit(
        coef=theta[2 * k :],
        cov=cov[2 * k :, 2 * k :],
        aft_coef=aft[2 * k :] if one else np.full(p, math.nan),
        aft_cov=aft_cov[2 * k :, 2 * k :] if one else np.full((p, p), math.nan),
        intercept=aft[: 2 * k : 2],
        log_scale=aft[1 : 2 * k : 2],
        intercept_se=np.sqrt(variance[: 2 * k : 2]),
        log_scale_se=np.sqrt(variance[1 : 2 * k : 2]),
        loglik=loglik if status == "ok" else math.nan,
        n=n,
        events=int(seen.sum()),
        strata=k,
        iterations=iterations,
        status=status,
    )


def weibull_arm(
    left: ArrayLike,
    right: ArrayLike,
    arm: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    confidence: float = 0.95,
) -> WeibullArm:
    """Hazard ratio of two arms from interval-censored times: :func:`weibull` with the arm as its covariate.

    ``log_hr`` and ``se`` go into :func:`csrbook.stats.noninferiority.noninferiority` as those of a Cox model do.

    Notes
    -----
    SAS: ``proc icphreg; model (l, r) = arm / basehaz=...`` has other baselines; ``proc lifereg`` the same model. R:
    ``exp(-coef(m)["arm"] / m$scale)`` after ``m <- survreg(Surv(l, r, type = "interval2") ~ arm)``.
    """
    confidence_level(confidence)
    low, high = bounds(left, right)
    a = binary(arm, "arm")
    same_length(len(low), arm=a)
    seen = np.isfinite(high)
    n_test, n_control = int(a.sum()), int((~a).sum())
    events_test, events_control = int((a & seen).sum()), int((~a & seen).sum())
    log_hr = se = math.nan
    codes, labels = encode(strata, "strata", len(low))
    events = np.bincount(codes[seen], minlength=len(labels))
    idle = () if strata is None else tuple(f"{labels[s]}: no events" for s in np.flatnonzero(events == 0).tolist())
    if n_test + n_control == 0:
        status = "no subjects"
    elif n_test == 0 or n_control == 0:
        status = f"no subjects in the {'test' if n_test == 0 else 'control'} arm"
    elif events_test + events_control == 0:
        status = "no events"
    elif events_test == 0 or events_control == 0:
        status = f"monotone likelihood: no event in the {'test' if events_test == 0 else 'control'} arm"
    else:
        # The likelihood of a stratum without events is largest with no hazard at all, whatever the hazard ratio.
        keep = events[codes] > 0
        fit = weibull(low[keep], high[keep], a[keep].astype(np.float64), strata=codes[keep])
        status = fit.status
        log_hr, se = float(fit.coef[0]), float(fit.se[0])
    half = z_critical(confidence) * se
    z = log_hr / se
    return WeibullArm(
        log_hr=log_hr,
        se=se,
        hr=math.exp(log_hr),
        lower=math.exp(log_hr - half),
        upper=math.exp(log_hr + half),
        z=z,
        p=two_sided_p(z),
        n_test=n_test,
        n_control=n_control,
        events_test=events_test,
        events_control=events_control,
        confidence=confidence,
        strata=len(labels),
        uninformative_strata=idle,
        status=status,
    )


def _rank_deficient(x: NDArray[np.float64], codes: NDArray[np.intp], k: int) -> bool:
    """Whether some combination of covariates is constant within all strata."""
    if x.shape[1] == 0:
        return False
    size = np.bincount(codes, minlength=k)
    mean = np.column_stack([np.bincount(codes, weights=x[:, j], minlength=k) / size for j in range(x.shape[1])])
    inner = x - mean[codes]
    spread = np.sqrt((inner**2).sum(axis=0))
    if bool((spread <= 1e-10 * np.maximum(np.abs(x).max(axis=0), 1e-300)).any()):
        return True
    return bool(np.linalg.matrix_rank(inner / spread, tol=1e-9) < x.shape[1])


def _accelerated(
    theta: NDArray[np.float64], cov: NDArray[np.float64], k: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """μ, log σ for each stratum and α (by the first stratum's σ), with their covariance by the delta method."""
    result = theta.copy()
    back = np.eye(len(theta))
    sigma = np.exp(-theta[1 : 2 * k : 2])
    at = np.arange(0, 2 * k, 2)
    result[at], result[at + 1] = -theta[at] * sigma, -theta[at + 1]
    back[at, at], back[at, at + 1], back[at + 1, at + 1] = -sigma, theta[at] * sigma, -1.0
    rest = np.arange(2 * k, len(theta))
    result[rest] = -theta[rest] * sigma[0]
    back[rest, rest], back[rest, 1] = -sigma[0], theta[rest] * sigma[0]
    return result, back @ cov @ back.T
