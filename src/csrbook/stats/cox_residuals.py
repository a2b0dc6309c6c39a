"""After a Cox fit: residuals, robust and clustered covariance, baseline hazard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, encode, matrix, numbers, one_of, same_length, times
from csrbook.stats._cox_newton import Moments, cumulative, moments
from csrbook.stats._risk_sets import RiskSets, risk_sets
from csrbook.stats.cox import COX_TIES, CoxFit

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["BaselineHazard", "CoxResiduals", "baseline_hazard", "cox_residuals", "robust_covariance"]


@dataclass(frozen=True, slots=True)
class CoxResiduals:
    """Residuals in the order of the subjects.

    Attributes
    ----------
    martingale, deviance : ndarray, shape (n,)
        Event less expected number of events, and that made symmetric.
    score : ndarray, shape (n, p)
        Each subject's share of the score; the columns sum to 0.
    dfbeta : ndarray, shape (n, p)
        Change of the coefficients that the subject brings, to first order.
    """

    martingale: NDArray[np.float64]
    deviance: NDArray[np.float64]
    score: NDArray[np.float64]
    dfbeta: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BaselineHazard:
    """Cumulative hazard at covariates 0, at each distinct time of each stratum (strata in the order of their names)."""

    time: NDArray[np.float64]
    cumulative_hazard: NDArray[np.float64]
    stratum: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Fitted:
    event: NDArray[np.bool_]
    x: NDArray[np.float64]
    sets: RiskSets
    at: Moments
    labels: tuple[str, ...]
    codes: NDArray[np.intp]
    time: NDArray[np.float64]


def cox_residuals(
    fit: CoxFit, time: ArrayLike, event: ArrayLike, x: ArrayLike, *, strata: ArrayLike | None = None
) -> CoxResiduals:
    r"""Martingale, deviance, score and dfbeta residuals of a Cox fit.

    .. math:: \hat M_i = \delta_i - \int_0^{T_i} e^{x_i'\beta}\,d\hat\Lambda_0, \qquad
        L_i = \delta_i(x_i - \bar x_i) - \int_0^{T_i} (x_i - \bar x)\,e^{x_i'\beta}\,d\hat\Lambda_0

    with Efron's hazard under Efron's ties: a tied event counts l/d less in the l-th term.

    Parameters
    ----------
    fit : CoxFit
        A fit of these very data, with status ``"ok"``.
    time, event, x, strata
        As given to :func:`csrbook.stats.cox.cox`.

    Notes
    -----
    Source: Therneau and Grambsch 2000, chapter 4 and appendix E. R: ``residuals(fit, type = "martingale")``, ... SAS:
    ``proc phreg; output resmart= resdev= ressco= dfbeta=``. Known differences: lifelines takes Breslow's hazard in
    Efron fits (up to 8% off); statsmodels takes the hazard just before the event.
    """
    data = _fitted(fit, time, event, x, strata)
    expected, mean_hazard = _expected(data)
    d = data.sets.event.astype(np.float64)
    martingale = d - expected
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(d > 0, d * np.log(np.where(d > 0, expected, 1.0)), 0.0)
    deviance = np.sign(martingale) * np.sqrt(np.maximum(-2.0 * (martingale + log), 0.0))
    score = -(data.x * expected[:, np.newaxis] - mean_hazard)
    score[data.sets.event] += data.x[data.sets.event] - _mean_of_group(data)
    back = np.argsort(data.sets.order)
    return CoxResiduals(martingale[back], deviance[back], score[back], (score @ fit.cov)[back])


def robust_covariance(
    fit: CoxFit,
    time: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
) -> NDArray[np.float64]:
    r"""Robust (sandwich) covariance :math:`D'D`, with D the dfbeta residuals, added up within clusters.

    Parameters
    ----------
    fit, time, event, x, strata
        As in :func:`cox_residuals`.
    cluster : array_like, optional
        One label a subject (a site); each subject is its own cluster by default.

    Notes
    -----
    Source: Lin and Wei, JASA 1989. R: ``coxph(robust = TRUE)``, ``coxph(cluster = )``. SAS: ``proc phreg
    covs(aggregate); id site;``. Known differences: lifelines is up to 2e-3 off under ties.
    """
    dfbeta = cox_residuals(fit, time, event, x, strata=strata).dfbeta
    if cluster is not None:
        codes, labels = encode(cluster, "cluster", len(dfbeta))
        total = np.zeros((len(labels), dfbeta.shape[1]))
        np.add.at(total, codes, dfbeta)
        dfbeta = total
    return dfbeta.T @ dfbeta


def baseline_hazard(
    fit: CoxFit, time: ArrayLike, event: ArrayLike, x: ArrayLike, *, strata: ArrayLike | None = None
) -> BaselineHazard:
    r"""Cumulative baseline hazard of a Cox fit at covariates 0.

    .. math:: \hat\Lambda_0(t) = \sum_{t_i \le t} \sum_{l=0}^{d_i-1} \frac{1}{S_0(t_i) - \frac{l}{d_i} D_0(t_i)}

    under Efron's ties, :math:`\sum d_i/S_0(t_i)` under Breslow's.

    Notes
    -----
    Source: Efron 1977; Breslow 1974. R: ``basehaz(fit, centered = FALSE)``. SAS: ``proc phreg; baseline
    covariates=zero cumhaz=`` (Breslow's by default).
    """
    data = _fitted(fit, time, event, x, strata)
    sets = data.sets
    # The weights are relative to the largest of their stratum, taken off again here.
    top = data.x @ fit.coef - data.at.eta
    groups = len(sets.last)
    hazard = np.bincount(sets.row, weights=1.0 / data.at.denominator, minlength=groups).astype(np.float64)
    total = cumulative(sets, hazard) * np.exp(-top[sets.last])
    t, s = data.time[sets.order][sets.last], data.codes[sets.order][sets.last]
    order = np.lexsort((t, s))
    return BaselineHazard(t[order], total[order], tuple(data.labels[i] for i in s[order].tolist()))


def _fitted(fit: CoxFit, time: ArrayLike, event: ArrayLike, x: ArrayLike, strata: ArrayLike | None) -> _Fitted:
    if fit.status != "ok":
        raise StatisticsError(f"the fit has no estimate: {fit.status}", "argument 'fit'", "look at fit.status first")
    one_of(fit.ties, "fit.ties", COX_TIES)
    t = times(time)
    d = binary(event, "event")
    same_length(len(t), event=d)
    z = matrix(x, "x", len(t))
    if (len(t), int(d.sum()), z.shape[1]) != (fit.n, fit.events, fit.df):
        raise StatisticsError(
            f"fit is of {fit.n} subjects, {fit.events} events and {fit.df} covariates, the data are not",
            "argument 'fit'",
            "give the data that were fitted",
        )
    numbers(fit.coef, "fit.coef")
    codes, labels = encode(strata, "strata", len(t))
    sets = risk_sets(t, d, codes, fit.ties)
    sorted_x = z[sets.order]
    return _Fitted(d, sorted_x, sets, moments(sets, sorted_x, fit.coef), labels, codes, t)


def _expected(data: _Fitted) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Expected events of each subject, and the same integral with the mean of x in it."""
    sets, at = data.sets, data.at
    groups = len(sets.last)
    columns = np.column_stack([np.ones(len(sets.row)), at.mean]) / at.denominator[:, np.newaxis]
    result = np.empty((len(sets.event), columns.shape[1]))
    for j in range(columns.shape[1]):
        hazard = np.bincount(sets.row, weights=columns[:, j], minlength=groups).astype(np.float64)
        less = np.bincount(sets.row, weights=sets.share * columns[:, j], minlength=groups)
        result[:, j] = cumulative(sets, hazard)[sets.group] - np.where(sets.event, less[sets.group], 0.0)
    result *= at.weight[:, np.newaxis]
    return result[:, 0], result[:, 1:]


def _mean_of_group(data: _Fitted) -> NDArray[np.float64]:
    """Mean of x over the terms of each event's group, one row an event."""
    sets, mean = data.sets, data.at.mean
    groups = len(sets.last)
    size = np.maximum(np.bincount(sets.row, minlength=groups), 1)
    columns = [np.bincount(sets.row, weights=mean[:, j], minlength=groups) / size for j in range(mean.shape[1])]
    if not columns:
        return np.empty((int(sets.event.sum()), 0))
    result: NDArray[np.float64] = np.column_stack(columns)[sets.group[sets.event]]
    return result
