"""Covariance structures of repeated measures: the matrix and its derivatives by its parameters.

The parameters are those of SAS PROC MIXED, since the second derivatives, and with them the Kenward–Roger standard
error, depend on that choice: the elements for UN, covariance and residual for CS (both linear: no second derivatives),
variances and correlations for TOEPH and ARH1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["STRUCTURES", "Structure"]

STRUCTURES: Final = ("UN", "TOEPH", "ARH1", "CS")


class Structure:
    """One structure for visits at the given positions (whole numbers; TOEPH and ARH1 know their distances)."""

    def __init__(self, name: str, positions: NDArray[np.intp]) -> None:
        self.m = len(positions)
        # With one visit there is one variance, whatever the structure is called.
        self.name = name if self.m > 1 else "UN"
        self._row, self._column = np.tril_indices(self.m)
        self._lag = np.abs(positions[:, None] - positions[None, :])
        self._lags = np.unique(self._lag[self._lag > 0])

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return {
            "UN": self.m * (self.m + 1) // 2,
            "TOEPH": self.m + len(self._lags),
            "ARH1": self.m + 1,
            "CS": 2,
        }[self.name]

    def unit_powers(self) -> NDArray[np.float64]:
        """Power of the response's unit in each parameter: 2 for a variance or covariance, 0 for a correlation."""
        correlations = self.parameters - self.m if self.name in ("TOEPH", "ARH1") else 0
        return np.concatenate((np.full(self.parameters - correlations, 2.0), np.zeros(correlations)))

    def start(self, sd: NDArray[np.float64], correlation: float) -> NDArray[np.float64]:
        """Parameters of a matrix with these standard deviations and about this correlation."""
        if self.name == "UN":
            sigma = np.outer(sd, sd) * (correlation + (1.0 - correlation) * np.eye(self.m))
            return np.asarray(sigma[self._row, self._column])
        variance = sd**2
        if self.name == "CS":
            mean = float(variance.mean())
            return np.array([correlation * mean, (1.0 - correlation) * mean])
        count = len(self._lags) if self.name == "TOEPH" else 1
        return np.concatenate((variance, np.full(count, correlation)))

    def matrix(self, theta: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Return the covariance matrix, None where the parameters are outside their range (a variance not above 0)."""
        m = self.m
        if self.name == "UN":
            sigma = np.zeros((m, m))
            sigma[self._row, self._column] = theta
            sigma[self._column, self._row] = theta
            return sigma
        if self.name == "CS":
            return np.asarray(theta[0] + theta[1] * np.eye(m))
        if bool((theta[:m] <= 0.0).any()) or bool((np.abs(theta[m:]) >= 1.0).any()):
            return None
        sd = np.sqrt(theta[:m])
        return np.asarray(np.outer(sd, sd) * self._correlation(theta[m:])[0])

    def derivatives(self, theta: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """First derivatives (q, m, m), and second ones (q, q, m, m) or None where they are 0."""
        m, q = self.m, self.parameters
        if self.name == "UN":
            first = np.zeros((q, m, m))
            index = np.arange(q)
            first[index, self._row, self._column] = 1.0
            first[index, self._column, self._row] = 1.0
            return first, None
        if self.name == "CS":
            return np.stack((np.ones((m, m)), np.eye(m))), None
        variance = theta[:m]
        sd = np.sqrt(variance)
        scale = np.outer(sd, sd)
        r, dr, ddr = self._correlation(theta[m:])
        sigma = scale * r
        one = np.eye(m)
        # Σ_ij depends on v_k as v_k^(c/2), with c = 0, 1 or 2 the number of i, j that equal k.
        c = one[:, :, None] + one[:, None, :]
        u = c / (2.0 * variance[:, None, None])
        first = np.concatenate((u * sigma, scale * dr))
        second = np.zeros((q, q, m, m))
        second[:m, :m] = u[:, None] * u[None, :] * sigma
        index = np.arange(m)
        second[index, index] -= c / (2.0 * variance[:, None, None] ** 2) * sigma
        second[:m, m:] = u[:, None] * (scale * dr)[None]
        second[m:, :m] = second[:m, m:].swapaxes(0, 1)
        second[m:, m:] = scale * ddr
        return first, second

    def _correlation(
        self, rho: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the correlation matrix with its first and second derivatives by the correlation parameters."""
        m, k = self.m, len(rho)
        if self.name == "TOEPH":
            at = self._lag[None] == self._lags[:, None, None]
            r = np.eye(m) + np.tensordot(rho, at.astype(np.float64), axes=1)
            return r, at.astype(np.float64), np.zeros((k, k, m, m))
        d = self._lag.astype(np.float64)
        value = float(rho[0])
        r = value**d
        first = np.where(d > 0, d * value ** np.maximum(d - 1.0, 0.0), 0.0)
        second = np.where(d > 1, d * (d - 1.0) * value ** np.maximum(d - 2.0, 0.0), 0.0)
        return r, first[None], second[None, None]
