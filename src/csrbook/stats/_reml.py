"""Restricted likelihood of repeated measures by patterns of observed visits.

All that the likelihood needs of the subjects with one pattern is the sums of products of their rows; the work of an
iteration is therefore that of the patterns, not of the subjects.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from csrbook.stats._covariance import Structure

__all__ = ["Derivatives", "Failure", "Likelihood", "Moments", "Reml", "fit_reml", "kenward_roger", "moments"]

_MAX_ITERATIONS = 100
# Newton's decrement gᵀH⁻¹g: the distance to the maximum in standard errors, squared. One more step follows.
_CONVERGED = 1e-12
# Smallest eigenvalue, of a matrix scaled to a diagonal of 1, below which it is called singular.
_SINGULAR = 1e-8
_NEARLY_SINGULAR = 1e-3


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums of products of [X, y] over the subjects of each pattern, padded with 0 at visits not observed.

    ``products`` has shape (patterns · m · m, (p + 1)²), ``seen`` (patterns, m), ``subjects`` (patterns,).
    """

    products: NDArray[np.float64]
    seen: NDArray[np.float64]
    subjects: NDArray[np.float64]
    n: int
    p: int


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Restricted log likelihood at one covariance matrix; ``inverse`` holds Σ⁻¹ of each pattern, padded with 0."""

    loglik: float
    inverse: NDArray[np.float64]
    vcov: NDArray[np.float64]
    beta: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Derivatives:
    """Gradient and information by the covariance parameters; ``q`` holds XᵀV⁻¹V_kV⁻¹X for each of them."""

    gradient: NDArray[np.float64]
    expected: NDArray[np.float64]
    observed: NDArray[np.float64]
    q: NDArray[np.float64]
    first: NDArray[np.float64]
    second: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True)
class Reml:
    """A fit that converged."""

    theta: NDArray[np.float64]
    sigma: NDArray[np.float64]
    at: Likelihood
    derivatives: Derivatives
    iterations: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A fit that did not converge, with the reason."""

    reason: str


def moments(
    x: NDArray[np.float64], y: NDArray[np.float64], subject: NDArray[np.intp], visit: NDArray[np.intp], m: int
) -> Moments:
    """Sort the rows into patterns and sum their products; ``visit`` holds codes below ``m``, once each a subject."""
    n, p = x.shape
    order = np.lexsort((visit, subject))
    z = np.column_stack((x, y))[order]
    subject, visit = subject[order], visit[order]
    starts = np.flatnonzero(np.concatenate(([True], subject[1:] != subject[:-1])))
    lengths = np.diff(np.concatenate((starts, [n])))
    # A pattern's number has one bit a visit; Python's whole numbers bear any number of visits.
    bits = [1 << int(v) for v in range(m)]
    members: dict[int, list[int]] = {}
    for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
        key = sum(bits[v] for v in visit[start : start + length].tolist())
        members.setdefault(key, []).append(start)
    size = p + 1
    products = np.zeros((len(members), m, m, size, size))
    seen = np.zeros((len(members), m))
    counts = np.zeros(len(members))
    for g, key in enumerate(sorted(members)):
        where = np.array([v for v in range(m) if key & bits[v]], dtype=np.intp)
        k = len(where)
        rows = np.array(members[key])[:, None] + np.arange(k)
        flat = z[rows].reshape(len(rows), k * size)
        block = (flat.T @ flat).reshape(k, size, k, size).transpose(0, 2, 1, 3)
        products[g][np.ix_(where, where)] = block
        seen[g, where] = 1.0
        counts[g] = len(rows)
    return Moments(products.reshape(-1, size * size), seen, counts, n, p)


def likelihood(data: Moments, sigma: NDArray[np.float64] | None) -> Likelihood | None:
    """Profile the coefficients out; None where the matrix is not positive definite."""
    if sigma is None or not bool(np.isfinite(sigma).all()):
        return None
    mask = data.seen[:, :, None] * data.seen[:, None, :]
    m = len(sigma)
    # A 1 in the diagonal at the visits not observed leaves the determinant and the inverse of the rest as they are.
    padded = sigma * mask + np.eye(m) * (1.0 - data.seen)[:, :, None]
    try:
        np.linalg.cholesky(sigma)
        root = np.linalg.cholesky(padded)
        inverse = np.linalg.inv(padded) * mask
        size = data.p + 1
        total = (inverse.reshape(-1) @ data.products).reshape(size, size)
        a, u = total[:-1, :-1], total[:-1, -1]
        root_a = np.linalg.cholesky(a)
        vcov = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return None
    vcov = (vcov + vcov.T) / 2.0
    beta = vcov @ u
    residual = float(total[-1, -1] - u @ beta)
    log_v = 2.0 * float(data.subjects @ np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1))
    log_a = 2.0 * float(np.log(np.diagonal(root_a)).sum())
    loglik = -0.5 * (log_v + log_a + residual + (data.n - data.p) * math.log(2.0 * math.pi))
    return Likelihood(loglik, inverse, vcov, beta)


def derivatives(
    data: Moments, at: Likelihood, first: NDArray[np.float64], second: NDArray[np.float64] | None
) -> Derivatives:
    r"""Gradient, expected and observed information.

    With :math:`P = V^{-1} - V^{-1}X(X^TV^{-1}X)^{-1}X^TV^{-1}` they are :math:`\tfrac12(y^TPV_kPy - tr PV_k)`,
    :math:`\tfrac12 tr PV_kPV_l` and :math:`y^TPV_kPV_lPy - \tfrac12 tr PV_kPV_l + \tfrac12(tr PV_{kl} - y^TPV_{kl}Py)`.
    """
    w = at.inverse
    groups, m = w.shape[:2]
    count, size, p = len(first), data.p + 1, data.p
    by = first[None]
    left = w[:, None] @ by
    sandwich = left @ w[:, None]
    total = (sandwich.transpose(1, 0, 2, 3).reshape(count, -1) @ data.products).reshape(count, size, size)
    r = np.concatenate((-at.beta, [1.0]))
    q = total[:, :p, :p]
    q_r = total[:, :p] @ r
    padded = np.zeros((size, size))
    padded[:p, :p] = at.vcov
    of_fit = (data.products @ padded.reshape(-1)).reshape(groups, m, m)
    of_residuals = (data.products @ np.outer(r, r).reshape(-1)).reshape(groups, m, m)
    k_fit, k_residuals = w @ of_fit @ w, w @ of_residuals @ w
    by_sigma = 0.5 * (k_fit + k_residuals - data.subjects[:, None, None] * w).sum(axis=0)
    flat = first.reshape(count, -1)

    def traced(inner: NDArray[np.float64]) -> NDArray[np.float64]:
        """Σ over patterns of tr(V_k · inner_l), made symmetric."""
        value = flat @ inner.swapaxes(-1, -2).reshape(count, -1).T
        return np.asarray((value + value.T) / 2.0)

    t = traced((data.subjects[:, None, None, None] * sandwich).sum(axis=0))
    t_fit = traced((left @ k_fit[:, None]).sum(axis=0))
    t_residuals = traced((left @ k_residuals[:, None]).sum(axis=0))
    vq = at.vcov @ q
    t_both = vq.reshape(count, -1) @ vq.swapaxes(1, 2).reshape(count, -1).T
    expected = 0.5 * (t - 2.0 * t_fit + t_both)
    observed = t_residuals - q_r @ at.vcov @ q_r.T - expected
    if second is not None:
        observed = observed - np.tensordot(second, by_sigma, axes=2)
    return Derivatives(flat @ by_sigma.reshape(-1), expected, observed, q, first, second)


def fit_reml(data: Moments, structure: Structure, sd: NDArray[np.float64], correlation: float) -> Reml | Failure:
    """Maximise by Fisher's scoring, then by Newton's method, with the step halved until the likelihood rises."""
    theta = structure.start(sd, correlation)
    at = likelihood(data, structure.matrix(theta))
    if at is None:
        return Failure("the starting covariance matrix is not positive definite")
    for iteration in range(1, _MAX_ITERATIONS + 1):
        d = derivatives(data, at, *structure.derivatives(theta))
        information = d.observed if iteration > 3 and smallest_eigenvalue(d.observed) > 0.0 else d.expected
        if smallest_eigenvalue(information) < _SINGULAR:
            return _failure(structure, theta, "the information matrix is singular")
        step = np.linalg.solve(information, d.gradient)
        close = abs(float(step @ d.gradient)) < _CONVERGED
        fraction = 1.0
        while True:
            trial = theta + fraction * step
            new = likelihood(data, structure.matrix(trial))
            if new is not None and new.loglik >= at.loglik - 1e-9 * (1.0 + abs(at.loglik)) * fraction:
                break
            fraction /= 2.0
            if fraction < 1e-10:
                return _failure(structure, theta, "no step raises the likelihood")
        theta, at = trial, new
        if close:
            return _checked(data, structure, theta, at, iteration)
    return _failure(structure, theta, f"no convergence in {_MAX_ITERATIONS} iterations")


def _failure(structure: Structure, theta: NDArray[np.float64], reason: str) -> Failure:
    """Say whether the fit stopped on its way to a singular covariance matrix (a correlation of 1, a variance of 0)."""
    sigma = structure.matrix(theta)
    boundary = sigma is not None and smallest_eigenvalue(sigma) < _NEARLY_SINGULAR
    return Failure("the likelihood rises towards a singular covariance matrix" if boundary else reason)


def _checked(
    data: Moments, structure: Structure, theta: NDArray[np.float64], at: Likelihood, iterations: int
) -> Reml | Failure:
    sigma = structure.matrix(theta)
    if sigma is None or smallest_eigenvalue(sigma) < _SINGULAR:
        return Failure("the covariance matrix is singular")
    d = derivatives(data, at, *structure.derivatives(theta))
    if smallest_eigenvalue(d.observed) < _SINGULAR:
        return Failure("the information matrix is singular")
    return Reml(theta, sigma, at, d, iterations)


def smallest_eigenvalue(a: NDArray[np.float64]) -> float:
    """Smallest eigenvalue of a symmetric matrix scaled to a diagonal of 1; −1 where the diagonal is not above 0."""
    diagonal = np.diagonal(a)
    if not bool((diagonal > 0.0).all()) or not bool(np.isfinite(a).all()):
        return -1.0
    scale = 1.0 / np.sqrt(diagonal)
    return float(np.linalg.eigvalsh(a * scale[:, None] * scale)[0])


def kenward_roger(
    data: Moments, fit: Reml, w: NDArray[np.float64], curvature: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    r"""Adjusted covariance of the coefficients, with ``w`` the covariance of the covariance parameters.

    .. math:: \Phi_A = \Phi + 2\Phi\Big\{\sum_{kl} w_{kl}(Q_{kl} - P_k\Phi P_l - \tfrac14 R_{kl})\Big\}\Phi

    where :math:`R` comes from the second derivatives of the covariance matrix: ``curvature`` is their sum weighted by
    ``w``, None to leave them out.
    """
    d, inverse, size, p = fit.derivatives, fit.at.inverse, data.p + 1, data.p
    weighted = np.tensordot(w, d.first, axes=1)
    inner = np.einsum("kij,gjl,klm->gim", d.first, inverse, weighted, optimize=True)
    if curvature is not None:
        inner = inner - 0.25 * curvature
    total = ((inverse @ inner @ inverse).reshape(-1) @ data.products).reshape(size, size)[:p, :p]
    weighted_q = np.tensordot(w, d.q, axes=1)
    total = total - np.einsum("kab,bc,kcd->ad", d.q, fit.at.vcov, weighted_q, optimize=True)
    adjusted = fit.at.vcov + 2.0 * fit.at.vcov @ total @ fit.at.vcov
    return np.asarray((adjusted + adjusted.T) / 2.0)
