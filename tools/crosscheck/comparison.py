"""Compare two sides of a quantity over all data sets, by rules that the table states."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from tools.crosscheck.quantities import Quantity, Result, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

RULES: Final = """\
- A relative difference is |ours − R| / |R|. Where a value may be 0 but for rounding the divisor is no less than: its
  standard error for a log hazard ratio, 1 for a log-likelihood and for a residual of one event, 0.001 for a p-value and
  a χ² (0.01 for those of a Cox model, among them twice a difference of log-likelihoods), the largest element for a
  covariance matrix and for a vector of residuals, the larger mean for a difference of means. `tools/crosscheck` gives
  the divisor of each quantity as its `scale`.
- A fit is *degenerate*, and counted instead of compared, where both sides say so: ours has a status that is not `ok`,
  and R stops, has no finite result, drops a coefficient, warns that it did not converge or that a coefficient may be
  infinite, has a standard error above 50 (a log hazard ratio on its way to infinity), a variance of 0, or −1 for Gray's
  statistic (cmprsk's sign of a singular variance).
- The two *disagree* where we give no result and R shows none of these signs, and where one side's value is finite and
  the other's is not. A disagreement fails the gate.
- *R stops*: R ends with an error where we have a result, so there is nothing to compare with.
- A warning of R does not keep a pair of finite results from being compared.
- Limits of S are compared where 0 < S < 1 (at S = 1 R prints 1 on the log-log scale, we have none), standard errors
  where S > 0. A median or a limit that is not reached must be so on both sides.
"""

# The least that a vector's largest element counts for: a matrix of nothing but rounding is 0.
_SMALLEST: Final = 1e-6


@dataclass
class Row:
    """What was found of one quantity."""

    quantity: Quantity
    compared: int = 0
    values: int = 0
    worst: float = 0.0
    where: str = ""
    degenerate: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every pair is within the gate, none disagrees, and there was something to compare."""
        return self.worst <= self.quantity.gate and not self.disagreements and self.compared > 0


def compare(
    sides: Mapping[str, tuple[Mapping[str, Result], Mapping[str, Result]]], quantities: tuple[Quantity, ...]
) -> list[Row]:
    """One row a quantity, from (ours, R's) results of each data set."""
    rows = []
    for quantity in quantities:
        row = Row(quantity)
        for name, (own, r) in sides.items():
            if quantity.key in own or quantity.key in r:
                _add(row, name, own, r)
        rows.append(row)
    return rows


def differences(quantity: Quantity, own: Result, r: Mapping[str, Result]) -> np.ndarray:
    """Relative difference of each pair of values, NaN where neither is finite."""
    other = r[quantity.key]
    return np.abs(own.values - other.values) / np.maximum(np.abs(other.values), _scale(quantity, r))


def _add(row: Row, name: str, own: Mapping[str, Result], r: Mapping[str, Result]) -> None:
    key = row.quantity.key
    mine, other = own.get(key, unknown("no result")), r.get(key, unknown("no result"))
    if mine.note:
        if other.note or not np.isfinite(other.values).all():
            row.degenerate[_kind(mine.note)] += 1
        else:
            row.disagreements.append(f"{name}: ours {mine.note!r}, R {other.values.tolist()}")
        return
    if other.note.startswith("error:"):
        row.stopped[other.note.removeprefix("error: ")] += 1
        return
    a, b = mine.values, other.values
    if a.shape != b.shape:
        row.disagreements.append(f"{name}: {len(a)} values, R {len(b)} {other.note}")
        return
    if (np.isfinite(a) != np.isfinite(b)).any():
        row.disagreements.append(f"{name}: ours {a.tolist()}, R {b.tolist()} {other.note}")
        return
    known = np.isfinite(b)
    row.compared += 1
    row.values += int(known.sum())
    if not known.any():
        return
    worst = float(differences(row.quantity, mine, r)[known].max())
    if worst > row.worst:
        row.worst, row.where = worst, name


def _kind(status: str) -> str:
    """Short name of a reason, so that reasons can be counted."""
    for start in ("monotone likelihood", "no subjects", "no events", "no information", "no event time", "covariate"):
        if start in status:
            return start + (" constant or dependent" if start == "covariate" else "")
    return status


def _scale(quantity: Quantity, r: Mapping[str, Result]) -> float:
    if isinstance(quantity.scale, float):
        return quantity.scale
    return float(np.nanmax(np.abs(r[quantity.scale].values), initial=_SMALLEST))
