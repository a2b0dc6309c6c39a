"""Mean cumulative function of recurrent events, with the robust variance of Lawless and Nadeau."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import confidence_level, numbers, same_length, times
from csrbook.stats._normal import z_critical
from csrbook.stats._step_curve import rows_at

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["MeanCumulative", "mean_cumulative"]


@dataclass(frozen=True, slots=True)
class MeanCumulative:
    """Mean number (or cost) of events per subject up to each distinct event time.

    ``lower`` and ``upper`` are symmetric on the log scale, NaN where the estimate is 0. ``amount`` is the number (or
    cost) of the events at the time, ``n_risk`` the subjects still observed.
    """

    time: NDArray[np.float64]
    n_risk: NDArray[np.int64]
    amount: NDArray[np.float64]
    estimate: NDArray[np.float64]
    std_err: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    n: int
    events: int
    last: float
    confidence: float
    status: str

    def at(self, points: ArrayLike) -> NDArray[np.float64]:
        """Rows (time, estimate, standard error, lower, upper) at given times; NaN after the last end of observation."""
        return rows_at(points, self.time, self.estimate, self.std_err, self.lower, self.upper, self.last)


def mean_cumulative(
    end: ArrayLike, subject: ArrayLike, time: ArrayLike, *, cost: ArrayLike | None = None, confidence: float = 0.95
) -> MeanCumulative:
    r"""Mean cumulative function: the Nelson–Aalen estimate for events that may recur in a subject.

    .. math:: \hat M(t) = \sum_{t_j \le t} \frac{\sum_i c_{ij}}{n_j}, \qquad
        \widehat{\mathrm{Var}}\,\hat M(t) = \sum_i \Bigl(\sum_{t_j \le t, \; t_j \le \tau_i}
        \frac{c_{ij} - \bar c_j}{n_j}\Bigr)^2

    with :math:`c_{ij}` what subject i's events at :math:`t_j` amount to (their number, or a cost such as days),
    :math:`\tau_i` the end of its observation, :math:`n_j` the subjects with :math:`\tau_i \ge t_j` and
    :math:`\bar c_j` the mean over them.

    Parameters
    ----------
    end : array_like, shape (n,)
        End of observation of each subject, not negative; it must not depend on the events to come.
    subject : array_like of int, shape (m,)
        Position of each event's subject in ``end``.
    time : array_like, shape (m,)
        Time of each event, above 0 and not after the end of its subject's observation (which still counts).
    cost : array_like, shape (m,), optional
        What each event amounts to; 1 where it is absent.
    confidence : float
        Level of the two-sided interval :math:`\hat M\exp(\pm z\,\mathrm{se}/\hat M)`.

    Raises
    ------
    StatisticsError
        Where an event lies outside its subject's observation, or its subject does not exist.

    Notes
    -----
    Source: Nelson, J Qual Technol 1988; Lawless and Nadeau, Technometrics 1995 (the variance makes no assumption on
    the dependence of a subject's events). SAS: ``proc reliability; mcfplot``. R: ``cumhaz`` and robust ``std.chaz`` of
    ``survfit(Surv(start, stop, event) ~ 1, id = id)``. A terminal event, such as death, ends the observation: the
    estimate is then of what would have happened had the observation gone on, not of the mean over all.
    """
    until = times(end)
    who = numbers(subject, "subject")
    when = times(time)
    same_length(len(who), time=when)
    amount = np.ones(len(when)) if cost is None else numbers(cost, "cost")
    same_length(len(who), cost=amount)
    z = z_critical(confidence_level(confidence))
    position = _positions(who, when, until)
    distinct, where = np.unique(when, return_inverse=True)
    n_risk = len(until) - np.searchsorted(np.sort(until), distinct, side="left")
    total = np.bincount(where, weights=amount, minlength=len(distinct)).astype(np.float64)
    step = total / n_risk
    estimate = np.cumsum(step)
    std_err = np.sqrt(_variance(position, where, amount, until, distinct, n_risk, step))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.exp(z * std_err / np.where(estimate > 0.0, estimate, np.nan))
        lower, upper = estimate / spread, estimate * spread
    return MeanCumulative(
        time=distinct,
        n_risk=n_risk.astype(np.int64),
        amount=total,
        estimate=estimate,
        std_err=std_err,
        lower=lower,
        upper=upper,
        n=len(until),
        events=len(when),
        last=float(until.max()) if len(until) else -math.inf,
        confidence=confidence,
        status="ok" if len(until) else "no subjects",
    )


def _positions(who: NDArray[np.float64], when: NDArray[np.float64], until: NDArray[np.float64]) -> NDArray[np.intp]:
    """Check that every event has a subject and lies in its observation."""
    if (strange := np.flatnonzero((who < 0) | (who >= len(until)) | (who != np.floor(who)))).size:
        raise StatisticsError(
            f"an event has the subject {who[strange[0]]:g}",
            f"argument 'subject', position {int(strange[0])}",
            f"give positions from 0 to {len(until) - 1} in 'end'",
        )
    position = who.astype(np.intp)
    if (outside := np.flatnonzero((when > until[position]) | (when <= 0.0))).size:
        first = int(outside[0])
        raise StatisticsError(
            f"an event at {when[first]:g} lies outside the observation, which ends at {until[position[first]]:g}",
            f"argument 'time', position {first}",
            "leave it out, or correct the end of observation",
        )
    return position


def _variance(
    position: NDArray[np.intp],
    where: NDArray[np.intp],
    amount: NDArray[np.float64],
    until: NDArray[np.float64],
    distinct: NDArray[np.float64],
    n_risk: NDArray[np.int64],
    step: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Sum over subjects of the squared influence on the estimate, at each time.

    The influence of subject i is the sum over the times up to its end of its own events less the mean, over n.
    """
    k, n = len(distinct), len(until)
    result = np.zeros(k)
    if not k:
        return result
    own = np.zeros(n)
    gone = np.searchsorted(distinct, until, side="right")
    order = np.argsort(where, kind="stable")
    bounds = np.searchsorted(where[order], np.arange(k + 1))
    for j in range(k):
        own -= np.where(gone > j, step[j] / n_risk[j], 0.0)
        chosen = order[bounds[j] : bounds[j + 1]]
        np.add.at(own, position[chosen], amount[chosen] / n_risk[j])
        result[j] = float(np.dot(own, own))
    return result
