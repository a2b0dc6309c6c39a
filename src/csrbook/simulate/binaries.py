"""Correlated binary variables with given prevalences (Gaussian copula)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["correlated_binaries", "shared_frailty_binaries"]


def correlated_binaries(
    rng: np.random.Generator, subjects: int, prevalence: NDArray[np.float64], correlation: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Binary variables cut from a multivariate normal distribution.

    Parameters
    ----------
    rng : numpy.random.Generator
    subjects : int
    prevalence : array of shape (k,)
        Probability of True of each variable; kept exactly.
    correlation : array of shape (k, k)
        Tetrachoric (latent normal) correlations; positive definite.

    Returns
    -------
    array of bool, shape (subjects, k)

    References
    ----------
    Emrich and Piedmonte (1991), The American Statistician 45: 302-304. R: ``bindata::rmvbin`` with ``sigma``.
    """
    factor = np.linalg.cholesky(correlation)
    latent = rng.standard_normal((subjects, len(prevalence))) @ factor.T
    return np.asarray(latent < ndtri(prevalence), dtype=np.bool_)


def shared_frailty_binaries(
    rng: np.random.Generator, probability: NDArray[np.float64], shared: float
) -> NDArray[np.bool_]:
    """Binary variables of a subject that share one normal frailty.

    Parameters
    ----------
    rng : numpy.random.Generator
    probability : array of shape (subjects, k)
        Marginal probability of each variable; kept exactly.
    shared : float
        Latent correlation of any two variables of one subject, in [0, 1).
    """
    subjects, variables = probability.shape
    frailty = rng.standard_normal((subjects, 1))
    own = rng.standard_normal((subjects, variables))
    return np.asarray(np.sqrt(shared) * frailty + np.sqrt(1.0 - shared) * own < ndtri(probability), dtype=np.bool_)
