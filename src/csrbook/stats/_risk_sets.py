"""Risk sets of the Cox partial likelihood: sorted once, added up at every step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RiskSets", "risk_sets"]


@dataclass(frozen=True, slots=True)
class RiskSets:
    """Subjects sorted by stratum and descending time, and where their risk sets end.

    ``order`` sorts the subjects; ``group`` numbers the distinct (stratum, time) pairs along that order; ``last`` is the
    last subject of each group, ``stratum_start`` the first of its stratum (its risk set is everything between); ``row``
    and ``share`` list one term of the likelihood for each event: its group and Efron's l/d.
    """

    order: NDArray[np.intp]
    event: NDArray[np.bool_]
    stratum: NDArray[np.intp]
    group: NDArray[np.intp]
    last: NDArray[np.intp]
    stratum_start: NDArray[np.intp]
    row: NDArray[np.intp]
    share: NDArray[np.float64]
    groups_of_stratum: NDArray[np.intp]


def risk_sets(time: NDArray[np.float64], event: NDArray[np.bool_], codes: NDArray[np.intp], ties: str) -> RiskSets:
    """Sort once; the fit then only adds up."""
    order = np.lexsort((-time, codes))
    t, s, d = time[order], codes[order], event[order]
    new_stratum = np.concatenate(([True], s[1:] != s[:-1]))
    new_group = new_stratum | np.concatenate(([True], t[1:] != t[:-1]))
    first = np.flatnonzero(new_group)
    group = np.cumsum(new_group) - 1
    last = np.concatenate((first[1:], [len(t)])) - 1
    starts = np.flatnonzero(new_stratum)
    stratum_start = starts[np.searchsorted(starts, first, side="right") - 1]
    deaths = np.bincount(group[d], minlength=len(first))
    row = np.repeat(np.arange(len(first)), deaths)
    rank = np.arange(len(row)) - np.repeat(np.cumsum(deaths) - deaths, deaths)
    share = rank / deaths[row] if ties == "efron" else np.zeros(len(row))
    return RiskSets(
        order=order,
        event=d,
        stratum=np.cumsum(new_stratum) - 1,
        group=group,
        last=last,
        stratum_start=stratum_start,
        row=row,
        share=share,
        groups_of_stratum=np.searchsorted(first, starts),
    )
