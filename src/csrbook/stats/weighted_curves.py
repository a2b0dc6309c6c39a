"""Kaplan–Meier curve of weighted counting-process rows, with a robust standard error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, confidence_level, encode, numbers, same_length
from csrbook.stats._normal import z_critical
from csrbook.stats.counting_process import rows_at_risk

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["WeightedKaplanMeier", "weighted_kaplan_meier"]


@dataclass(frozen=True, slots=True)
class WeightedKaplanMeier:
    """Weighted product-limit curve, one row for each event time.

    Attributes
    ----------
    time, survival, std_err, lower, upper : ndarray
        Robust standard error of S; limits symmetric in log(−log S).
    at_risk, events : ndarray
        Sums of weights.
    clusters : int
    confidence : float
    status : str
        ``"ok"``, or why nothing can be estimated.
    """

    time: NDArray[np.float64]
    survival: NDArray[np.float64]
    std_err: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    at_risk: NDArray[np.float64]
    events: NDArray[np.float64]
    clusters: int
    confidence: float
    status: str


def weighted_kaplan_meier(
    start: ArrayLike,
    stop: ArrayLike,
    event: ArrayLike,
    weights: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    confidence: float = 0.95,
) -> WeightedKaplanMeier:
    r"""Kaplan–Meier curve of rows (start, stop] with weights, such as those of :mod:`csrbook.stats.ipcw`.

    .. math:: \hat S(t) = \prod_{u \le t} \Bigl(1 - \frac{d_u}{n_u}\Bigr), \qquad
        \hat V(t) = \hat S(t)^2 \sum_c \Bigl\{ \sum_{i \in c} w_i \sum_{u \le t}
        \frac{dN_i(u) - Y_i(u)\, d_u/n_u}{n_u - d_u} \Bigr\}^2

    with d and n sums of weights: the infinitesimal jackknife over clusters c.

    Parameters
    ----------
    start, stop, event : array_like
        As in :func:`csrbook.stats.counting_process.cox_counting`.
    weights : array_like
        Above 0, one a row.
    cluster : array_like, optional
        One label a row: the subject, where it has several rows.
    confidence : float

    Notes
    -----
    Source: Therneau and Grambsch 2000; Robins and Finkelstein, Biometrics 2000 (weights of censoring). R:
    ``survfit(Surv(start, stop, event) ~ 1, weights = w, id = id, robust = TRUE)``. SAS: no procedure has it with time-
    dependent weights. Known differences: the standard error takes the weights as known.

    Examples
    --------
    >>> weighted_kaplan_meier([0, 0, 0], [1, 2, 3], [1, 0, 1], [2, 1, 1]).survival.tolist()
    [0.5, 0.0]
    """
    confidence_level(confidence)
    begin, end = rows_at_risk(start, stop)
    d = binary(event, "event")
    w = numbers(weights, "weights")
    n = len(end)
    same_length(n, event=d, weights=w)
    if bool((w <= 0.0).any()):
        at = int(np.flatnonzero(w <= 0.0)[0])
        raise StatisticsError(
            f"weights holds {w[at]:g}", f"argument 'weights', position {at}", "leave out rows without weight"
        )
    groups, names = encode(cluster, "cluster", n) if cluster is not None else (np.arange(n), tuple(range(n)))
    time = np.unique(end[d])
    died = np.bincount(np.searchsorted(time, end[d]), weights=w[d], minlength=len(time)).astype(np.float64)
    first, last = np.searchsorted(time, begin, side="right"), np.searchsorted(time, end, side="right")
    change = np.bincount(first, weights=w, minlength=len(time) + 1) - np.bincount(
        last, weights=w, minlength=len(time) + 1
    )
    risk = np.cumsum(change)[: len(time)]
    # The last subject's event must give S = 0 although the sums of weights miss each other by rounding.
    rest = np.where(risk - died > 1e-12 * risk, risk - died, 0.0)
    survival: NDArray[np.float64] = np.cumprod(rest / risk, dtype=np.float64)
    influence = np.zeros(len(names))
    std_err = np.full(len(time), np.nan)
    for k in range(len(time)):
        if rest[k] <= 0.0:
            break
        here = (first <= k) & (k < last)
        now = here & d & (end == time[k])
        part = w * (now - here * (died[k] / risk[k])) / rest[k]
        influence += np.bincount(groups, weights=part, minlength=len(names))
        std_err[k] = survival[k] * float(np.sqrt(influence @ influence))
    z = z_critical(confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.exp(z * std_err / survival / np.log(survival))
        lower, upper = survival ** (1.0 / spread), survival**spread
    return WeightedKaplanMeier(
        time=time,
        survival=survival,
        std_err=std_err,
        lower=lower,
        upper=upper,
        at_risk=risk,
        events=died,
        clusters=len(names) if n else 0,
        confidence=confidence,
        status="ok" if n else "no subjects",
    )
