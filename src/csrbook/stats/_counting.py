"""Weighted partial likelihood of counting-process rows (start, stop], with the score residual of each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CountingSets", "counting_sets", "evaluate_rows", "score_residuals"]


@dataclass(frozen=True, slots=True)
class CountingSets:
    """Risk sets of the distinct event times of each stratum (groups, strata in turn, times ascending).

    ``leave`` sorts the rows by stratum and descending stop, ``enter`` by stratum and descending start. The rows at risk
    in a group are those from ``base`` to ``left_by`` along ``leave``, less those from ``base`` to ``not_yet`` along
    ``enter``. ``until`` and ``since`` count the groups up to each row's stop and start, ``group`` is the group of each
    row with an event. ``term`` and ``share`` list one term of the likelihood for each event: its group and Efron's
    l/d; ``mean_weight`` is the mean weight of the tied events.
    """

    event: NDArray[np.bool_]
    stratum: NDArray[np.intp]
    weight: NDArray[np.float64]
    leave: NDArray[np.intp]
    enter: NDArray[np.intp]
    base: NDArray[np.intp]
    left_by: NDArray[np.intp]
    not_yet: NDArray[np.intp]
    until: NDArray[np.intp]
    since: NDArray[np.intp]
    group: NDArray[np.intp]
    term: NDArray[np.intp]
    share: NDArray[np.float64]
    mean_weight: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Moments:
    hazard_weight: NDArray[np.float64]
    eta: NDArray[np.float64]
    mean: NDArray[np.float64]
    denominator: NDArray[np.float64]


def counting_sets(
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    event: NDArray[np.bool_],
    codes: NDArray[np.intp],
    weight: NDArray[np.float64],
    ties: str,
) -> CountingSets:
    """Sort once. At least one event is needed."""
    group_key = np.unique(np.column_stack((codes[event].astype(np.float64), stop[event])), axis=0)
    leave, enter = np.lexsort((-stop, codes)), np.lexsort((-start, codes))
    k = int(codes.max()) + 1
    n_groups = len(group_key)
    base, left_by, not_yet = (np.empty(n_groups, dtype=np.intp) for _ in range(3))
    until, since = np.empty(len(stop), dtype=np.intp), np.empty(len(stop), dtype=np.intp)
    sizes = np.bincount(codes, minlength=k)
    begins = np.cumsum(sizes) - sizes
    for level in range(k):
        groups = np.flatnonzero(group_key[:, 0] == level)
        at = group_key[groups, 1]
        rows = np.flatnonzero(codes == level)
        first = groups[0] if len(groups) else 0
        base[groups] = begins[level]
        left_by[groups] = begins[level] + len(rows) - np.searchsorted(np.sort(stop[rows]), at, side="left")
        not_yet[groups] = begins[level] + len(rows) - np.searchsorted(np.sort(start[rows]), at, side="left")
        until[rows] = first + np.searchsorted(at, stop[rows], side="right")
        since[rows] = first + np.searchsorted(at, start[rows], side="right")
    group = until[event] - 1
    deaths = np.bincount(group, minlength=n_groups)
    term = np.repeat(np.arange(n_groups), deaths)
    rank = np.arange(len(term)) - np.repeat(np.cumsum(deaths) - deaths, deaths)
    return CountingSets(
        event=event,
        stratum=codes,
        weight=weight,
        leave=leave,
        enter=enter,
        base=base,
        left_by=left_by,
        not_yet=not_yet,
        until=until,
        since=since,
        group=group,
        term=term,
        share=rank / deaths[term] if ties == "efron" else np.zeros(len(term)),
        mean_weight=(np.bincount(group, weights=weight[event], minlength=n_groups) / deaths)[term],
    )


def evaluate_rows(
    sets: CountingSets, x: NDArray[np.float64], beta: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Log-likelihood, score and information at ``beta``."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        at = _moments(sets, x, beta)
        w, d = sets.weight, sets.event
        loglik = float(w[d] @ at.eta[d] - sets.mean_weight @ np.log(at.denominator))
        score = w[d] @ x[d] - sets.mean_weight @ at.mean
        inside = _within(sets, sets.mean_weight / at.denominator)
        information = x.T @ ((at.hazard_weight * inside)[:, np.newaxis] * x)
        information = information - at.mean.T @ (sets.mean_weight[:, np.newaxis] * at.mean)
    return loglik, score, information


def score_residuals(sets: CountingSets, x: NDArray[np.float64], beta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row's share of the score, its weight included; the columns sum to the score."""
    at = _moments(sets, x, beta)
    step = sets.mean_weight / at.denominator
    inside = _within(sets, step)
    mean_inside = np.column_stack([_within(sets, step * at.mean[:, j]) for j in range(x.shape[1])])
    result = -at.hazard_weight[:, np.newaxis] * (x * inside[:, np.newaxis] - mean_inside)
    deaths = np.bincount(sets.term, minlength=len(sets.base))
    mean = np.column_stack(
        [np.bincount(sets.term, weights=at.mean[:, j], minlength=len(sets.base)) / deaths for j in range(x.shape[1])]
    )
    d = sets.event
    result[d] += sets.weight[d, np.newaxis] * (x[d] - mean[sets.group])
    return result


def _moments(sets: CountingSets, x: NDArray[np.float64], beta: NDArray[np.float64]) -> _Moments:
    eta = x @ beta
    # The likelihood does not change when a constant is taken off within a stratum; this keeps exp() in range.
    top = np.full(int(sets.stratum.max()) + 1, -np.inf)
    np.maximum.at(top, sets.stratum, eta)
    eta = eta - top[sets.stratum]
    r = sets.weight * np.exp(eta)
    columns = np.column_stack((r, r[:, np.newaxis] * x))
    gone, there = _running(columns[sets.leave]), _running(columns[sets.enter])
    at_risk = gone[sets.left_by] - there[sets.not_yet] - (gone[sets.base] - there[sets.base])
    d = sets.event
    groups = len(sets.base)
    tied = np.column_stack(
        [np.bincount(sets.group, weights=columns[d, j], minlength=groups) for j in range(columns.shape[1])]
    )
    sums = at_risk[sets.term] - sets.share[:, np.newaxis] * tied[sets.term]
    return _Moments(r, eta, sums[:, 1:] / sums[:, :1], sums[:, 0])


def _within(sets: CountingSets, step: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the steps (one a term) at which each row is at risk; a tied event counts l/d less of the l-th."""
    groups = len(sets.base)
    total = np.concatenate(([0.0], np.cumsum(np.bincount(sets.term, weights=step, minlength=groups))))
    result: NDArray[np.float64] = total[sets.until] - total[sets.since]
    less = np.bincount(sets.term, weights=sets.share * step, minlength=groups)
    result[sets.event] -= less[sets.group]
    return result


def _running(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate((np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)))
