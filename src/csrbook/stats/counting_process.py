"""Cox models of counting-process rows: late entry, covariates that change with time, weights, robust errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, encode, matrix, numbers, one_of, same_length, tie_times
from csrbook.stats._counting import counting_sets, evaluate_rows, score_residuals
from csrbook.stats._cox_newton import maximise
from csrbook.stats._normal import chi2_sf

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CountingFit", "Rows", "cox_counting", "rows_at_risk", "split_rows"]

TIES: Final = ("efron", "breslow")


@dataclass(frozen=True, slots=True)
class CountingFit:
    """Cox model of rows (start, stop] with p covariates.

    Attributes
    ----------
    coef : ndarray, shape (p,)
    cov, robust_cov : ndarray, shape (p, p)
        Inverse of the observed information, and the sandwich over clusters. With weights only the second one is right.
    loglik_null, loglik : float
    score_chi2, score_p : float
        Model-based score test of all coefficients being 0, ``df`` degrees of freedom.
    df, rows, clusters, events, strata : int
    ties : str
    status : str
        ``"ok"``, or why there is no estimate (``coef`` and covariances are NaN then).
    """

    coef: NDArray[np.float64]
    cov: NDArray[np.float64]
    robust_cov: NDArray[np.float64]
    loglik_null: float
    loglik: float
    score_chi2: float
    score_p: float
    df: int
    rows: int
    clusters: int
    events: int
    strata: int
    ties: str
    status: str

    @property
    def se(self) -> NDArray[np.float64]:
        """Model-based standard errors."""
        result: NDArray[np.float64] = np.sqrt(np.diag(self.cov))
        return result

    @property
    def robust_se(self) -> NDArray[np.float64]:
        """Robust standard errors."""
        result: NDArray[np.float64] = np.sqrt(np.diag(self.robust_cov))
        return result


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows (start, stop], each with the event at its stop and the position of its subject."""

    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    event: NDArray[np.bool_]
    subject: NDArray[np.intp]


def rows_at_risk(start: ArrayLike, stop: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return checked times of rows: finite, start from 0 and before stop, rounding errors between equal times removed.

    Raises
    ------
    StatisticsError
        On missing, infinite or negative times, or a row that ends where it starts or before.
    """
    begin, end = numbers(start, "start"), numbers(stop, "stop")
    same_length(len(end), start=begin)
    negative = np.flatnonzero(begin < 0.0)
    if negative.size:
        raise StatisticsError(
            f"start holds {negative.size} negative value(s)",
            f"argument 'start', position {int(negative[0])}",
            "correct the dates that the times come from",
        )
    both = tie_times(np.concatenate((begin, end)))
    begin, end = both[: len(begin)], both[len(begin) :]
    empty = np.flatnonzero(begin >= end)
    if empty.size:
        at = int(empty[0])
        raise StatisticsError(
            f"a row starts at {begin[at]:g} and stops at {end[at]:g}",
            f"arguments 'start' and 'stop', position {at}",
            "a subject is at risk after its start and up to its stop; leave out who was never at risk",
        )
    return begin, end


def split_rows(start: ArrayLike, stop: ArrayLike, event: ArrayLike, cuts: ArrayLike) -> Rows:
    """Split the time at risk of each subject at given times.

    Parameters
    ----------
    start, stop : array_like
        Time at risk (start, stop]; start 0 where there is no late entry.
    event : array_like
        1 for an event at ``stop``.
    cuts : array_like
        Times after which a new row begins, in any order.

    Notes
    -----
    R: ``survSplit(Surv(start, stop, event) ~ ., data, cut = cuts)``.

    Examples
    --------
    >>> rows = split_rows([0, 1], [3, 5], [1, 0], [2, 4])
    >>> rows.start.tolist(), rows.stop.tolist(), rows.event.tolist(), rows.subject.tolist()
    ([0.0, 2.0, 1.0, 2.0, 4.0], [2.0, 3.0, 2.0, 4.0, 5.0], [False, True, False, False, False], [0, 0, 1, 1, 1])
    """
    begin, end = rows_at_risk(start, stop)
    d = binary(event, "event")
    same_length(len(end), event=d)
    at = np.unique(numbers(cuts, "cuts"))
    first, last = np.searchsorted(at, begin, side="right"), np.searchsorted(at, end, side="left")
    pieces = last - first + 1
    subject = np.repeat(np.arange(len(end)), pieces)
    position = np.arange(len(subject)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    inner = np.concatenate((at, [np.inf]))[np.minimum(first[subject] + position, len(at))]
    is_last = position == pieces[subject] - 1
    new_stop = np.where(is_last, end[subject], inner)
    new_start = np.where(position == 0, begin[subject], np.concatenate(([0.0], new_stop[:-1])))
    return Rows(new_start, new_stop, d[subject] & is_last, subject)


def cox_counting(
    start: ArrayLike,
    stop: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    ties: str = "efron",
) -> CountingFit:
    r"""Cox model of rows that are at risk in (start, stop], with weights.

    .. math:: \ell(\beta) = \sum_i w_i \delta_i x_i'\beta - \sum_t \bar w_t \sum_{l=0}^{d_t-1}
        \log\Bigl\{\sum_{j \in R_t} w_j e^{x_j'\beta} - \tfrac{l}{d_t} \sum_{j \in D_t} w_j e^{x_j'\beta}\Bigr\}

    with R_t the rows at risk at t, D_t the d_t events there and :math:`\bar w_t` the mean of their weights (Efron;
    Breslow leaves out the second sum). The robust covariance is D'D, with D the dfbeta residuals summed over clusters.

    Parameters
    ----------
    start, stop : array_like
        A row a stretch of time at risk, start from 0 and before stop. A subject may have several rows that do not
        overlap: late entry, covariates or weights that change (:func:`split_rows`).
    event : array_like
        1 for an event at ``stop``.
    x : array_like, shape (rows, p)
    strata : array_like, optional
        One label a row.
    weights : array_like, optional
        Above 0, one a row.
    cluster : array_like, optional
        One label a row: the subject, where it has several rows. Each row is its own cluster by default.
    ties : {"efron", "breslow"}

    Returns
    -------
    CountingFit

    Raises
    ------
    StatisticsError
        On bad times, covariates, weights not above 0, or unequal lengths.

    Notes
    -----
    Source: Andersen and Gill 1982; Binder, Biometrika 1992 (weights); Lin and Wei 1989; Therneau and Grambsch 2000. R:
    ``coxph(Surv(start, stop, event) ~ x + strata(s), weights = w, cluster = id, robust = TRUE)``. SAS: ``proc phreg
    covs(aggregate); model (start, stop)*event(0) = x / ties=efron; weight w; id subject;``.
    """
    one_of(ties, "ties", TIES)
    begin, end = rows_at_risk(start, stop)
    d = binary(event, "event")
    n = len(end)
    same_length(n, event=d)
    z = matrix(x, "x", n)
    codes, labels = encode(strata, "strata", n)
    w = np.ones(n) if weights is None else numbers(weights, "weights")
    same_length(n, weights=w)
    if bool((w <= 0.0).any()):
        at = int(np.flatnonzero(w <= 0.0)[0])
        raise StatisticsError(
            f"weights holds {w[at]:g}", f"argument 'weights', position {at}", "leave out rows without weight"
        )
    groups, names = encode(cluster, "cluster", n) if cluster is not None else (np.arange(n), tuple(range(n)))
    p = z.shape[1]
    if p == 0:
        raise StatisticsError("x has no columns", "argument 'x'", "give at least one covariate")
    nan = math.nan
    coef, cov, robust = np.full(p, nan), np.full((p, p), nan), np.full((p, p), nan)
    null = loglik = score_chi2 = nan
    if not bool(d.any()):
        status = "no events" if n else "no subjects"
    else:
        sets = counting_sets(begin, end, d, codes, w, ties)
        fit = maximise(lambda scaled, beta: evaluate_rows(sets, scaled, beta), z)
        coef, cov, null, loglik, status = fit.coef, fit.cov, fit.loglik_null, fit.loglik, fit.status
        score_chi2 = fit.score_chi2
        if status == "ok":
            centred = z - z.mean(axis=0)
            dfbeta = score_residuals(sets, centred, coef) @ cov
            summed = np.column_stack(
                [np.bincount(groups, weights=dfbeta[:, j], minlength=len(names)) for j in range(p)]
            )
            robust = summed.T @ summed
    return CountingFit(
        coef=coef,
        cov=cov,
        robust_cov=robust,
        loglik_null=null,
        loglik=loglik,
        score_chi2=score_chi2,
        score_p=chi2_sf(score_chi2, p),
        df=p,
        rows=n,
        clusters=len(names) if n else 0,
        events=int(d.sum()),
        strata=len(labels),
        ties=ties,
        status=status,
    )
