"""Covariance structures of repeated measures, each over parameters without unit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["START_CORRELATION", "STRUCTURES", "Array", "Numbers", "Structure"]

Array = NDArray[np.float64]
Numbers = NDArray[Any]

START_CORRELATION = 0.3
"""Correlation of all visits at the start of a search."""

START_RATIO = START_CORRELATION / (1.0 - START_CORRELATION)
"""The covariance over the residual variance then."""


def _unstructured(phi: Numbers, size: int) -> Numbers:
    """Matrix from the rows of its Cholesky factor: the logarithm of the diagonal, the others as ratios to it."""
    factor = np.zeros((size, size), dtype=phi.dtype)
    factor[np.tril_indices(size)] = phi
    diagonal = np.exp(np.diagonal(factor))
    np.fill_diagonal(factor, 1.0)
    factor *= diagonal[:, None]
    return np.asarray(factor @ factor.T)


def _heterogeneous_toeplitz(phi: Numbers, size: int) -> Numbers:
    """Matrix from log standard deviations and the inverse hyperbolic tangents of the correlations by lag."""
    correlation = np.concatenate([np.ones(1), np.tanh(phi[size:])])
    deviation = np.exp(phi[:size])
    return np.asarray(correlation[_lag(size)] * deviation[:, None] * deviation)


def _heterogeneous_autoregressive(phi: Numbers, size: int) -> Numbers:
    """Matrix from log standard deviations and the inverse hyperbolic tangent of the correlation at lag 1."""
    deviation = np.exp(phi[:size])
    return np.asarray(np.tanh(phi[-1]) ** _lag(size) * deviation[:, None] * deviation)


def _compound_symmetry(phi: Numbers, size: int) -> Numbers:
    """Matrix from the log residual variance and the ratio of the covariance to it."""
    return np.asarray(np.exp(phi[0]) * (np.eye(size) + phi[1]))


def _lag(size: int) -> NDArray[np.intp]:
    """Distance of the visits."""
    return np.asarray(np.abs(np.subtract.outer(np.arange(size), np.arange(size))))


class Structure(NamedTuple):
    """How a covariance matrix depends on its parameters, and where the search begins."""

    sigma: Callable[[Numbers, int], Numbers]
    start: Callable[[Array], Array]


def _log_cholesky(sigma: Array) -> Array:
    factor = np.linalg.cholesky(sigma)
    diagonal = np.diagonal(factor).copy()
    factor /= diagonal[:, None]
    np.fill_diagonal(factor, np.log(diagonal))
    return np.asarray(factor[np.tril_indices(len(sigma))])


def _deviations(sigma: Array, correlations: int) -> Array:
    return np.concatenate([0.5 * np.log(np.diagonal(sigma)), np.full(correlations, math.atanh(START_CORRELATION))])


STRUCTURES = {
    "UN": Structure(_unstructured, _log_cholesky),
    "TOEPH": Structure(_heterogeneous_toeplitz, lambda s: _deviations(s, len(s) - 1)),
    "ARH1": Structure(_heterogeneous_autoregressive, lambda s: _deviations(s, min(1, len(s) - 1))),
    "CS": Structure(
        _compound_symmetry,
        lambda s: np.array([math.log(np.diagonal(s).mean() * (1.0 - START_CORRELATION)), START_RATIO]),
    ),
}
"""Unstructured, heterogeneous Toeplitz, heterogeneous autoregressive, compound symmetry."""
