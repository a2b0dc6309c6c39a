"""Design matrix of arms (by visits) with covariates, in which the coefficient of a cell is its least-squares mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import qr

from csrbook.errors import StatisticsError
from csrbook.stats._checks import encode, numbers, one_of, same_length

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["WEIGHTS", "Adjustment", "adjustments", "arms_and_control", "dependent_columns", "interactions"]

WEIGHTS = ("equal", "observed")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Columns of one covariate or factor, each less its value in the reference population of the LS means."""

    name: str
    columns: NDArray[np.float64]
    labels: tuple[str, ...]


def adjustments(
    n: int,
    covariates: Mapping[str, ArrayLike] | None,
    factors: Mapping[str, ArrayLike] | None,
    weights: str,
    at: Mapping[str, float] | None,
) -> list[Adjustment]:
    """Covariates less their mean over the records (or their value in ``at``), level indicators less their weight."""
    one_of(weights, "weights", WEIGHTS)
    fixed = dict(at or {})
    unknown = sorted(set(fixed) - set(covariates or {}))
    if unknown:
        raise StatisticsError(f"at names {unknown[0]!r}, which is no covariate", "argument 'at'", "name a covariate")
    both = sorted(set(covariates or {}) & set(factors or {}))
    if both:
        raise StatisticsError(f"{both[0]!r} is a covariate and a factor", "argument 'factors'", "give it once")
    found = []
    for name, value in (covariates or {}).items():
        column = numbers(value, name)
        same_length(n, **{name: column})
        centre = float(fixed.get(name, column.mean() if n else 0.0))
        found.append(Adjustment(name, (column - centre)[:, None], (name,)))
    for name, value in (factors or {}).items():
        codes, levels = encode(value, name, n)
        indicator = (codes[:, None] == np.arange(len(levels))).astype(np.float64)
        weight = np.full(len(levels), 1.0 / max(len(levels), 1)) if weights == "equal" else indicator.mean(axis=0)
        labels = tuple(f"{name}={level}" for level in levels[1:])
        found.append(Adjustment(name, (indicator - weight)[:, 1:], labels))
    return found


def interactions(
    found: list[Adjustment], crossed: Collection[str], argument: str, codes: NDArray[np.intp], levels: tuple[str, ...]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Columns of all adjustments; those in ``crossed`` have one for each level of the crossing factor with records."""
    if isinstance(crossed, str) or not set(crossed) <= {a.name for a in found}:
        raise StatisticsError(
            f"{argument} is {crossed!r}", f"argument {argument!r}", "name covariates or factors of the model, in a list"
        )
    used = np.unique(codes)
    indicator = (codes[:, None] == used).astype(np.float64)
    columns: list[NDArray[np.float64]] = [np.empty((len(codes), 0))]
    labels: list[str] = []
    for a in found:
        if a.name in crossed:
            columns.append((a.columns[:, :, None] * indicator[:, None, :]).reshape(len(codes), -1))
            labels.extend(f"{label} at {levels[level]}" for label in a.labels for level in used.tolist())
        else:
            columns.append(a.columns)
            labels.extend(a.labels)
    return np.hstack(columns), tuple(labels)


def dependent_columns(x: NDArray[np.float64]) -> list[int]:
    """Positions of columns that the others determine (QR with pivoting on columns scaled to length 1)."""
    length = np.sqrt((x**2).sum(axis=0))
    scaled = x / np.where(length > 0.0, length, 1.0)
    if not x.shape[1]:
        return []
    triangle, pivot = qr(scaled, mode="r", pivoting=True)
    diagonal = np.zeros(x.shape[1])
    size = min(triangle.shape)
    diagonal[:size] = np.abs(np.diagonal(triangle)[:size])
    return sorted(int(pivot[i]) for i in np.flatnonzero(diagonal < 1e-9))


def arms_and_control(
    arm: ArrayLike, n: int, arms: Collection[Any] | None, control: Any
) -> tuple[NDArray[np.intp], tuple[str, ...], int]:
    """Codes and labels of the arms in their order, and which of them is the control (the last by default)."""
    codes, labels = encode(arm, "arm", n, None if arms is None else list(arms))
    if n and len(labels) < 2:
        raise StatisticsError("arm has one level", "argument 'arm'", "give two arms or more to compare")
    if control is None:
        return codes, labels, len(labels) - 1
    wanted = f"{control:g}" if isinstance(control, (int, float)) else str(control)
    if wanted not in labels:
        raise StatisticsError(
            f"control is {control!r}, which is no arm", "argument 'control'", f"one of {', '.join(labels)}"
        )
    return codes, labels, labels.index(wanted)
