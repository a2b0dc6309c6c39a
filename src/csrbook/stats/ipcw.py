"""Inverse-probability-of-censoring weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, encode, matrix, positive, same_length, two_arm_times
from csrbook.stats.counting_process import split_rows
from csrbook.stats.cox import cox
from csrbook.stats.cox_residuals import baseline_hazard

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CensoringWeights", "censoring_weights"]


@dataclass(frozen=True, slots=True)
class CensoringWeights:
    """Rows (start, stop] of the subjects, split at the event times, each with its weight.

    Attributes
    ----------
    start, stop : ndarray
    event : ndarray of bool
    subject : ndarray of int
        Position of the row's subject, for covariates (``x[subject]``) and as cluster.
    weight : ndarray
    coef : ndarray
        Log hazard ratios of the model of censoring; empty for the Kaplan–Meier model.
    censored : int
        Censorings that the model takes as informative.
    largest, mean : float
        Largest and mean weight of the rows that are at risk at an event time, before the cap.
    capped : int
        Rows whose weight was cut down to the cap.
    status : str
        ``"ok"``, or why there are no weights (they are NaN then).
    """

    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    event: NDArray[np.bool_]
    subject: NDArray[np.intp]
    weight: NDArray[np.float64]
    coef: NDArray[np.float64]
    censored: int
    largest: float
    mean: float
    capped: int
    status: str


def censoring_weights(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    x: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    administrative: ArrayLike | None = None,
    stabilised: bool = True,
    cap: float | None = None,
) -> CensoringWeights:
    r"""Weights 1/K_i(t−), with K_i the probability that subject i is not censored, for analyses at event times t.

    Without covariates K is the Kaplan–Meier curve of the censoring times in the subject's arm and stratum. With
    covariates it is that of a Cox model of the censoring, each arm and stratum with its own baseline (Breslow):

    .. math:: K_i(t) = \exp\{-\hat\Lambda_{as}(t)\, e^{x_i'\hat\gamma}\}, \qquad
        w_i(t) = K^0_a(t-) / K_i(t-)

    with :math:`K^0_a` the curve of the arm without covariates and strata (exp(−Nelson–Aalen) beside a Cox model) in
    stabilised weights, and 1 in others.

    Parameters
    ----------
    time, event : array_like
        Times above 0, and 1 for an event, 0 for a censored time. An event comes before a censoring at the same time.
    arm : array_like
        1 for the test arm, 0 for the control arm.
    x : array_like, shape (n, p), optional
        Baseline covariates of the model of censoring.
    strata : array_like, optional
        One label a subject.
    administrative : array_like of 0 and 1, optional
        1 for subjects censored at the data cut-off, which says nothing: they are censored in the model of censoring.
    stabilised : bool
    cap : float, optional
        Largest weight allowed.

    Returns
    -------
    CensoringWeights
        Goes into :func:`csrbook.stats.counting_process.cox_counting` and
        :func:`csrbook.stats.weighted_curves.weighted_kaplan_meier`, with ``subject`` as cluster.

    Raises
    ------
    StatisticsError
        On bad arguments, or a time of 0.

    Notes
    -----
    Source: Robins and Finkelstein, Biometrics 2000; Cole and Hernán, Am J Epidemiol 2008 (stabilised weights, cap). R:
    ``survSplit`` at the event times, ``survfit(coxph(Surv(t, 1 - d) ~ x + strata(arm), ties = "breslow"))`` for K, then
    ``coxph(Surv(start, stop, d) ~ arm, weights = w, cluster = id)``. SAS: the same steps with ``proc phreg``, baseline
    and weight statements. The rows number up to subjects times event times.

    Examples
    --------
    >>> w = censoring_weights([1, 2, 3, 4], [1, 0, 1, 1], [0, 0, 0, 0], stabilised=False)
    >>> w.weight[w.event].tolist()
    [1.0, 1.5, 1.5]
    """
    t, d, a = two_arm_times(time, event, arm)
    n = len(t)
    if cap is not None:
        positive(cap, "cap")
    z = None if x is None else matrix(x, "x", n)
    levels, names = encode(strata, "strata", n)
    known = np.zeros(n, dtype=bool) if administrative is None else binary(administrative, "administrative")
    same_length(n, administrative=known)
    if bool((known & d).any()):
        raise StatisticsError(
            "a subject with an event is administratively censored",
            f"argument 'administrative', position {int(np.flatnonzero(known & d)[0])}",
            "give 0 there",
        )
    lost = ~d & ~known
    groups = levels * 2 + a
    # Censorings come just after the events at their time, so that K(t−) is K at the event times before t.
    after = _order(t, d)
    rows = split_rows(np.zeros(n), t, d, t[d])
    status, coef, hazard = "ok", np.empty(0), z is not None
    relative = np.ones(n)
    if z is not None and bool(lost.any()):
        centred = z - z.mean(axis=0)
        fit = cox(after, lost, centred, strata=groups, ties="breslow")
        coef, status = fit.coef, "ok" if fit.status == "ok" else f"model of censoring: {fit.status}"
        if status == "ok":
            relative = np.exp(centred @ coef)
            base = baseline_hazard(fit, after, lost, centred, strata=groups)
    weight = np.ones(len(rows.stop))
    if status != "ok":
        weight[:] = math.nan
    elif bool(lost.any()):
        at = _before(rows.stop, t)
        for code in range(2 * len(names)):
            mine = groups == code
            inside = mine[rows.subject]
            if z is None:
                weight[inside] *= np.exp(_log_curve(after[mine], lost[mine], at[inside], hazard=False))
            else:
                label = np.array(base.stratum) == f"{code:g}"
                step = np.concatenate(([0.0], base.cumulative_hazard[label]))
                place = np.searchsorted(base.time[label], at[inside], side="right")
                weight[inside] *= np.exp(step[place] * relative[rows.subject[inside]])
        if stabilised:
            for side in (False, True):
                mine = a == side
                inside = mine[rows.subject]
                weight[inside] *= np.exp(-_log_curve(after[mine], lost[mine], at[inside], hazard=hazard))
    used = np.isin(rows.stop, t[d])
    largest = float(weight[used].max()) if bool(used.any()) else math.nan
    mean = float(weight[used].mean()) if bool(used.any()) else math.nan
    over = weight > cap if cap is not None else np.zeros(len(weight), dtype=bool)
    return CensoringWeights(
        start=rows.start,
        stop=rows.stop,
        event=rows.event,
        subject=rows.subject,
        weight=np.where(over, cap if cap is not None else weight, weight),
        coef=coef,
        censored=int(lost.sum()),
        largest=largest,
        mean=mean,
        capped=int(over.sum()),
        status="no subjects" if n == 0 else status,
    )


def _order(time: NDArray[np.float64], event: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Places of the times in their order, censorings after the events at the same time."""
    rank = np.unique(time, return_inverse=True)[1]
    return (2 * rank + ~event).astype(np.float64)


def _before(stop: NDArray[np.float64], time: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places of the ends of rows on the scale of :func:`_order`, before the censorings there."""
    return (2 * np.searchsorted(np.unique(time), stop)).astype(np.float64)


def _log_curve(
    place: NDArray[np.float64], lost: NDArray[np.bool_], at: NDArray[np.float64], hazard: bool
) -> NDArray[np.float64]:
    """−log K up to ``at``: by the product-limit curve, or by the Nelson–Aalen hazard."""
    distinct, where = np.unique(place, return_inverse=True)
    gone = np.bincount(where[lost], minlength=len(distinct))
    risk = len(place) - np.searchsorted(np.sort(place), distinct, side="left")
    share = gone / risk
    with np.errstate(divide="ignore"):
        step = share if hazard else -np.log1p(-share)
    total = np.concatenate(([0.0], np.cumsum(step)))
    result: NDArray[np.float64] = total[np.searchsorted(distinct, at, side="right")]
    return result
