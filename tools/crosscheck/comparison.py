"""Compare two sides of a quantity over all data sets, by rules that the table states."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from tools.crosscheck.quantities import QUANTITIES, Quantity, Result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

RULES: Final = """\
- A relative difference is |ours − R| / |R|; for a log hazard ratio the divisor is no less than its standard error, for
  a log-likelihood 1, for a χ² 0.001, for a difference of restricted means the larger mean.
- A fit is *degenerate*, and counted instead of compared, where both sides say so: ours has a status that is not `ok`,
  and R stops, has no finite result, drops a coefficient, warns that it did not converge or that a coefficient may be
  infinite, has a standard error above 50 (a log hazard ratio on its way to infinity), a log-rank variance of 0, or −1
  for Gray's statistic (cmprsk's sign of a singular variance). A test of a change with time is as degenerate as its Cox
  fit.
- The two *disagree* where we give no result and R shows none of these signs, and where we give one and R's is not
  finite. A disagreement fails the gate.
- *R stops*: R ends with an error where we have a result, so there is nothing to compare with.
- A warning of R does not keep a pair of finite results from being compared.
- Log-log limits are compared where 0 < S < 1 (at S = 1 R prints 1, we have none), standard errors where S > 0.
- A median or a limit that is not reached must be so on both sides.
"""
_HUGE_SE: Final = 50.0
_NO_TEST: Final = -1.0  # cmprsk's value of Gray's statistic where its variance is singular
_NO_DIFFERENCE: Final = 1e-12


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
    sides: Mapping[str, tuple[Mapping[str, Result], Mapping[str, Result]]],
    quantities: tuple[Quantity, ...] = QUANTITIES,
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


def _add(row: Row, name: str, own: Mapping[str, Result], r: Mapping[str, Result]) -> None:
    key = row.quantity.key
    missing = Result(np.array([np.nan]), "no result")
    mine, other = own.get(key, missing), r.get(key) or r.get(_model(key)) or missing
    if mine.note:
        reason = _degenerate(key, other, r)
        if reason:
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
    a, b = _comparable(key, a, b, r)
    if (np.isfinite(a) != np.isfinite(b)).any():
        row.disagreements.append(f"{name}: ours {a.tolist()}, R {b.tolist()} {other.note}")
        return
    known = np.isfinite(b)
    row.compared += 1
    row.values += int(known.sum())
    if not known.any():
        return
    difference = np.abs(a - b)[known] / np.maximum(np.abs(b)[known], _scale(row.quantity, r))
    worst = float(difference.max())
    if worst > row.worst:
        row.worst, row.where = worst, name


def _model(key: str) -> str:
    return key.removesuffix("_loglik").removesuffix("_se")


def _degenerate(key: str, other: Result, r: Mapping[str, Result]) -> str:
    """R's sign that there is no estimate, "" where R shows none."""
    fit = r.get(_model(key), other)
    if fit.note or other.note:
        return fit.note or other.note
    if not (np.isfinite(fit.values).all() and np.isfinite(other.values).all()):
        return "no finite result"
    if key == "gray" and float(other.values[0]) == _NO_TEST:
        return "no test"
    size = r.get(f"{_model(key)}_se")
    if key.startswith("cox") and size is not None and float(size.values.max()) > _HUGE_SE:
        return "huge standard error"
    return ""


def _kind(status: str) -> str:
    """Short name of a reason, so that reasons can be counted."""
    for start in ("monotone likelihood", "no subjects", "no events", "no information", "no event time", "covariate"):
        if start in status:
            return start + (" constant or dependent" if start == "covariate" else "")
    return status


def _comparable(
    key: str, a: NDArray[np.float64], b: NDArray[np.float64], r: Mapping[str, Result]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if key == "km_se":
        keep = r["km_survival"].values > _NO_DIFFERENCE
        return a[keep], b[keep]
    if key == "km_limits":
        keep = ~((b == 1.0) & ~np.isfinite(a))
        return a[keep], b[keep]
    return a, b


def _scale(quantity: Quantity, r: Mapping[str, Result]) -> float:
    if isinstance(quantity.scale, float):
        return quantity.scale
    return float(np.nanmax(np.abs(r[quantity.scale].values)))
